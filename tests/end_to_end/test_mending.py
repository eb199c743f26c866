"""The fix that is marked for each broken node of the demo, run by the real AWS CLI, mends the demo's account."""

from __future__ import annotations

import asyncio
import io
import shlex
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import pytest
from awscli.clidriver import create_clidriver  # type: ignore[import-untyped]

from smtui.aws.places import BotoPlaces
from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.story.account_facts import SWITCHES
from smtui.demo.story.story_nodes import more_causes, story
from smtui.diagnosis.check_result import CheckStatus, Diagnosis
from smtui.diagnosis.evidence.record import Subject
from smtui.domain.place import Place
from smtui.domain.shellquote import Shell
from smtui.engine.fleet import Fleet
from smtui.engine.offloop import OffLoop
from smtui.plugin.plugin_host import PluginHost
from smtui.topics.library import topic
from smtui.topics.machines import Machines, System, system_named
from smtui.topics.topic import ReadyCommand, RunsOn
from smtui.topics.topic_text import advice
from tests.demo.planted import CAUSES, MORE_CAUSES, OUT_OF_SIGHT, SEVERAL_CAUSES
from tests.engine.launcher_parts import launcher_over

Aws = Callable[[list[str]], int]
"""Takes the words after `aws`, and gives the exit status."""
_PLACE = Place("", "eu-west-1")
_NODES = {node.name: node for node in (*story(), *more_causes())}
_PLANTED = {*CAUSES, *MORE_CAUSES, *SEVERAL_CAUSES, *OUT_OF_SIGHT}

READY = ""
MENDED = {
    "stopped-1": READY,
    "stopping-1": READY,
    "pending-1": READY,
    "impaired-1": READY,
    "agent-too-old-1": READY,
    "agent-no-forward-1": READY,
    "agent-no-remote-host-1": READY,
    "no-profile-1": READY,
    "no-policy-1": READY,
    "wrong-trust-1": READY,
    "policy-denied-1": READY,
    "boundary-1": READY,
    "no-role-1": READY,
    "no-profile-old-agent-1": READY,
    "profile-deleted-1": READY,
    "policy-gone-live-1": READY,
    "no-egress-1": READY,
    "acl-closed-1": READY,
    "acl-out-closed-1": READY,
    "egress-elsewhere-1": READY,
    "no-nat-1": READY,
    "nat-in-private-1": READY,
    "private-nat-1": READY,
    "nat-failed-1": READY,
    "blackhole-1": READY,
    "no-public-ip-1": READY,
    "nat-loop-1": READY,
    "dns64-off-1": READY,
    "no-ssm-endpoint-1": READY,
    "no-ssmmessages-1": READY,
    "no-ec2messages-1": READY,
    "no-ec2messages-new-1": READY,
    "no-ec2messages-unknown-1": READY,
    "endpoint-pending-1": READY,
    "private-dns-off-1": READY,
    "endpoint-sg-closed-1": READY,
    "ec2messages-sg-closed-1": READY,
    "endpoint-in-the-way-1": READY,
    "endpoint-policy-1": READY,
    "vpc-dns-off-1": READY,
    "hop-limit-1": READY,
    "metadata-off-1": READY,
    "two-causes-1": "path.route",
}
"""What the doctor says once the marked fix was run: that a session can start, or the cause that comes next."""

SWITCHED = {
    "bucket-deleted": READY,
    "bucket-unencrypted": READY,
    "log-group-deleted": "preferences.log_encryption",  # the new group has no key, and the preferences demand one
    "log-group-unencrypted": READY,
    "key-disabled": READY,
    "key-pending-deletion": READY,
    "key-deleted": READY,
    "key-for-signing": READY,
    "no-s3-endpoint": READY,
    "no-logs-endpoint": READY,
    "standard-tier": READY,
    "host-management-broken": READY,
}
"""The same for what is wrong with the account as a whole."""
_SUBJECTS = {
    "no-s3-endpoint": "endpoints-elsewhere-1",
    "no-logs-endpoint": "endpoints-elsewhere-1",
    "standard-tier": "onprem-1",
    "host-management-broken": "no-profile-1",
}
"""Whom a switch concerns; `web-1` where it concerns everybody."""

ON_THE_NODE = {
    "agent-stopped-1": "the agent is a service of the node's own system",
    "long-session-1": "the agent's settings are a file on the node",
    "onprem-lost-1": "AWS can do nothing to a hybrid machine",
    "edge-lost-1": "AWS can do nothing to a hybrid machine",
    "agent-proxy-1": "the agent's proxy is set in its service on the node",
    "ipv6-only-1": "the agent's endpoints are chosen in a file on the node",
    "tgw-1": "nobody sees what lies behind a transit gateway: all that is left is to restart the agent",
}
"""Whose marked fix is a command for the node's own shell, which no call of AWS stands for, and why."""


@pytest.fixture(scope="module")
def region() -> Iterator[SimulatedRegion]:
    with SimulatedRegion(demo_fleet(causes=True)) as running:
        yield running


@pytest.fixture(autouse=True)
def as_told(region: SimulatedRegion) -> None:
    region.account.restore()


