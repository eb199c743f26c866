"""Keys of roles, as STS gives them, for a client that we did not write."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from smtui.demo.region import SimulatedRegion
from smtui.demo.story.account_facts import ACCOUNT, OTHER_ACCOUNT
from smtui.demo.story.callers import ADMIN, HUB, MFA_DEVICE, OPS
from tests.demo.support import client

HUB_ARN, OPS_ARN, ADMIN_ARN = (
    f"arn:aws:iam::{account}:role/{name}"
    for account, name in ((ACCOUNT, HUB), (OTHER_ACCOUNT, OPS), (OTHER_ACCOUNT, ADMIN))
)


def as_role(region: SimulatedRegion, service: str, *arns: str, **changed: Any) -> Any:
    """A client of the last of these roles, each assumed with the keys of the one before."""
    keys: dict[str, Any] = {}
    for arn in arns:
        told = client(region, "sts", **keys).assume_role(RoleArn=arn, RoleSessionName="ops-1")["Credentials"]
        keys = {
            "aws_access_key_id": told["AccessKeyId"],
            "aws_secret_access_key": told["SecretAccessKey"],
            "aws_session_token": told["SessionToken"],
        }
    return client(region, service, **keys, **changed)


def refused(call: Any, **given: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(**given)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_chain_ends_in_the_second_account_and_each_step_says_who_calls(region: SimulatedRegion) -> None:
    hub = as_role(region, "sts", HUB_ARN).get_caller_identity()
    ops = as_role(region, "sts", HUB_ARN, OPS_ARN).get_caller_identity()
    assert (hub["Account"], hub["Arn"]) == (ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/hub/ops-1")
    assert (ops["Account"], ops["Arn"]) == (
        OTHER_ACCOUNT,
        f"arn:aws:sts::{OTHER_ACCOUNT}:assumed-role/OpsEngineer/ops-1",
    )
    assert ops["UserId"].endswith(":ops-1")


def test_a_role_gives_keys_to_whom_it_trusts_alone(region: SimulatedRegion) -> None:
    user = f"arn:aws:iam::{ACCOUNT}:user/demo-operator"
    for arn in (OPS_ARN, f"arn:aws:iam::{OTHER_ACCOUNT}:role/no-such-role"):
        code, words = refused(client(region, "sts").assume_role, RoleArn=arn, RoleSessionName="ops-1")
        assert (code, words) == (
            "AccessDenied",
            f"User: {user} is not authorized to perform: sts:AssumeRole on resource: {arn}",
        )
    code, words = refused(as_role(region, "sts", HUB_ARN).assume_role, RoleArn=ADMIN_ARN, RoleSessionName="ops-1")
    assert code == "AccessDenied"
    assert words.endswith("because no identity-based policy allows the sts:AssumeRole action")


def test_a_role_may_do_what_its_policies_allow(region: SimulatedRegion) -> None:
    code, words = refused(as_role(region, "ssm", HUB_ARN).describe_instance_information)
    assert (code, words) == (
        "AccessDeniedException",
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/hub/ops-1 is not authorized to perform: "
        f"ssm:DescribeInstanceInformation on resource: arn:aws:ssm:eu-west-1:{ACCOUNT}:* because no identity-based "
        "policy allows the ssm:DescribeInstanceInformation action",
    )
    assert refused(as_role(region, "ec2", HUB_ARN).describe_instances)[0] == "UnauthorizedOperation"


def test_a_code_is_six_digits_and_good_once(region: SimulatedRegion) -> None:
    sts = client(region, "sts")
    asked = {"RoleArn": ADMIN_ARN, "RoleSessionName": "ops-1", "SerialNumber": MFA_DEVICE}
    assert refused(sts.assume_role, RoleArn=ADMIN_ARN, RoleSessionName="ops-1")[0] == "AccessDenied"
    assert sts.assume_role(**asked, TokenCode="123456")["AssumedRoleUser"]["Arn"].endswith(
        ":assumed-role/Administrator/ops-1"
    )
    wrong = "MultiFactorAuthentication failed with invalid MFA one time pass code."
    assert refused(sts.assume_role, **asked, TokenCode="123456") == ("AccessDenied", wrong)
    assert refused(sts.assume_role, **asked, TokenCode="000000") == ("AccessDenied", wrong)
    other = refused(sts.assume_role, **{**asked, "SerialNumber": f"{MFA_DEVICE}-2"}, TokenCode="654321")
    assert other[1].startswith("MultiFactorAuthentication failed, unable to validate MFA code.")
    assert refused(sts.assume_role, **asked)[1].startswith("MultiFactorAuthentication failed, must provide both")


def test_a_session_with_a_code_assumes_the_role_without_another(region: SimulatedRegion) -> None:
    told = client(region, "sts").get_session_token(SerialNumber=MFA_DEVICE, TokenCode="112233")["Credentials"]
    session = client(
        region,
        "sts",
        aws_access_key_id=told["AccessKeyId"],
        aws_secret_access_key=told["SecretAccessKey"],
        aws_session_token=told["SessionToken"],
    )
    assert session.assume_role(RoleArn=ADMIN_ARN, RoleSessionName="ops-1")["Credentials"]
    assert refused(session.get_session_token)[1] == "Cannot call GetSessionToken with session credentials"


def test_durations(region: SimulatedRegion) -> None:
    sts = client(region, "sts")
    asked = {"RoleArn": HUB_ARN, "RoleSessionName": "ops-1"}
    assert "MaxSessionDuration" in refused(sts.assume_role, **asked, DurationSeconds=7200)[1]
    chained = as_role(region, "sts", HUB_ARN).assume_role
    words = refused(chained, RoleArn=OPS_ARN, RoleSessionName="ops-1", DurationSeconds=7200)[1]
    assert "1 hour session limit for roles assumed by role chaining" in words
