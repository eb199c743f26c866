"""User, shell and folder of one session: what goes together, and what a real `sh` makes of the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtui.domain.place import Place
from smtui.domain.request import SessionRequest
from smtui.domain.settings.settings_values import Settings
from smtui.engine.shell_choice import INTERACTIVE, ShellChoice, wanted_shell


@pytest.mark.parametrize(
    ("choice", "document", "words"),
    [
        (ShellChoice("postgres", "/bin/bash", "/srv/my data"), "", []),
        (ShellChoice("CORP.ana@example.com"), "", []),
        (ShellChoice("svc$"), "", []),
        (ShellChoice("root"), "Acme-Shell", ["exclude each other"]),
        (ShellChoice("-u"), "", ["not a user name"]),
        (ShellChoice("a;id"), "", ["not a user name"]),
        (ShellChoice("a\n"), "", ["not a user name"]),
        (ShellChoice(shell="-c"), "", ["not a shell"]),
        (ShellChoice(shell="bash -c id"), "", ["not a shell"]),
        (ShellChoice(cwd="tmp"), "", ["not absolute"]),
        (ShellChoice(cwd="~bob/x"), "", ["not absolute"]),
        (ShellChoice(cwd="/a\nb"), "", ["control character"]),
        (ShellChoice("-u", "-c", "x"), "D", ["exclude", "user name", "not a shell", "not absolute"]),
    ],
)
def test_what_cannot_be_done_is_said(choice: ShellChoice, document: str, words: list[str]) -> None:
    found = choice.objections(document)
    assert len(found) == len(words)
    assert all(word in sentence for word, sentence in zip(words, found, strict=True))


def test_windows_has_no_such_shell() -> None:
    assert "Windows" in ShellChoice("ana").refusal("Windows")
    assert ShellChoice("ana").refusal("Linux") == ShellChoice("ana").refusal("") == ""
    assert ShellChoice().refusal("Windows") == ""


@pytest.mark.parametrize(
    ("choice", "command"),
    [
        (ShellChoice("ana"), "exec sudo -u ana -i"),
        (ShellChoice(shell="zsh"), "exec zsh -l"),
        (ShellChoice(cwd="/srv/my data"), "cd -- '/srv/my data' && exec \"${SHELL:-/bin/sh}\" -l"),
        (ShellChoice(cwd="~"), 'cd -- "$HOME" && exec "${SHELL:-/bin/sh}" -l'),
        (ShellChoice("ana", "fish"), "exec sudo -u ana -H -- sh -c 'exec fish -l'"),
    ],
)
def test_the_command(choice: ShellChoice, command: str) -> None:
    assert choice.command() == command
    assert INTERACTIVE.startswith("AWS-")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a `sudo` that runs its command, and a shell that tells where it was started and how."""
    folder = tmp_path_factory.mktemp("node")
    tells = f"#!{sys.executable}\nimport json, os, sys\nprint(json.dumps([os.getcwd(), sys.argv[1:]]))\n"
    (folder / "sudo").write_text('#!/bin/sh\n[ "$1 $2 $3 $4" = "-u ana -H --" ] || exit 9\nshift 4\nexec "$@"\n')
    (folder / "teller").write_text(tells)
    for program in ("sudo", "teller"):
        (folder / program).chmod(0o755)
    return folder


NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=12).filter(
    lambda name: "/" not in name and name not in (".", "..") and name.isprintable() and len(name.encode()) < 200
)


@pytest.mark.integration
@given(NAMES, st.booleans(), st.booleans())
@settings(max_examples=25, deadline=None)
def test_any_folder_is_entered_as_it_is_called(node: Path, name: str, sudo: bool, home: bool) -> None:
    folder = node / "in" / name
    folder.mkdir(parents=True, exist_ok=True)
    choice = ShellChoice("ana" if sudo else "", "teller", f"~/in/{name}" if home else str(folder))
    assert list(choice.complaints()) == []
    told = subprocess.run(
        ["sh", "-c", choice.command()],
        env={"PATH": f"{node}:{os.environ['PATH']}", "HOME": str(node), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(told.stdout) == [os.path.realpath(folder), ["-l"]]


PLAIN = SessionRequest("i-1", Place("ops"), reason="INC-1")
AS_ZSH = replace(PLAIN, document_name=INTERACTIVE, parameters={"command": ("exec /bin/zsh -l",)})


@pytest.mark.parametrize(
    ("values", "platform", "wanted"),
    [
        ({}, "Linux", PLAIN),
        ({"shell": "/bin/zsh"}, "Linux", AS_ZSH),
        ({"shell": "/bin/zsh"}, "", AS_ZSH),
        ({"shell": "/bin/zsh"}, "Windows", PLAIN),
        ({"shell": "bash -l"}, "Linux", PLAIN),
        ({"default_document": "Acme-Shell"}, "Windows", replace(PLAIN, document_name="Acme-Shell")),
        ({"default_document": "Acme-Shell", "shell": "/bin/zsh"}, "Linux", AS_ZSH),
    ],
)
def test_the_shell_that_the_settings_want(values: dict[str, str], platform: str, wanted: SessionRequest) -> None:
    assert wanted_shell(Settings(values), PLAIN, platform) == wanted
