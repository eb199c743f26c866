"""The AWS CLI takes every command of every topic, and a shell gives it the words that were meant."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from smtui.domain.shellquote import Shell
from smtui.topics.topic import ReadyCommand, WithheldCommand, offered
from tests.topics.values import VALUES, topics

clidriver = pytest.importorskip("awscli.clidriver", reason="the AWS CLI of the dev extra is not installed")

_ONLY_IN_VERSION_2 = {("sso", "login"), ("configure", "sso"), ("configure", "list-profiles")}
_OF_HYBRID = {"activation-invalid": {"instance_id": "mi-0a1b2c3d4e5f60718"}}
_HOSTILE = ("'; touch pwned; '", "$(touch pwned)", "`touch pwned`", "a b", '"; touch pwned; "', "*", "~", "!!", "-x")


def aws_commands() -> dict[tuple[str, ...], str]:
    """argv -> the topic that has it."""
    found: dict[tuple[str, ...], str] = {}
    for topic in topics():
        for command in topic.commands:
            told = offered(command, VALUES | _OF_HYBRID.get(topic.id, {}), Shell.POSIX)
            assert isinstance(told, ReadyCommand), f"{topic.id}: {told.why}"
            found |= {argv: topic.id for argv in told.argvs if argv[0] == "aws"}
    return found


def _is_called(argv: tuple[str, ...]) -> bool:
    """Those that call AWS by an operation of its own; `wait` would go on asking."""
    return argv[1:3] not in _ONLY_IN_VERSION_2 and argv[1] not in ("configure", "s3", "--version") and argv[2] != "wait"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A profile named as in the values, and the file that one of the commands reads."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").write_text("[profile ops]\nregion = eu-west-1\n")
    (tmp_path / "SessionManagerRunShell.json").write_text("{}")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    (tmp_path / "credentials").write_text("[ops]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = x\n")
    return tmp_path


class Parser:
    """The AWS CLI up to the point where it would send the request, which it never does."""

    def __init__(self) -> None:
        self._drivers: dict[str, Any] = {}
        self.sent: list[dict[str, Any]] = []

    def run(self, argv: tuple[str, ...]) -> None:
        key = argv[2] if "attribute" in argv[2] else ""  # whose options one driver mixes up
        if key not in self._drivers:
            self._drivers[key] = driver = clidriver.create_clidriver()
            driver.session.register("before-call", self._instead_of_sending)
        self._drivers[key].main(list(argv[1:]))

    def _instead_of_sending(self, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        self.sent.append(params)
        return SimpleNamespace(status_code=200, headers={}), {"ResponseMetadata": {}}


@pytest.mark.integration
def test_the_aws_cli_understands_every_command(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    parser, wrong = Parser(), []
    for argv in filter(_is_called, aws_commands()):
        already = len(parser.sent)
        with contextlib.suppress(SystemExit):
            parser.run(argv)
        if len(parser.sent) == already:
            wrong.append(f"{' '.join(argv)}: {capfd.readouterr().err.strip()[-300:]}")
    assert wrong == []


@pytest.mark.integration
@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no POSIX shell")
@pytest.mark.parametrize("hostile", _HOSTILE)
def test_whatever_a_value_holds_a_shell_makes_the_same_words_of_it(hostile: str, tmp_path: Path) -> None:
    values = dict.fromkeys(VALUES, hostile)
    meant: list[list[str]] = []
    script: list[str] = []
    for topic in topics():
        for command in topic.commands:
            told = offered(command, values, Shell.POSIX)
            if isinstance(told, ReadyCommand) and told.argvs and told.shell is Shell.POSIX:
                meant += map(list, told.argvs)
                script += [f"show {line}" for line in told.lines]
    show = 'show() { printf \'%s\\n\' "$#"; for word in "$@"; do printf \'%s\\n\' "$word"; done; }'
    done = subprocess.run(
        ["sh"], input="\n".join([show, *script]), cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    told_lines = iter(done.stdout.splitlines())
    got = [[next(told_lines) for _ in range(int(count))] for count in told_lines]
    assert json.dumps(got) == json.dumps(meant)
    assert list(tmp_path.iterdir()) == []
    assert len(meant) > 100


@pytest.mark.parametrize("control", ["\n", "\r", "\x1b[2J", "\x00", "\x7f"])
def test_control_characters_are_in_no_command(control: str) -> None:
    values = {name: f"{value}{control}rm -rf ~" for name, value in VALUES.items()}
    for topic in topics():
        for command in topic.commands:
            told = offered(command, values, Shell.POSIX)
            if isinstance(told, WithheldCommand):
                assert "control character" in told.why
            else:
                assert "rm -rf ~" not in told.text
