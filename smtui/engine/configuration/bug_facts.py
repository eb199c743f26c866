"""Collects what a bug report needs to say about this machine: nothing secret, and no name of the user's own.

Values that may name a node, a profile, an account or a host are left out unless names are asked for. AWS is not called.
"""

from __future__ import annotations

import locale
import os
import platform
import shutil
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smtui import __version__
from smtui.domain.plugin_facts.plugin_survey import OUR_NAME

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.domain.plugin_grade import PluginPick
    from smtui.domain.settings.settings_values import Settings
    from smtui.engine.launcher import Launcher

Facts = dict[str, dict[str, Any]]
"""By their part of the report."""

PACKAGES = (
    "textual", "rich", "boto3", "botocore", "awscrt", "click", "cryptography", "websockets", "psutil", "platformdirs",
    "pyperclip", "tomlkit",
)  # fmt: skip
OPEN_SETTINGS = frozenset(
    {"theme", "columns", "sort", "pinned_first", "refresh", "mouse", "clipboard", "keys", "read_only", "plugin"}
)
"""Settings whose values name nothing of the user's own; for any other, the report only says that it is set."""
_NAMES = (
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SSM",
)  # fmt: skip
"""Variables whose values are shown when names are asked for. None of them can hold a secret."""
_OTHERS = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NO_COLOR", "PYTHONUTF8")
_MULTIPLEXERS = {"TMUX": "tmux", "ZELLIJ": "zellij", "STY": "screen"}
_CLIPBOARDS = ("pbcopy", "wl-copy", "xclip", "xsel", "clip.exe", "termux-clipboard-set")
_LEFT_OUT = "set; left out"


async def bug_facts(launcher: Launcher, *, names: bool = False) -> Facts:
    """Return the facts of this run; `names` includes values that name something of the user's own."""
    from smtui.domain.fault import AwsCallFailed

    places = launcher.fleet.places
    try:
        plugin = await launcher.inspect_plugin(places[0])
    except AwsCallFailed:  # no credentials or no Region: the report is about something else
        plugin = await launcher.inspect_plugin()
    known = BugFacts(
        os.environ, launcher.setup.settings.now, launcher.setup.folders(), plugin, places=places, names=names
    )
    return await launcher.off_loop.call(known.collect)


