"""The switches of the Region: each makes one thing of the account wrong, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from smtui.demo.operations.ssm_calls import HOST_MANAGEMENT, TIER
from smtui.demo.region import SimulatedRegion
from smtui.demo.story.account_facts import BUCKET, KEY_ALIAS, KEY_ID, LOG_GROUP, SWITCHES
from smtui.demo.story.story_nodes import story
from tests.demo.support import client, set_faults

ARN = f"arn:aws:kms:eu-west-1:111122223333:key/{KEY_ID}"
PREFERENCES = "SSM-SessionManagerRunShell"


def attempt(call: Callable[[], Any]) -> Any:
    """The answer, or the code of the refusal."""
    try:
        return call()
    except ClientError as error:
        return error.response["Error"]["Code"]


def seen(region: SimulatedRegion) -> dict[str, Any]:
    """All that a switch may change, as a client reads it."""
    ssm, s3, logs, kms = (client(region, service) for service in ("ssm", "s3", "logs", "kms"))
    inputs = json.loads(ssm.get_document(Name=PREFERENCES)["Content"])["inputs"]
    manual = [{"Key": "DocumentType", "Values": ["ManualApprovalPolicy"]}]
    groups = logs.describe_log_groups(logGroupNamePrefix=LOG_GROUP)["logGroups"]
    return {
        "bucket": inputs["s3BucketName"],
        "log group": inputs["cloudWatchLogGroupName"],
        "key": inputs["kmsKeyId"],
        "bucket exists": attempt(lambda: s3.head_bucket(Bucket=BUCKET)["BucketRegion"]),
        "bucket encryption": attempt(
            lambda: len(s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"])
        ),
        "log groups": {group["logGroupName"]: group.get("kmsKeyId", "") for group in groups},
        "key state": attempt(lambda: kms.describe_key(KeyId=ARN)["KeyMetadata"]["KeyState"]),
        "key usage": attempt(lambda: kms.describe_key(KeyId=ARN)["KeyMetadata"]["KeyUsage"]),
        "tier": ssm.get_service_setting(SettingId=TIER)["ServiceSetting"]["SettingValue"],
        "others": attempt(lambda: ssm.terminate_session(SessionId="ana-00000000000000000")),
        "host management": ssm.get_service_setting(SettingId=HOST_MANAGEMENT)["ServiceSetting"]["SettingValue"],
        "approval policies": len(ssm.list_documents(Filters=manual)["DocumentIdentifiers"]),
    }


WELL = {
    "bucket": "",
    "log group": "",
    "key": "",
    "bucket exists": "eu-west-1",
    "bucket encryption": 1,
    "log groups": {LOG_GROUP: ARN, f"{LOG_GROUP}-old": ""},
    "key state": "Enabled",
    "key usage": "ENCRYPT_DECRYPT",
    "tier": "advanced",
    "host management": "$None",
    "others": "AccessDeniedException",
    "approval policies": 1,
}
TO_S3, TO_LOGS, WITH_KEY = {"bucket": BUCKET}, {"log group": LOG_GROUP}, {"key": ARN}
CHANGED: dict[str, dict[str, Any]] = {
    "preferences": TO_S3 | TO_LOGS | WITH_KEY,
    "kms": WITH_KEY,
    "bucket-deleted": TO_S3 | {"bucket exists": "404", "bucket encryption": "NoSuchBucket"},
    "bucket-unencrypted": TO_S3 | {"bucket encryption": "ServerSideEncryptionConfigurationNotFoundError"},
    "log-group-deleted": TO_LOGS | {"log groups": {f"{LOG_GROUP}-old": ""}},
    "log-group-unencrypted": TO_LOGS | {"log groups": {LOG_GROUP: "", f"{LOG_GROUP}-old": ""}},
    "key-disabled": WITH_KEY | {"key state": "Disabled"},
    "key-pending-deletion": WITH_KEY | {"key state": "PendingDeletion"},
    "key-deleted": WITH_KEY | {"key state": "NotFoundException", "key usage": "NotFoundException"},
    "key-for-signing": WITH_KEY | {"key usage": "SIGN_VERIFY"},
    "no-s3-endpoint": TO_S3,
    "no-logs-endpoint": TO_LOGS,
    "standard-tier": {"tier": "standard"},
    "host-management": {"host management": "service-role/AWSSystemsManagerDefaultEC2InstanceManagementRole"},
    "host-management-broken": {"host management": "service-role/AcmeHostManagementWithoutPolicy"},
    "others-sessions": {"others": "DoesNotExistException"},
    "no-just-in-time": {"approval policies": 0},
}


def test_every_switch_is_tried_here() -> None:
    assert set(CHANGED) == set(SWITCHES)


def test_without_a_switch_all_is_well(region: SimulatedRegion) -> None:
    assert seen(region) == WELL


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_changes_what_it_is_named_after(region: SimulatedRegion, name: str) -> None:
    region.faults.apply({"switch": [name]})
    assert seen(region) == WELL | CHANGED[name]


def test_switches_from_a_text_and_from_another_process(region: SimulatedRegion) -> None:
    region.faults.apply_text("switch=bucket-deleted, standard-tier;latency=0")
    assert region.faults.switches() == {"bucket-deleted", "standard-tier"}
    state = set_faults(region, switch=["log-group-deleted"])
    assert state["faults"]["switch"] == ["log-group-deleted"]
    assert seen(region) == WELL | CHANGED["log-group-deleted"]
    set_faults(region, switch=[])
    assert seen(region) == WELL


def test_an_unknown_switch_is_named_with_those_that_there_are(region: SimulatedRegion) -> None:
    with pytest.raises(
        ValueError, match=r"no switch named 'bucket-delated'\. There are: preferences, kms, bucket-deleted"
    ):
        region.faults.apply_text("switch=bucket-delated")
    with pytest.raises(ValueError, match="needs a value, as in switch=preferences"):
        region.faults.apply_text("switch")
    with pytest.raises(ValueError, match="needs a list of names"):
        region.faults.apply({"switch": "bucket-deleted"})


def test_the_standard_tier_refuses_hybrid_nodes_in_the_words_of_aws(region: SimulatedRegion) -> None:
    ssm = client(region, "ssm")
    hybrid = next(node.node_id for node in story() if node.name == "onprem-1")
    lost = next(node.node_id for node in story() if node.name == "onprem-lost-1")
    ssm.start_session(Target=hybrid)
    region.faults.apply({"switch": ["standard-tier"]})
    for target in (hybrid, lost):
        with pytest.raises(ClientError, match=r"\(BadRequest\).*Enable advanced-instances tier to use Session Manager"):
            ssm.start_session(Target=target)
    ssm.start_session(Target="i-0a1b2c3d4e5f60718")


def test_the_state_of_a_key_decides_what_it_is_good_for(region: SimulatedRegion) -> None:
    kms = client(region, "kms")
    context = {"aws:ssm:SessionId": "s-1", "aws:ssm:TargetId": "i-1"}
    made = kms.generate_data_key(KeyId=KEY_ALIAS, NumberOfBytes=64, EncryptionContext=context)
    assert len(made["Plaintext"]) == 64
    assert (
        kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=context)["Plaintext"] == made["Plaintext"]
    )
    for blob, bound_to in ((made["CiphertextBlob"], {"aws:ssm:SessionId": "s-2"}), (b"short", context)):
        with pytest.raises(ClientError, match="InvalidCiphertextException"):
            kms.decrypt(CiphertextBlob=blob, EncryptionContext=bound_to)
    for switch, code, words in (
        ("key-disabled", "DisabledException", f"{ARN} is disabled."),
        ("key-pending-deletion", "KMSInvalidStateException", f"{ARN} is pending deletion."),
        ("key-deleted", "NotFoundException", f"Key '{ARN}' does not exist"),
    ):
        region.faults.apply({"switch": [switch]})
        with pytest.raises(ClientError) as caught:
            kms.generate_data_key(KeyId=ARN, NumberOfBytes=64)
        assert (caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]) == (code, words)


def test_a_key_is_known_by_id_arn_and_alias(region: SimulatedRegion) -> None:
    kms = client(region, "kms")
    for name in (KEY_ID, ARN, KEY_ALIAS, f"arn:aws:kms:eu-west-1:111122223333:{KEY_ALIAS}"):
        assert kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"] == ARN
    with pytest.raises(ClientError, match="Alias arn:aws:kms:eu-west-1:111122223333:alias/other is not found"):
        kms.describe_key(KeyId="alias/other")


def test_a_region_without_the_fleet_has_none_of_it(region: SimulatedRegion) -> None:
    region.faults.apply({"switch": list(SWITCHES)})
    ssm, logs = (client(region, service, region_name="us-east-1") for service in ("ssm", "logs"))
    assert attempt(lambda: ssm.get_document(Name=PREFERENCES)) == "InvalidDocument"
    assert ssm.get_service_setting(SettingId=TIER)["ServiceSetting"]["Status"] == "Default"
    assert ssm.describe_activations()["ActivationList"] == []
    assert logs.describe_log_groups()["logGroups"] == []


def test_every_activated_node_names_an_activation_that_there_is(region: SimulatedRegion) -> None:
    ssm = client(region, "ssm")
    activations = {entry["ActivationId"]: entry for entry in ssm.describe_activations()["ActivationList"]}
    named = {node.activation_id for node in story() if node.activation_id}
    assert named == set(activations)
    (activation,) = activations.values()
    assert not activation["Expired"]
    wanted = [{"FilterKey": "ActivationIds", "FilterValues": [activation["ActivationId"]]}]
    assert len(ssm.describe_activations(Filters=wanted)["ActivationList"]) == 1
    other = [{"FilterKey": "ActivationIds", "FilterValues": ["00000000-0000-0000-0000-000000000000"]}]
    assert ssm.describe_activations(Filters=other)["ActivationList"] == []


def test_log_groups_come_in_pages_and_by_prefix(region: SimulatedRegion) -> None:
    logs = client(region, "logs")
    pages = logs.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 2})
    names = [group["logGroupName"] for page in pages for group in page["logGroups"]]
    assert names == sorted(names)
    assert LOG_GROUP in names
    assert attempt(lambda: logs.describe_log_groups(logGroupNamePrefix="/a", logGroupNamePattern="b")) == (
        "InvalidParameterException"
    )


def test_a_setting_that_there_is_not(region: SimulatedRegion) -> None:
    ssm = client(region, "ssm")
    assert attempt(lambda: ssm.get_service_setting(SettingId="/ssm/no/such")) == "ServiceSettingNotFound"
    arn = f"arn:aws:ssm:eu-west-1:111122223333:servicesetting{TIER}"
    assert ssm.get_service_setting(SettingId=arn)["ServiceSetting"]["ARN"] == arn
