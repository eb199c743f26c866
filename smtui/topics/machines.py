"""Describes the machines that advice is for: their systems, and the packages that a Linux distribution installs."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from enum import StrEnum

from smtui.domain.shellquote import Shell


class Package(StrEnum):
    """The kinds of package that a topic may offer."""

    ANY = ""
    """Not known, or no Linux."""
    DEB = "deb"
    RPM = "rpm"


class System(StrEnum):
    """Where a step or a command belongs."""

    ANY = ""
    LINUX = "linux"
    WINDOWS = "windows"
    MACOS = "macos"


def system_named(platform: str) -> System:
    """By what Systems Manager or EC2 call a node's platform: `Linux`, `Windows Server`, `macOS`; ANY for nothing."""
    word = platform.lower()
    if not word:
        return System.ANY
    if "windows" in word:
        return System.WINDOWS
    return System.MACOS if "mac" in word else System.LINUX


@dataclass(frozen=True, slots=True)
class Machines:
    """The machines that fixes are written for: this one and the node."""

    shell: Shell = Shell.POSIX
    """This machine's."""
    here: System = System.ANY
    architecture: str = ""
    """This machine's."""
    node: System = System.ANY
    package: Package = Package.ANY
    """What this machine's distribution installs."""


_FAMILIES = {
    Package.DEB: {"debian", "ubuntu"},
    Package.RPM: {"rhel", "fedora", "centos", "amzn", "suse", "opensuse", "sles", "ol", "rocky", "almalinux"},
}


def package_kind(os_release: str) -> Package:
    """The kind by ID, else by ID_LIKE, which begins with the nearest relative; ANY where neither is known."""
    fields = _values(os_release)
    for family in (fields.get("ID", ""), *fields.get("ID_LIKE", "").split()):
        for package, families in _FAMILIES.items():
            if family.lower() in families:
                return package
    return Package.ANY


def _values(os_release: str) -> dict[str, str]:
    """The file's `NAME=value` lines, which are quoted as for a shell; other lines are left out."""
    fields = {}
    for line in os_release.splitlines():
        name, is_assignment, value = line.strip().partition("=")
        if is_assignment and not name.startswith("#"):
            try:
                fields[name] = " ".join(shlex.split(value))
            except ValueError:
                continue
    return fields