@pytest.fixture(scope="module")
def models() -> Any:
    """What the AWS CLI knows of AWS's services, read once."""
    return create_clidriver().session.get_component("data_loader")


@pytest.fixture
def aws(region: SimulatedRegion, models: Any, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """The AWS CLI in this process, with a way to the Region and to nothing else."""
    told = {
        "AWS_ENDPOINT_URL": region.endpoint_url,
        "AWS_ACCESS_KEY_ID": region.access_key_id,
        "AWS_SECRET_ACCESS_KEY": region.secret_access_key,
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        "AWS_PAGER": "",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)

    def run(argv: list[str]) -> int:
        driver = create_clidriver()  # a driver is good for one command
        driver.session.register_component("data_loader", models)
        status: int = driver.main(argv)
        return status

    return run


@pytest.fixture(scope="module")
def places(region: SimulatedRegion) -> BotoPlaces:
    return BotoPlaces.fixed(region.endpoint_url, region.access_key_id, region.secret_access_key, region.region)


def examined(places: BotoPlaces, name: str) -> Diagnosis:
    async def run() -> Diagnosis:
        fleet = Fleet(places, [_PLACE], OffLoop())
        launcher = launcher_over(fleet, PluginHost({"SMTUI_PLUGIN": "builtin"}), evidence=places)
        return await launcher.examine(Subject(_NODES[name].node_id, _PLACE)).run()

    return asyncio.run(run())


def marked(diagnosis: Diagnosis) -> ReadyCommand:
    """The command that `c` copies for what the doctor blames."""
    return fixes(diagnosis)[0]


def fixes(diagnosis: Diagnosis) -> tuple[ReadyCommand, ...]:
    """For what the doctor blames, the least invasive first."""
    assert diagnosis.verdict is not None
    blamed = diagnosis.result(diagnosis.verdict.code) if diagnosis.verdict.code else None
    wrong = (each for each in diagnosis.results if each.status in (CheckStatus.FAIL, CheckStatus.WARN))
    result = blamed or next(wrong)
    node = system_named(diagnosis.values.get("platform", ""))
    machines = Machines(Shell.POSIX, System.LINUX, "x86_64", node)
    return advice(topic(result.topic), diagnosis.values_of(result), machines, result.each).ready_fixes


def run(command: ReadyCommand, aws: Aws) -> None:
    """Its lines as a shell would read them, each by the AWS CLI."""
    for line in command.lines:
        program, *argv = shlex.split(line)
        assert program == "aws"
        said = io.StringIO()
        with redirect_stdout(io.StringIO()), redirect_stderr(said):
            status = aws(argv)
        assert status == 0, (line, said.getvalue())


def test_every_broken_node_and_every_switch_is_in_the_table() -> None:
    assert {*SWITCHED} == {switch for switch, code in SWITCHES.items() if code}
    assert {*MENDED, *ON_THE_NODE} == _PLANTED
    assert not {*MENDED} & {*ON_THE_NODE}


@pytest.mark.parametrize(("name", "next_cause"), MENDED.items(), ids=MENDED)
def test_the_marked_fix_mends_the_node_or_bares_the_next_cause(
    places: BotoPlaces, aws: Aws, name: str, next_cause: str
) -> None:
    fix = marked(examined(places, name))
    assert fix.runs_on is RunsOn.HERE
    run(fix, aws)
    after = examined(places, name)
    assert after.verdict is not None
    assert after.verdict.code == next_cause, after.verdict.sentence
    assert after.verdict.can_start is (next_cause == READY), after.verdict.sentence
    broken = {each.code for each in after.results if each.status is CheckStatus.FAIL}
    assert broken == ({next_cause} if next_cause else set())


@pytest.mark.parametrize(("switch", "next_cause"), SWITCHED.items(), ids=SWITCHED)
def test_the_marked_fix_mends_the_account(
    region: SimulatedRegion, places: BotoPlaces, aws: Aws, switch: str, next_cause: str
) -> None:
    name = _SUBJECTS.get(switch, "web-1")
    region.faults.apply({"switch": [switch]})
    try:
        run(marked(examined(places, name)), aws)
        after = examined(places, name)
    finally:
        region.faults.apply({"reset": True})
    assert {each.code for each in after.results if each.status is CheckStatus.FAIL} == {next_cause} - {READY}
    assert after.verdict is not None
    assert after.verdict.code == next_cause, after.verdict.sentence


@pytest.mark.parametrize("name", ["agent-stopped-1", "long-session-1"])
def test_who_has_no_other_way_in_reboots(places: BotoPlaces, aws: Aws, name: str) -> None:
    """The last of the fixes, and the only one that is a call of AWS."""
    [reboot] = [fix for fix in fixes(examined(places, name)) if fix.runs_on is RunsOn.HERE]
    assert fixes(examined(places, name))[-1] == reboot
    run(reboot, aws)
    after = examined(places, name).verdict
    assert after is not None
    assert after.can_start is True


@pytest.mark.parametrize("name", ON_THE_NODE)
def test_a_fix_for_the_nodes_own_shell_says_so(places: BotoPlaces, name: str) -> None:
    fix = marked(examined(places, name))
    assert fix.runs_on is RunsOn.NODE
    assert all(not line.startswith("aws ") for line in fix.lines)
