"""The Regions of a profile share one session: resolved once, also by many threads, and dropped once it is useless."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smtui.aws.boto_session import SessionMaker
from smtui.aws.connection import Connection
from smtui.aws.identities.profile_sessions import ProfileSession, ProfileSessions
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.place import Place
from tests.waiting import wait_until

REGIONS = ("eu-west-1", "eu-central-1", "us-east-1", "us-west-2", "ap-southeast-2")
LONG = 600.0
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


class Resolving:
    """Resolves when it may, and counts how often it was asked."""

    def __init__(self, failure: FaultKind | None = None) -> None:
        self.failure = failure
        self.asked = 0
        self.may_end = threading.Event()

    def __call__(self) -> ProfileSession:
        self.asked += 1
        self.may_end.wait(60)
        if self.failure is not None:
            raise AwsCallFailed(Fault(self.failure, "", "", "no", NOW))
        return ProfileSession(object(), None, "eu-west-1")


def results(
    sessions: ProfileSessions, first: Resolving, others: Resolving, *, alone: bool = False
) -> list[ProfileSession | FaultKind]:
    """What five threads get, of which the first is at work before the others ask."""

    def ask(resolve: Callable[[], ProfileSession]) -> ProfileSession | FaultKind:
        try:
            return sessions.session("ops", resolve, lambda: alone)
        except AwsCallFailed as failed:
            return failed.fault.kind

    with ThreadPoolExecutor(5) as threads:
        begun = threads.submit(ask, first)
        (under_way,) = wait_until(lambda: list(sessions._under_way.values()))
        waiting = [threads.submit(ask, others) for _ in range(4)]
        if alone and first.failure is None:
            wait_until(lambda: all(each.done() for each in waiting))
        else:
            wait_until(lambda: len(under_way._waiters) == len(waiting))
        first.may_end.set()
        return [each.result() for each in (begun, *waiting)]


def test_many_threads_share_one_resolution() -> None:
    sessions, resolving = ProfileSessions(LONG), Resolving()
    got = results(sessions, resolving, resolving)
    assert resolving.asked == 1
    assert len(set(map(id, got))) == 1
    (shared, *_) = got
    assert isinstance(shared, ProfileSession)
    assert sessions.session("ops", resolving, lambda: False) is shared
    sessions.forget("ops", ProfileSession(None, None, ""))
    assert sessions.session("ops", resolving, lambda: False) is shared, "what was forgotten is another one"
    sessions.forget("ops", shared)
    assert sessions.session("ops", resolving, lambda: False) is not shared
    assert sessions.session("audit", resolving, lambda: False) is not shared


@pytest.mark.parametrize("kind", [FaultKind.SSO_SIGN_IN, FaultKind.UNREACHABLE])
def test_a_failure_is_shared_by_those_who_waited_and_by_nobody_else(kind: FaultKind) -> None:
    sessions, failing = ProfileSessions(LONG), Resolving(kind)
    assert results(sessions, failing, failing) == [kind] * 5
    assert failing.asked == 1
    mended = Resolving()
    mended.may_end.set()
    assert isinstance(sessions.session("ops", mended, lambda: False), ProfileSession)


def test_a_failure_of_one_region_alone_is_not_shared() -> None:
    sessions, without_region, others = ProfileSessions(LONG), Resolving(FaultKind.NO_REGION), Resolving()
    others.may_end.set()
    first, *rest = results(sessions, without_region, others)
    assert first is FaultKind.NO_REGION
    assert all(isinstance(each, ProfileSession) for each in rest)


def test_who_can_do_without_does_not_wait_for_a_region_that_hangs() -> None:
    sessions, hanging, own = ProfileSessions(patience=0.01), Resolving(), Resolving()
    own.may_end.set()
    first, *rest = results(sessions, hanging, own, alone=True)
    assert own.asked == 4
    assert isinstance(first, ProfileSession)
    assert first not in rest


def test_who_can_do_without_shares_no_failure() -> None:
    """The account may not have enabled the first one's Region, whose STS then refuses every key."""
    sessions, refused, own = ProfileSessions(LONG), Resolving(FaultKind.INVALID_CREDENTIALS), Resolving()
    own.may_end.set()
    first, *rest = results(sessions, refused, own, alone=True)
    assert first is FaultKind.INVALID_CREDENTIALS
    assert all(isinstance(each, ProfileSession) for each in rest)


def test_a_process_that_gives_credentials_runs_once_for_all_regions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, program = tmp_path / "runs", tmp_path / "keys.py"
    program.write_text(
        f"open({str(runs)!r}, 'a').write('x')\n"
        'print(\'{"Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "a-secret-key"}\')\n',
        "utf-8",
    )
    config = tmp_path / "config"
    config.write_text(f"[profile ops]\nregion = eu-north-1\ncredential_process = {sys.executable} {program}\n", "utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    maker = SessionMaker()
    connections = [Connection(Place("ops", region), maker, lambda: NOW) for region in (*REGIONS, "")]
    with ThreadPoolExecutor(len(connections)) as threads:
        opened = list(threads.map(Connection.opened, connections))
    assert runs.read_text("utf-8") == "x"
    assert [each.region for each in opened] == [*REGIONS, "eu-north-1"], "the first one decides for nobody else"
    clients = [connection.client(each, "ssm") for connection, each in zip(connections, opened, strict=True)]
    assert [client.meta.region_name for client in clients] == [*REGIONS, "eu-north-1"]
    connections[0]._forget(opened[0])
    connections[0].opened()
    assert runs.read_text("utf-8") == "xx"
    assert connections[1].opened() is opened[1], "what still works goes on"