class BugFacts:
    """What is known of one run."""

    def __init__(
        self,
        environment: Mapping[str, str],
        settings: Settings,
        folders: Mapping[str, str],
        plugin: PluginPick,
        *,
        places: Sequence[Place] = (),
        names: bool = False,
    ) -> None:
        """`folders` are smtui's own, by what they are for. `names` is that of `bug_facts`."""
        self._environment = environment
        self._settings = settings
        self._folders = folders
        self._plugin = plugin
        self._places = places
        self._names = names

    def collect(self) -> Facts:
        """Return all facts. Never raises: a fact that cannot be found out is an empty text."""
        facts: Facts = {
            "versions": _versions(),
            "system": _system(),
            "terminal": self._terminal(),
            "settings": self._changed_settings(),
            "variables": self._variables(),
            "plugin": self._plugin_facts(),
            "programs": {name: shutil.which(name) is not None for name in ("aws", "ssh", *_CLIPBOARDS)},
            "folders": {name: self._folder(path) for name, path in self._folders.items()},
        }
        if self._names:
            facts["places"] = {str(number): place.label or "default" for number, place in enumerate(self._places, 1)}
        return facts

    def _terminal(self) -> dict[str, Any]:
        variable = self._environment.get
        try:
            columns, rows = os.get_terminal_size(sys.stdout.fileno())
            size = f"{columns}x{rows}"
        except (OSError, ValueError, AttributeError):
            size = "no terminal"
        return {
            "TERM": variable("TERM", ""),
            "COLORTERM": variable("COLORTERM", ""),
            "program": " ".join(filter(None, (variable("TERM_PROGRAM", ""), variable("TERM_PROGRAM_VERSION", "")))),
            "size": size,
            "colours": _colours(self._environment),
            "multiplexer": next((name for sign, name in _MULTIPLEXERS.items() if variable(sign)), "none"),
            "over ssh": any(variable(name) for name in ("SSH_CONNECTION", "SSH_TTY")),
            "locale": variable("LC_ALL") or variable("LC_CTYPE") or variable("LANG") or "",
            "encoding": locale.getpreferredencoding(False),
            "encoding of output": str(getattr(sys.stdout, "encoding", "") or ""),
        }

    def _changed_settings(self) -> dict[str, Any]:
        from smtui.domain.settings.setting_table import SETTINGS

        found = {}
        for setting in SETTINGS:
            if self._settings.is_set(setting) and self._settings[setting] != setting.default:
                is_shown = self._names or setting.key in OPEN_SETTINGS
                value = self._unnamed(setting.shown(self._settings[setting])) if is_shown else _LEFT_OUT
                found[setting.key] = f"{value} ({self._settings.origin(setting).layer.name.lower()})"
        if mistakes := len(self._settings.mistakes):
            found["mistakes"] = str(mistakes)
        return found

    def _variables(self) -> dict[str, Any]:
        """The variables that change what smtui does; a value only if it was asked for and can hold no secret."""
        names = (name for name in self._environment if name.upper() in _OTHERS or name.startswith(("AWS_", "SMTUI_")))
        return {
            name: self._environment[name] if self._names and name in _NAMES else _LEFT_OUT for name in sorted(names)
        }

    def _plugin_facts(self) -> dict[str, Any]:
        pick = self._plugin
        if pick.builtin:
            which, path, version = "smtui's own", OUR_NAME, __version__
        else:
            which, path, version = "official", self._unnamed(pick.path), str(pick.version or "")
        return {"which": which, "path": path, "version": version, "grade": pick.grade.value}

    def _folder(self, path: str) -> str:
        ways = (Path(path), *Path(path).parents)
        nearest = next((each for each in ways if os.path.exists(each)), Path(path))  # noqa: PTH110 - Path.exists raises
        state = "there" if nearest == Path(path) else "not there yet"
        return f"{self._unnamed(path)} ({state}, {'writable' if os.access(nearest, os.W_OK) else 'not writable'})"

    def _unnamed(self, text: str) -> str:
        """The text without the user's name, unless names are asked for."""
        if self._names:
            return text
        home = os.path.expanduser("~")  # noqa: PTH111 - Path.expanduser raises for a user without a home
        user = Path(home).name
        text = text.replace(home, "~") if len(home) > 1 else text
        return text.replace(user, "USER") if len(user) > 2 and user != "root" else text


def fact_lines(facts: Facts) -> list[str]:
    """Return the facts as lines; parts without any are left out."""

    def words(value: object) -> str:
        return ("yes" if value else "no") if isinstance(value, bool) else str(value)

    return [
        line
        for part, values in facts.items()
        if values
        for line in (part, *(f"  {name:<22}{words(value)}".rstrip() for name, value in values.items()))
    ]


def _versions() -> dict[str, Any]:
    found = {"smtui": __version__, "Python": f"{platform.python_version()} ({platform.python_implementation()})"}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def _system() -> dict[str, Any]:
    in_container = any(Path(path).exists() for path in ("/.dockerenv", "/run/.containerenv"))
    try:
        name = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except (OSError, AttributeError):
        name = platform.platform(terse=True)
    return {
        "system": platform.system(),
        "release": platform.release(),
        "name": name,
        "machine": platform.machine(),
        "container": in_container,
        "installed by": _installer(),
    }


def _installer() -> str:
    try:
        return (metadata.distribution("smtui").read_text("INSTALLER") or "").strip()
    except metadata.PackageNotFoundError:
        return "not installed"


def _colours(environment: Mapping[str, str]) -> str:
    term = environment.get("TERM", "")
    if environment.get("NO_COLOR") or term in ("", "dumb"):
        return "none"
    if environment.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "true colour"
    return "256" if "256color" in term else "16"
