"""The AWS CLI found on PATH and asked for its version, whatever lies there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from smtui.diagnosis.evidence.local_facts import AwsCli
from smtui.domain.version import Version
from smtui.plugin import aws_cli
from smtui.plugin.plugin_host import PluginHost

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs here are shell scripts")


def _aws(folder: Path, script: str) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / "aws"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def _found(*folders: Path) -> AwsCli | None:
    return PluginHost({"PATH": ":".join(map(str, folders))}).aws_cli()


def test_the_first_one_on_path_tells_its_version(tmp_path: Path) -> None:
    program = _aws(tmp_path / "a", "echo 'aws-cli/2.31.4 Python/3.13.7 Linux/6.8 exe/x86_64.ubuntu.24'")
    _aws(tmp_path / "b", "echo aws-cli/1.0.0")
    assert _found(tmp_path / "none", tmp_path / "a", tmp_path / "b") == AwsCli(str(program), Version.of("2.31.4"))


def test_a_version_printed_as_an_error_counts(tmp_path: Path) -> None:
    _aws(tmp_path, "echo 'aws-cli/1.16.9 Python/2.7.16 Linux botocore/1.12.1' >&2")
    found = _found(tmp_path)
    assert found is not None
    assert found.version == Version.of("1.16.9")


def test_it_is_asked_once_for_each_state_of_the_file(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    _aws(tmp_path, f"echo x >> {asked}; echo aws-cli/2.0.1")
    assert _found(tmp_path) == _found(tmp_path)
    assert asked.read_text() == "x\n"
    assert _found_version(tmp_path, f"echo x >> {asked}; echo aws-cli/2.31.12") == Version.of("2.31.12")


def test_none_on_path() -> None:
    assert PluginHost({"PATH": ""}).aws_cli() is None
    assert PluginHost({}).aws_cli() is None


@pytest.mark.parametrize("script", ["echo pyenv: aws: command not found; exit 127", "exit 0", "echo aws-cli/x"])
def test_something_else_called_aws_has_no_version(tmp_path: Path, script: str) -> None:
    assert _found_version(tmp_path, script) is None


def test_one_that_hangs_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_cli, "PATIENCE", 0.3)
    assert _found_version(tmp_path, "sleep 600; echo aws-cli/2.0.1") is None


def test_a_program_that_cannot_be_started(tmp_path: Path) -> None:
    program = tmp_path / "aws"
    program.write_bytes(b"\x00\x01")
    program.chmod(0o755)
    assert _found(tmp_path) == AwsCli(str(program), None)


def _found_version(folder: Path, script: str) -> Version | None:
    _aws(folder, script)
    found = _found(folder)
    assert found is not None
    return found.version
