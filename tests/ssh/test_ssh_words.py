"""The words after TARGET are split as ssh itself splits them."""

from __future__ import annotations

import pytest

from smtui.ssh.ssh_words import SshWords, read_words, user_and_target


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ([], SshWords()),
        (["uptime"], SshWords((), ("uptime",))),
        (["ls", "-l", "--profile", "x"], SshWords((), ("ls", "-l", "--profile", "x"))),
        (["-v", "ls", "-l"], SshWords(("-v",), ("ls", "-l"))),
        (["-L", "8080:localhost:80", "-N"], SshWords(("-L", "8080:localhost:80", "-N"))),
        (["-NfL", "8080:x:80", "w"], SshWords(("-NfL", "8080:x:80"), ("w",))),
        (["-L8080:x:80", "w"], SshWords(("-L8080:x:80",), ("w",))),
        (["--", "-x", "y"], SshWords((), ("-x", "y"))),
        (["-v", "--profile", "p", "--region=r", "--demo", "w"],
         SshWords(("-v",), ("w",), ("--profile", "p", "--region=r", "--demo"))),
        (["-l", "ubuntu", "-l", "root", "-i", "k"],
         SshWords(("-l", "ubuntu", "-l", "root", "-i", "k"), user="ubuntu", key="k")),
        (["-lubuntu", "-o", "IdentityFile = \"k k\""],
         SshWords(("-lubuntu", "-o", "IdentityFile = \"k k\""), user="ubuntu", key="k k")),
        (["-oUser=root"], SshWords(("-oUser=root",), user="root")),
        (["-o", "user root"], SshWords(("-o", "user root"), user="root")),
        (["-l"], SshWords(("-l",))),
    ],
)  # fmt: skip
def test_words(words: list[str], read: SshWords) -> None:
    assert read_words(words) == read


@pytest.mark.parametrize(
    ("words", "logs_in"),
    [
        ([], True),
        (["-vNL", "G:O:1"], True),
        (["-lV", "-iG"], True),
        (["uptime", "-V"], True),
        (["-V"], False),
        (["-vG"], False),
        (["-Qkey"], False),
        (["-O", "check"], False),
    ],
)
def test_not_everything_that_ssh_is_asked_logs_in(words: list[str], logs_in: bool) -> None:
    assert read_words(words).logs_in is logs_in


def test_a_command_is_never_read_as_options() -> None:
    assert read_words(["-v", "--", "-x"]).all == ("-v", "--", "-x")
    assert read_words(read_words(["-v", "ls", "-l"]).all) == read_words(["-v", "ls", "-l"])


@pytest.mark.parametrize(
    ("typed", "split"),
    [
        ("web-1", ("", "web-1")),
        ("ec2-user@web-1", ("ec2-user", "web-1")),
        ("CORP\\ana@prod/eu-west-1/web-1", ("CORP\\ana", "prod/eu-west-1/web-1")),
        ("tag:owner=a@b.c", ("", "tag:owner=a@b.c")),
        ("@web-1", ("", "@web-1")),
        ("-oX@web-1", ("", "-oX@web-1")),
    ],
)
def test_a_user_before_the_target(typed: str, split: tuple[str, str]) -> None:
    assert user_and_target(typed) == split
