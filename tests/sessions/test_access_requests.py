"""Asking for access and waiting for the decision, over an AWS that a script plays."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from smtui.diagnosis.evidence.local_facts import Permissions, Simulated
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.place import Caller, Place
from smtui.domain.records.access_request import (
    AccessAnswer,
    AccessRequest,
    AccessStatus,
)
from smtui.domain.request import PluginCredentials, SessionRequest
from smtui.engine.jobs import JobState
from smtui.engine.offloop import OffLoop
from smtui.sessions.access_requests import AccessRefused, AccessRequests, GrantedStart
from smtui.sessions.access_wait import AccessOrder, AccessWait
from smtui.sessions.access_words import asking_trouble, goes_round
from tests.engine.fakes import NOW, fault
from tests.sessions.access_fakes import APPROVED, ID, KEYS, NODE, ORDER, PENDING, PLACE, ScriptedAccess


@dataclass
class Desk:
    """The use case over the script; time passes only by sleeping."""

    access: ScriptedAccess = field(default_factory=ScriptedAccess)
    now: Any = NOW
    slept: list[float] = field(default_factory=list)
    own: Any = None
    read_only: bool = False
    evidence: Any = None

    def records_at(self, place: Place) -> Desk:
        return self

    @property
    def sessions(self) -> Desk:
        return self

    def node_names(self, node_ids: Sequence[str]) -> dict[str, str]:
        return dict.fromkeys(node_ids, "web-1")

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def wait(self) -> AccessWait:
        return AccessWait(lambda: self.access, OffLoop(), ORDER, lambda: self.now, self.sleep)

    async def waited(self) -> AccessWait:
        wait = self.wait()
        await wait.run()
        return wait

    def requests(self) -> AccessRequests:
        given: Any = self
        evidence: Any = (lambda _: self.evidence) if self.evidence is not None else None
        return AccessRequests(
            lambda _: self.own, given, OffLoop(), lambda: self.now, evidence, read_only=self.read_only
        )  # fmt: skip


@dataclass
class Calls:
    """A session's calls that only record."""

    name: str
    said: list[str]
    failing: Fault | None = None

    def caller(self) -> Caller:
        return Caller("111122223333", f"arn:{self.name}", "id", "eu-west-1")

    def known_caller(self) -> Caller:
        return self.caller()

    def start_session(self, request: SessionRequest) -> Any:
        self.said.append(f"{self.name} starts {request.target}")

    def terminate_session(self, session_id: str) -> None:
        self.said.append(f"{self.name} ends {session_id}")
        if self.failing is not None:
            raise AwsCallFailed(self.failing)

    def plugin_credentials(self) -> PluginCredentials:
        return PluginCredentials(environment={"AWS_ACCESS_KEY_ID": self.name})

    def endpoint_url(self) -> str:
        return "https://ssm.example"

    def endpoint_is_aws(self) -> bool:
        return False


async def test_asked_waited_for_and_approved_with_pauses_that_grow() -> None:
    desk = Desk(ScriptedAccess([*[PENDING] * 8, APPROVED]))
    seen = list[str]()
    wait = desk.wait()
    wait.subscribe(lambda: seen.append(wait.sentence(desk.now)))
    await wait.run()
    assert (wait.state, wait.status, wait.credentials) == (JobState.DONE, AccessStatus.APPROVED, KEYS)
    assert desk.slept[:3] == [2.0, 3.0, 4.5]
    assert max(desk.slept) == 15.0
    assert "Waiting for ana." in seen
    assert desk.access.calls.count(f"ask {NODE} INC-4711") == 1
    view = wait.view(desk.now)
    assert view.word == "approved"
    assert view.news.startswith("Access to web-1 is approved until ")


async def test_the_access_ends_in_time() -> None:
    desk = Desk()
    wait = await desk.waited()
    assert wait.is_open(desk.now)
    desk.now = KEYS.ends_at
    assert not wait.is_open(desk.now)
    assert wait.view(desk.now).word == "ended"
    assert "has ended" in wait.sentence(desk.now)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (AccessStatus.REJECTED, "was rejected"),
        (AccessStatus.REVOKED, "was revoked"),
        (AccessStatus.EXPIRED, "has expired"),
    ],
)
async def test_decided_otherwise(status: AccessStatus, words: str) -> None:
    desk = Desk(ScriptedAccess([PENDING, AccessAnswer(status)]))
    wait = await desk.waited()
    assert (wait.state, wait.credentials, wait.topic) == (JobState.FAILED, None, "just-in-time-access")
    assert words in wait.sentence(desk.now)
    assert wait.view(desk.now).word == status.word
    assert words in wait.view(desk.now).news


