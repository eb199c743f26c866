"""StartSession: what is sent, never twice without need, and the token kept out of sight."""

from __future__ import annotations

import json
import logging
import threading

import pytest

from smtui.aws.boto_session import FixedAccess
from smtui.aws.places import BotoAws, BotoPlaces
from smtui.aws.session_adapter import START_SESSION_INTERVAL, Pace, Paces
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.place import Place
from smtui.domain.request import SessionRequest
from smtui.domain.text import masked
from tests.aws.conftest import Answer, ScriptedAws

TOKEN = "AAEAAsecret-token-of-the-session"
STARTED = {"SessionId": "me-0123", "StreamUrl": "wss://ssmmessages.example/me-0123", "TokenValue": TOKEN}
THROTTLED = Answer(400, json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"}))
REQUEST = SessionRequest("i-1")


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def aws(scripted: ScriptedAws, waits: list[float]) -> BotoAws:
    now = [0.0]

    def sleep(seconds: float) -> None:
        waits.append(round(seconds, 3))
        now[0] += seconds

    access = FixedAccess(scripted.url, "AKID", "secret", "eu-west-1")
    paces = Paces(lambda: Pace(0.4, lambda: now[0], sleep))
    scripted.will_answer(STARTED)
    return BotoPlaces(access, paces).at(Place())


def test_the_request_and_the_answer(aws: BotoAws, scripted: ScriptedAws) -> None:
    started = aws.start_session(
        SessionRequest("i-1", document_name="AWS-X", parameters={"portNumber": ("80",)}, reason="why")
    )
    (request,) = scripted.requests
    assert request.operation == "StartSession"
    assert json.loads(request.body) == {
        "Target": "i-1",
        "DocumentName": "AWS-X",
        "Parameters": {"portNumber": ["80"]},
        "Reason": "why",
    }
    assert (started.session_id, started.stream_url, started.token) == tuple(STARTED.values())
    assert (started.region, started.endpoint_url) == ("eu-west-1", scripted.url)


def test_nothing_empty_is_sent(aws: BotoAws, scripted: ScriptedAws) -> None:
    aws.start_session(REQUEST)
    assert json.loads(scripted.requests[0].body) == {"Target": "i-1"}


def test_the_token_is_masked_wherever_text_goes_out(aws: BotoAws) -> None:
    token = aws.start_session(REQUEST).token
    assert token not in masked(f"the plugin said {token}")


def test_starts_are_kept_apart(aws: BotoAws, waits: list[float]) -> None:
    for _ in range(4):
        aws.start_session(REQUEST)
    assert waits == [0.4, 0.4, 0.4]


def test_profiles_of_one_account_share_a_pace_once_it_is_known(scripted: ScriptedAws, waits: list[float]) -> None:
    paces = Paces(lambda: Pace(0.4, lambda: 0.0, waits.append))
    places = BotoPlaces(FixedAccess(scripted.url, "AKID", "secret", "eu-west-1"), paces)
    one, same, other = (places.at(Place(region=name)) for name in ("", "eu-west-1", "eu-west-2"))
    scripted.will_answer(STARTED)
    for aws in (one, same, other):
        aws._connection.account = "123456789012"
        aws.start_session(REQUEST)
    assert waits == [0.4]


def test_only_too_fast_is_tried_again_and_slower_each_time(
    aws: BotoAws, scripted: ScriptedAws, waits: list[float]
) -> None:
    scripted.answers[:] = [THROTTLED, THROTTLED, Answer(body=json.dumps(STARTED))]
    assert aws.start_session(REQUEST).session_id == "me-0123"
    assert len(scripted.requests) == 3
    assert waits == [1.0, 2.0]


def test_too_fast_for_long_is_a_fault(aws: BotoAws, scripted: ScriptedAws) -> None:
    scripted.answers[:] = [THROTTLED]
    with pytest.raises(AwsCallFailed) as raised:
        aws.start_session(REQUEST)
    assert raised.value.fault.kind is FaultKind.THROTTLED
    assert len(scripted.requests) == 4


@pytest.mark.parametrize("status", [500, 503])
def test_a_failing_service_is_not_asked_twice(aws: BotoAws, scripted: ScriptedAws, status: int) -> None:
    scripted.will_fail("InternalServerError", status=status)
    with pytest.raises(AwsCallFailed) as raised:
        aws.start_session(REQUEST)
    assert raised.value.fault.kind is FaultKind.SERVICE
    assert len(scripted.requests) == 1


def test_a_mute_service_is_not_asked_twice(
    aws: BotoAws, scripted: ScriptedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smtui.aws.boto_session.READ_TIMEOUT", 0.2)
    scripted.answers[:] = [Answer(mute=True)]
    with pytest.raises(AwsCallFailed) as raised:
        aws.start_session(REQUEST)
    assert (raised.value.fault.kind, raised.value.fault.action) == (
        FaultKind.TIMED_OUT,
        "ssm:StartSession",
    )
    assert len(scripted.requests) == 1


def test_no_start_rides_on_a_kept_connection(aws: BotoAws, scripted: ScriptedAws) -> None:
    aws.start_session(REQUEST)
    aws.start_session(REQUEST)
    first, second = scripted.requests
    assert first.peer_port != second.peer_port


def test_starts_at_the_same_time_all_succeed(scripted: ScriptedAws) -> None:
    access = FixedAccess(scripted.url, "AKID", "secret", "eu-west-1")
    aws = BotoPlaces(access, Paces(lambda: Pace(0.0))).at(Place())
    scripted.will_answer(STARTED)
    started: list[str] = []
    threads = [
        threading.Thread(target=lambda: started.append(aws.start_session(REQUEST).session_id)) for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert started == ["me-0123"] * 12


@pytest.mark.parametrize("missing", list(STARTED))
def test_half_an_answer_is_a_fault(aws: BotoAws, scripted: ScriptedAws, missing: str) -> None:
    scripted.will_answer({name: value for name, value in STARTED.items() if name != missing})
    with pytest.raises(AwsCallFailed) as raised:
        aws.start_session(REQUEST)
    assert raised.value.fault.kind is FaultKind.SERVICE
    assert TOKEN not in str(raised.value.fault)


def test_the_token_is_in_no_log_and_no_repr(
    aws: BotoAws, caplog: pytest.LogCaptureFixture, scripted: ScriptedAws
) -> None:
    with caplog.at_level(logging.DEBUG):
        started = aws.start_session(REQUEST)
        scripted.will_answer({"Status": "connected"})
        aws.connection_status("i-1")
    assert started.token == TOKEN
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(started)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("TargetNotConnected", FaultKind.TARGET_NOT_CONNECTED),
        ("InvalidDocument", FaultKind.INVALID_DOCUMENT),
        ("AccessDeniedException", FaultKind.DENIED),
        ("ExpiredTokenException", FaultKind.EXPIRED_CREDENTIALS),
    ],
)
def test_refusals(aws: BotoAws, scripted: ScriptedAws, code: str, kind: FaultKind) -> None:
    scripted.will_fail(code, "because")
    with pytest.raises(AwsCallFailed) as raised:
        aws.start_session(REQUEST)
    fault = raised.value.fault
    assert (fault.kind, fault.code, fault.message) == (kind, code, "because")
    assert len(scripted.requests) == 1


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_the_first_goes_at_once_and_each_other_waits_its_turn() -> None:
    time = Time()
    pace = Pace(0.4, time.clock, time.sleep)
    turns = []
    for _ in range(6):
        pace.wait()
        turns.append(round(time.now - 100, 3))
    assert turns == [0, 0.4, 0.8, 1.2, 1.6, 2.0]


def test_no_second_holds_more_than_three_starts() -> None:
    time = Time()
    pace = Pace(START_SESSION_INTERVAL, time.clock, time.sleep)
    turns = []
    for _ in range(20):
        pace.wait()
        turns.append(time.now)
    assert all(sum(start <= turn < start + 1 for turn in turns) <= 3 for start in turns)
    assert 20 / (turns[-1] - turns[0] + START_SESSION_INTERVAL) < 3


def test_an_idle_time_earns_no_burst() -> None:
    time = Time()
    pace = Pace(0.4, time.clock, time.sleep)
    pace.wait()
    time.now += 60
    pace.wait()
    pace.wait()
    assert [round(slept, 3) for slept in time.slept] == [0.4]


def test_holding_back_delays_the_next_turn_and_never_shortens_it() -> None:
    time = Time()
    pace = Pace(0.4, time.clock, time.sleep)
    pace.wait()
    pace.hold_back(2.0)
    pace.hold_back(0.1)
    pace.wait()
    assert [round(slept, 3) for slept in time.slept] == [2.0]


def test_threads_get_different_turns() -> None:
    slept: list[float] = []
    pace = Pace(0.4, clock=lambda: 100.0, sleep=slept.append)
    threads = [threading.Thread(target=pace.wait) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(round(one, 3) for one in slept) == [0.4, 0.8, 1.2, 1.6, 2.0, 2.4, 2.8]


def test_one_pace_for_each_account_and_region() -> None:
    paces = Paces()
    assert paces.of("1", "eu-west-1") is paces.of("1", "eu-west-1")
    assert paces.of("1", "eu-west-1") is not paces.of("2", "eu-west-1")
    assert paces.of("1", "eu-west-1") is not paces.of("1", "eu-west-2")
