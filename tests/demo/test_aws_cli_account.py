"""The AWS CLI on what belongs to the account: the bucket, the log group, the key, the settings, the runbook."""

from __future__ import annotations

import json

import pytest

from smtui.demo.operations.ssm_calls import TIER
from smtui.demo.region import SimulatedRegion
from smtui.demo.story.account_facts import BUCKET, KEY_ALIAS, KEY_ID, LOG_GROUP
from tests.demo.test_aws_cli import AWS, answer, aws

pytestmark = pytest.mark.skipif(not AWS.exists(), reason="the AWS CLI of the dev extra is not installed")


def test_a_bucket_that_is_deleted(region: SimulatedRegion) -> None:
    assert answer(region, "s3api", "head-bucket", "--bucket", BUCKET)["BucketRegion"] == region.region
    encryption = answer(region, "s3api", "get-bucket-encryption", "--bucket", BUCKET)
    assert len(encryption["ServerSideEncryptionConfiguration"]["Rules"]) == 1
    region.faults.apply({"switch": ["bucket-deleted"]})
    done = aws(region, "s3api", "head-bucket", "--bucket", BUCKET)
    assert done.returncode != 0
    assert "(404) when calling the HeadBucket operation: Not Found" in done.stderr


def test_preferences_their_log_group_and_their_key(region: SimulatedRegion) -> None:
    region.faults.apply({"switch": ["log-group-unencrypted", "key-disabled"]})
    document = answer(region, "ssm", "get-document", "--name", "SSM-SessionManagerRunShell")
    inputs = json.loads(document["Content"])["inputs"]
    assert (inputs["cloudWatchLogGroupName"], inputs["cloudWatchEncryptionEnabled"]) == (LOG_GROUP, True)
    assert inputs["s3BucketName"] == ""
    groups = answer(region, "logs", "describe-log-groups", "--log-group-name-prefix", LOG_GROUP)["logGroups"]
    assert [group.get("kmsKeyId") for group in groups] == [None, None]
    key = answer(region, "kms", "describe-key", "--key-id", KEY_ALIAS)["KeyMetadata"]
    assert (key["KeyId"], key["KeyState"], key["Arn"]) == (KEY_ID, "Disabled", inputs["kmsKeyId"])


def test_the_tier(region: SimulatedRegion) -> None:
    region.faults.apply({"switch": ["standard-tier"]})
    setting = answer(region, "ssm", "get-service-setting", "--setting-id", TIER)["ServiceSetting"]
    assert (setting["SettingValue"], setting["Status"]) == ("standard", "Default")


def test_the_runbook_from_start_to_stop(region: SimulatedRegion) -> None:
    started = answer(
        region,
        "ssm",
        "start-automation-execution",
        *("--document-name", "AWSSupport-TroubleshootManagedInstance"),
        *("--parameters", "InstanceId=i-0123456789abcdef0"),
    )
    named = ("--automation-execution-id", started["AutomationExecutionId"])
    told = answer(region, "ssm", "get-automation-execution", *named)["AutomationExecution"]
    assert told["StepExecutions"][0]["StepName"] == "GetPingStatus"
    stopped = aws(region, "ssm", "stop-automation-execution", *named, "--type", "Cancel")
    assert stopped.returncode == 0 or "InvalidAutomationStatusUpdateException" in stopped.stderr
