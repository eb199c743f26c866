"""Asks the system about a plugin: its package manager whether the file is as it was packed, and who signed it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from smtui.domain.plugin_facts.plugin_survey import CheckState, PluginCheck
from smtui.domain.text import harmless
from smtui.plugin.bounded_answer import NoAnswer, ProgramAnswer, ask_program

PACKAGE, SIGNATURE = "package", "signature"
PATIENCE = 10.0
"""Seconds for each of the system's programs."""

Ask = Callable[[Sequence[str]], ProgramAnswer]
"""Runs a program that only reads. Raises `NoAnswer` and OSError."""
Have = Callable[[str], bool]
"""Whether there is such a program."""

_NOT_OWNED = "Not known: no package of this system has the file."
_UNSIGNED_LINUX = "Not known: a program for Linux carries no signature. AWS signs the package it comes in."
_DAMAGED = re.compile(r"^(missing|\S{8,12})\s+(?:[a-z]\s+)?(/.*)$")
"""A line of `dpkg -V` and of `rpm -V`: what differs, the kind of file, its path."""


def ask_system(argv: Sequence[str]) -> ProgramAnswer:
    """Run one of the system's programs. Raises `NoAnswer` and OSError."""
    return ask_program(argv, PATIENCE, with_errors=True)


def have_program(name: str) -> bool:
    """Tell whether there is such a program on PATH."""
    return shutil.which(name) is not None


def package_check(program: Path, system: str, ask: Ask = ask_system, have: Have = have_program) -> PluginCheck:
    """Check by the system's packages that the file is as it was installed; `system` is `linux`, `macos`, `windows`."""
    ways = {"macos": (("pkgutil", _by_pkgutil),), "linux": (("dpkg", _by_dpkg), ("rpm", _by_rpm))}
    for tool, way in ways.get(system, ()):
        if not have(tool):
            continue
        try:
            check = way(program, ask)
        except (NoAnswer, OSError) as error:
            return PluginCheck(PACKAGE, CheckState.UNKNOWN, f"Not known: {tool} did not answer ({_words(error)}).")
        if check is not None:
            return check
    return PluginCheck(PACKAGE, CheckState.UNKNOWN, _NOT_OWNED)


def _by_dpkg(program: Path, ask: Ask) -> PluginCheck | None:
    found = ask(["dpkg-query", "-S", str(program)])
    name = found.text.split(":", 1)[0].strip()
    if found.status or not name:
        return None
    if not ask(["dpkg-query", "--control-path", name, "md5sums"]).text.strip():
        return PluginCheck(PACKAGE, CheckState.UNKNOWN, f"Not known: the package {name} came without checksums.")
    return _judged(program, name, "dpkg -V", ask(["dpkg", "-V", name]).text)


def _by_rpm(program: Path, ask: Ask) -> PluginCheck | None:
    found = ask(["rpm", "-qf", "--qf", "%{NAME}", str(program)])
    if found.status:
        return None
    name = found.text.strip()
    return _judged(program, name, "rpm -V", ask(["rpm", "-V", name]).text)


def _judged(program: Path, package: str, tool: str, said: str) -> PluginCheck:
    """Judge what a verification prints: nothing if all is well, else a line for each file that differs."""
    package = harmless(package)
    damaged = [found for line in said.splitlines() if (found := _DAMAGED.match(line))]
    if not said.strip():
        return PluginCheck(PACKAGE, CheckState.GOOD, f"{tool} finds every file of {package} as it was packed.")
    if not damaged:
        return PluginCheck(PACKAGE, CheckState.UNKNOWN, f"Not known: {tool} says {harmless(said.splitlines()[0])}.")
    if any(found[2] == str(program) for found in damaged):
        return PluginCheck(PACKAGE, CheckState.BAD, f"{tool}: the program was changed since {package} was installed.")
    changed = harmless(damaged[0][2])
    return PluginCheck(PACKAGE, CheckState.WARN, f"{tool}: the program is as it was packed, but {changed} was changed.")


def _by_pkgutil(program: Path, ask: Ask) -> PluginCheck | None:
    found = ask(["pkgutil", "--file-info", str(program)])
    package = re.search(r"^pkgid: (\S+)$", found.text, re.MULTILINE)
    if package is None:
        return None
    words = f"Not known: it came with the package {harmless(package[1])}, whose files macOS does not verify."
    return PluginCheck(PACKAGE, CheckState.UNKNOWN, words)


def signature_check(program: Path, system: str, ask: Ask = ask_system) -> PluginCheck:
    """Check who signed the program, where the system can tell."""
    ways = {"macos": _by_codesign, "windows": _by_authenticode}
    way = ways.get(system)
    if way is None:
        return PluginCheck(SIGNATURE, CheckState.UNKNOWN, _UNSIGNED_LINUX)
    try:
        return way(program, ask)
    except (NoAnswer, OSError) as error:
        return PluginCheck(SIGNATURE, CheckState.UNKNOWN, f"Not known: the system did not answer ({_words(error)}).")


def _by_codesign(program: Path, ask: Ask) -> PluginCheck:
    verified = ask(["codesign", "--verify", "--strict", str(program)])
    if "not signed at all" in verified.text:
        return PluginCheck(SIGNATURE, CheckState.WARN, "It is not signed.")
    if verified.status:
        return PluginCheck(SIGNATURE, CheckState.BAD, f"codesign: {_first_line(verified.text)}.")
    signer = re.search(r"^Authority=(.+)$", ask(["codesign", "-dvv", str(program)]).text, re.MULTILINE)
    by = f" by {harmless(signer[1])}" if signer else ""
    return PluginCheck(SIGNATURE, CheckState.GOOD, f"The signature is valid{by}.")


def _by_authenticode(program: Path, ask: Ask) -> PluginCheck:
    path = str(program).replace("'", "''")
    script = f"$s = Get-AuthenticodeSignature -LiteralPath '{path}'; $s.Status; $s.SignerCertificate.Subject"
    answer = ask(["powershell", "-NoProfile", "-NonInteractive", "-Command", script])
    status, *signer = answer.text.split("\n") or [""]
    status = status.strip()
    if status == "Valid":
        by = f" by {harmless(signer[0].strip())}" if signer and signer[0].strip() else ""
        return PluginCheck(SIGNATURE, CheckState.GOOD, f"The signature is valid{by}.")
    if status == "NotSigned":
        return PluginCheck(SIGNATURE, CheckState.WARN, "It is not signed.")
    if not status or answer.status:
        return PluginCheck(SIGNATURE, CheckState.UNKNOWN, f"Not known: PowerShell says {_first_line(answer.text)}.")
    return PluginCheck(SIGNATURE, CheckState.BAD, f"Windows calls its signature {harmless(status)}.")


def _first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return harmless(lines[0]) if lines else "nothing"


def _words(error: Exception) -> str:
    strerror = error.strerror if isinstance(error, OSError) else ""
    return harmless(strerror or str(error)).rstrip(".")
