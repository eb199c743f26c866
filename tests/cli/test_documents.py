"""`smtui documents` and `connect --document-name`, against the simulated Region."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smtui.demo.region import SimulatedRegion
from tests.cli.conftest import Run

WEB = "i-0a1b2c3d4e5f60718"


def test_every_document_with_its_type_owner_and_parameters(run: Run) -> None:
    result = run("documents")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = {line.split()[0]: line for line in result.stdout.splitlines()}
    assert lines["DOCUMENT"].split() == ["DOCUMENT", "TYPE", "OWNER", "PARAMETERS"]
    assert lines["Acme-Exit"].split() == ["Acme-Exit", "NonInteractiveCommands", "111122223333", "status"]
    assert lines["Acme-TailLog"].endswith("logpath=/var/log/messages lines=20")
    assert lines["Acme-Broken"].endswith("Its schema version is 2.2; sessions need 1.0.")
    assert lines["Shared-DiskUsage"].split()[2] == "444455556666"
    assert "SSM-SessionManagerRunShell" in lines


def test_as_json(run: Run) -> None:
    result = run("documents", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["problems"]) == (0, [])
    documents = {document["name"]: document for document in told["documents"]}
    port = documents["AWS-StartPortForwardingSessionToRemoteHost"]
    assert (port["type"], port["owner"], port["needs_agent"], port["trouble"]) == ("Port", "Amazon", "3.1.1374.0", "")
    assert [parameter["name"] for parameter in port["parameters"]] == ["host", "portNumber", "localPortNumber"]
    assert port["parameters"][1]["default"] == ["80"]
    broken = documents["Acme-Broken"]
    assert (broken["type"], broken["parameters"], broken["trouble"]) == (
        None,
        [],
        "Its schema version is 2.2; sessions need 1.0.",
    )


def test_a_denied_list_is_a_failure(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"deny": ["ssm:ListDocuments"]})
    result = run("documents")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "smtui: ssm:ListDocuments was denied.\n"
        "smtui: Topic: You are not allowed to make this call (no-permission-to-look). "
        "To read it: smtui topics no-permission-to-look\n"
    )


def test_documents_that_may_not_be_read_are_listed_as_unseen(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"deny": ["ssm:GetDocument"]})
    result = run("documents", "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 3
    assert told["problems"] == ["ssm:GetDocument was denied."]
    assert {document["trouble"] for document in told["documents"]} == {"ssm:GetDocument was denied."}


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("Acme-Exit",), 2, "smtui: status is required.\n"),
        (("Acme-Exit", "status=256"), 2, "smtui: status must match ^(1?[0-9]{1,2}|2[0-4][0-9]|25[0-5])$.\n"),
        (("Acme-Exit", "status="), 2, "smtui: status cannot be sent empty.\n"),
        (("Acme-Exit", "status=1", "status=2"), 2, "smtui: status takes one value.\n"),
        (("Acme-Restart", "service=cron"), 2, "smtui: service must be one of api, nginx, worker.\n"),
        (
            ("Acme-Restart", "Service=api"),
            2,
            "smtui: service is required.\nsmtui: Acme-Restart has no parameter Service; did you mean service?\n",
        ),
        (("Acme-TailLog", "logpath=/etc/passwd"), 2, "smtui: logpath must match ^/var/log/[\\w./-]+$.\n"),
        (("Acme-Broken",), 1, "smtui: Acme-Broken cannot be used: Its schema version is 2.2; sessions need 1.0.\n"),
        (
            ("AWS-StartSSHSession",),
            2,
            "smtui: AWS-StartSSHSession is a tunnel for ssh: run smtui ssh TARGET, which starts it. "
            "More: smtui topics ssh-over-sessions.\n",
        ),
        (("Acme-ForwardWeb",), 2, "smtui: Acme-ForwardWeb forwards a port: use smtui forward TARGET PORT.\n"),
    ],
)
def test_what_cannot_be_started_is_refused_before_the_start(
    run: Run, region: SimulatedRegion, words: tuple[str, ...], status: int, told: str
) -> None:
    name, *pairs = words
    parameters = [word for pair in pairs for word in ("--parameter", pair)]
    result = run("connect", WEB, "--document-name", name, *parameters)
    assert (result.exit_code, result.stderr) == (status, told)
    assert not any(session.document_name == name for session in region.sessions.history())


def test_parameters_of_the_accounts_own_shell_are_checked_too(run: Run) -> None:
    result = run("connect", WEB, "--parameter", "portNumber=80")
    assert (result.exit_code, result.stderr) == (
        2,
        "smtui: SSM-SessionManagerRunShell has no parameter portNumber.\n",
    )


def test_a_document_that_there_is_not(run: Run) -> None:
    result = run("connect", WEB, "--document-name", "No-Such")
    assert result.exit_code == 1
    assert "InvalidDocument: Document with name No-Such" in result.stderr
    assert "(ssm:GetDocument, " in result.stderr
    assert "(invalid-document)." in result.stderr
    assert "not checked" not in result.stderr


def test_amazons_port_documents_are_known_where_they_may_not_be_read(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"deny": ["ssm:GetDocument"]})
    result = run("connect", WEB, "--document-name", "AWS-StartPortForwardingSession")
    assert result.exit_code == 2
    assert "use smtui forward" in result.stderr


def test_a_document_that_may_not_be_read_is_started_unchecked(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"deny": ["ssm:GetDocument", "ssm:StartSession"]})
    result = run("connect", WEB, "--document-name", "Acme-Exit")
    unchecked = "smtui: ssm:GetDocument was denied. The parameters of Acme-Exit were not checked.\n"
    assert result.stderr.startswith(unchecked)
    assert "ssm:StartSession" in result.stderr
    assert result.exit_code == 1


def test_an_agent_that_is_too_old_is_named_before_the_start(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"deny": ["ssm:StartSession"]})
    result = run("connect", "agent-no-forward-1", "--document-name", "Acme-Uptime")
    assert result.stderr.startswith(
        "smtui: Acme-Uptime needs SSM Agent 3.0.1124.0 or later (non-interactive commands); this node has 2.3.100.0.\n"
    )
    assert "ssm:StartSession" in result.stderr, "a warning forbids nothing"


def test_what_was_used_is_listed_first_the_next_time(run: Run, region: SimulatedRegion, tmp_path: Path) -> None:
    region.faults.apply({"deny": ["ssm:StartSession"]})
    run("connect", WEB, "--document-name", "Acme-Restart", "--parameter", "service=api")
    assert "Acme-Restart" in (tmp_path / "state" / "documents.json").read_text()
    assert json.loads(run("documents", "--json").stdout)["documents"][0]["name"] == "Acme-Restart"


def test_a_misspelled_document_names_the_nearest_and_the_list_is_kept(run: Run, tmp_path: Path) -> None:
    result = run("connect", WEB, "--document-name", "Acme-TailLogs")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "smtui: Did you mean --document-name Acme-TailLog?"
    assert "Acme-TailLog" in (tmp_path / "state" / "document-names.txt").read_text("utf-8").splitlines()


def test_a_misspelled_profile_names_the_nearest(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[profile acme-prod]\nregion = eu-west-1\n", "utf-8")
    assert "Did you mean 'acme-prod'?" in run("list", "--profile", "acme-prd").stderr
