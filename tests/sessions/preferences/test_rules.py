"""The account's preferences are read as far as they can be seen, and changed without overwriting anybody's change."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smtui.diagnosis.evidence.preference_facts import Bucket, KmsKey, LogGroup
from smtui.diagnosis.evidence.reading import NotAsked, Seen, Unseen
from smtui.diagnosis.evidence.rules_facts import RulesRead, RulesText
from smtui.domain.fault import AwsCallFailed
from smtui.domain.place import Place
from smtui.domain.records.session_limits import SessionLimits
from smtui.engine.offloop import OffLoop
from smtui.sessions.preferences.rules import ChangedMeanwhile, LastChange, ReadOnly, Rules, Written
from tests.sessions.preferences.rules_fakes import NOW, FakeAccess, FakeRecords, FakeRules, denied, refused


def _rules(aws: FakeRules, access: FakeAccess | None = None) -> Rules:
    seen = access or FakeAccess()
    return Rules(lambda _: seen, FakeRecords(aws), OffLoop(), lambda: NOW, read_only=False)  # type: ignore[arg-type, return-value]


def _document(**inputs: Any) -> str:
    return json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs})


@pytest.mark.parametrize(
    ("inputs", "idle", "longest"),
    [
        ({"idleSessionTimeout": "7", "maxSessionDuration": "90"}, 7, 90),
        ({"idleSessionTimeout": 7, "maxSessionDuration": ""}, 7, None),
        ({}, 20, None),
        ({"idleSessionTimeout": "{{ idle }}"}, None, None),
        ({"idleSessionTimeout": "soon", "maxSessionDuration": True}, None, None),
    ],
)
async def test_the_limits_of_the_newest_version(inputs: dict[str, Any], idle: int | None, longest: int | None) -> None:
    aws = FakeRules([_document(idleSessionTimeout="1"), _document(**inputs)], default=1)
    assert await _rules(aws).limits(Place()) == SessionLimits(idle, longest, "2")


async def test_aws_own_limits_where_nothing_was_saved() -> None:
    assert await _rules(FakeRules()).limits(Place()) == SessionLimits(20, None)


async def test_limits_that_cannot_be_seen() -> None:
    assert await _rules(FakeRules(denied={"ssm:GetDocument"})).limits(Place()) is None


# Reading all of it ---------------------------------------------------------------------------------

PLACE = Place("work", "eu-west-1")
INPUTS = {
    "s3BucketName": "logs",
    "cloudWatchLogGroupName": "/ssm",
    "kmsKeyId": "alias/s",
    "runAsEnabled": True,
    "idleSessionTimeout": "20",
}
ARN = "arn:aws:kms:eu-west-1:111122223333:key/1"


def _whole(**options: Any) -> FakeRules:
    return FakeRules(
        [_document(**INPUTS)],
        buckets={"logs": Bucket("logs", exists=True)},
        encryptions={"logs": "AES256"},
        groups={"/ssm": LogGroup("/ssm", exists=True, kms_key=ARN)},
        keys={"alias/s": KmsKey("alias/s", exists=True, arn=ARN, state="Enabled")},
        tag="ana",
        **options,
    )


async def test_all_that_the_preferences_name_is_read() -> None:
    read = await _rules(_whole()).read(PLACE)
    readings = (read.text, read.state, read.bucket, read.bucket_encryption, read.log_group, read.kms_key)
    assert all(isinstance(reading, Seen) for reading in readings)
    assert (read.key_permission, read.run_as_tag, read.region) == (Seen("allowed"), Seen("ana"), "eu-west-1")
    assert read.is_role_session


async def test_what_they_do_not_name_is_not_asked_for() -> None:
    aws = FakeRules([_document()])
    read = await _rules(aws).read(PLACE)
    assert sorted(aws.calls) == ["ssm:DescribeDocument", "ssm:GetDocument"]
    assert all(
        isinstance(reading, NotAsked) for reading in (read.bucket, read.log_group, read.kms_key, read.run_as_tag)
    )


@pytest.mark.parametrize(
    ("action", "field"),
    [
        ("ssm:GetDocument", "text"),
        ("ssm:DescribeDocument", "state"),
        ("s3:ListBucket", "bucket"),
        ("s3:GetEncryptionConfiguration", "bucket_encryption"),
        ("logs:DescribeLogGroups", "log_group"),
        ("kms:DescribeKey", "kms_key"),
        ("iam:SimulatePrincipalPolicy", "key_permission"),
        ("iam:GetRole", "run_as_tag"),
    ],
)
async def test_each_denial_leaves_the_rest(action: str, field: str) -> None:
    read = await _rules(_whole(denied={action})).read(PLACE)
    readings = {
        name: getattr(read, name)
        for name in RulesRead.__slots__
        if name not in ("region", "account", "is_role_session", "at")
    }
    unseen = {name for name, reading in readings.items() if isinstance(reading, Unseen)}
    assert unseen == {field}
    assert readings[field].fault.action == action


async def test_an_identity_that_is_not_seen_takes_its_tag_and_permission_with_it() -> None:
    failed = denied("sts:GetCallerIdentity")
    read = await _rules(_whole(), FakeAccess(failed)).read(Place())
    assert (read.key_permission, read.run_as_tag) == (Unseen(failed.fault), Unseen(failed.fault))
    assert (read.region, read.account) == ("", "")


# Writing -------------------------------------------------------------------------------------------

OLD, NEW = _document(idleSessionTimeout="20"), _document(idleSessionTimeout="5")


async def test_a_change_becomes_the_newest_and_the_default_version() -> None:
    aws = FakeRules([OLD])
    rules = _rules(aws)
    written = await rules.write(PLACE, RulesText("1", OLD), NEW)
    assert (written, aws.texts, aws.default) == (Written("2", is_new=True), [OLD, NEW], 2)
    assert rules.last_change(PLACE) == LastChange(RulesText("1", OLD), "2")
    assert rules.last_change(Place()) is None
    assert written.sentence("work") == "Version 2 of the preferences of work holds from the next session on."


async def test_the_first_preferences_of_an_account() -> None:
    aws = FakeRules()
    rules = _rules(aws)
    assert await rules.write(PLACE, None, NEW) == Written("1", is_new=True)
    assert rules.last_change(PLACE) == LastChange(None, "1")
    assert "ssm:UpdateDocumentDefaultVersion" not in aws.calls


async def test_a_change_of_somebody_else_is_not_overwritten() -> None:
    aws = FakeRules([OLD, NEW])
    with pytest.raises(ChangedMeanwhile, match="version 2 is the newest now") as raised:
        await _rules(aws).write(PLACE, RulesText("1", OLD), _document())
    assert raised.value.now == RulesText("2", NEW)
    assert aws.texts == [OLD, NEW]


async def test_a_change_in_the_last_moment_is_not_overwritten_either() -> None:
    aws = FakeRules([OLD], meanwhile=[NEW])
    rules = _rules(aws)
    with pytest.raises(ChangedMeanwhile) as raised:
        await rules.write(PLACE, RulesText("1", OLD), _document())
    assert raised.value.now == RulesText("2", NEW)
    assert (aws.texts, aws.default) == ([OLD, NEW], 1)
    assert rules.last_change(PLACE) is None


async def test_preferences_that_somebody_else_saved_first() -> None:
    aws = FakeRules(fails={"ssm:CreateDocument": refused("DocumentAlreadyExists")})
    with pytest.raises(ChangedMeanwhile):
        await _rules(aws).write(PLACE, None, NEW)
    with pytest.raises(ChangedMeanwhile, match="there are none any more"):
        await _rules(FakeRules()).write(PLACE, RulesText("1", OLD), NEW)


async def test_the_same_content_still_becomes_the_default_version() -> None:
    aws = FakeRules([OLD, NEW], default=1)
    assert await _rules(aws).write(PLACE, RulesText("2", NEW), NEW) == Written("2", is_new=False)
    assert aws.default == 2


async def test_what_aws_calls_the_same_still_becomes_the_default_version() -> None:
    spaced = json.dumps(json.loads(NEW), indent=1)
    aws = FakeRules([OLD, NEW], default=1, fails={"ssm:UpdateDocument": refused("DuplicateDocumentContent")})
    written = await _rules(aws).write(PLACE, RulesText("2", NEW), spaced)
    assert written == Written("2", is_new=False)
    assert (aws.default, written.sentence("work")) == (
        2,
        "Version 2 of the preferences of work had this content already.",
    )


async def test_an_earlier_content_can_be_written_again_and_again() -> None:
    aws = FakeRules([OLD, NEW])
    rules = _rules(aws)
    for number, content in enumerate([OLD, NEW, OLD, NEW], start=3):
        newest = await rules.newest(PLACE)
        assert await rules.write(PLACE, newest, content) == Written(str(number), is_new=True)
        assert json.loads(aws.texts[-1]) == json.loads(content)
    assert len({*aws.texts}) == 6, "AWS refuses a content twice"


async def test_a_version_that_may_not_become_the_default_one_is_told() -> None:
    aws = FakeRules([OLD], denied={"ssm:UpdateDocumentDefaultVersion"})
    written = await _rules(aws).write(PLACE, RulesText("1", OLD), NEW)
    assert written.not_default is not None
    assert aws.default == 1
    assert written.sentence("work").endswith(
        "The console shows the earlier version: ssm:UpdateDocumentDefaultVersion was denied."
    )


@pytest.mark.parametrize("action", ["ssm:GetDocument", "ssm:UpdateDocument"])
async def test_a_denied_change_changes_nothing(action: str) -> None:
    aws = FakeRules([OLD], denied={action})
    with pytest.raises(AwsCallFailed):
        await _rules(aws).write(PLACE, RulesText("1", OLD), NEW)
    assert aws.texts == [OLD]


async def test_read_only_changes_nothing() -> None:
    aws = FakeRules([OLD])
    rules = Rules(lambda _: FakeAccess(), FakeRecords(aws), OffLoop(), lambda: NOW, read_only=True)  # type: ignore[arg-type, return-value]
    with pytest.raises(ReadOnly, match="smtui is read-only"):
        await rules.write(PLACE, RulesText("1", OLD), NEW)
    assert aws.calls == []
