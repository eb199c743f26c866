"""Loads botocore's service models, cut down to what smtui calls and reads, and keeps the cuts for the next run.

EC2's model alone is 5 MB of JSON, of which smtui needs a hundredth. A cut is made of botocore's own data and names the
files that it was made of. Once these differ, or the cut cannot be read, the whole model is read and cut again. Models
of the user's own (AWS_DATA_PATH, ~/.aws/models) are used whole.

Imports botocore, so import it only where botocore is imported anyway. Source: botocore/loaders.py.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from botocore import __version__ as botocore_version
from botocore.loaders import Loader

OPERATIONS: Mapping[str, frozenset[str]] = {
    "cloudtrail": frozenset({"LookupEvents"}),
    "ec2": frozenset(
        {
            "DescribeIamInstanceProfileAssociations",
            "DescribeInstanceConnectEndpoints",
            "DescribeInstanceStatus",
            "DescribeInstances",
            "DescribeNatGateways",
            "DescribeNetworkAcls",
            "DescribeNetworkInterfaces",
            "DescribeRegions",
            "DescribeRouteTables",
            "DescribeSecurityGroups",
            "DescribeSubnets",
            "DescribeVpcAttribute",
            "DescribeVpcEndpoints",
            "GetManagedPrefixListEntries",
            "StartInstances",
        }
    ),
    "ec2-instance-connect": frozenset({"SendSSHPublicKey"}),
    "events": frozenset({"ListRules", "ListTargetsByRule"}),
    "iam": frozenset(
        {
            "GetInstanceProfile",
            "GetPolicy",
            "GetPolicyVersion",
            "GetRole",
            "GetRolePolicy",
            "GetUser",
            "ListAttachedRolePolicies",
            "ListRolePolicies",
            "SimulatePrincipalPolicy",
        }
    ),
    "kms": frozenset({"DescribeKey", "GenerateDataKey"}),
    "logs": frozenset({"DescribeLogGroups", "GetLogEvents"}),
    "sns": frozenset({"ListSubscriptionsByTopic"}),
    "ssm": frozenset(
        {
            "CancelCommand",
            "CreateDocument",
            "DescribeActivations",
            "DescribeDocument",
            "DescribeInstanceInformation",
            "DescribeOpsItems",
            "DescribeSessions",
            "GetAccessToken",
            "GetAutomationExecution",
            "GetCommandInvocation",
            "GetConnectionStatus",
            "GetDocument",
            "GetOpsItem",
            "GetServiceSetting",
            "ListCommandInvocations",
            "ListDocumentVersions",
            "ListDocuments",
            "ListNodes",
            "ResumeSession",
            "SendAutomationSignal",
            "SendCommand",
            "StartAccessRequest",
            "StartAutomationExecution",
            "StartSession",
            "StopAutomationExecution",
            "TerminateSession",
            "UpdateDocument",
            "UpdateDocumentDefaultVersion",
        }
    ),
    "sso": frozenset({"GetRoleCredentials", "ListAccountRoles", "ListAccounts", "Logout"}),
    "sso-oidc": frozenset({"CreateToken", "RegisterClient", "StartDeviceAuthorization"}),
    "sts": frozenset({"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetCallerIdentity"}),
}
"""The operations that smtui calls, and botocore for credentials, of each service whose model is cut. S3's is not."""
MEMBERS: Mapping[tuple[str, str], frozenset[str]] = {
    ("ec2", "Reservation"): frozenset({"Instances", "OwnerId"}),
    ("ec2", "Instance"): frozenset(
        {
            "IamInstanceProfile",
            "ImageId",
            "InstanceId",
            "InstanceType",
            "Ipv6Address",
            "LaunchTime",
            "MetadataOptions",
            "NetworkInterfaces",
            "Placement",
            "Platform",
            "PlatformDetails",
            "PrivateIpAddress",
            "PublicIpAddress",
            "SecurityGroups",
            "State",
            "StateReason",
            "StateTransitionReason",
            "SubnetId",
            "Tags",
            "VpcId",
        }
    ),
    ("ec2", "InstanceNetworkInterface"): frozenset(
        {
            "Association",
            "Attachment",
            "Groups",
            "Ipv6Addresses",
            "NetworkInterfaceId",
            "PrivateIpAddress",
            "SubnetId",
            "VpcId",
        }
    ),
    ("ssm", "InstanceInformation"): frozenset(
        {
            "ActivationId",
            "AgentVersion",
            "ComputerName",
            "IPAddress",
            "IamRole",
            "InstanceId",
            "IsLatestVersion",
            "LastPingDateTime",
            "Name",
            "PingStatus",
            "PlatformName",
            "PlatformType",
            "PlatformVersion",
            "RegistrationDate",
            "SourceId",
            "SourceLocation",
            "SourceType",
        }
    ),
}
"""What smtui reads of the shapes that come in thousands: botocore looks for every member of a shape in every answer."""
_CALLED = frozenset(
    {
        "cloudtrail",
        "ec2",
        "ec2-instance-connect",
        "events",
        "iam",
        "kms",
        "logs",
        "oidc",
        "portal.sso",
        "s3",
        "signin",
        "sns",
        "ssm",
        "sts",
    }
)
"""The services, as endpoints.json names them, that smtui and botocore's credentials call."""

