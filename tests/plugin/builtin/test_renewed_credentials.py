"""Credentials that expire between a cut and its resume: a session goes on if their source has others, else it ends."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pexpect
import pytest

from tests.plugin.builtin.service import PROMPT, SESSION, Service

_PROGRAM = "import json, sys; print(json.dumps({'Version': 1, **json.load(open(sys.argv[1]))}))"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Where a profile's `credential_process` reads its answer. It does not say how long that is valid."""
    keys = tmp_path / "keys"
    (tmp_path / "config").write_text(
        f'[profile dev]\ncredential_process = {sys.executable} -c "{_PROGRAM}" {keys}\nregion = us-east-1\n'
    )
    return keys


def give(source: Path, key: str) -> None:
    source.write_text(json.dumps({"AccessKeyId": key, "SecretAccessKey": "s3cretkey", "SessionToken": f"of {key}"}))


def spawn(far: Service, source: Path) -> pexpect.spawn:
    none = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    files = {"AWS_CONFIG_FILE": str(source.parent / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(source.parent / "no")}
    return far.spawn(AWS_PROFILE="dev", **none, **files)  # type: ignore[arg-type]


def test_the_session_goes_on_with_those_that_the_source_has_now(far: Service, source: Path) -> None:
    give(source, "AKIDFIRST")
    plugin = spawn(far, source)
    try:
        plugin.expect(PROMPT)
        plugin.send("kept=7; echo re''ady\r")
        plugin.expect_exact("\rready")
        far.expired.add("AKIDFIRST")
        give(source, "AKIDSECOND")
        far.server.drop_now(SESSION)
        plugin.send("echo $((6*7))-$kept\r")
        plugin.expect_exact("\r42-7")
        assert far.resumed == 1
        plugin.send("exit\r")
        plugin.expect_exact(f"Exiting session with sessionId: {SESSION}.")
    finally:
        plugin.close(force=True)


def test_without_others_it_ends_with_what_aws_says(far: Service, source: Path) -> None:
    give(source, "AKIDFIRST")
    plugin = spawn(far, source)
    try:
        plugin.expect(PROMPT)
        far.expired.add("AKIDFIRST")
        far.server.drop_now(SESSION)
        plugin.expect_exact("Cannot perform start session: ssm:ResumeSession was refused: ExpiredTokenException")
        plugin.expect(pexpect.EOF)
    finally:
        plugin.close(force=True)
