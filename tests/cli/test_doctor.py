"""`smtui doctor`: its JSON, its lines, its exit status, and what it says where nothing can be examined."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smtui import this_machine, wiring
from smtui.cli.doctor import _examine
from smtui.cli.doctor_lines import doctor_lines
from smtui.demo.region import SimulatedRegion
from smtui.diagnosis.check_result import CheckStatus, Diagnosis, Layer
from smtui.diagnosis.evidence.record import Evidence, Subject
from smtui.diagnosis.judging import judged
from smtui.domain.plugin_grade import PluginGrade, PluginPick
from smtui.domain.text import cell_width
from smtui.domain.version import Version
from smtui.engine.launcher_parts import Setup
from smtui.topics.machines import Package, System
from tests.cli.conftest import Run
from tests.diagnosis.build import only_here
from tests.diagnosis.test_certainty import TABLE

_CONTRACT = {
    "local": ("plugin_found", "plugin_version", "credentials", "clock", "region", "endpoints", "permission"),
    "node": ("state", "status_checks", "registered", "ping", "connection", "agent_version", "activation", "tier"),
    "identity": ("instance_profile", "trust", "policy", "dhmc"),
    "path": (
        "security_group",
        "network_acl",
        "route",
        "endpoint_ssm",
        "endpoint_ssmmessages",
        "endpoint_ec2messages",
        "private_dns",
        "endpoint_security_group",
        "endpoint_policy",
        "vpc_dns",
    ),
    "handshake": ("metadata", "hop_limit"),
    "preferences": ("s3_bucket", "s3_encryption", "log_group", "log_encryption", "endpoints", "kms_key"),
}
_CODES = {f"{layer}.{name}" for layer, names in _CONTRACT.items() for name in names}


def diagnosis(run: Run, *words: str, status: int) -> dict[str, Any]:
    told = run("doctor", *words, "--json")
    assert told.exit_code == status, told.output
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def statuses(found: dict[str, Any]) -> dict[str, str]:
    return {result["code"]: result["status"] for result in found["results"]}


def test_the_json_has_every_code_of_the_contract_in_the_order_of_the_chain(run: Run) -> None:
    found = diagnosis(run, "web-1", status=0)

    assert found["target"] == "i-0a1b2c3d4e5f60718"
    assert set(found) == {"target", "verdict", "can_start", "results"}
    assert found["can_start"] is True
    assert set(statuses(found)) >= _CODES
    layers = [result["code"].partition(".")[0] for result in found["results"]]
    assert list(dict.fromkeys(layers)) == [layer.value for layer in Layer]
    assert layers == sorted(layers, key=list(Layer).index)
    for result in found["results"]:
        assert set(result) == {"code", "status", "finding", "evidence", "topic", "fixes"}
        assert result["finding"].endswith(".")
        assert (result["topic"] is None) == (result["status"] in ("PASS", "SKIPPED"))


def test_without_a_target_this_machine_alone_is_examined(run: Run) -> None:
    found = diagnosis(run, status=0)

    assert found["target"] is None
    assert found["can_start"] is None
    assert {code.partition(".")[0] for code in statuses(found)} == {"local"}
    assert "session-manager-downloads" not in run("doctor").stdout, "there is a plugin, and it is new enough"


@pytest.mark.parametrize("version", ["", "1.2.300.0"])
def test_how_to_install_the_plugin_is_said_where_it_is_missing_or_old(run: Run, tmp_path: Path, version: str) -> None:
    plugin = tmp_path / "session-manager-plugin"
    if version:
        plugin.write_text(f"#!/bin/sh\necho {version}\n")
        plugin.chmod(0o755)
    told = run("doctor", SMTUI_PLUGIN=str(plugin))

    assert told.exit_code == 1
    assert "session-manager-downloads" in told.stdout
    assert "1.2.764.0" in told.stdout


def test_without_credentials_the_first_word_is_of_them(run: Run) -> None:
    told = run("doctor", "--json", AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)

    assert told.exit_code == 1
    answer = json.loads(told.stdout)
    assert statuses(answer)["local.credentials"] == "FAIL"
    assert statuses(answer)["local.plugin_found"] == "PASS"
    assert "credentials" in answer["verdict"]


def test_without_a_region_the_checks_still_come_to_an_end(run: Run) -> None:
    told = run("doctor", "--json", AWS_REGION=None)

    assert told.exit_code == 1
    answer = json.loads(told.stdout)
    assert statuses(answer)["local.region"] == "FAIL"
    assert statuses(answer)["local.plugin_found"] == "PASS"


def test_lines_name_the_cause_its_proof_and_the_commands_that_mend_it(run: Run, region: SimulatedRegion) -> None:
    told = run("doctor", "no-policy-1", COLUMNS="80")

    assert told.exit_code == 1
    assert "✕ FAIL    policy" in told.stdout
    assert "iam:ListAttachedRolePolicies: s3-only-role has AmazonS3ReadOnlyAccess" in told.stdout
    assert "aws iam attach-role-policy --role-name s3-only-role" in told.stdout
    assert f"--region {region.region}" in told.stdout
    told_lines = told.stdout.splitlines()
    assert max(cell_width(line) for line in told_lines if "https://" not in line) <= 80
    assert [line for line in told_lines if line.endswith(".html")], "addresses in one piece"


def test_what_is_wrong_comes_as_finding_fix_evidence_explanation_and_the_chain_last(run: Run) -> None:
    told = run("doctor", "no-policy-1", COLUMNS="120").stdout
    order = (
        "cannot be reached (certain)",
        "== identity.policy · role-without-permissions ==",
        "Fix\n# Attach the managed policy\naws iam attach-role-policy",
        "# Changes: Every node that uses this role",
        "# Risk: ",
        "Evidence\n  · iam:ListAttachedRolePolicies",
        "The node's role does not allow what the agent needs",
        "Causes, most likely first",
        "What to do",
        "Commands that only read",
        "Read more",
        "✕ FAIL    policy                  See above.",
    )
    places = [told.index(words) for words in order]
    assert places == sorted(places)
    assert told.count("role s3-only-role allows none") == 1, "the verdict tells the finding, and nothing repeats it"
    assert told.count("# Attach the managed policy") == 1, "no symptom repeats the fix of its cause"


def test_the_first_fix_in_json_is_the_one_that_mends(run: Run) -> None:
    results = {result["code"]: result for result in diagnosis(run, "no-policy-1", status=1)["results"]}

    fix = results["identity.policy"]["fixes"][0]
    assert fix["says"] == "Attach the managed policy"
    assert fix["command"].startswith("aws iam attach-role-policy --role-name s3-only-role --policy-arn ")
    assert fix["changes"]
    assert fix["risk"]
    assert results["node.state"]["fixes"] == []


@pytest.mark.parametrize("case", TABLE, ids=[row[0] for row in TABLE])
def test_no_finding_is_reported_twice(case: tuple[str, Evidence, str, str, bool]) -> None:
    diagnosis = judged(case[1])
    told = " ".join(" ".join(doctor_lines(diagnosis, "web-1", Setup(), 100)).split()).casefold()
    assert {result.code for result in diagnosis.results} >= {case[2]}
    for result in diagnosis.results:
        if result.status in (CheckStatus.FAIL, CheckStatus.WARN):
            assert told.count(" ".join(result.finding.casefold().rstrip(".").split())) == 1, result.code


@pytest.mark.parametrize(("off_path", "said"), [("/usr/local/sessionmanagerplugin/bin", False), ("", True)])
def test_install_help_is_not_for_a_plugin_that_only_path_lacks(off_path: str, said: bool) -> None:
    grade = PluginGrade.FINE if off_path else PluginGrade.MISSING
    pick = PluginPick("session-manager-plugin", Version.of("1.2.896.0"), grade, "Because.", off_path=off_path)
    told = "\n".join(doctor_lines(judged(only_here(plugin=pick)), "", Setup(), 100))
    assert ("== install-plugin ==" in told) is said


def test_on_a_narrow_terminal_a_finding_stands_below_its_name(run: Run) -> None:
    told = run("doctor", "web-1", COLUMNS="40").stdout
    assert "  ✓ PASS    plugin_found\n      smtui's own plugin will be used.\n" in told
    assert max(map(cell_width, told.splitlines())) <= 40


@pytest.mark.parametrize(
    ("target", "status", "said"),
    [
        ("i-nonsense", 1, "i-nonsense"),
        ("i-0000000000000000a", 1, "i-0000000000000000a"),
        ("mi-0000000000000000a", 1, "mi-0000000000000000a"),
        ("no such node", 1, "no such node"),
        ("terminated-1", 1, "terminated-1"),
    ],
)
def test_a_target_that_is_not_there_ends_in_a_sentence(run: Run, target: str, status: int, said: str) -> None:
    told = run("doctor", target)

    assert told.exit_code == status
    assert said in told.output
    assert "Traceback" not in told.output


def test_an_instance_of_another_region_is_not_found_in_this_one(run: Run) -> None:
    found = diagnosis(run, "i-0a1b2c3d4e5f60718", "--region", "us-east-1", status=1)

    assert statuses(found)["node.state"] == "FAIL"
    topics = {result["code"]: result["topic"] for result in found["results"]}
    assert topics["node.state"] == "target-elsewhere"
    assert "us-east-1" in found["verdict"]
    assert all(status != "FAIL" for code, status in statuses(found).items() if code.startswith(("identity", "path")))


def test_a_terminated_instance_is_called_terminated(run: Run, region: SimulatedRegion) -> None:
    from smtui.demo.story.story_nodes import terminated

    found = diagnosis(run, terminated().node_id, status=1)

    assert "terminated" in found["verdict"]
    assert {code for code, status in statuses(found).items() if status == "FAIL"} == {"node.state"}


def test_a_hybrid_node_has_its_ec2_checks_skipped(run: Run) -> None:
    found = statuses(diagnosis(run, "onprem-1", status=0))

    assert found["node.state"] == found["node.status_checks"] == "SKIPPED"
    assert {status for code, status in found.items() if code.startswith(("path.", "handshake."))} == {"SKIPPED"}
    assert found["node.activation"] == found["node.tier"] == "PASS"


def test_what_may_not_be_seen_gives_status_3(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"deny": ["ec2:DescribeRouteTables"]})
    found = diagnosis(run, "web-1", status=3)

    assert statuses(found)["path.route"] == "UNKNOWN"
    assert "ec2:DescribeRouteTables" in found["verdict"]


def test_a_broken_thing_outranks_what_was_not_seen(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"deny": ["ec2:DescribeRouteTables"]})

    diagnosis(run, "no-policy-1", status=1)


def test_the_document_that_was_chosen_is_the_one_that_is_examined(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"deny": ["ssm:StartSession@document/AWS-StartInteractiveCommand"]})
    found = diagnosis(run, "web-1", "--document-name", "AWS-StartInteractiveCommand", status=1)
    assert found["can_start"] is False
    assert statuses(found)["local.permission"] == "FAIL"
    assert "the document AWS-StartInteractiveCommand (ssm:StartSession)" in found["verdict"]
    assert diagnosis(run, "web-1", status=0)["can_start"] is True, "the account's shell is another document"

    failed = run("connect", "web-1", "--document-name", "AWS-StartInteractiveCommand", "--parameter", "command=ls")
    assert failed.exit_code == 1
    assert "document/AWS-StartInteractiveCommand" in failed.stderr, "AWS names the document as the resource"
    assert "doctor i-0a1b2c3d4e5f60718 --document-name AWS-StartInteractiveCommand" in failed.stderr


def test_what_the_document_needs_of_the_agent_is_examined(run: Run) -> None:
    document = ("--document-name", "AWS-StartPortForwardingSession")
    assert statuses(diagnosis(run, "agent-no-forward-1", status=0))["node.agent_version"] == "WARN"
    found = diagnosis(run, "agent-no-forward-1", *document, status=1)
    assert statuses(found)["node.agent_version"] == "FAIL"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--document-name", "AWS-StartSSHSession"), 2, "--document-name needs a TARGET"),
        (("web-1", "--document-name", "Nobody-Wrote-This"), 1, "Document with name Nobody-Wrote-This does not exist"),
    ],
)
def test_a_document_that_cannot_be_examined_ends_in_a_sentence(
    run: Run, words: tuple[str, ...], status: int, said: str
) -> None:
    told = run("doctor", *words)
    assert told.exit_code == status
    assert said in told.output
    assert "Traceback" not in told.output


def test_a_document_that_may_not_be_read_is_examined_all_the_same(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"deny": ["ssm:GetDocument"]})
    found = diagnosis(run, "web-1", "--document-name", "Nobody-Wrote-This", status=3)
    assert statuses(found)["local.permission"] == "PASS"


def test_several_places_without_a_target_are_examined_one_by_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[profile broken]\nrole_arn = arn:aws:iam::111122223333:role/R\n")
    told = run("doctor", "--json", "--region", "eu-west-1", "--region", "moon-1")
    assert told.exit_code == 1, "the second Region has no endpoint of AWS's"
    here, moon = json.loads(told.stdout)["places"]
    assert (here["region"], moon["region"]) == ("eu-west-1", "moon-1")
    assert {code.partition(".")[0] for code in statuses(here)} == {"local"}
    printed = run("doctor", "--profile", "broken", "--profile", "gone")
    assert printed.exit_code == 1
    of_broken, _, of_gone = printed.stdout.partition("═══ gone ═══")
    assert of_broken.startswith("═══ broken ═══")
    assert 'There is no profile "gone".' in of_gone


def test_install_help_and_logging_are_for_this_system(run: Run) -> None:
    assert "session-manager-downloads" in run("plugin", "install-help").stdout
    assert "seelog.xml" in run("plugin", "logging").stdout


@pytest.mark.parametrize(
    ("os_release", "its_own", "other"),
    [("ID=ubuntu\n", ("dpkg -i", "dpkg -r"), "yum"), ("ID=amzn\n", ("yum install", "yum erase"), "dpkg")],
)
def test_install_help_knows_the_distribution(
    os_release: str, its_own: tuple[str, ...], other: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "os-release").write_text(os_release)
    monkeypatch.setattr(this_machine, "_OS_RELEASES", (tmp_path / "os-release",))
    monkeypatch.setattr(wiring, "this_system", lambda: System.LINUX)
    monkeypatch.setattr(this_machine, "this_system", lambda: System.LINUX)
    told = run("plugin", "install-help").stdout
    assert all(words in told for words in its_own)
    assert other not in told


_RPM, _DEB = "session-manager-plugin.rpm", "session-manager-plugin.deb"


@pytest.mark.parametrize(
    ("system", "architecture", "its_own", "others"),
    [
        (
            System.WINDOWS,
            "x86_64",
            ("windows/SessionManagerPluginSetup.exe", "windows/SessionManagerPlugin.zip", "PATH"),
            ("/mac", "linux", "ubuntu"),
        ),
        (
            System.MACOS,
            "x86_64",
            ("mac/sessionmanager-bundle.zip", "mac/session-manager-plugin.pkg", "sudo rm -rf /usr/local/session"),
            ("mac_arm64", "windows/", "linux", "ubuntu"),
        ),
        (
            System.MACOS,
            "arm64",
            ("mac_arm64/sessionmanager-bundle.zip", "mac_arm64/session-manager-plugin.pkg", "installer -pkg"),
            ("/mac/", "windows/", "linux", "ubuntu"),
        ),
        (System.LINUX, "x86", (f"linux_32bit/{_RPM}", f"ubuntu_32bit/{_DEB}"), ("64bit", "arm64", "/mac", "windows/")),
        (System.LINUX, "arm64", (f"linux_arm64/{_RPM}", f"ubuntu_arm64/{_DEB}"), ("bit/", "/mac", "windows/")),
    ],
)
def test_install_help_knows_the_system_and_its_processor(
    system: System,
    architecture: str,
    its_own: tuple[str, ...],
    others: tuple[str, ...],
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wiring, "this_system", lambda: system)
    monkeypatch.setattr(wiring, "this_architecture", lambda: architecture)
    monkeypatch.setattr(wiring, "this_package", lambda: Package.ANY)
    lines = run("plugin", "install-help").stdout.splitlines()
    downloads = [line for line in lines if "latest/" in line]
    assert [words for words in its_own if not any(words in line for line in lines)] == []
    assert [words for words in others if any(words in line for line in downloads)] == []


@pytest.mark.parametrize(
    ("system", "folder", "command"),
    [
        (System.WINDOWS, r"C:\Program Files\Amazon\SessionManagerPlugin\seelog.xml.template", "Copy-Item"),
        (System.MACOS, "/usr/local/sessionmanagerplugin/seelog.xml.template", "sudo cp"),
        (System.LINUX, "/usr/local/sessionmanagerplugin/seelog.xml.template", "sudo cp"),
    ],
)
def test_logging_help_knows_the_system(
    system: System, folder: str, command: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "this_system", lambda: system)
    told = run("plugin", "logging", COLUMNS="200").stdout
    assert folder in told
    assert command in told
    assert ("chmod" in told) is (system is not System.WINDOWS)


async def test_the_line_that_counts_is_gone_where_the_user_gives_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class GivenUp:
        diagnosis = Diagnosis("i-1", (), ("node.ping",))

        def subscribe(self, listener: Callable[[], None]) -> None:
            listener()

        async def run(self) -> None:
            raise asyncio.CancelledError

    class Launcher:
        def examine(self, _: object) -> GivenUp:
            return GivenUp()

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with pytest.raises(asyncio.CancelledError):
        await _examine(Launcher(), Subject("i-1"), as_json=False)  # type: ignore[arg-type]
    assert capsys.readouterr().err == "\r\x1b[Kchecking … 0 of 1\r\x1b[K"
