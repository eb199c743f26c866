"""Answers the HTTP requests for every service of the simulated accounts."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from smtui.demo.account.call_trail import RECORDED, Sender, TrailCall
from smtui.demo.operations import (
    access_calls,
    automation_calls,
    command_calls,
    document_calls,
    ec2_calls,
    iam_calls,
    instance_connect_calls,
    kms_calls,
    log_reading_calls,
    log_store_calls,
    network_calls,
    network_changes,
    notification_calls,
    organisation_calls,
    preference_calls,
    ssm_calls,
    sts_calls,
    trail_calls,
)
from smtui.demo.sign_in_endpoint import SignInEndpoint
from smtui.demo.story.account_facts import HOME, DemoPlace
from smtui.demo.story.identities import ALLOWED, EXPLICIT_DENY, role_decision
from smtui.demo.wire.http_server import HttpRequest, HttpResponse
from smtui.demo.wire.json_protocol import JsonWire
from smtui.demo.wire.query_protocol import QueryWire
from smtui.demo.wire.rest_xml_protocol import RestXmlWire
from smtui.demo.wire.service_errors import AwsError, Refusal, Refused, not_authorized
from smtui.demo.wire.service_models import service_model, validate
from smtui.demo.wire.signature import SignatureVerifier, claimed_key, claimed_scope

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel

    from smtui.demo.account.organisation import Organisation
    from smtui.demo.account.region_state import Handler, RegionState
    from smtui.demo.story.callers import DemoCaller
    from smtui.demo.story.region_faults import Fate, Faults

_WIRES: Mapping[str, Callable[[ServiceModel], JsonWire | QueryWire | RestXmlWire]] = {
    "json": JsonWire,
    "query": QueryWire,
    "ec2": QueryWire,
    "rest-xml": RestXmlWire,
}
CONTROL_SERVICE = "smtui-demo"
CONTROL_PATH = "/_smtui/faults"
_SERVICES: Mapping[str, Mapping[str, Handler]] = {
    "ssm": {
        **ssm_calls.HANDLERS,
        **document_calls.HANDLERS,
        **preference_calls.HANDLERS,
        **automation_calls.HANDLERS,
        **command_calls.HANDLERS,
        **access_calls.HANDLERS,
        **organisation_calls.HANDLERS,
    },
    "ec2": {
        **ec2_calls.HANDLERS,
        **network_calls.HANDLERS,
        **network_changes.HANDLERS,
        **instance_connect_calls.EC2_HANDLERS,
    },
    "ec2-instance-connect": instance_connect_calls.HANDLERS,
    "iam": iam_calls.HANDLERS,
    "kms": kms_calls.HANDLERS,
    "cloudtrail": trail_calls.HANDLERS,
    "events": notification_calls.EVENTS_HANDLERS,
    "logs": {**log_store_calls.LOGS_HANDLERS, **log_reading_calls.LOGS_HANDLERS},
    "s3": {**log_store_calls.S3_HANDLERS, **log_reading_calls.S3_HANDLERS},
    "sns": notification_calls.SNS_HANDLERS,
    "sts": sts_calls.HANDLERS,
}
_PERMISSIONS = {
    f"s3:{operation}": f"s3:{action}"
    for operation, action in {**log_store_calls.PERMISSIONS, **log_reading_calls.PERMISSIONS}.items()
}
"""Operation -> IAM action, where the names differ."""
_TARGETS = {
    "AmazonSSM": "ssm",
    "TrentService": "kms",
    "Logs_20140328": "logs",
    "AWSEvents": "events",
    "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101": "cloudtrail",
    "AWSEC2InstanceConnectService": "ec2-instance-connect",
}
_IAM = "arn:aws:iam::{account}:"
_RESOURCES = {
    "iam:GetInstanceProfile": f"{_IAM}instance-profile/{{InstanceProfileName}}",
    **dict.fromkeys(
        ("iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:GetRolePolicy"),
        f"{_IAM}role/{{RoleName}}",
    ),
    "iam:GetPolicy": "{PolicyArn}",
    "iam:GetPolicyVersion": "{PolicyArn}",
    "iam:GetUser": f"{_IAM}user/{{UserName}}",
    "iam:SimulatePrincipalPolicy": "{PolicySourceArn}",
    **dict.fromkeys(("s3:ListBucket", "s3:GetEncryptionConfiguration"), "arn:aws:s3:::{Bucket}"),
    "s3:GetObject": "arn:aws:s3:::{Bucket}/{Key}",
    **dict.fromkeys(("kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt"), "{KeyId}"),
    "logs:GetLogEvents": "arn:aws:logs:{region}:{account}:log-group:{logGroupName}:log-stream:{logStreamName}",
    "events:ListTargetsByRule": "arn:aws:events:{region}:{account}:rule/{Rule}",
    "sns:ListSubscriptionsByTopic": "{TopicArn}",
    "ssm:GetServiceSetting": "arn:aws:ssm:{region}:{account}:servicesetting{SettingId}",
    "ssm:StartAutomationExecution": "arn:aws:ssm:{region}::automation-definition/{DocumentName}:$DEFAULT",
    "ssm:GetAutomationExecution": "arn:aws:ssm:{region}:{account}:automation-execution/{AutomationExecutionId}",
    "ssm:StopAutomationExecution": "arn:aws:ssm:{region}:{account}:automation-execution/{AutomationExecutionId}",
    **dict.fromkeys(
        (
            "ssm:GetDocument",
            "ssm:DescribeDocument",
            "ssm:ListDocumentVersions",
            "ssm:CreateDocument",
            "ssm:UpdateDocument",
            "ssm:UpdateDocumentDefaultVersion",
        ),
        "arn:aws:ssm:{region}:{account}:document/{Name}",
    ),
    "ssm:StartAccessRequest": "arn:aws:ec2:{region}:{account}:instance/*",
    "ssm:GetAccessToken": "*",
    "ssm:GetOpsItem": "arn:aws:ssm:{region}:{account}:opsitem/{OpsItemId}",
    "ssm:SendAutomationSignal": "arn:aws:ssm:{region}:{account}:automation-execution/{AutomationExecutionId}",
    "sts:AssumeRole": "{RoleArn}",
    **dict.fromkeys(("ec2:StartInstances", "ssm:SendCommand"), "arn:aws:ec2:{region}:{account}:instance/*"),
    "ssm:StartSession": "arn:aws:ec2:{region}:{account}:instance/{Target}",
    "ec2-instance-connect:SendSSHPublicKey": "arn:aws:ec2:{region}:{account}:instance/{InstanceId}",
    "ssm:ResumeSession": "arn:aws:ssm:{region}:{account}:session/{SessionId}",
    "ssm:TerminateSession": "arn:aws:ssm:{region}:{account}:session/{SessionId}",
}


class Endpoint:
    """Answers requests from any thread. `wait` sleeps for some seconds, or until the server closes."""

    def __init__(
        self,
        states: Callable[[DemoPlace], RegionState],
        verifier: SignatureVerifier,
        faults: Faults,
        wait: Callable[[float], object],
        callers: Callable[[str], DemoCaller],
        organisation: Organisation,
    ) -> None:
        """`states` finds the state of a place, `callers` whose an access key is; people sign in to `organisation`."""
        self._states = states
        self._callers = callers
        self._verifier = verifier
        self._faults = faults
        self._wait = wait
        self._sign_in = SignInEndpoint(organisation, lambda action: self.fate_of(action, HOME))

    def answer(self, request: HttpRequest) -> HttpResponse | None:
        """The response; None for a call that must never be answered."""
        if request.path == CONTROL_PATH:
            return self._control(request)
        if self._sign_in.takes(request):
            return self._sign_in.answer(request)
        scope = claimed_scope(request)
        service = scope.service if scope is not None else _guessed_service(request)
        if service not in _SERVICES:
            text = f"The simulated Region has no service named {service!r}.\n".encode()
            return HttpResponse(404, text)
        return _Call(self, service, request).run()

    def region(self, request: HttpRequest) -> RegionState:
        """The Region that the request is signed for, in the account of its keys, with the caller. Raises `Refused`."""
        scope = self._verifier.verify(request)
        caller = self._callers(scope.access_key_id)
        region = self._states(DemoPlace(caller.account, scope.region))
        grant = region.access.grant_of(scope.access_key_id)
        if grant is None and self._faults.expired:
            raise Refused(Refusal.EXPIRED)
        if grant is not None:
            return replace(region, granted=grant)
        return replace(region, caller=caller) if caller is not region.caller else region

    def fate_of(self, action: str, place: DemoPlace) -> Fate:
        """Waits for the call's delay and returns what else happens to it."""
        fate = self._faults.fate_of(action, place)
        if fate.delay:
            self._wait(fate.delay)
        return fate

    def _control(self, request: HttpRequest) -> HttpResponse:
        """Returns the faults in force and the calls so far; POST sets faults first."""
        try:
            if self._verifier.verify(request).service != CONTROL_SERVICE:
                raise Refused(Refusal.INCOMPLETE_SIGNATURE, "Credential should be scoped to correct service.")
            if request.method == "POST":
                settings = json.loads(request.body)
                if not isinstance(settings, dict):
                    raise ValueError("Faults are set by a JSON object.")
                self._faults.apply(settings)
        except Refused as refused:
            return _json(403, {"message": refused.error("json").message, "code": refused.error("json").code})
        except (ValueError, RecursionError) as error:
            return _json(400, {"message": str(error)})
        return _json(200, self._faults.state())


