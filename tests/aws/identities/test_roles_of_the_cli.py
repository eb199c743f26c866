"""The AWS CLI and smtui use the same kept role sessions, each what the other one asked a code for: against moto."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smtui.aws.identities.cli_cache import CliCache
from smtui.aws.identities.mfa_sessions import RoleSessions
from smtui.aws.places import BotoPlaces
from smtui.domain.fault import AwsCallFailed
from smtui.domain.place import Place
from tests.aws.identities.test_mfa_sessions import CONFIG, Codes

AWS_CLI = Path(sys.executable).with_name("aws")


@pytest.fixture
def moto(config: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    config(CONFIG)
    yield f"http://{host}:{port}"
    server.stop()


def aws(typed: str = "") -> str:
    """What `aws` says we are. Without a terminal it asks on stdin, which may be empty."""
    command = [str(AWS_CLI), "sts", "get-caller-identity", "--profile", "admin", "--query", "Arn"]
    ran = subprocess.run(
        command,
        check=False,
        input=typed,
        capture_output=True,
        text=True,
        env=os.environ,
        start_new_session=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    return str(json.loads(ran.stdout))


def ours(codes: Codes | None) -> str:
    asked = (lambda: codes) if codes is not None else None
    return BotoPlaces(roles=RoleSessions(CliCache(), asked)).at(Place("admin")).caller().arn


def test_the_cli_uses_the_session_that_smtui_got_a_code_for(moto: str) -> None:
    codes = Codes("492133")
    arn = ours(codes)
    assert "assumed-role/admin/" in arn
    assert aws() == arn, "it would have failed for want of a code"


def test_smtui_uses_the_session_that_the_cli_got_a_code_for(moto: str) -> None:
    with pytest.raises(AwsCallFailed):
        ours(None)
    arn = aws("492133\n")
    assert "assumed-role/admin/" in arn
    assert ours(None) == arn
