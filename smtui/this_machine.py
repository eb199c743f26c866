"""Finds out what this machine is like: its system, architecture and packages, and where credentials come from."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from smtui.topics.machines import Package, System, package_kind

_OS_RELEASES = (Path("/etc/os-release"), Path("/usr/lib/os-release"))
"""The first that exists counts."""
_LARGEST_OS_RELEASE = 64 * 1024


def profile_in_force(environment: Mapping[str, str]) -> str:
    """Where credentials come from if no profile is named, in botocore's order: keys of the environment come first."""
    if environment.get("AWS_ACCESS_KEY_ID"):
        return "environment keys"
    return environment.get("AWS_DEFAULT_PROFILE") or environment.get("AWS_PROFILE") or "default"


def this_system() -> System:
    """This system, if AWS has a plugin for it; else ANY."""
    return {"linux": System.LINUX, "darwin": System.MACOS, "win32": System.WINDOWS}.get(sys.platform, System.ANY)


def this_architecture() -> str:
    """The architecture as AWS names its downloads: `x86_64`, `x86` or `arm64`; empty for any other."""
    known = {"x86_64": "x86_64", "amd64": "x86_64", "i386": "x86", "i686": "x86", "aarch64": "arm64", "arm64": "arm64"}
    return known.get(platform.machine().lower(), "")


def this_package() -> Package:
    """The package format of the distribution, from os-release; ANY on other systems and without such a file."""
    if this_system() is not System.LINUX:
        return Package.ANY
    from smtui.store.file_access import UnusableFile, read_bytes

    for path in _OS_RELEASES:
        try:
            content = read_bytes(path, _LARGEST_OS_RELEASE)
        except UnusableFile:
            continue
        if content is not None:
            return package_kind(content.decode("utf-8", "replace"))
    return Package.ANY
