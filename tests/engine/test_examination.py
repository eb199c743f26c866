"""An examination: its readings side by side, what hangs or breaks or is denied, and runs anew."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from smtui.diagnosis.check_result import SYMPTOMS, CheckStatus, Diagnosis
from smtui.diagnosis.evidence.local_facts import AwsCli
from smtui.diagnosis.evidence.node_facts import NetworkInterface
from smtui.diagnosis.evidence.record import LOOKUPS, OF_THIS_MACHINE, Evidence
from smtui.diagnosis.judging import checks_for
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.node import ConnectionFact, ConnectionStatus, PingStatus
from smtui.domain.version import Version
from smtui.engine.examination import Examination, Sources
from smtui.engine.offloop import OffLoop
from tests.diagnosis.build import (
    ENDPOINT_GROUP,
    GROUP,
    NOW,
    PUBLIC,
    VPC,
    fault,
    healthy,
    host_managed,
    hybrid,
    instance,
    isolated,
    managed,
    not_connected,
    only_here,
    route_tables,
)
from tests.engine.evidence_fakes import ACTIONS, NOT_OF_AWS, FakeEvidence, FakePick
from tests.waiting import until

PASS, WARN, FAIL = CheckStatus.PASS, CheckStatus.WARN, CheckStatus.FAIL
UNKNOWN, SKIPPED = CheckStatus.UNKNOWN, CheckStatus.SKIPPED


@dataclass
class Ticking:
    """A clock that a test sets."""

    now: Any = NOW

    def __call__(self) -> Any:
        return self.now


def _examination(aws: FakeEvidence, patience: float = 60.0, clock: Callable[[], Any] = lambda: NOW) -> Examination:
    machine = FakePick(cli=AwsCli("/usr/bin/aws", Version.of("2.31.0")))
    return Examination(aws.evidence.subject, Sources(aws, machine, OffLoop(64), clock, patience))


async def _examined(evidence: Evidence, **knobs: Any) -> Diagnosis:
    return await _examination(FakeEvidence(evidence, **knobs)).run()


def _statuses(diagnosis: Diagnosis) -> dict[str, CheckStatus]:
    return {result.code: result.status for result in diagnosis.results}


@asynccontextmanager
async def _hanging(aws: FakeEvidence, *names: str) -> AsyncIterator[None]:
    """These readings give no answer inside the block."""
    gates = {name: threading.Event() for name in names}
    aws.gates.update(gates)
    try:
        yield
    finally:
        for gate in gates.values():
            gate.set()


@pytest.mark.parametrize("build", [healthy, isolated, host_managed, hybrid, only_here])
async def test_a_healthy_node_passes_everything_that_applies(build: Callable[[], Evidence]) -> None:
    diagnosis = await _examined(build())
    assert set(_statuses(diagnosis).values()) <= {PASS, SKIPPED}
    assert not diagnosis.pending
    assert diagnosis.verdict is not None
    assert diagnosis.verdict.code == ""


async def test_credentials_are_looked_at_after_a_call_has_renewed_them() -> None:
    aws = FakeEvidence(only_here())
    examination = _examination(aws)
    async with _hanging(aws, "caller"):
        running = asyncio.ensure_future(examination.run())
        await until(lambda: not {"caller", "clock", "endpoints", "reach_ssm", "reach_ssmmessages"} - set(aws.calls))
        assert "credentials" not in aws.calls
    await running
    assert "credentials" in aws.calls


async def test_without_a_target_only_this_machine_is_read() -> None:
    aws = FakeEvidence(only_here())
    diagnosis = await _examination(aws).run()
    assert set(aws.calls) == {lookup.name for lookup in OF_THIS_MACHINE if lookup not in NOT_OF_AWS}
    assert {result.layer for result in diagnosis.results} == {"local"}


async def test_nothing_of_ec2_is_asked_about_a_hybrid_node() -> None:
    aws = FakeEvidence(hybrid())
    await _examination(aws).run()
    assert not [name for name in aws.calls if ACTIONS[name].startswith("ec2:")]


async def test_the_readings_run_side_by_side() -> None:
    """Each is asked as soon as what it needs has come. The longest chain has 5 links, though there are some 30."""
    asked = await _asked(isolated())
    aws = FakeEvidence(isolated(), gates={name: threading.Event() for name in asked})
    running = asyncio.ensure_future(_examination(aws).run())
    answered: set[str] = set()
    links = 0
    while answered != asked:
        due = {name for name in asked - answered if _needed(name, asked) <= answered}
        await until(lambda due=due: due <= set(aws.calls))  # type: ignore[misc]
        assert set(aws.calls) == answered | due
        for name in due:
            aws.gates[name].set()
        answered |= due
        links += 1
    await running
    assert links <= 5


async def test_one_slow_call_holds_up_only_what_rests_on_it() -> None:
    asked = await _asked(healthy())
    others = {name for name in asked if "route_tables" not in _needed(name, asked)}
    aws = FakeEvidence(healthy())
    async with _hanging(aws, "route_tables"):
        running = asyncio.ensure_future(_examination(aws).run())
        await until(lambda: others <= set(aws.calls))
    await running
    assert set(aws.calls) == asked


async def _asked(evidence: Evidence) -> set[str]:
    """All that a diagnosis of this reads from AWS."""
    aws = FakeEvidence(evidence)
    await _examination(aws).run()
    return set(aws.calls)


def _needed(name: str, asked: set[str]) -> set[str]:
    """What is asked before it."""
    after = {lookup.name: {each.name for each in lookup.after} for lookup in LOOKUPS}
    earlier = set(after.get(name, ()))
    for each in tuple(earlier):
        earlier |= _needed(each, asked)
    return earlier & asked


@pytest.mark.parametrize("name", ["caller", "endpoints", "connection", "subnets", "preferences", "policies"])
async def test_a_reading_that_hangs_holds_up_only_what_rests_on_it(name: str) -> None:
    aws = FakeEvidence(healthy())
    examination = _examination(aws, patience=30)
    async with _hanging(aws, name):
        running = asyncio.ensure_future(examination.run())
        after = _resting_on(name)
        await until(lambda: set(examination.diagnosis.pending) <= after)
        assert examination.diagnosis.verdict is None
        assert examination.running
    assert not (await running).pending


def _resting_on(name: str) -> set[str]:
    """Codes of the checks whose readings are this one or come after it."""
    late = {lookup for lookup in LOOKUPS if lookup.name == name}
    for _ in LOOKUPS:
        late |= {lookup for lookup in LOOKUPS if late.intersection(lookup.after)}
    return {check.code for check in checks_for(healthy().subject) if late.intersection(check.rests_on)}


async def test_a_reading_that_hangs_is_given_up_and_named() -> None:
    aws = FakeEvidence(healthy())
    async with _hanging(aws, "network_acls"):
        diagnosis = await _examination(aws, patience=0.3).run()
    result = diagnosis.result("path.network_acl")
    assert result is not None
    assert result.status is UNKNOWN
    assert result.finding == "ec2:DescribeNetworkAcls got no answer in time."
    assert _unknown(diagnosis) == {"path.network_acl"}


async def test_the_groups_of_every_interface_are_read() -> None:
    further = NetworkInterface("eni-2", VPC, PUBLIC, group_ids=("sg-second",))
    aws = FakeEvidence(isolated(instance=instance(other_interfaces=(further,))))
    await _examination(aws).run()
    assert aws.arguments["security_groups"] == ((GROUP, "sg-second", ENDPOINT_GROUP),)


async def test_what_hangs_on_this_machine_is_no_call_of_aws() -> None:
    aws = FakeEvidence(healthy())
    async with _hanging(aws, "reach_ssm"):
        diagnosis = await _examination(aws, patience=0.3).run()
    result = diagnosis.result("local.endpoints")
    assert result is not None
    assert result.finding == "Looking at the way to the ssm endpoint took too long."


def _unknown(diagnosis: Diagnosis) -> set[str]:
    return {result.code for result in diagnosis.results if result.status is UNKNOWN}


async def test_a_fault_of_our_own_costs_one_reading() -> None:
    diagnosis = await _examined(healthy(), breaking={"network_acls": KeyError("Entries")})
    result = diagnosis.result("path.network_acl")
    assert result is not None
    assert result.status is UNKNOWN
    assert "KeyError" in result.finding
    assert _unknown(diagnosis) == {"path.network_acl"}


_WRONG: dict[str, Evidence] = {
    "healthy": healthy(),
    "isolated": isolated(),
    "host managed": host_managed(),
    "hybrid": hybrid(),
    "no way out": healthy(route_tables=route_tables(), managed=None, connection=not_connected()),
    "no way out, once": healthy(
        route_tables=route_tables(),
        managed=managed(ping_status=PingStatus.CONNECTION_LOST, last_ping=NOW - timedelta(hours=1)),
        connection=not_connected(),
    ),
    "no ssmmessages endpoint": isolated(
        vpc_endpoints=tuple(e for e in isolated().vpc_endpoints.value if "ssmmessages" not in e.service),  # type: ignore[union-attr]
        connection=not_connected(),
    ),
    "no way out, connected": healthy(route_tables=route_tables()),
    "stopped": healthy(
        instance=instance(state="stopped"), status_checks=None, managed=None, connection=not_connected()
    ),
    "unknown": healthy(instance=None, status_checks=None, association=None, managed=None, connection=not_connected()),
}


@pytest.mark.parametrize("name", list(ACTIONS))
@pytest.mark.parametrize("build", list(_WRONG))
async def test_a_denied_reading_changes_no_result_but_its_own(build: str, name: str) -> None:
    before = await _examined(_WRONG[build])
    after = await _examined(_WRONG[build], denied={name})
    for code, status in _statuses(after).items():
        was = _statuses(before)[code]
        result = after.result(code)
        assert result is not None
        unseen = status is UNKNOWN and (ACTIONS[name] or "denied") in result.finding
        softened = code in SYMPTOMS and status is WARN and was is FAIL
        assert status is was or unseen or softened, f"{code} was {was} and is {status}: {result.finding}"
    verdict = after.verdict
    assert verdict is not None
    if _unknown(after) and ACTIONS[name]:
        assert ACTIONS[name] in verdict.sentence


async def test_everything_denied_is_all_unknown_and_nothing_broken() -> None:
    diagnosis = await _examined(healthy(), denied=set(ACTIONS))
    assert FAIL not in _statuses(diagnosis).values()
    assert diagnosis.verdict is not None
    assert len(_unknown(diagnosis)) > 10


async def test_expired_credentials_are_the_one_thing_that_is_broken() -> None:
    expired = AwsCallFailed(fault("sts:GetCallerIdentity", FaultKind.EXPIRED_CREDENTIALS, "ExpiredToken"))
    kept = {"endpoints", "reach_ssm", "reach_ssmmessages", "credentials"}
    diagnosis = await _examined(healthy(), breaking=dict.fromkeys(set(ACTIONS) - kept, expired))
    assert [code for code, status in _statuses(diagnosis).items() if status is FAIL] == ["local.credentials"]
    assert diagnosis.verdict is not None
    assert diagnosis.verdict.code == "local.credentials"


@dataclass
class Seen:
    """What a listener saw, reading by reading."""

    examination: Examination
    diagnoses: list[Diagnosis] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.examination.subscribe(lambda: self.diagnoses.append(self.examination.diagnosis))


async def test_listeners_hear_of_each_reading() -> None:
    examination = _examination(FakeEvidence(healthy()))
    heard = Seen(examination)
    await examination.run()
    assert len(heard.diagnoses) >= len(ACTIONS)
    pending = [len(diagnosis.pending) for diagnosis in heard.diagnoses]
    assert pending == sorted(pending, reverse=True)
    assert [diagnosis.verdict is not None for diagnosis in heard.diagnoses] == [not left for left in pending]


async def test_running_one_check_again_keeps_the_others_on_the_screen() -> None:
    aws = FakeEvidence(healthy(route_tables=route_tables(), managed=None, connection=not_connected()))
    examination = _examination(aws)
    before = _statuses(await examination.run())
    assert before["path.route"] is FAIL
    heard, aws.calls[:] = Seen(examination), []
    async with _hanging(aws, "route_tables"):
        running = asyncio.ensure_future(examination.run(["path.route"]))
        await until(lambda: "path.route" in _outstanding(examination) <= _directly_on("route_tables"))
        assert before.items() >= _statuses(examination.diagnosis).items()
        assert _statuses(examination.diagnosis)["node.registered"] is WARN
        assert examination.diagnosis.verdict is None
        aws.evidence = healthy()
    after = await running
    assert not after.pending
    assert _statuses(after)["path.route"] is PASS
    codes = {result.code for diagnosis in heard.diagnoses for result in diagnosis.results}
    assert codes == set(before)
    assert "policies" not in aws.calls
    assert "bucket" not in aws.calls


def _directly_on(name: str) -> set[str]:
    return {check.code for check in checks_for(healthy().subject) if name in {each.name for each in check.rests_on}}


def _outstanding(examination: Examination) -> set[str]:
    return set(examination.diagnosis.pending)


async def test_what_rests_on_a_reading_that_came_out_otherwise_is_read_again() -> None:
    aws = FakeEvidence(healthy())
    examination = _examination(aws)
    await examination.run()
    aws.calls.clear()
    await examination.run(["node.state"])
    assert "profile" not in aws.calls
    aws.evidence = host_managed()
    diagnosis = await examination.run(["node.state"])
    assert {"host_management", "role", "policies"} <= set(aws.calls)
    assert set(_statuses(diagnosis).values()) <= {PASS, SKIPPED}


async def test_live_evidence_is_read_anew_with_every_run() -> None:
    """Old proof of a connection no longer counts; a run of one check must not call everything else broken."""
    clock = Ticking()
    aws = FakeEvidence(healthy(route_tables=route_tables()))
    examination = _examination(aws, clock=clock)
    assert _statuses(await examination.run())["path.route"] is WARN
    clock.now = NOW + timedelta(hours=1)
    aws.evidence = healthy(
        route_tables=route_tables(), connection=ConnectionFact(ConnectionStatus.CONNECTED, clock.now)
    )
    heard = Seen(examination)
    async with _hanging(aws, "connection"):
        running = asyncio.ensure_future(examination.run(["local.clock"]))
        await until(lambda: _outstanding(examination) == _directly_on("connection"))
    await running
    assert {_statuses(diagnosis)["path.route"] for diagnosis in heard.diagnoses} == {WARN}


async def test_a_run_that_is_cancelled_gives_up_its_readings_and_can_be_run_again() -> None:
    aws = FakeEvidence(healthy())
    examination = _examination(aws)
    async with _hanging(aws, "instance"):
        running = asyncio.ensure_future(examination.run())
        await until(lambda: "instance" in aws.calls)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not examination.running
        aws.gates.clear()
        assert not (await examination.run()).pending


async def test_a_partial_run_that_is_cancelled_leaves_what_was_known() -> None:
    aws = FakeEvidence(healthy())
    examination = _examination(aws)
    before = await examination.run()
    async with _hanging(aws, "subnets"):
        running = asyncio.ensure_future(examination.run(["path.route"]))
        await until(lambda: aws.calls.count("subnets") == 2)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert _statuses(examination.diagnosis) == _statuses(before)
    assert examination.diagnosis.verdict == before.verdict


async def test_running_everything_again_shows_only_what_has_come_anew() -> None:
    aws = FakeEvidence(healthy(route_tables=route_tables()))
    examination = _examination(aws)
    before = await examination.run()
    heard = Seen(examination)
    aws.evidence = healthy()
    after = await examination.run()
    assert heard.diagnoses[0].results == ()
    assert _statuses(before)["path.route"] is WARN
    assert _statuses(after)["path.route"] is PASS
    assert WARN not in {status for diagnosis in heard.diagnoses for status in _statuses(diagnosis).values()}


async def test_a_second_run_takes_over_from_the_first() -> None:
    aws = FakeEvidence(healthy())
    examination = _examination(aws)
    async with _hanging(aws, "instance"):
        first = asyncio.ensure_future(examination.run())
        await until(lambda: "instance" in aws.calls)
        aws.gates.clear()
        second = await examination.run()
        assert not second.pending
        await first  # it ends with the second's, and is no failure


async def test_a_run_of_some_checks_reads_also_what_was_never_read() -> None:
    aws = FakeEvidence(healthy())
    examination = _examination(aws)
    assert not (await examination.run(["local.clock"])).pending
