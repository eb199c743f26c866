"""`smtui sessions rules`, `set` and `undo` against a Region: words, denials in turn, and changes that are undone."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from smtui.cli.sessions import change_rules
from smtui.demo.region import SimulatedRegion
from tests.cli.conftest import Run
from tests.demo.support import client

NAME = "SSM-SessionManagerRunShell"
SWITCHES = ["preferences"]
Answering = Callable[[Any, str], Awaitable[bool]]


def saved(region: SimulatedRegion, **version: str) -> dict[str, Any]:
    found = client(region, "ssm").get_document(Name=NAME, **version)
    inputs: dict[str, Any] = json.loads(found["Content"])["inputs"]
    return {**inputs, "version": found["DocumentVersion"]}


def asked(monkeypatch: pytest.MonkeyPatch, *answers: Callable[[], bool]) -> list[str]:
    """Let questions be asked, and answer them in turn; returns them."""
    questions: list[str] = []
    left = list(answers)

    async def answer(_: Any, title: str) -> bool:
        questions.append(title)
        return left.pop(0)()

    monkeypatch.setattr(change_rules, "can_ask", lambda: True)
    monkeypatch.setattr(change_rules, "is_yes", answer)
    return questions


def test_the_rules_in_words(run: Run, region: SimulatedRegion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    region.faults.apply({"switch": SWITCHES})
    result = run("sessions", "rules")
    assert result.exit_code == 0, result.stderr
    title, *lines = result.stdout.splitlines()
    assert title == "Session Manager preferences · eu-west-1 · version 3"
    assert lines[0].startswith(
        "✓ logged     Shells and commands stream to the log group /acme/session-manager and go to"
    )
    assert [line[:12].strip() for line in lines if line[0] != " "] == [
        "✓ logged",
        "✓ bucket",
        "✓ log group",
        "✓ encrypted",
        "– run as",
        "! ends",
        "– shell",
        "✓ version",
    ]
    assert all(line.startswith(" " * 13) for line in lines if line[0] == " ")


def test_what_contradicts_itself_comes_first_and_names_its_topic(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"switch": ["log-group-unencrypted"]})
    result = run("sessions", "rules")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1].startswith("✕ A shell would fail now: encryption is demanded of the log group")
    assert "To read it: smtui topics encryption-mismatch" in result.stderr


@pytest.mark.parametrize(
    ("action", "subject"),
    [
        ("ssm:DescribeDocument", "version"),
        ("s3:ListBucket", "bucket"),
        ("s3:GetEncryptionConfiguration", "bucket"),
        ("logs:DescribeLogGroups", "log group"),
        ("kms:DescribeKey", "key"),
        ("iam:SimulatePrincipalPolicy", "encrypted"),
    ],
)
def test_each_denial_in_turn(run: Run, region: SimulatedRegion, action: str, subject: str) -> None:
    region.faults.apply({"switch": SWITCHES, "deny": [action]})
    result = run("sessions", "rules", "--json")
    assert result.exit_code == 3
    (place,) = json.loads(result.stdout)["rules"]
    (missing,) = [line for line in place["lines"] if line["status"] == "unseen"]
    assert missing["subject"] == subject
    assert f"{action} was denied" in f"{missing['sentence']} {missing['means']}"
    assert missing["topic"] == "no-permission-to-look"
    assert {"logged", "encrypted", "run as", "ends", "shell"} <= {line["subject"] for line in place["lines"]}
    assert not any(line["status"] == "failure" for line in place["lines"])


def test_a_denied_tag_while_run_as_is_on(run: Run, region: SimulatedRegion) -> None:
    assert run("sessions", "rules", "set", "runAsEnabled=yes", "runAsDefaultUser=ec2-user", "--yes").exit_code == 0
    region.faults.apply({"deny": ["iam:GetUser"]})
    result = run("sessions", "rules")
    assert result.exit_code == 3
    assert "iam:GetUser was denied." in " ".join(result.stdout.split())
    region.account.restore()


def test_a_document_that_may_not_be_read(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"deny": ["ssm:GetDocument"]})
    result = run("sessions", "rules")
    assert result.exit_code == 1
    assert "? document" in result.stdout
    assert "✓ version" in result.stdout


def test_the_rules_as_json(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"switch": SWITCHES})
    (place,) = json.loads(run("sessions", "rules", "--json").stdout)["rules"]
    assert (place["account"], place["region"], place["version"]) == ("111122223333", "eu-west-1", "3")
    preferences = place["preferences"]
    assert (preferences["log_group"], preferences["idle_minutes"]) == ("/acme/session-manager", 20)
    assert set(place["lines"][0]) == {"status", "subject", "sentence", "means", "topic"}


def test_several_places_are_told_apart(run: Run) -> None:
    result = run("sessions", "rules", "--region", "eu-west-1", "--region", "us-east-1")
    assert result.exit_code == 0
    assert "Session Manager preferences · eu-west-1 · version 3" in result.stdout
    assert "Session Manager preferences · us-east-1 · never saved" in result.stdout
    assert run("sessions", "rules", "set", "kmsKeyId=", "--region", "a", "--region", "b", "--yes").exit_code == 2


def test_a_change_is_shown_asked_for_and_undone(
    run: Run, region: SimulatedRegion, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = asked(monkeypatch, lambda: True, lambda: True)
    result = run("sessions", "rules", "set", "idleSessionTimeout=5")
    assert result.exit_code == 0, result.stderr
    assert '-    "idleSessionTimeout": "20",\n+    "idleSessionTimeout": "5",' in result.stdout
    assert "Version 4 of the preferences of eu-west-1 holds from the next session on." in result.stdout
    assert questions == [
        "Write this as the new version of the preferences of eu-west-1? They apply to everybody's next session there."
    ]
    assert (saved(region)["idleSessionTimeout"], saved(region)["version"]) == ("5", "4")
    result = run("sessions", "rules", "undo")
    assert result.exit_code == 0, result.stderr
    assert "+++ new version, as version 3" in result.stdout
    assert (saved(region)["idleSessionTimeout"], saved(region)["version"]) == ("20", "5")
    region.account.restore()


def test_any_earlier_version_can_be_gone_back_to(run: Run, region: SimulatedRegion) -> None:
    assert run("sessions", "rules", "undo", "1", "--yes").exit_code == 0
    assert saved(region)["idleSessionTimeout"] == "60"
    result = run("sessions", "rules", "undo", "99", "--yes")
    assert result.exit_code == 1
    assert "InvalidDocumentVersion" in result.stderr
    region.account.restore()


def test_no_means_no(run: Run, region: SimulatedRegion, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(monkeypatch, lambda: False)
    result = run("sessions", "rules", "set", "idleSessionTimeout=5")
    assert (result.exit_code, "nothing was changed" in result.stderr) == (1, True)
    assert saved(region)["version"] == "3"


def test_nothing_to_change_asks_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(monkeypatch)
    result = run("sessions", "rules", "set", "idleSessionTimeout=20")
    assert result.exit_code == 0
    assert "Nothing to change: version 3 of the preferences of eu-west-1 says so already." in result.stdout


def test_somebody_elses_change_in_between_is_shown_and_asked_about_anew(
    run: Run, region: SimulatedRegion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile() -> bool:
        ssm = client(region, "ssm")
        content = ssm.get_document(Name=NAME)["Content"].replace(
            '"maxSessionDuration": ""', '"maxSessionDuration": "90"'
        )
        ssm.update_document(Name=NAME, Content=content, DocumentVersion="$LATEST")
        return True

    questions = asked(monkeypatch, meanwhile, lambda: True)
    result = run("sessions", "rules", "set", "idleSessionTimeout=5")
    assert result.exit_code == 0, result.stderr
    assert len(questions) == 2
    assert "Somebody else changed the preferences meanwhile: version 4 is the newest now." in result.stderr
    assert "--- version 4" in result.stdout
    now = saved(region)
    assert (now["idleSessionTimeout"], now["maxSessionDuration"], now["version"]) == ("5", "90", "5")
    region.account.restore()


def test_a_denied_change_leads_to_its_topic(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"deny": ["ssm:UpdateDocument"]})
    result = run("sessions", "rules", "set", "idleSessionTimeout=5", "--yes")
    assert result.exit_code == 1
    assert "ssm:UpdateDocument was denied. Nothing was changed." in result.stderr
    assert "To read it: smtui topics no-permission-for-preferences" in result.stderr


def test_a_version_that_may_not_become_the_default_one(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"deny": ["ssm:UpdateDocumentDefaultVersion"]})
    result = run("sessions", "rules", "set", "idleSessionTimeout=5", "--yes")
    assert result.exit_code == 1
    assert "The console shows the earlier version: ssm:UpdateDocumentDefaultVersion was denied." in result.stdout
    assert saved(region, DocumentVersion="$LATEST")["idleSessionTimeout"] == "5"
    assert "! version" in run("sessions", "rules").stdout
    region.account.restore()


def test_the_first_preferences_of_a_region(run: Run, region: SimulatedRegion) -> None:
    result = run("sessions", "rules", "set", "maxSessionDuration=90", "--yes", "--region", "us-east-1")
    assert result.exit_code == 0, result.stderr
    assert "--- no preferences" in result.stdout
    found = client(region, "ssm", region_name="us-east-1").get_document(Name=NAME)
    assert json.loads(found["Content"])["inputs"]["maxSessionDuration"] == "90"
    assert run("sessions", "rules", "undo", "--yes", "--region", "us-east-1").exit_code == 1
    region.account.restore()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("set", "idleSessionTimeout=99", "--yes"), 2, "idleSessionTimeout: Write whole minutes, 1 to 60."),
        (("set", "idle=5", "--yes"), 2, "idle: There is no such preference."),
        (("set", "idle", "--yes"), 2, "idle is not NAME=VALUE."),
        (("set", "shellProfile.linux=echo \udcff", "--yes"), 2, "shellProfile.linux: the value is not valid Unicode."),
        (
            ("set", "idleSessionTimeout=5", "idleSessionTimeout=50", "--yes"),
            2,
            "idleSessionTimeout is given two values.",
        ),
        (("set",), 2, "Missing argument"),
        (("undo", "0"), 2, "0 is not in the range"),
        (("set", "idleSessionTimeout=5"), 2, "Nobody can be asked here"),
        (("set", "idleSessionTimeout=5", "--yes", "--read-only"), 1, "changes no preferences"),
        (("undo", "--yes", "--read-only"), 1, "changes no preferences"),
        (("--json", "undo"), 2, "--json is for the rules"),
    ],
)
def test_what_is_refused(run: Run, region: SimulatedRegion, words: tuple[str, ...], status: int, said: str) -> None:
    result = run("sessions", "rules", *words)
    assert (result.exit_code, said in result.stderr) == (status, True), result.stderr
    assert saved(region)["version"] == "3"


def test_what_is_worth_knowing_is_said_before_the_question(run: Run, region: SimulatedRegion) -> None:
    result = run("sessions", "rules", "set", "runAsEnabled=yes", "--yes")
    assert "Run-as names no user" in result.stderr
    region.account.restore()