async def test_throttling_and_a_cut_do_not_end_the_wait() -> None:
    troubles = [fault("ssm:GetAccessToken", FaultKind.THROTTLED), fault("ssm:GetAccessToken", FaultKind.TIMED_OUT)]
    desk = Desk(ScriptedAccess([*troubles, APPROVED]))
    said, wait = list[str](), desk.wait()
    wait.subscribe(lambda: said.append(wait.view(desk.now).progress))
    await wait.run()
    assert wait.state is JobState.DONE
    assert any("slow down" in each for each in said)
    assert desk.slept[0] == 15.0
    assert wait.trouble == ""


async def test_what_cannot_be_seen_is_not_called_rejected() -> None:
    desk = Desk(ScriptedAccess([fault("ssm:GetAccessToken")]))
    wait = await desk.waited()
    assert (wait.state, wait.status) == (JobState.FAILED, AccessStatus.PENDING)
    assert wait.sentence(desk.now) == (
        "The request was made, but its decision cannot be seen: ssm:GetAccessToken denied."
    )


async def test_who_decides_may_be_unknown() -> None:
    desk = Desk(ScriptedAccess([PENDING, APPROVED], {"request": fault("ssm:GetOpsItem")}))
    seen, wait = list[str](), desk.wait()
    wait.subscribe(lambda: seen.append(wait.sentence(desk.now)))
    await wait.run()
    assert wait.state is JobState.DONE
    assert "Waiting for the decision." in seen


async def test_stopped_it_leaves_the_request_at_aws() -> None:
    desk = Desk(ScriptedAccess([PENDING]))
    forever = asyncio.Event()

    async def sleep(_: float) -> None:
        await forever.wait()

    wait = AccessWait(lambda: desk.access, OffLoop(), ORDER, lambda: desk.now, sleep)
    asked = asyncio.Event()
    wait.subscribe(lambda: asked.set() if wait.request is not None and "answer" in desk.access.calls else None)
    task = asyncio.create_task(wait.run())
    await asked.wait()
    task.cancel()
    await asyncio.wait([task])
    assert wait.state is JobState.STOPPED
    assert "goes on at AWS" in wait.sentence(desk.now)
    assert not any(call.startswith("withdraw") for call in desk.access.calls)


async def test_withdrawn() -> None:
    desk = Desk(ScriptedAccess([PENDING]))
    wait = desk.wait()
    wait.request, wait.status = AccessRequest(PLACE, ID), AccessStatus.PENDING
    await wait.withdraw()
    assert desk.access.calls == ["request", f"withdraw {'e' * 36}"]
    assert wait.state is JobState.FAILED
    assert "withdrawn" in wait.sentence(desk.now)


async def test_a_revoked_approval_is_noticed() -> None:
    desk = Desk(ScriptedAccess([APPROVED, AccessAnswer(AccessStatus.REVOKED)]))
    wait = await desk.waited()
    await wait.look_again()
    assert (wait.credentials, wait.state) == (None, JobState.FAILED)


def refused(code: str, message: str, kind: FaultKind = FaultKind.INVALID_REQUEST) -> Fault:
    return Fault(kind, "ssm:StartAccessRequest", code, message, NOW, "request-1")


@pytest.mark.parametrize(
    ("failed", "words"),
    [
        (fault("ssm:StartAccessRequest"), "You may not ask for access here: ssm:StartAccessRequest was denied."),
        (
            refused("ValidationException", "It is not enabled in this account."),
            "not enabled here. AWS says",
        ),
        (refused("ValidationException", "No policy applies."), "No approval policy fits this node"),
        (refused("UnknownOperationException", "", FaultKind.OTHER), "does not exist in this Region"),
        (
            refused("ServiceQuotaExceededException", "Too many.", FaultKind.OTHER),
            "too many requests. AWS says",
        ),
        (refused("ResourceNotFoundException", "i-9 is unknown", FaultKind.OTHER), "i-9 is unknown"),
        (fault("ssm:StartAccessRequest", FaultKind.TIMED_OUT), "Whether the request was made is not known"),
    ],
)
async def test_a_request_that_aws_does_not_take(failed: Fault, words: str) -> None:
    desk = Desk(ScriptedAccess(failing={"ask": failed}))
    wait = await desk.waited()
    assert words in wait.sentence(desk.now)
    assert words in asking_trouble(failed)
    assert (wait.state, wait.request) == (JobState.FAILED, None)


