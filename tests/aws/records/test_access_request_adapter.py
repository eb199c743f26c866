"""Requests for access against the simulated Region, what is sent, and answers that no Region of ours gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from smtui.aws.boto_session import FixedAccess
from smtui.aws.places import BotoPlaces
from smtui.aws.records.access_request_adapter import AccessRequestAdapter
from smtui.demo.region import SimulatedRegion
from smtui.demo.story.account_facts import CALLER_ARN
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.place import Caller, Place
from smtui.domain.records.access_request import AccessStatus, GrantedCredentials
from smtui.domain.request import SessionRequest
from smtui.domain.text import masked
from tests.aws.conftest import ScriptedAws
from tests.demo.support import client, quiet_region

ME = Caller("111122223333", CALLER_ARN, "AIDADEMO0OPERATOR0001", "eu-west-1")
KEYS = {
    "AccessKeyId": "ASIA" + "A" * 16,
    "SecretAccessKey": "granted-secret-key-of-a-test",
    "SessionToken": "granted-token-of-a-test",
}


@pytest.fixture
def region() -> Iterator[SimulatedRegion]:
    with quiet_region() as running:
        running.faults.apply({"decision": 0.001})
        yield running


@pytest.fixture
def places(region: SimulatedRegion) -> BotoPlaces:
    return BotoPlaces.fixed(region.endpoint_url, region.access_key_id, region.secret_access_key, region.region)


@pytest.fixture
def access(places: BotoPlaces) -> AccessRequestAdapter:
    return places.records_at(Place()).access


def node_id(region: SimulatedRegion, name: str) -> str:
    found = client(region, "ec2").describe_instances(Filters=[{"Name": "tag:Name", "Values": [name]}])
    return str(found["Reservations"][0]["Instances"][0]["InstanceId"])


def granted(region: SimulatedRegion, access: AccessRequestAdapter, node: str) -> GrantedCredentials:
    answer = access.answer(access.ask(node, "INC-4711"))
    assert answer.status is AccessStatus.APPROVED
    assert answer.credentials is not None
    return answer.credentials


def test_asked_approved_and_started_with_other_keys(region: SimulatedRegion, places: BotoPlaces) -> None:
    access, node = places.records_at(Place()).access, node_id(region, "jit-approved-1")
    with pytest.raises(AwsCallFailed) as denied:
        places.at(Place()).start_session(SessionRequest(node))
    assert denied.value.fault.kind is FaultKind.DENIED
    keys = granted(region, access, node)
    session = access.with_credentials(keys)
    started = session.start_session(SessionRequest(node))
    listed = {each.session_id: each for each in places.at(Place()).active_sessions(target=node)}
    assert listed[started.session_id].owner == session.caller().arn != CALLER_ARN
    (described,) = client(region, "ssm").describe_sessions(State="Active")["Sessions"]
    assert described["AccessType"] == "JustInTime"


def test_the_plugin_gets_the_granted_keys_and_no_profile(region: SimulatedRegion, access: AccessRequestAdapter) -> None:
    keys = granted(region, access, node_id(region, "jit-auto-1"))
    held = access.with_credentials(keys).plugin_credentials()
    assert held.profile == ""
    assert dict(held.environment) == keys.environment()


def test_the_keys_serve_one_node_and_one_document(region: SimulatedRegion, access: AccessRequestAdapter) -> None:
    session = access.with_credentials(granted(region, access, node_id(region, "jit-auto-1")))
    for request in (
        SessionRequest(node_id(region, "jit-approved-1")),
        SessionRequest(node_id(region, "jit-auto-1"), document_name="AWS-StartSSHSession"),
    ):
        with pytest.raises(AwsCallFailed) as denied:
            session.start_session(request)
        assert denied.value.fault.kind is FaultKind.DENIED


def test_the_keys_may_not_end_the_session(region: SimulatedRegion, access: AccessRequestAdapter) -> None:
    node = node_id(region, "jit-auto-1")
    session = access.with_credentials(granted(region, access, node))
    started = session.start_session(SessionRequest(node))
    with pytest.raises(AwsCallFailed) as denied:
        session.terminate_session(started.session_id)
    assert (denied.value.fault.kind, denied.value.fault.action) == (FaultKind.DENIED, "ssm:TerminateSession")


def test_the_keys_end_in_time(region: SimulatedRegion, access: AccessRequestAdapter) -> None:
    region.faults.apply({"grant": 3600})
    node = node_id(region, "jit-auto-1")
    keys = granted(region, access, node)
    grant = region.access.grant_of(keys.access_key_id)
    assert grant is not None
    assert abs(grant.ends_at - keys.ends_at) < timedelta(seconds=1)
    region.faults.apply({"grant": 0.001})
    late = access.ask(node, "INC-4712")
    assert access.answer(late).status is AccessStatus.EXPIRED


def test_revoked_keys_start_nothing_more(region: SimulatedRegion, access: AccessRequestAdapter) -> None:
    node = node_id(region, "jit-approved-1")
    request_id = access.ask(node, "INC-4711")
    keys = access.answer(request_id).credentials
    assert keys is not None
    client(region, "ssm").send_automation_signal(
        AutomationExecutionId=access.request(request_id).execution_id, SignalType="Revoke"
    )
    assert access.answer(request_id).status is AccessStatus.REVOKED
    with pytest.raises(AwsCallFailed):
        access.with_credentials(keys).start_session(SessionRequest(node))


def test_a_rejected_request_grants_nothing(region: SimulatedRegion, access: AccessRequestAdapter) -> None:
    answer = access.answer(access.ask(node_id(region, "jit-rejected-1"), "INC-4711"))
    assert (answer.status, answer.credentials) == (AccessStatus.REJECTED, None)


def test_requests_by_me_and_for_me(region: SimulatedRegion, access: AccessRequestAdapter) -> None:
    new = access.ask(node_id(region, "jit-approved-1"), "INC-4711")
    mine = access.mine(ME)
    assert mine[0].request_id == new
    assert {each.requester for each in mine} == {CALLER_ARN}
    assert mine[0].reason == "INC-4711"
    theirs = access.for_decision(ME)
    assert [(each.who, each.status) for each in theirs] == [
        ("bob", AccessStatus.PENDING),
        ("ana", AccessStatus.PENDING),
    ]
    assert theirs[0].approvers[0] == CALLER_ARN


@pytest.mark.parametrize(("approve", "status"), [(True, "approved"), (False, "rejected")])
def test_a_decision(access: AccessRequestAdapter, approve: bool, status: str) -> None:
    theirs = access.for_decision(ME)[0]
    found = access.request(theirs.request_id)
    access.decide(found.execution_id, approve=approve, comment="as agreed")
    assert access.request(theirs.request_id).status.word == status
    assert theirs.request_id not in {each.request_id for each in access.for_decision(ME)}
    with pytest.raises(AwsCallFailed, match="InvalidAutomationSignal"):
        access.decide(found.execution_id, approve=approve, comment="")


def test_a_withdrawn_request_waits_no_longer(region: SimulatedRegion, access: AccessRequestAdapter) -> None:
    region.faults.apply({"decision": 3600})
    request_id = access.ask(node_id(region, "jit-approved-1"), "INC-4711")
    execution_id = access.request(request_id).execution_id
    access.withdraw(execution_id)
    access.withdraw(execution_id)  # which is over, and that is fine
    assert access.request(request_id).status is AccessStatus.CLOSED


def test_approval_policies(region: SimulatedRegion, access: AccessRequestAdapter) -> None:
    found = access.policies()
    assert (found.manual, found.automatic, found.in_use) == (("prod-approval",), ("staging-automatic",), True)
    region.faults.apply({"switch": ["no-just-in-time"]})
    assert not access.policies().in_use
    with pytest.raises(AwsCallFailed, match="not enabled"):
        access.ask(node_id(region, "jit-approved-1"), "INC-4711")


@pytest.mark.parametrize(
    ("action", "call"),
    [
        ("ssm:StartAccessRequest", lambda access: access.ask("i-0a1b2c3d4e5f60718", "why")),
        ("ssm:GetAccessToken", lambda access: access.answer("oi-0123456789ab")),
        ("ssm:DescribeOpsItems", lambda access: access.mine(ME)),
        ("ssm:DescribeOpsItems", lambda access: access.for_decision(ME)),
        ("ssm:GetOpsItem", lambda access: access.request("oi-0123456789ab")),
        ("ssm:SendAutomationSignal", lambda access: access.decide("0" * 36, approve=True, comment="")),
        ("ssm:StopAutomationExecution", lambda access: access.withdraw("0" * 36)),
        ("ssm:ListDocuments", lambda access: access.policies()),
    ],
)
def test_a_denied_call_names_its_action(
    region: SimulatedRegion, access: AccessRequestAdapter, action: str, call: Any
) -> None:
    region.faults.apply({"deny": [action]})
    with pytest.raises(AwsCallFailed) as caught:
        call(access)
    assert (caught.value.fault.kind, caught.value.fault.action) == (FaultKind.DENIED, action)


# What is sent, and odd answers ---------------------------------------------------------------------


@pytest.fixture
def scripted_access(scripted: ScriptedAws) -> AccessRequestAdapter:
    return BotoPlaces(FixedAccess(scripted.url, "AKID", "secret", "eu-west-1")).records_at(Place()).access


def test_a_request_that_got_no_answer_is_not_sent_again(
    scripted: ScriptedAws, scripted_access: AccessRequestAdapter
) -> None:
    scripted.will_fail("InternalServerError", "oops", 500)
    with pytest.raises(AwsCallFailed):
        scripted_access.ask("i-1", "why")
    assert [request.operation for request in scripted.requests] == ["StartAccessRequest"]
    assert json.loads(scripted.requests[0].body) == {
        "Reason": "why",
        "Targets": [{"Key": "InstanceIds", "Values": ["i-1"]}],
    }


def test_reject_is_the_models_word_and_nothing_else_is_tried(
    scripted: ScriptedAws, scripted_access: AccessRequestAdapter
) -> None:
    scripted.will_fail("InvalidAutomationSignalException", "no")
    with pytest.raises(AwsCallFailed):
        scripted_access.decide("e" * 36, approve=False, comment="later")
    (request,) = scripted.requests
    assert json.loads(request.body) == {
        "AutomationExecutionId": "e" * 36,
        "SignalType": "Reject",
        "Payload": {"Comment": ["later"]},
    }


def test_granted_keys_are_masked_and_in_no_repr(scripted: ScriptedAws, scripted_access: AccessRequestAdapter) -> None:
    scripted.will_answer({"AccessRequestStatus": "Approved", "Credentials": {**KEYS, "ExpirationTime": 1796000000}})
    answer = scripted_access.answer("oi-0123456789ab")
    said = masked(f"it said {KEYS['SecretAccessKey']} and {KEYS['SessionToken']}")
    for secret in (KEYS["SecretAccessKey"], KEYS["SessionToken"]):
        assert secret not in said
        assert secret not in repr(answer)
    assert KEYS["AccessKeyId"] not in repr(answer)


@pytest.mark.parametrize("lacking", [*KEYS, "ExpirationTime"])
def test_an_approval_without_whole_credentials_is_no_approval(
    scripted: ScriptedAws, scripted_access: AccessRequestAdapter, lacking: str
) -> None:
    held = {**KEYS, "ExpirationTime": 1796000000}
    scripted.will_answer(
        {"AccessRequestStatus": "Approved", "Credentials": {name: held[name] for name in held if name != lacking}}
    )
    with pytest.raises(AwsCallFailed, match="lacks the credentials"):
        scripted_access.answer("oi-0123456789ab")


@pytest.mark.parametrize(
    "data",
    ["", "{", "[]", '"x"', "{}", '{"automationExecutionId": 7, "targets": 3, "approvers": "ana"}', "[" * 5000],
)
def test_operational_data_that_says_nothing(
    scripted: ScriptedAws, scripted_access: AccessRequestAdapter, data: str
) -> None:
    scripted.will_answer(
        {
            "OpsItem": {
                "OpsItemId": "oi-0123456789ab",
                "Status": "PendingApproval",
                "CreatedBy": "arn:aws:sts::1:assumed-role/ops/bob",
                "OperationalData": {"/aws/accessrequest": {"Value": data}},
            }
        }
    )
    found = scripted_access.request("oi-0123456789ab")
    assert (found.status, found.who, found.execution_id, found.node_id) == (AccessStatus.PENDING, "bob", "", "")
    assert found.approvers == ()


def test_other_names_of_the_fields(scripted: ScriptedAws, scripted_access: AccessRequestAdapter) -> None:
    data = {"AutomationExecutionId": "e" * 36, "Targets": [{"Key": "InstanceIds", "Values": ["i-9"]}], "Requester": "x"}
    scripted.will_answer({"OpsItem": {"OperationalData": {"/aws/accessrequest": {"Value": json.dumps(data)}}}})
    found = scripted_access.request("oi-0123456789ab")
    assert (found.request_id, found.node_id, found.requester) == ("oi-0123456789ab", "i-9", "x")
    assert found.execution_id == "e" * 36
