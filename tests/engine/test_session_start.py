"""A start is noted before it is asked for, and stays noted until its answer is known."""

from __future__ import annotations

import threading
from contextlib import nullcontext

import pytest

from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.forward import Destination, Forward, LocalPort
from smtui.domain.place import Place
from smtui.domain.request import SessionRequest, StartedSession
from smtui.engine.session_start import start_session
from smtui.tunnels.tunnel_attempt import NotBegun, TunnelAttempt
from tests.engine.fakes import NOW, FakeAws, FakeRunning, fault
from tests.engine.test_session_attempt import REQUEST
from tests.engine.test_session_journal import launcher_of
from tests.tunnels.tunnel_fakes import FakeForwardPlugins, FakeJournal
from tests.waiting import PATIENCE, wait_until

REQUESTED = SessionRequest("i-1", Place("ops"), "Doc", {}, "why")


class Asking(FakeAws):
    """Looks into the journal while it starts a session."""

    journal: FakeJournal

    def start_session(self, request: SessionRequest) -> StartedSession:
        self.seen = dict(self.journal.starts)
        return super().start_session(request)


def test_the_start_is_noted_first_and_the_session_at_once() -> None:
    aws, journal = Asking(), FakeJournal()
    aws.journal = journal
    started = start_session(aws, journal, REQUESTED, "web-1")
    [noted] = aws.seen.values()
    assert (noted.target, noted.document_name, noted.reason, noted.label) == ("i-1", "Doc", "why", "web-1")
    assert noted.owner == "arn:aws:iam::111122223333:user/ops"
    assert noted.place == Place("ops", "eu-west-1")
    assert noted.endpoint == "https://ssm"
    assert journal.events == ["asked", "opened 0"]
    assert journal.starts == {}
    assert journal.open == {started.session_id: 0}


REFUSED = [
    fault("ssm:StartSession"),
    fault("ssm:StartSession", FaultKind.TARGET_NOT_CONNECTED, "TargetNotConnected"),
    fault("ssm:StartSession", FaultKind.THROTTLED, "ThrottlingException"),
    fault("ssm:StartSession", FaultKind.INVALID_REQUEST, "ValidationException"),
    Fault(FaultKind.UNREACHABLE, "ssm:StartSession", "EndpointConnectionError", "no", NOW),
    Fault(FaultKind.UNREACHABLE, "ssm:StartSession", "ConnectTimeoutError", "no", NOW),
    Fault(FaultKind.UNREACHABLE, "ssm:StartSession", "SSLError", "[SSL: CERTIFICATE_VERIFY_FAILED]", NOW),
    Fault(FaultKind.OTHER, "ssm:StartSession", "NewException", "no", NOW, "request-1"),
]
UNANSWERED = [
    Fault(FaultKind.TIMED_OUT, "ssm:StartSession", "ReadTimeoutError", "no", NOW),
    Fault(FaultKind.SERVICE, "ssm:StartSession", "InternalServerError", "no", NOW, "request-1"),
    Fault(FaultKind.UNREACHABLE, "ssm:StartSession", "ConnectionClosedError", "no", NOW),
    Fault(FaultKind.UNREACHABLE, "ssm:StartSession", "HTTPClientError", "no", NOW),
    Fault(FaultKind.UNREACHABLE, "ssm:StartSession", "ResponseParserError", "no", NOW),
    Fault(FaultKind.UNREACHABLE, "ssm:StartSession", "SSLError", "bad record mac", NOW),
    Fault(FaultKind.OTHER, "ssm:StartSession", "KeyError", "no", NOW),
]


@pytest.mark.parametrize("refusal", REFUSED, ids=lambda each: each.code)
def test_a_refusal_ends_the_note(refusal: Fault) -> None:
    aws, journal = FakeAws(failing={"ssm:StartSession": refusal}), FakeJournal()
    with pytest.raises(AwsCallFailed):
        start_session(aws, journal, REQUESTED, "web-1")
    assert journal.starts == {}


@pytest.mark.integration
@pytest.mark.parametrize("fault_", UNANSWERED, ids=lambda each: each.code + each.message[:4])
async def test_no_answer_leaves_the_note_and_is_said(fault_: Fault) -> None:
    aws, journal = FakeAws(failing={"ssm:StartSession": fault_}), FakeJournal()
    result = await launcher_of(aws, FakeRunning(), journal).open_session(REQUEST, "web-1", nullcontext)
    assert result.failure is not None
    assert "a session may have begun" in result.failure.meaning
    assert len(journal.starts) == 1
    forward = Forward("i-1", Place(), "web-1", Destination(80), LocalPort(0))
    attempt = TunnelAttempt(aws, FakeForwardPlugins(), journal, forward, "port 80 of web-1")
    with pytest.raises(NotBegun) as failed:
        attempt.begin(lambda _: None)
    assert "a session may have begun" in failed.value.reason.sentence
    assert len(journal.starts) == 2


def test_who_asks_is_found_out_meanwhile() -> None:
    aws, journal = FakeAws(is_known=False), FakeJournal()
    started = aws.gates["ssm:StartSession"] = threading.Event()
    starting = threading.Thread(target=start_session, args=(aws, journal, REQUESTED, "web-1"))
    starting.start()
    wait_until(lambda: "identified arn:aws:iam::111122223333:user/ops" in journal.events, lambda: journal.events)
    started.set()
    starting.join(PATIENCE)
    assert journal.events == ["asked", "identified arn:aws:iam::111122223333:user/ops", "opened 0"]


def test_nobody_waits_for_who_asks() -> None:
    aws, journal = FakeAws(is_known=False), FakeJournal()
    never = aws.gates["sts:GetCallerIdentity"] = threading.Event()
    try:
        assert start_session(aws, journal, REQUESTED, "web-1").session_id == "s-i-1"
    finally:
        never.set()