# The use case ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("reason", "words"), [("", "needs a reason"), ("x" * 257, "257 characters")])
def test_without_a_good_reason_nothing_is_asked(reason: str, words: str) -> None:
    desk = Desk()
    with pytest.raises(AccessRefused, match=words):
        desk.requests().ask(AccessOrder(NODE, PLACE, "web-1", reason))
    assert desk.access.calls == []


async def test_read_only_asks_nothing_and_decides_nothing() -> None:
    desk = Desk(read_only=True)
    requests, held = desk.requests(), AccessRequest(PLACE, ID, execution_id="e" * 36)
    with pytest.raises(AccessRefused, match="smtui is read-only"):
        requests.ask(ORDER)
    with pytest.raises(AccessRefused, match="smtui is read-only"):
        await requests.decide(held, approve=True, comment="")
    with pytest.raises(AccessRefused, match="smtui is read-only"):
        await requests.withdraw(held)
    assert desk.access.calls == []


async def test_one_request_at_a_time_for_a_node() -> None:
    desk = Desk()
    requests = desk.requests()
    wait = requests.ask(ORDER)
    with pytest.raises(AccessRefused, match="asked for already"):
        requests.ask(ORDER)
    await wait.run()
    with pytest.raises(AccessRefused, match="Approved until"):
        requests.ask(ORDER)
    desk.now = KEYS.ends_at
    assert requests.ask(ORDER) is not wait


async def test_a_shell_gets_the_granted_credentials_and_nothing_else_does() -> None:
    desk = Desk(ScriptedAccess(session=Calls("granted", [])))
    requests = desk.requests()
    assert requests.granted(SessionRequest(NODE, PLACE)) is None
    await requests.ask(ORDER).run()
    held = requests.granted(SessionRequest(NODE, PLACE))
    assert held is not None
    assert held.plugin_credentials().environment["AWS_ACCESS_KEY_ID"] == "granted"
    assert requests.granted_until(SessionRequest(NODE, PLACE)).startswith("until ")
    assert requests.granted_until(SessionRequest("i-2", PLACE)) == ""
    assert requests.granted(SessionRequest("i-2", PLACE)) is None
    assert requests.granted(SessionRequest(NODE, Place("other"))) is None
    assert requests.granted(SessionRequest(NODE, PLACE, document_name="AWS-StartSSHSession")) is None
    desk.now = KEYS.ends_at
    assert requests.granted(SessionRequest(NODE, PLACE)) is None


@pytest.mark.parametrize("is_denied", [True, False])
async def test_other_sessions_are_refused_before_the_start_where_ones_own_is_denied(is_denied: bool) -> None:
    desk = Desk()
    requests = desk.requests()
    forward = SessionRequest(NODE, PLACE, document_name="AWS-StartPortForwardingSession")
    await requests.ask(replace(ORDER, is_start_denied=is_denied)).run()
    assert requests.objection(SessionRequest(NODE, PLACE)) == ""
    assert ("starts the account's shell only" in requests.objection(forward)) == is_denied
    desk.now = KEYS.ends_at
    assert requests.objection(forward) == ""


@pytest.mark.parametrize("kind", [FaultKind.DENIED, FaultKind.EXPIRED_CREDENTIALS])
def test_a_session_that_the_granted_keys_may_not_end_is_ended_by_ones_own(kind: FaultKind) -> None:
    said = list[str]()
    own: Any = Calls("own", said)
    start = GrantedStart(lambda: Calls("granted", said, fault("ssm:TerminateSession", kind)), own)
    start.terminate_session("s-1")
    assert said == ["granted ends s-1", "own ends s-1"]


