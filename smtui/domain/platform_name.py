"""Shortens the names of operating systems to the form that people say: `RHEL 9.4`, `Windows Server 2022`."""

from __future__ import annotations

import re
from functools import lru_cache

_WINDOWS = re.compile(
    r"(?:Microsoft )?(?P<name>Windows(?: Server)?)(?P<version> (?:\d{4}(?: R2)?|\d{1,2}(?:\.\d)?))?(?![\w.])"
)
_EDITION = re.compile(r"(?: with| \().*")
_FAMILIES = (
    (re.compile(r"Red Hat Enterprise Linux(?: Server| Workstation)?"), "RHEL"),
    (re.compile(r"SUSE Linux Enterprise Server(?: for SAP Applications)?"), "SLES"),
    (re.compile(r"(?P<name>Debian|Raspbian) GNU/Linux"), r"\g<name>"),
    (re.compile(r"(?P<name>CentOS) Linux"), r"\g<name>"),
    (re.compile(r"(?P<name>Oracle Linux) Server"), r"\g<name>"),
    (re.compile(r"(?P<name>Bottlerocket) OS"), r"\g<name>"),
    (re.compile(r"(?P<name>Amazon Linux) AMI"), r"\g<name>"),
    (re.compile(r"Linux/UNIX"), "Linux"),
)
"""The beginning of a name, and what it becomes."""
_POINT_RELEASE = re.compile(r"(?<= )(\d+\.\d+)\.\d[\d.]*")


@lru_cache(maxsize=1024)
def short_platform(name: str) -> str:
    """Return the name without vendor, edition and point release; a name in another form stays as it is."""
    if windows := _WINDOWS.match(name):
        return windows["name"] + (windows["version"] or "")
    short = _EDITION.sub("", name)
    for long, family in _FAMILIES:
        short, times = re.subn(rf"\A{long.pattern}(?![\w/])", family, short)
        if times:
            break
    return _POINT_RELEASE.sub(r"\1", short).removesuffix(" LTS") or name
