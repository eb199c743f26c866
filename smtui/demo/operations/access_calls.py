"""Answers the operations of just-in-time node access: requests, their OpsItems, decisions, granted keys.

Sources: the Systems Manager API reference, and its user guide on just-in-time node access. The guide names one field
of a request's operational data, `automationExecutionId`; the names of the others are ours, and so are the words of the
refusals that AWS does not document.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from smtui.demo.account.access_book import AUTOMATIC_SECONDS, DECISION_SECONDS, GRANT_SECONDS
from smtui.demo.operations import automation_calls, document_calls
from smtui.demo.story.access_story import ANA, AUTOMATIC_POLICY, EARLIER, MANUAL_POLICY
from smtui.demo.story.account_facts import CALLER_ARN, CALLER_ID
from smtui.demo.story.demo_node import Approval
from smtui.demo.wire.service_errors import AwsError

if TYPE_CHECKING:
    from smtui.demo.account.access_book import AccessBook, DemoAccessRequest
    from smtui.demo.account.region_state import Handler, Params, RegionState
    from smtui.demo.story.simulated_fleet import Fleet

SWITCH = "no-just-in-time"
_TYPE = "/aws/accessrequest"
_OF_OPS_ITEM = {"Pending": "PendingApproval", "Expired": "Approved"}
"""OpsCenter has no status for an access that is over."""
_POLICIES = {"ManualApprovalPolicy": MANUAL_POLICY, "AutoApprovalPolicy": AUTOMATIC_POLICY}
_MADE = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
_SIGNALS = {"Approve": "Approved", "Reject": "Rejected", "Revoke": "Revoked"}
_FILTERS: Mapping[str, Callable[[DemoAccessRequest, str], bool]] = {
    "OpsItemType": lambda _, value: value == _TYPE,
    "OpsItemId": lambda request, value: request.request_id == value,
    "AccessRequestByRequesterArn": lambda request, value: request.requester == value,
    "AccessRequestByRequesterId": lambda request, value: value == CALLER_ID and request.requester == CALLER_ARN,
    "AccessRequestByApproverArn": lambda request, value: value in request.approvers,
    "AccessRequestByApproverId": lambda request, value: value == CALLER_ID and CALLER_ARN in request.approvers,
    "AccessRequestByTargetResourceId": lambda request, value: request.node_id == value,
}


def earlier_requests(book: AccessBook, fleet: Fleet) -> None:
    """Add the requests of the story for the nodes that this fleet has."""
    ids = {node.name: node.node_id for node in fleet.story}
    for each in EARLIER:
        if each.node in ids:
            book.ask(
                ids[each.node],
                each.requester,
                each.reason,
                approvers=each.approvers,
                decision=each.decision,
                age=each.age,
            )


def start_access_request(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Make a request for one node; which policy fits the node decides what comes of it."""
    if not region.place.is_home or SWITCH in region.switches():
        raise AwsError("ValidationException", "Just-in-time node access is not enabled in this account and Region.")
    ids = [value for target in params["Targets"] for value in target.get("Values", ())]
    if len(ids) != 1 or params["Targets"][0].get("Key") != "InstanceIds":
        raise AwsError("ValidationException", "Targets must name one node by InstanceIds.")
    node = region.fleet.find(ids[0])
    if node is None:
        raise AwsError("ResourceNotFoundException", f"{ids[0]} is not a managed node.")
    if node.approval in (None, Approval.NO_POLICY):
        raise AwsError("ValidationException", f"No approval policy applies to the node {node.node_id}.")
    if node.approval is Approval.AUTOMATIC:
        lasts = region.speed("grant") or AUTOMATIC_SECONDS
        request = region.access.ask(
            node.node_id, region.caller.arn, params["Reason"], decision="Approved", lasts=lasts
        )  # fmt: skip
    else:
        request = region.access.ask(
            node.node_id,
            region.caller.arn,
            params["Reason"],
            approvers=(ANA,),
            decision="Approved" if node.approval is Approval.BY_ANA else "Rejected",
            after=region.speed("decision") or DECISION_SECONDS,
            lasts=region.speed("grant") or GRANT_SECONDS,
        )
    return {"AccessRequestId": request.request_id}


def get_access_token(region: RegionState, params: Params) -> Mapping[str, Any]:
    """The status of one's own request, with keys once it is approved."""
    request = _found(region, params["AccessRequestId"], "ResourceNotFoundException")
    if request.requester != region.caller.arn:
        raise AwsError("AccessDeniedException", f"The access request {request.request_id} is not yours.")
    status = region.access.status(request)
    if status != "Approved":
        return {"AccessRequestStatus": "Rejected" if status == "Cancelled" else status}
    grant = region.access.grant(request)
    keys = {
        "AccessKeyId": grant.keys.access_key_id,
        "SecretAccessKey": grant.keys.secret_access_key,
        "SessionToken": grant.keys.session_token,
        "ExpirationTime": grant.ends_at,
    }
    return {"AccessRequestStatus": status, "Credentials": keys}