def test_neither_may_end_it() -> None:
    denied = fault("ssm:TerminateSession")
    own: Any = Calls("own", [], denied)
    start = GrantedStart(lambda: Calls("granted", [], denied), own)
    with pytest.raises(AwsCallFailed):
        start.terminate_session("s-1")


def test_another_failure_is_no_reason_to_use_ones_own() -> None:
    said = list[str]()
    own: Any = Calls("own", said)
    start = GrantedStart(lambda: Calls("granted", said, fault("ssm:TerminateSession", FaultKind.TIMED_OUT)), own)
    with pytest.raises(AwsCallFailed):
        start.terminate_session("s-1")
    assert said == ["granted ends s-1"]


async def test_both_lists_and_what_was_denied_of_them() -> None:
    desk = Desk(own=Calls("own", []))
    lists = await desk.requests().lists(PLACE)
    assert [each.request_id for each in lists.mine] == [ID]
    assert [each.request_id for each in lists.to_decide] == ["oi-0000000000bb"]
    desk.access.failing["mine"] = fault("ssm:DescribeOpsItems")
    lists = await desk.requests().lists(PLACE)
    assert (lists.mine, [each.action for each in lists.faults]) == ((), ["ssm:DescribeOpsItems"])


@pytest.mark.parametrize("approve", [True, False])
async def test_a_decision_reads_the_automation_where_it_is_not_known(approve: bool) -> None:
    desk = Desk()
    await desk.requests().decide(AccessRequest(PLACE, ID), approve=approve, comment=" fine ")
    assert desk.access.decided == [("e" * 36, approve, "fine")]
    assert desk.access.calls[0] == "request"


async def test_a_request_without_an_automation_is_decided_elsewhere() -> None:
    desk = Desk(ScriptedAccess(execution_id=""))
    with pytest.raises(AccessRefused, match="AWS console"):
        await desk.requests().decide(AccessRequest(PLACE, ID), approve=True, comment="")


async def test_policies_that_cannot_be_seen_are_not_known() -> None:
    desk = Desk(ScriptedAccess(failing={"policies": fault("ssm:ListDocuments")}))
    assert await desk.requests().policies(PLACE) is None


def permissions(*decisions: str, missing: tuple[str, ...] = ()) -> Permissions:
    answers = tuple(Simulated("ssm:StartSession", "arn", each, missing) for each in decisions)
    return Permissions("arn:me", (*answers, Simulated("ssmmessages:OpenDataChannel", "arn", "allowed")))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (permissions("allowed", "allowed"), "likely allow ssm:StartSession"),
        (permissions("allowed", "allowed", missing=("aws:SourceIp",)), "may allow"),
        (permissions("allowed", "implicitDeny"), ""),
        (permissions(), ""),
    ],
)
async def test_a_policy_that_goes_round_the_approval_is_told(found: Permissions, words: str) -> None:
    assert words in goes_round(found)
    assert bool(goes_round(found)) == bool(words)

    class Evidence:
        def caller(self) -> Caller:
            return Caller("", "", "", "")

        def permissions(self, *_: object) -> Permissions:
            return found

    assert await Desk(evidence=Evidence()).requests().way_round(PLACE, NODE) == goes_round(found)


async def test_without_evidence_nothing_is_claimed() -> None:
    class Evidence:
        def caller(self) -> Caller:
            raise AwsCallFailed(fault("sts:GetCallerIdentity"))

        def permissions(self, *_: object) -> Permissions:
            raise AssertionError("nobody to ask about")

    assert await Desk().requests().way_round(PLACE, NODE) == ""
    assert await Desk(evidence=Evidence()).requests().way_round(PLACE, NODE) == ""


async def test_an_answer_from_before_the_withdrawal_does_not_bring_the_request_back() -> None:
    desk = Desk()
    looking, go = threading.Event(), threading.Event()

    def answer(request_id: str) -> AccessAnswer:
        looking.set()
        go.wait(60)
        return PENDING

    desk.access.answer = answer  # type: ignore[method-assign]
    wait = desk.wait()
    waiting = asyncio.create_task(wait.run())
    await asyncio.to_thread(looking.wait, 60)
    await wait.withdraw()
    go.set()
    await asyncio.wait([waiting], timeout=30)
    waiting.cancel()
    assert (wait.status, wait.state) == (AccessStatus.CLOSED, JobState.FAILED)
