"""`smtui doctor`: its JSON, its lines, its exit status, and what it says where nothing can be examined."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from smtui.cli.doctor import _examine
from smtui.demo.region import SimulatedRegion
from smtui.domain.check import Diagnosis, Layer
from smtui.domain.evidence.record import Subject
from smtui.domain.text import cell_width
from tests.cli.conftest import Run

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
    assert set(found) == {"target", "verdict", "results"}
    assert set(statuses(found)) >= _CODES
    layers = [result["code"].partition(".")[0] for result in found["results"]]
    assert list(dict.fromkeys(layers)) == [layer.value for layer in Layer]
    assert layers == sorted(layers, key=list(Layer).index)
    for result in found["results"]:
        assert set(result) == {"code", "status", "finding", "evidence", "topic"}
        assert result["finding"].endswith(".")
        assert (result["topic"] is None) == (result["status"] in ("PASS", "SKIPPED"))


def test_without_a_target_this_machine_alone_is_examined_and_how_to_install_the_plugin_is_said(run: Run) -> None:
    found = diagnosis(run, status=0)
    lines = run("doctor").stdout

    assert found["target"] is None
    assert {code.partition(".")[0] for code in statuses(found)} == {"local"}
    assert "session-manager-downloads" in lines
    assert "1.2.764.0" in lines


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
    assert max(map(cell_width, told.stdout.splitlines())) <= 80


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
    from smtui.demo.story import terminated

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


def test_several_places_and_no_target_is_wrong_usage(run: Run) -> None:
    told = run("doctor", "--region", "eu-west-1", "--region", "us-east-1")

    assert told.exit_code == 2


def test_install_help_and_logging_are_for_this_system(run: Run) -> None:
    assert "session-manager-downloads" in run("plugin", "install-help").stdout
    assert "seelog.xml" in run("plugin", "logging").stdout


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
