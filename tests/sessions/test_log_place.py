"""Where a session's log is: by its kind and by the preferences of its time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smtui.domain.records.session_log import DocumentVersion, Logged
from smtui.engine.offloop import OffLoop
from smtui.sessions.log_finder import SessionLogs
from smtui.sessions.log_place import ACCOUNTS_OWN, version_in_force
from tests.sessions.record_fakes import BEGAN, FakeLogs, places, preferences
from tests.sessions.session_fakes import PLACE, session

BUCKET = preferences(s3BucketName="logs", s3KeyPrefix="ssm//")
BOTH = preferences(s3BucketName="logs", cloudWatchLogGroupName="/ssm", cloudWatchStreamingEnabled=True)
LATER = BEGAN + timedelta(days=9)


def logs_of(aws: FakeLogs) -> SessionLogs:
    return SessionLogs(lambda _: pytest.fail("AWS is not needed"), places(aws), OffLoop(2), lambda: LATER)


async def test_an_object_is_named_by_prefix_and_session() -> None:
    aws = FakeLogs({ACCOUNTS_OWN: [BUCKET]})
    where = await logs_of(aws).where(session("ana-0b:7", started_at=LATER))
    assert [place.address for place in where.places] == ["s3://logs/ssm/ana-0b7.log"]
    assert (where.logged, where.words) == (Logged.YES, "S3 at its end")


async def test_a_running_session_is_read_where_its_log_grows_and_an_ended_one_where_it_is_whole() -> None:
    aws = FakeLogs({ACCOUNTS_OWN: [BOTH]})
    runs = await logs_of(aws).where(session("ana-1", started_at=LATER))
    ended = await logs_of(aws).where(session("ana-1", started_at=LATER, status="Terminated"))
    assert [place.words for place in runs.places] == ["CloudWatch, live", "S3 at its end"]
    assert [place.words for place in ended.places] == ["S3", "CloudWatch"]


@pytest.mark.parametrize(
    "document",
    [
        "AWS-StartPortForwardingSession",
        "AWS-StartPortForwardingSessionToRemoteHost",
        "AWS-StartPortForwardingSessionToSocket",
        "AWS-StartSSHSession",
    ],
)
async def test_forwards_and_ssh_are_never_logged_and_nothing_is_asked(document: str) -> None:
    aws = FakeLogs({ACCOUNTS_OWN: [BUCKET]})
    where = await logs_of(aws).where(session("ana-1", document_name=document))
    assert (where.logged, where.places, aws.calls) == (Logged.NEVER, (), [])
    assert "never logged" in where.why


async def test_the_preferences_are_those_of_the_sessions_start() -> None:
    aws = FakeLogs({ACCOUNTS_OWN: [BUCKET, preferences(), BOTH]})
    at = {number: BEGAN + timedelta(days=number, hours=1) for number in (0, 1, 2)}
    words = [(await logs_of(aws).where(session("a", started_at=at[number]))).words for number in at]
    assert words == ["S3 at its end", "not logged", "CloudWatch, live"]


async def test_before_the_first_version_nothing_was_logged() -> None:
    aws = FakeLogs({ACCOUNTS_OWN: [BUCKET]})
    where = await logs_of(aws).where(session("a", started_at=BEGAN - timedelta(hours=1)))
    assert where.logged is Logged.OFF
    assert where.notes == ("The preferences were first saved after the session had started.",)


async def test_an_account_without_preferences_logs_nothing() -> None:
    assert (await logs_of(FakeLogs()).where(session("a"))).logged is Logged.OFF


async def test_without_the_versions_todays_preferences_are_taken_and_it_says_so() -> None:
    aws = FakeLogs({ACCOUNTS_OWN: [preferences(), BUCKET]}, denies={"ssm:ListDocumentVersions"})
    where = await logs_of(aws).where(session("a", started_at=BEGAN))
    assert where.words == "S3 at its end"
    assert where.notes == (
        "ssm:ListDocumentVersions was denied. So this is by today's preferences, not by those of its start.",
    )
    assert [fault.action for fault in where.faults] == ["ssm:ListDocumentVersions"]


async def test_of_a_session_that_is_not_listed_the_kind_is_not_known() -> None:
    unlisted = session("a", started_at=None, owner="", target="", status="")
    where = await logs_of(FakeLogs({ACCOUNTS_OWN: [BUCKET]})).where(unlisted)
    assert where.notes[0].startswith("AWS does not say what kind of session it is")


async def test_without_the_document_it_is_not_known() -> None:
    aws = FakeLogs({ACCOUNTS_OWN: [BUCKET]}, denies={"ssm:GetDocument"})
    where = await logs_of(aws).where(session("a", started_at=LATER))
    assert (where.logged, where.words) == (Logged.UNKNOWN, "not known")
    assert where.why == "ssm:GetDocument was denied. Only the preferences say where logs are."


async def test_a_place_that_each_session_names_is_not_known() -> None:
    text = preferences(s3BucketName="{{ bucket }}")
    assert (await logs_of(FakeLogs({ACCOUNTS_OWN: [text]})).where(session("a", started_at=LATER))).words == "not known"


async def test_a_document_of_ones_own_brings_its_own_preferences() -> None:
    aws = FakeLogs({ACCOUNTS_OWN: [BUCKET], "Own": [preferences(cloudWatchLogGroupName="/own")]})
    where = await logs_of(aws).where(session("a", started_at=LATER, document_name="Own"))
    assert [place.address for place in where.places] == ["/own · a"]
    assert where.places[0].words == "CloudWatch at its end"


@pytest.mark.parametrize(
    ("kind", "logged"), [("Port", Logged.NEVER), ("InteractiveCommands", Logged.YES), ("Nonsense", Logged.UNKNOWN)]
)
async def test_other_documents_by_their_type(kind: str, logged: Logged) -> None:
    own = f'{{"schemaVersion": "1.0", "sessionType": "{kind}", "properties": {{}}}}'
    aws = FakeLogs({ACCOUNTS_OWN: [BUCKET], "Own": [own]})
    assert (await logs_of(aws).where(session("a", started_at=LATER, document_name="Own"))).logged is logged


async def test_a_document_that_may_not_be_read_is_not_known() -> None:
    aws = FakeLogs({"Own": [BUCKET]}, denies={"ssm:GetDocument"})
    where = await logs_of(aws).where(session("a", started_at=LATER, document_name="Own"))
    assert (where.logged, where.why.partition(".")[0]) == (Logged.UNKNOWN, "ssm:GetDocument was denied")
    assert [fault.action for fault in where.faults] == ["ssm:GetDocument"]


async def test_links_of_aws_come_first() -> None:
    logs = logs_of(FakeLogs({ACCOUNTS_OWN: [BUCKET]}))
    one = session("a", started_at=LATER, place=PLACE, s3_url="https://s3.example/a", log_group_url="javascript:x")
    links = logs.links(one, await logs.where(one))
    assert links[0] == "https://s3.example/a"
    assert links[1].startswith("https://eu-west-1.console.aws.amazon.com/s3/object/logs")
    assert len(links) == 2


async def test_the_list_knows_after_two_calls_where_every_shell_is_logged() -> None:
    aws = FakeLogs({ACCOUNTS_OWN: [preferences(), BOTH]})
    logs = logs_of(aws)
    old = session("a", started_at=BEGAN + timedelta(hours=1), status="Terminated")
    now = session("b", started_at=LATER - timedelta(hours=1))
    forward = session("c", document_name="AWS-StartSSHSession")
    own = session("d", document_name="Own")
    assert [logs.words(each) for each in (old, now, forward, own)] == ["", "", "never logged", ""]
    assert await logs.learn([old, now, forward, own])
    assert [logs.words(each) for each in (old, now, forward, own)] == [
        "not logged",
        "CloudWatch, live",
        "never logged",
        "",
    ]
    assert logs.words(session("e", started_at=None)) == "", "today's preferences need not be those of its time"
    asked = len(aws.calls)
    assert not await logs.learn([old, now])
    assert asked == len(aws.calls) == 3


async def test_the_list_asks_again_once_a_session_has_started_since() -> None:
    aws = FakeLogs({ACCOUNTS_OWN: [preferences()]})
    logs = logs_of(aws)
    await logs.learn([session("a", started_at=BEGAN + timedelta(hours=1))])
    aws.documents[ACCOUNTS_OWN].append(BUCKET)
    new = session("b", started_at=LATER + timedelta(minutes=1))
    assert await logs.learn([new])
    assert logs.words(new) == "S3 at its end"


async def test_where_the_preferences_may_not_be_seen_the_list_does_not_ask_again_and_again() -> None:
    aws = FakeLogs({ACCOUNTS_OWN: [BUCKET]}, denies={"ssm:GetDocument"})
    logs = logs_of(aws)
    one = session("a", started_at=LATER - timedelta(hours=1))
    await logs.learn([one])
    assert logs.words(one) == ""
    asked = len(aws.calls)
    await logs.learn([one])
    assert len(aws.calls) == asked


def test_a_version_that_aws_has_no_more_is_not_taken_for_none() -> None:
    kept = [DocumentVersion(str(number), BEGAN + timedelta(days=number), "Active") for number in (4, 3)]
    assert version_in_force(kept, BEGAN).is_gone
    gap = [DocumentVersion(str(number), BEGAN + timedelta(days=number), "Active") for number in (4, 1)]
    assert version_in_force(gap, BEGAN + timedelta(days=3)).is_gone, "2 or 3 may have been the one"
    failed = [*gap, *(DocumentVersion(number, None, "Failed") for number in ("2", "3"))]
    assert version_in_force(failed, BEGAN + timedelta(days=3)).version == "1"
    assert version_in_force(gap, BEGAN + timedelta(days=5)).version == "4"
    first = [DocumentVersion("1", BEGAN, "Active"), DocumentVersion("2", BEGAN, "Failed")]
    assert not version_in_force(first, BEGAN - timedelta(days=1)).is_gone
    assert version_in_force(first, LATER).version == "1"
    assert version_in_force(first, None).note.endswith("these are today's preferences.")
