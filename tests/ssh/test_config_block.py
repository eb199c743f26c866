"""The block in an ssh configuration: where it goes, what it replaces, and that all else stays byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.place import Place
from smtui.domain.shellquote import Unquotable
from smtui.ssh.config_block import (
    BEGIN,
    END,
    ConfiguredHost,
    DamagedBlock,
    alias_of,
    block_lines,
    hosts_in_block,
    with_block,
)
from smtui.ssh.ssh_login import SshLogin

PROD = Place("prod", "eu-west-1")
WEB = ConfiguredHost("web-1", "i-0a1b2c3d4e5f60718", PROD, SshLogin("ec2-user", "~/.ssh/50% web.pem"))
LINES = block_lines(["/opt/smtui"], PROD, [WEB])
OTHER = block_lines(["/usr/bin/smtui"], Place("dev", "us-east-1"), [])
BYTES = st.binary(max_size=300).filter(lambda content: b"smtui ssh-config" not in content)


def test_the_lines() -> None:
    assert LINES == (
        BEGIN,
        "Host i-* mi-*",
        "    ProxyCommand /opt/smtui ssh-proxy %h %p --profile prod --region eu-west-1",
        "",
        "Host web-1",
        "    HostName i-0a1b2c3d4e5f60718",
        "    HostKeyAlias i-0a1b2c3d4e5f60718",
        "    ProxyCommand /opt/smtui ssh-proxy %h %p --profile prod --region eu-west-1",
        '    User "ec2-user"',
        '    IdentityFile "~/.ssh/50%% web.pem"',
        "",
        "# What follows counts for every host, as it did without these lines.",
        "Host *",
        END,
    )


@given(BYTES)
def test_a_new_block_leaves_every_byte_and_stands_first(before: bytes) -> None:
    after = with_block(before, LINES)
    top = 3 if before.startswith(b"\xef\xbb\xbf") else 0
    assert after[:top] == before[:top]
    assert after.endswith(before[top:])
    block = after[top : len(after) - len(before) + top]
    assert block.splitlines() == [line.encode() for line in LINES]
    assert with_block(after, LINES) == after, "twice changes nothing"
    assert hosts_in_block(after) == ("web-1",)


@given(BYTES, BYTES, st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_an_earlier_block_is_replaced_where_it_stands(before: bytes, after: bytes, end: bytes, has_rest: bool) -> None:
    before = before + b"\n" if before and not before.endswith(b"\n") else before
    rest = end + after if has_rest else b""
    old = end.join(line.encode() for line in OTHER)
    new = end.join(line.encode() for line in LINES)
    assert with_block(before + old + rest, LINES) == before + new + rest


@pytest.mark.parametrize(
    "content",
    [
        f"{BEGIN}\nHost x\n",
        f"Host x\n{END}\n",
        f"{END}\n{BEGIN}\n",
        f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n",
        f"{BEGIN}\n{BEGIN}\n{END}\n",
    ],
)
def test_marks_that_do_not_belong_together_are_refused(content: str) -> None:
    with pytest.raises(DamagedBlock, match="line"):
        with_block(content.encode(), LINES)


def test_line_ends_of_the_file_are_used() -> None:
    assert b"\r\nHost i-* mi-*\r\n" in with_block(b"Host a\r\n  User b\r\n", LINES)
    assert b"\r" not in with_block(b"Host a\n", LINES)


def test_no_value_breaks_out_of_its_line() -> None:
    for login in (SshLogin("a\nHost *"), SshLogin("", 'x" y')):
        with pytest.raises(Unquotable):
            block_lines(["smtui"], PROD, [ConfiguredHost("web-1", "i-0", PROD, login)])


@pytest.mark.parametrize(
    ("name", "alias"),
    [("web-1", "web-1"), ("Web server 1", "Web-server-1"), ("* !a", "a"), ("a\nHost *", "a-Host"), ("日本", ""),
     ("-oX", "oX")],
)  # fmt: skip
def test_names_become_hosts(name: str, alias: str) -> None:
    assert alias_of(name) == alias