def describe_ops_items(region: RegionState, params: Params) -> Mapping[str, Any]:
    """List the requests that fit every filter, the latest first."""
    start = region.tokens.read("DescribeOpsItems", params.get("NextToken"))
    if start is None:
        raise AwsError("ValidationException", "The specified token isn't valid.")
    found = [each for each in region.access.all() if _wanted(region, each, params.get("OpsItemFilters", ()))]
    end = start + params.get("MaxResults", 50)
    return {
        "OpsItemSummaries": [_summary(region, each) for each in found[start:end]],
        "NextToken": region.tokens.make("DescribeOpsItems", end) if end < len(found) else None,
    }


def get_ops_item(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Describe one request."""
    request = _found(region, params["OpsItemId"], "OpsItemNotFoundException")
    return {
        "OpsItem": {
            **{name: value for name, value in _summary(region, request).items() if name != "Severity"},
            "Description": request.reason,
            "OpsItemArn": region.place.arn("ssm", f"opsitem/{request.request_id}"),
            "Version": "1",
        }
    }


def send_automation_signal(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Approve, reject or revoke; only an approver of the request may."""
    request = region.access.of_execution(params["AutomationExecutionId"])
    if request is None:
        raise AwsError(
            "AutomationExecutionNotFoundException",
            f"Automation execution {params['AutomationExecutionId']} could not be found.",
        )
    signal = _SIGNALS.get(params["SignalType"])
    comment = next(iter(params.get("Payload", {}).get("Comment", ())), "")
    if signal is None or not region.access.signal(request, signal, comment):
        raise AwsError("InvalidAutomationSignalException", "The signal is not valid for the state of the execution.")
    return {}


def stop_automation_execution(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Withdraw a request, where the automation is one's; else stop the runbook."""
    request = region.access.of_execution(params["AutomationExecutionId"])
    if request is None:
        return automation_calls.stop_automation_execution(region, params)
    if not region.access.signal(request, "Cancelled"):
        raise AwsError("InvalidAutomationStatusUpdateException", "The automation execution has completed.")
    return {}


def list_documents(region: RegionState, params: Params) -> Mapping[str, Any]:
    """List approval policies where these are asked for, else session documents."""
    kinds = [value for each in params.get("Filters", ()) if each["Key"] == "DocumentType" for value in each["Values"]]
    if not any(kind in _POLICIES for kind in kinds):
        return document_calls.list_documents(region, params)
    is_there = region.place.is_home and SWITCH not in region.switches()
    found = [(kind, _POLICIES[kind]) for kind in kinds if kind in _POLICIES] if is_there else []
    return {
        "DocumentIdentifiers": [
            {
                "Name": name,
                "DocumentType": kind,
                "Owner": region.place.account,
                "DocumentVersion": "1",
                "CreatedDate": _MADE,
            }
            for kind, name in found
        ]
    }


def _found(region: RegionState, request_id: str, code: str) -> DemoAccessRequest:
    request = region.access.find(request_id)
    if request is None:
        raise AwsError(code, f"{request_id} does not exist.")
    return request


def _wanted(region: RegionState, request: DemoAccessRequest, conditions: Any) -> bool:
    return all(_fits(region, request, each["Key"], each["Values"]) for each in conditions)


def _fits(region: RegionState, request: DemoAccessRequest, key: str, values: list[str]) -> bool:
    if key == "Status":
        return _status(region, request) in values
    if key not in _FILTERS:
        raise AwsError("ValidationException", f"{key} is not a filter of the simulated Region.")
    return any(_FILTERS[key](request, value) for value in values)


def _status(region: RegionState, request: DemoAccessRequest) -> str:
    status = region.access.status(request)
    return _OF_OPS_ITEM.get(status, status)


def _summary(region: RegionState, request: DemoAccessRequest) -> dict[str, Any]:
    data = {
        "automationExecutionId": request.execution_id,
        "requesterArn": request.requester,
        "targetResourceId": request.node_id,
        "reason": request.reason,
        "approverArns": list(request.approvers),
    }
    return {
        "OpsItemId": request.request_id,
        "OpsItemType": _TYPE,
        "CreatedBy": request.requester,
        "CreatedTime": request.asked_at,
        "LastModifiedTime": request.asked_at + timedelta(seconds=1),
        "Source": "Systems Manager",
        "Title": f"Access request for {request.node_id}",
        "Status": _status(region, request),
        "OperationalData": {_TYPE: {"Value": json.dumps(data), "Type": "SearchableString"}},
    }


HANDLERS: Mapping[str, Handler] = {
    "StartAccessRequest": start_access_request,
    "GetAccessToken": get_access_token,
    "DescribeOpsItems": describe_ops_items,
    "GetOpsItem": get_ops_item,
    "SendAutomationSignal": send_automation_signal,
    "StopAutomationExecution": stop_automation_execution,
    "ListDocuments": list_documents,
}
