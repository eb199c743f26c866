"""The command that is run, as ssh and the shell that it gives ProxyCommand to read it."""

from __future__ import annotations

import re
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.place import Place
from smtui.domain.shellquote import Unquotable
from smtui.ssh.ssh_command import SshSurroundings, proxy_command, ssh_command
from smtui.ssh.ssh_login import SshLogin, key_complaint, user_complaint, usual_user
from smtui.ssh.ssh_words import read_words

NODE = "i-0a1b2c3d4e5f60718"
WORD = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1)


def expanded(command: str) -> str:
    """What ssh makes of its tokens."""
    return re.sub("%(.)", lambda token: {"h": NODE, "p": "22", "%": "%"}[token[1]], command)


@given(WORD, WORD, WORD)
def test_the_shell_reads_every_word_as_it_was(program: str, profile: str, region: str) -> None:
    command = expanded(proxy_command([program], Place(profile, region)))
    assert shlex.split(command) == [program, "ssh-proxy", NODE, "22", "--profile", profile, "--region", region]


def test_nothing_is_said_of_a_place_that_has_no_name() -> None:
    assert proxy_command(["/opt/smtui"], Place()) == "/opt/smtui ssh-proxy %h %p"


def test_control_characters_are_refused() -> None:
    with pytest.raises(Unquotable):
        proxy_command(["smtui"], Place("a\nb"))


def test_the_remembered_login_is_used() -> None:
    command = ssh_command(["smtui"], NODE, Place(), SshLogin("ubuntu", "50%.pem"), read_words(["w"]), SshSurroundings())
    assert command.argv == (
        "ssh", "-o", "ProxyCommand=smtui ssh-proxy %h %p", "-o", f"HostKeyAlias={NODE}",
        "-l", "ubuntu", "-i", "50%%.pem", NODE, "--", "w",
    )  # fmt: skip


def test_what_is_typed_counts_before_what_is_remembered() -> None:
    words = read_words(["-l", "root", "-i", "mine"])
    argv = ssh_command(["smtui"], NODE, Place(), SshLogin("ubuntu", "key"), words, SshSurroundings(("-F", "none"))).argv
    assert argv[5:] == ("-F", "none", NODE, "-l", "root", "-i", "mine")


@pytest.mark.parametrize("user", ["ec2-user", "CORP\\ana", "Administrator", "_www", "a$", ""])
def test_users(user: str) -> None:
    assert user_complaint(user) == ""


@pytest.mark.parametrize("user", ["-oProxyCommand=x", "a b", "a@b", "a:b", "a\x1b", "x" * 65, "a/b"])
def test_no_users(user: str) -> None:
    assert user_complaint(user)


def test_keys() -> None:
    assert key_complaint("~/.ssh/a b.pem") == key_complaint("") == ""
    assert "public" in key_complaint("id.pub")
    assert key_complaint("a\nb")


@pytest.mark.parametrize(
    ("platform", "user"),
    [("Amazon Linux 2023", "ec2-user"), ("Ubuntu 22.04", "ubuntu"), ("Microsoft Windows Server", "Administrator"),
     ("Debian GNU/Linux 12", "admin"), ("BeOS", "")],
)  # fmt: skip
def test_the_usual_user(platform: str, user: str) -> None:
    assert usual_user(platform) == user
