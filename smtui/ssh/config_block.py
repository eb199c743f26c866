"""Makes the block that `smtui ssh-config` writes, and puts it into the bytes of an ssh configuration.

ssh takes the first value that it finds, and a `Host` line counts up to the next one. So a new block stands at the top,
and ends with `Host *`: what follows counts for every host, as it did before. An earlier block is replaced where it
stands. No byte outside the block changes. Source: ssh_config(5), and readconf.c of OpenSSH.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from smtui.domain.shellquote import Unquotable
from smtui.domain.text import hidden_in
from smtui.ssh.ssh_command import proxy_command
from smtui.ssh.ssh_login import SshLogin

if TYPE_CHECKING:
    from smtui.domain.place import Place

BEGIN = "# >>> smtui ssh-config >>> smtui wrote these lines and replaces them"
END = "# <<< smtui ssh-config <<<"
_BEGIN_MARK = b"# >>> smtui ssh-config"
_END_MARK = b"# <<< smtui ssh-config"
_BOM = b"\xef\xbb\xbf"
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
_HOST = re.compile(rb"\s*Host[\s=]+(.+)", re.IGNORECASE)
_EVERY_ID = "i-* mi-*"


class DamagedBlock(Exception):
    """The configuration holds a part of a block; the message is a sentence that says what to do."""


class SshConfigUnusable(Exception):
    """The configuration was not changed; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Written:
    """What writing the block did."""

    changed: bool
    backup: Path | None = None
    """The file as it was before; None if there was none, or nothing was changed."""
    dropped: tuple[str, ...] = ()
    """The hosts of the earlier block that the new one lacks."""


@dataclass(frozen=True, slots=True)
class ConfiguredHost:
    """One node under a name of its own."""

    alias: str
    node_id: str
    place: Place
    login: SshLogin = field(default_factory=SshLogin)


def alias_of(name: str) -> str:
    """Return the name as ssh can take it for a host: other characters become dashes. Empty if nothing is left."""
    return _UNFIT.sub("-", name).strip("-")


def block_lines(program: Sequence[str], place: Place, hosts: Sequence[ConfiguredHost]) -> tuple[str, ...]:
    """Return the lines of the block, its marks included; raises `Unquotable`."""
    lines = [BEGIN, f"Host {_EVERY_ID}", f"    ProxyCommand {proxy_command(program, place)}"]
    for host in hosts:
        lines += ["", f"Host {host.alias}", f"    HostName {host.node_id}", f"    HostKeyAlias {host.node_id}"]
        lines.append(f"    ProxyCommand {proxy_command(program, host.place)}")
        if host.login.user:
            lines.append(f"    User {_argument(host.login.user)}")
        if host.login.key:
            lines.append(f"    IdentityFile {_argument(host.login.key).replace('%', '%%')}")
    return (*lines, "", "# What follows counts for every host, as it did without these lines.", "Host *", END)


def _argument(value: str) -> str:
    if hidden_in(value) or '"' in value:
        raise Unquotable(f"{value!r} cannot stand in an ssh configuration")
    return f'"{value}"'


def with_block(before: bytes, lines: Sequence[str]) -> bytes:
    """Return the configuration with this block; raises `DamagedBlock`."""
    start, end = _place_of_block(before)
    old = before[start:end]
    newline = _newline(old or before)
    block = newline.join(line.encode() for line in lines)
    if not old or old.endswith(b"\n"):
        block += newline
    return before[:start] + block + before[end:]


def hosts_in_block(content: bytes) -> tuple[str, ...]:
    """Return the names that the block holds, in their order; raises `DamagedBlock`."""
    start, end = _place_of_block(content)
    found = (_HOST.fullmatch(line) for line in content[start:end].splitlines())
    patterns = [match[1].decode("utf-8", "replace").strip() for match in found if match]
    return tuple(pattern for pattern in patterns if pattern not in (_EVERY_ID, "*"))


def _place_of_block(content: bytes) -> tuple[int, int]:
    """Return where the block stands; without one both are where it belongs."""
    begins: list[int] = []
    ends: list[int] = []
    numbers: list[int] = []
    at = 0
    for number, line in enumerate(content.split(b"\n"), 1):
        bare = line.removeprefix(_BOM) if number == 1 else line
        if bare.strip().startswith(_BEGIN_MARK):
            begins.append(at + len(line) - len(bare))
            numbers.append(number)
        elif bare.strip().startswith(_END_MARK):
            ends.append(min(at + len(line) + 1, len(content)))
            numbers.append(number)
        at += len(line) + 1
    if not numbers:
        top = len(_BOM) if content.startswith(_BOM) else 0
        return top, top
    if len(begins) == len(ends) == 1 and begins[0] < ends[0]:
        return begins[0], ends[0]
    where = " and ".join(f"line {number}" for number in numbers)
    raise DamagedBlock(
        f"It holds marks of smtui's block that do not belong together ({where}). "
        f"Delete that block, or what is left of it, and write again."
    )


def _newline(content: bytes) -> bytes:
    """Return how the first line ends."""
    return b"\r\n" if content.partition(b"\n")[0].endswith(b"\r") else b"\n"