class _Call:
    """One call of one service: checks the signature, applies faults, reads parameters and calls the handler."""

    def __init__(self, endpoint: Endpoint, service: str, request: HttpRequest) -> None:
        self._endpoint = endpoint
        self._service = service
        self._request = request
        self._model = service_model(service)
        self._protocol = str(self._model.metadata["protocol"])
        self._wire = _WIRES[self._protocol](self._model)
        self._operation: OperationModel | None = None

    def run(self) -> HttpResponse | None:
        request_id = str(uuid.uuid4())
        try:
            return self._answer(request_id)
        except Refused as refused:
            return self._wire.error(refused.error(self._protocol), self._operation, request_id)
        except AwsError as error:
            return self._wire.error(error, self._operation, request_id)

    def _answer(self, request_id: str) -> HttpResponse | None:
        name = self._wire.operation(self._request)
        region = self._endpoint.region(self._request)
        handler = _SERVICES[self._service].get(name)
        if handler is None or name not in self._model.operation_names:
            raise self._wire.unknown_operation(name)
        self._operation = self._model.operation_model(name)
        action = _PERMISSIONS.get(f"{self._service}:{name}", f"{self._service}:{name}")
        fate = self._endpoint.fate_of(action, region.place)
        if fate.hang:
            return None
        params = self._wire.parameters(self._request, self._operation)
        try:
            result = self._result(handler, region, params, action, fate)
        except (Refused, AwsError) as failed:
            self._record(name, region, params, failed=failed)
            raise
        self._record(name, region, params, result)
        return self._wire.answer(self._operation, result, request_id)

    def _result(
        self, handler: Handler, region: RegionState, params: Mapping[str, Any], action: str, fate: Fate
    ) -> Mapping[str, Any]:
        if fate.refusal is not None:
            detail = _denial(action, region, params) if fate.refusal is Refusal.DENIED else ""
            raise Refused(fate.refusal, detail)
        if region.granted is not None and not region.granted.allows(action):
            raise Refused(Refusal.DENIED, _denial(action, region, params))
        _check_policies(action, region, params)
        if self._operation is not None:
            validate(params, self._operation.input_shape)
        return handler(region, params)

    def _record(
        self,
        name: str,
        region: RegionState,
        params: Mapping[str, Any],
        result: Mapping[str, Any] | None = None,
        failed: Refused | AwsError | None = None,
    ) -> None:
        """Calls about sessions are in CloudTrail, also those that failed."""
        if self._service != "ssm" or name not in RECORDED:
            return
        sender = Sender(region.caller_arn, claimed_key(self._request), self._request.header("user-agent"))
        if region.granted is None:
            sender = replace(sender, user_id=region.caller.user_id)
        error = failed.error(self._protocol) if isinstance(failed, Refused) else failed
        said = (error.code, error.message) if error is not None else ("", "")
        call = TrailCall(name, sender, region.name, params, result, datetime.now(UTC), said)
        region.trail.record(replace(call, account=region.place.account))


