"""Configuration files and programs that give no credentials, and the sentence that each gives wherever it is met."""

from __future__ import annotations

import asyncio
import json
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from smtui.aws.places import BotoPlaces
from smtui.diagnosis.check_result import CheckStatus
from smtui.diagnosis.checks.local_checks import CHECKS
from smtui.diagnosis.evidence.reading import Unseen
from smtui.domain.fault import AwsCallFailed, Fault
from smtui.domain.place import Place
from smtui.engine.fleet import Fleet
from smtui.engine.offloop import OffLoop
from smtui.topics.next_step import after_fault
from tests.aws.conftest import Answer, ScriptedAws
from tests.diagnosis.build import only_here

DATA = Path(__file__).parent / "broken"


def cases() -> Iterator[Any]:
    for file in sorted(DATA.glob("*.toml")):
        shared = tomllib.loads(file.read_text(encoding="utf-8"))
        for case in shared.pop("case"):
            yield pytest.param(shared | case, id=f"{file.stem}: {case['name']}")


def lay_out(case: dict[str, Any], home: Path) -> dict[str, Any]:
    """Write the case's files into an empty home; answers the case with its placeholders filled in."""
    program = home / "program.py"
    values = {"python": sys.executable, "program": str(program), "home": str(home)}

    def filled(text: str) -> str:
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    for name, text in {".aws/config": case.get("config", ""), **case.get("files", {})}.items():
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(filled(text), encoding="utf-8")
    if "config_bytes" in case:
        (home / ".aws/config").write_bytes(bytes.fromhex(case["config_bytes"]))
    program.write_text(case.get("program", ""), encoding="utf-8")
    return case | {"says": filled(case["says"]), "advice": filled(case["advice"])}


@pytest.fixture
def broken(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    case = request.param
    monkeypatch.setattr("botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR", str(home / ".aws/sso/cache"))
    monkeypatch.setattr("botocore.tokens.SSOTokenProvider._SSO_TOKEN_CACHE_DIR", str(home / ".aws/sso/cache"))
    for name, value in case.get("environment", {}).items():
        monkeypatch.setenv(name, value)
    return lay_out(case, home)


@pytest.fixture
def answering(broken: Any, scripted: ScriptedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback answers what the case wants answered; nothing else is ever asked for."""
    monkeypatch.setattr("smtui.aws.boto_session._ATTEMPTS", 1)
    monkeypatch.setenv("AWS_ENDPOINT_URL", scripted.url)
    scripted.answers[:] = [_answer(broken["answer"]) if "answer" in broken else Answer(500, "nobody should ask")]


def _answer(answer: dict[str, Any]) -> Answer:
    if answer.get("xml"):
        error = f"<Error><Code>{answer['code']}</Code><Message>{answer['message']}</Message></Error>"
        return Answer(answer["status"], f"<ErrorResponse>{error}<RequestId>r</RequestId></ErrorResponse>")
    return Answer(answer["status"], json.dumps({"message": answer["message"]}), {"x-amzn-ErrorType": answer["code"]})


def _fault(call: Callable[[], object]) -> Fault:
    with pytest.raises(AwsCallFailed) as raised:
        call()
    return raised.value.fault


@pytest.mark.parametrize("broken", cases(), indirect=True)
def test_what_gives_no_credentials_says_so_everywhere(broken: Any, answering: None) -> None:
    place = Place(broken.get("profile", ""))
    whole = f"{broken['says']} {broken['advice']}"

    fleet = Fleet(BotoPlaces(), [place], OffLoop())
    asyncio.run(fleet.refresh())
    assert [problem.sentence() for problem in fleet.problems()] == [whole]  # `list`, and the line of the screen

    fault = _fault(BotoPlaces().evidence_at(place).caller)
    assert fault.kind.value == broken.get("kind", "credential source failed")
    assert (fault.sentence(), after_fault(fault)) == (broken["says"], broken["advice"])
    assert "very-secret" not in repr(fault)

    check = next(check for check in CHECKS if check.code == "local.credentials")
    result = check.result(only_here(credentials=Unseen(fault), caller=Unseen(fault)))
    assert result is not None
    assert result.status is CheckStatus.FAIL
    assert result.finding.startswith(broken["says"])


RENEWED = """
import datetime, json, pathlib, sys
if pathlib.Path({home!r}, "locked").exists():
    sys.exit("locked again")
soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=5)
keys = {{"AccessKeyId": "AKID", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": soon.isoformat()}}
print(json.dumps({{"Version": 1, **keys}}))
"""


def test_a_renewal_that_fails_is_a_failure_of_the_credentials_and_not_of_the_call(
    home: Path, scripted: ScriptedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "program.py").write_text(RENEWED.format(home=str(home)), encoding="utf-8")
    command = f"credential_process = {sys.executable} {home / 'program.py'}"
    (home / ".aws" / "config").write_text(f"[profile p]\nregion = eu-west-1\n{command}\n", encoding="utf-8")
    monkeypatch.setenv("AWS_ENDPOINT_URL", scripted.url)
    scripted.will_answer({"Status": "connected"})
    aws = BotoPlaces().at(Place("p"))
    assert aws.connection_status("i-1").status.value == "connected"
    (home / "locked").touch()
    fault = _fault(lambda: aws.connection_status("i-1"))
    assert fault.sentence() == "The program of credential_process of profile p failed: locked again."
    assert len(scripted.requests) == 1
    (home / "locked").unlink()
    assert aws.connection_status("i-1").status.value == "connected"
