"""What is made from the command line: the words of completion, the man pages, the examples."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess

import click
import pytest
from click.testing import CliRunner

from smtui.cli.group import cli
from smtui.cli.upkeep.command_table import Described, described
from smtui.cli.upkeep.examples import EXAMPLES
from smtui.cli.upkeep.man_page import man_page, page_name
from smtui.topics.library import topic_ids
from tests.command_line import reached
from tests.command_pages import MAN, pages

TABLE = described()
BY_PATH = {" ".join(command.path): command for command in TABLE}


def test_every_page_is_current() -> None:
    stale = [path.name for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text]
    assert stale == [], "Run: python -m tests.command_pages"
    assert set(MAN.iterdir()) == {path for path in pages() if path.parent == MAN}


@pytest.mark.parametrize("command", TABLE, ids=lambda command: page_name(command.path))
def test_a_page_has_every_option_and_subcommand(command: Described) -> None:
    page = man_page(command).replace("\\-", "-")
    for names in (*(entry.names for entry in command.options), *((name,) for name, _ in command.subcommands)):
        assert ", ".join(names) in page
    for example in EXAMPLES[" ".join(command.path)]:
        assert example.does in page.replace("\\(aq", "'").replace("\\(ti", "~")


def test_man_has_nothing_to_complain_of() -> None:
    if shutil.which("man") is None or shutil.which("groff") is None:
        pytest.skip("man and groff are not installed")
    environment = {**os.environ, "MAN_KEEP_FORMATTING": "", "LC_ALL": "C.UTF-8", "MANROFFSEQ": ""}
    ran = subprocess.run(
        ["man", "--warnings=w", "-E", "UTF-8", "-l", "-Tutf8", "-Z", *map(str, sorted(MAN.iterdir()))],
        env=environment,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_what_man_shows_can_be_copied() -> None:
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    page = man_page(BY_PATH["presets add"])
    ran = subprocess.run(
        ["groff", "-man", "-Tutf8", "-P-cbou", "-rLL=200n"], input=page.encode(), capture_output=True, check=True
    )
    shown = ran.stdout.decode()
    assert all(example.command in shown for example in EXAMPLES["presets add"])


@pytest.mark.parametrize("path", sorted(BY_PATH))
def test_each_command_has_examples_and_shows_them(path: str) -> None:
    examples = EXAMPLES[path]
    assert 1 <= len(examples) <= 3
    shown = CliRunner().invoke(cli, [*path.split(), "--help"]).output
    assert all(f"    {example.command}\n" in shown for example in examples)


@pytest.mark.parametrize("path", sorted(path for path, command in BY_PATH.items() if command.subcommands))
def test_help_cuts_no_summary_of_a_subcommand(path: str) -> None:
    shown = CliRunner().invoke(cli, [*path.split(), "--help"], terminal_width=80).output
    rows = " ".join(shown.partition("\nCommands:\n")[2].split())
    for name, summary in BY_PATH[path].subcommands:
        assert f"{name} {' '.join(summary.split())}" in rows


def test_no_example_is_of_a_command_that_is_gone() -> None:
    assert set(EXAMPLES) == set(BY_PATH)


EVERY = [(path, example.command) for path, examples in EXAMPLES.items() for example in examples]


@pytest.mark.parametrize(("path", "command"), EVERY)
def test_the_command_line_understands_each_example(path: str, command: str) -> None:
    program, *words = shlex.split(command)
    assert program == "smtui"
    found = reached(words)
    assert found == path or found.startswith(f"{path} ")
    if path == "topics" and "--target" in words:
        assert words[1] in topic_ids()


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["connct"], "'connect'"),
        (["CONNECT"], "'connect'"),
        (["sessions", "ruls"], "'rules'"),
        (["sessions", "rules", "sett"], "'set'"),
        (["sessions", "access", "aprove"], "'approve'"),
        (["plugin", "statsu"], "'status'"),
        (["presets", "ad"], "'add'"),
        (["demo", "serv"], "'serve'"),
        (["connect", "--documnt-name", "x"], "'--document-name'"),
        (["--profil", "x"], "'--profile'"),
        (["cp", "--through", "sesion", "a", "b:"], "'session'"),
        (["plugin", "logging", "of"], "'off'"),
        (["man", "conect"], "'connect'"),
        (["topics", "expired-credentals"], "'expired-credentials'"),
        (["completion", "zhs"], "'zsh'"),
    ],
)
def test_wrong_usage_names_the_nearest_word(words: list[str], meant: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert _said(words, capfd).count(f"Did you mean {meant}?") == 1


@pytest.mark.parametrize("words", [["xyzzy"], ["connect", "--filtr", "x", "web"], ["connect", "--xyzzy"], ["cp", "a"]])
def test_nothing_is_suggested_that_would_not_help(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert "Did you mean" not in _said(words, capfd)


def _said(words: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    """What smtui prints for a wrong command line."""
    from smtui.cli import _failed

    if words[0] == "topics":
        cli.main(words, standalone_mode=False)
        return capfd.readouterr().err
    with pytest.raises(click.ClickException) as wrong:
        cli.main(words, standalone_mode=False)
    assert _failed(wrong.value) == 2
    return capfd.readouterr().err