def _guessed_service(request: HttpRequest) -> str:
    """The service of an unsigned request, so that the refusal has the right wording."""
    prefix = request.header("x-amz-target").rpartition(".")[0]
    if prefix in _TARGETS:
        return _TARGETS[prefix]
    body = request.body[:4096]
    if b"Version=2011-06-15" in body:
        return "sts"
    if b"Version=2010-05-08" in body:
        return "iam"
    if b"Version=2010-03-31" in body:
        return "sns"
    return "ec2" if b"Version=2016-11-15" in body else ""


def _check_policies(action: str, region: RegionState, params: Mapping[str, object]) -> None:
    """Raises `Refused` for what the policies of the caller's role do not allow; anyone may ask who calls."""
    if not region.caller.role or action == "sts:GetCallerIdentity":
        return
    role = region.account.role(region.caller.role)
    resource = _resource(action, region, params)
    decision = role_decision(role, action, resource, region.account.policies) if role is not None else EXPLICIT_DENY
    if decision != ALLOWED:
        raise Refused(Refusal.DENIED, _denial(action, region, params))


def _denial(action: str, region: RegionState, params: Mapping[str, object]) -> str:
    """AWS's sentence for an action that no policy allows."""
    return not_authorized(region.caller_arn, action, _resource(action, region, params))


def _resource(action: str, region: RegionState, params: Mapping[str, object]) -> str:
    template = _RESOURCES.get(action, f"arn:aws:{action.partition(':')[0]}:{{region}}:{{account}}:*")
    if action.startswith("kms:") and not str(params.get("KeyId", "")).startswith("arn:"):
        template = "arn:aws:kms:{region}:{account}:key/*"  # an alias, which AWS resolves first
    return template.format_map(_Blank({"region": region.name, "account": region.place.account, **params}))


class _Blank(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "*"


def _json(status: int, body: object) -> HttpResponse:
    return HttpResponse(status, json.dumps(body).encode() + b"\n", "application/json")