_SHAPES, _PAGES, _RULES, _ENDPOINTS = "service-2", "paginators-1", "endpoint-rule-set-1", "endpoints"
_CUT = (_SHAPES, _PAGES, _RULES)
_FORMAT = 1


class KeptModels(Protocol):
    """Keeps texts between runs. Both methods block and never raise."""

    def load(self, name: str) -> str:
        """The text that was saved under the name; empty if there is none that can be used."""

    def save(self, name: str, text: str) -> None:
        """Keep the text, if it can be written."""


class TrimmedLoader(Loader):  # type: ignore[misc]  # botocore has no types
    """Cuts what it reads of botocore's own data. May be shared between threads: at worst a cut is made twice."""

    def __init__(self, kept: KeptModels | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._kept = kept
        self._cuts: dict[str, Mapping[str, Any]] = {}

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        """A model of the service: cut if it is one of ours and botocore's own, else whole."""
        if type_name not in _CUT or service_name not in OPERATIONS or self._is_overlaid(service_name):
            return super().load_service_model(service_name, type_name, api_version)
        if api_version not in (None, self.determine_latest_version(service_name, _SHAPES)):
            return super().load_service_model(service_name, type_name, api_version)
        return self._cut(service_name, _new_service_cut)[type_name]

    def load_data_with_path(self, name: str) -> tuple[Any, str]:
        """Data and the path of its file. The endpoints are cut to the services that are called."""
        if name != _ENDPOINTS or self._is_overlaid(f"{_ENDPOINTS}.json"):
            found: tuple[Any, str] = super().load_data_with_path(name)
            return found
        return self._cut(_ENDPOINTS, _new_endpoints_cut)[_ENDPOINTS], str(Path(self.BUILTIN_DATA_PATH, name))

    def _is_overlaid(self, name: str) -> bool:
        """Whether a folder of the user's own holds the name, too."""
        others = (path for path in self.search_paths if path != self.BUILTIN_DATA_PATH)
        # Path.exists would raise where this user may not search the folder, which botocore passes over.
        return any(os.path.exists(Path(path, name)) for path in others)  # noqa: PTH110

    def _cut(self, subject: str, make: Callable[[str], Mapping[str, Any]]) -> Mapping[str, Any]:
        """The cut of a service or of the endpoints: of this run, of an earlier one, or a new one."""
        if subject not in self._cuts:
            name, origin = f"botocore-{subject}", self._origin(subject)
            cut = _kept_cut(self._kept.load(name), origin) if self._kept is not None else None
            if cut is None:
                cut = make(subject)
                if self._kept is not None:
                    self._kept.save(name, json.dumps({"of": origin, "cut": cut}))
            self._cuts[subject] = cut
        return self._cuts[subject]

    def _origin(self, subject: str) -> list[Any]:
        """What a cut depends on: botocore's files, and what we want of them."""
        if subject == _ENDPOINTS:
            wanted, folder, first = sorted(_CALLED), Path(self.BUILTIN_DATA_PATH), f"{_ENDPOINTS}."
        else:
            version = self.determine_latest_version(subject, _SHAPES)
            wanted, folder, first = _wanted(subject), Path(self.BUILTIN_DATA_PATH, subject, version), ""
        files = [
            [file.name, file.stat().st_size, file.stat().st_mtime_ns]
            for file in folder.iterdir()
            if file.name.startswith(first)
        ]
        return [_FORMAT, botocore_version, str(folder), wanted, sorted(files)]


def _new_service_cut(service: str) -> Mapping[str, Any]:
    loader = _WholeModels()
    models = {name: loader.load_service_model(service, name) for name in _CUT}
    pages = models[_PAGES]["pagination"]
    return {
        **models,
        _SHAPES: trimmed(models[_SHAPES], service),
        _PAGES: {"pagination": {name: pages[name] for name in pages if name in OPERATIONS[service]}},
    }


def _new_endpoints_cut(_: str) -> Mapping[str, Any]:
    whole = _WholeModels().load_data(_ENDPOINTS)
    partitions = [
        {**partition, "services": {name: each for name, each in partition["services"].items() if name in _CALLED}}
        for partition in whole["partitions"]
    ]
    return {_ENDPOINTS: {**whole, "partitions": partitions}}


class _WholeModels(Loader):  # type: ignore[misc]
    """Reads botocore's own data. To be thrown away: the whole models take 30 MB."""

    def __init__(self) -> None:
        super().__init__(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)

    def list_available_services(self, type_name: str) -> list[str]:
        """Those that are cut: to find all of them, botocore looks into 450 folders."""
        return sorted(OPERATIONS)


def _wanted(service: str) -> list[Any]:
    members = [[shape, sorted(names)] for (of, shape), names in MEMBERS.items() if of == service]
    return [sorted(OPERATIONS[service]), sorted(members)]


def _kept_cut(text: str, origin: list[Any]) -> Mapping[str, Any] | None:
    try:
        kept = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return None
    if not isinstance(kept, dict) or kept.get("of") != origin or not isinstance(kept.get("cut"), dict):
        return None
    cut: Mapping[str, Any] = kept["cut"]
    return cut


def trimmed(model: Mapping[str, Any], service: str) -> dict[str, Any]:
    """A service model with the operations and members that smtui uses, and the shapes that these need."""
    operations = {name: each for name, each in model["operations"].items() if name in OPERATIONS[service]}
    shapes: dict[str, Any] = {}
    left = [name for operation in operations.values() for name in _named(operation)]
    while left:
        name = left.pop()
        if name not in shapes:
            shapes[name] = shape = _with_members(model["shapes"][name], MEMBERS.get((service, name)))
            left += _named(shape)
    kept: dict[str, Any] = _without_words({**model, "operations": operations, "shapes": shapes})
    return kept


def _with_members(shape: Mapping[str, Any], names: Collection[str] | None) -> Mapping[str, Any]:
    if names is None:
        return shape
    return {**shape, "members": {name: each for name, each in shape["members"].items() if name in names}}


def _named(value: Any) -> Iterator[str]:
    """The names of the shapes that a part of a model refers to."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "shape" and isinstance(each, str):
                yield each
            else:
                yield from _named(each)
    elif isinstance(value, list):
        for each in value:
            yield from _named(each)


def _without_words(value: Any) -> Any:
    """The value without its documentation."""
    if isinstance(value, dict):
        return {
            key: _without_words(each)
            for key, each in value.items()
            if not (key == "documentation" and isinstance(each, str))
        }
    return [_without_words(each) for each in value] if isinstance(value, list) else value
