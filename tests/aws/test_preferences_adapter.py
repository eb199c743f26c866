"""What the session preferences name: there, gone, elsewhere, or not to be seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from smtui.aws.places import BotoEvidence, BotoPlaces
from smtui.diagnosis.evidence.preference_facts import Bucket, KmsKey, LogGroup, SessionPreferences
from smtui.domain.fault import FaultKind
from smtui.domain.place import Place
from tests.aws.conftest import Answer, ScriptedAws
from tests.aws.evidence_support import StubbedAws, check_denied, fault_of

DOCUMENT = {"Name": "SSM-SessionManagerRunShell", "DocumentFormat": "JSON", "DocumentVersion": "$LATEST"}
KEY_ARN = "arn:aws:kms:eu-west-1:123456789012:key/1234"
REGION_HEADER = {"x-amz-bucket-region": "eu-central-1"}


@pytest.fixture
def evidence(scripted: ScriptedAws) -> BotoEvidence:
    """Over real HTTP, as S3 says most by status and header."""
    return BotoPlaces.fixed(scripted.url, "AKID", "secret", "eu-west-1").evidence_at(Place())


def heads(scripted: ScriptedAws, status: int, headers: dict[str, str] | None = None) -> None:
    scripted.answers[:] = [Answer(status, "", headers or {})]


def test_the_preferences(stubbed: StubbedAws) -> None:
    content = json.dumps({"inputs": {"s3BucketName": "logs", "s3EncryptionEnabled": True, "kmsKeyId": KEY_ARN}})
    stubbed.answers("ssm", "get_document", {"Content": content}, DOCUMENT)
    assert stubbed.evidence.preferences() == SessionPreferences("logs", True, kms_key=KEY_ARN)


def test_preferences_never_saved(stubbed: StubbedAws) -> None:
    stubbed.refuses("ssm", "get_document", "InvalidDocument")
    assert stubbed.evidence.preferences() is None


def test_a_document_without_content_is_no_answer(stubbed: StubbedAws) -> None:
    stubbed.answers("ssm", "get_document", {}, DOCUMENT)
    assert fault_of(stubbed.evidence.preferences).kind is FaultKind.SERVICE


def test_a_bucket(evidence: BotoEvidence, scripted: ScriptedAws) -> None:
    heads(scripted, 200, REGION_HEADER)
    assert evidence.bucket("logs") == Bucket("logs", exists=True, region="eu-central-1")


def test_a_bucket_that_does_not_exist(evidence: BotoEvidence, scripted: ScriptedAws) -> None:
    heads(scripted, 404)
    assert evidence.bucket("logs") == Bucket("logs", exists=False)


def test_a_bucket_of_another_region(evidence: BotoEvidence, scripted: ScriptedAws) -> None:
    heads(scripted, 301, REGION_HEADER)
    assert evidence.bucket("logs") == Bucket("logs", exists=True, region="eu-central-1")


def test_a_bucket_that_may_not_be_seen(evidence: BotoEvidence, scripted: ScriptedAws) -> None:
    heads(scripted, 403)
    check_denied(lambda: evidence.bucket("logs"), "s3:ListBucket")


def test_a_bucket_that_answers_nonsense(evidence: BotoEvidence, scripted: ScriptedAws) -> None:
    heads(scripted, 500)
    assert fault_of(lambda: evidence.bucket("logs")).kind is FaultKind.SERVICE


def test_encryption(stubbed: StubbedAws) -> None:
    rules = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
    answer = {"ServerSideEncryptionConfiguration": {"Rules": rules}}
    stubbed.answers("s3", "get_bucket_encryption", answer, {"Bucket": "logs"})
    assert stubbed.evidence.bucket_encryption("logs") == "aws:kms"


@pytest.mark.parametrize("code", ["ServerSideEncryptionConfigurationNotFoundError", "NoSuchBucket"])
def test_no_encryption(stubbed: StubbedAws, code: str) -> None:
    stubbed.refuses("s3", "get_bucket_encryption", code, status=404)
    assert stubbed.evidence.bucket_encryption("logs") == ""


def test_a_log_group(stubbed: StubbedAws) -> None:
    first, second = {"logGroupName": "/sessions-old"}, {"logGroupName": "/sessions", "kmsKeyId": KEY_ARN}
    asked = {"logGroupNamePrefix": "/sessions"}
    stubbed.answers("logs", "describe_log_groups", {"logGroups": [first], "nextToken": "t"}, asked)
    stubbed.answers("logs", "describe_log_groups", {"logGroups": [second]}, asked | {"nextToken": "t"})
    assert stubbed.evidence.log_group("/sessions") == LogGroup("/sessions", exists=True, kms_key=KEY_ARN)


def test_a_log_group_that_another_only_begins_like(stubbed: StubbedAws) -> None:
    groups = [{"logGroupName": "/sessions-old"}]
    stubbed.answers("logs", "describe_log_groups", {"logGroups": groups}, {"logGroupNamePrefix": "/sessions"})
    assert stubbed.evidence.log_group("/sessions") == LogGroup("/sessions", exists=False)


def test_a_key(stubbed: StubbedAws) -> None:
    metadata = {"KeyId": "1234", "Arn": KEY_ARN, "KeyState": "PendingDeletion"}
    stubbed.answers("kms", "describe_key", {"KeyMetadata": metadata}, {"KeyId": "alias/sessions"})
    expected = KmsKey("alias/sessions", exists=True, arn=KEY_ARN, state="PendingDeletion")
    assert stubbed.evidence.kms_key("alias/sessions") == expected
    usage = {"KeyUsage": "SIGN_VERIFY", "KeySpec": "ECC_NIST_P256"}
    stubbed.answers("kms", "describe_key", {"KeyMetadata": metadata | usage}, {"KeyId": "alias/sessions"})
    signing = replace(expected, usage="SIGN_VERIFY", spec="ECC_NIST_P256")
    assert stubbed.evidence.kms_key("alias/sessions") == signing


def test_a_key_that_does_not_exist(stubbed: StubbedAws) -> None:
    stubbed.refuses("kms", "describe_key", "NotFoundException")
    assert stubbed.evidence.kms_key("1234") == KmsKey("1234", exists=False)


def test_what_may_not_be_seen(stubbed: StubbedAws) -> None:
    aws = stubbed.evidence
    calls: list[tuple[str, str, Callable[[], Any]]] = [
        ("get_document", "ssm:GetDocument", aws.preferences),
        ("head_bucket", "s3:ListBucket", lambda: aws.bucket("logs")),
        ("get_bucket_encryption", "s3:GetEncryptionConfiguration", lambda: aws.bucket_encryption("logs")),
        ("describe_log_groups", "logs:DescribeLogGroups", lambda: aws.log_group("/sessions")),
        ("describe_key", "kms:DescribeKey", lambda: aws.kms_key("1234")),
    ]
    for operation, action, ask in calls:
        stubbed.refuses(action.partition(":")[0], operation, "AccessDeniedException", status=403)
        check_denied(ask, action)
