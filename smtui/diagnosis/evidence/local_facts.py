"""Looks at this machine: its plugin, its credentials, its clock and its way to AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from smtui.diagnosis.evidence.node_facts import NodeEvidence
from smtui.diagnosis.evidence.reading import Lookup, answer, seen

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.record import Evidence, EvidenceSources
    from smtui.domain.place import Caller
    from smtui.domain.plugin_grade import PluginPick
    from smtui.domain.version import Version


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where the credentials come from and how long they last; never the keys themselves."""

    method: str
    """botocore's word: `env`, `sso`, `assume-role`, `shared-credentials-file`, …"""
    expires_at: datetime | None = None
    """Aware, UTC; None for keys that do not expire, or whose end is unknown."""


@dataclass(frozen=True, slots=True)
class Clock:
    """This machine's clock against AWS's, from the Date header of an answer."""

    ahead: float
    """Seconds that ours is ahead; negative when it lags. Exact to about 1 s."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The Region in use and the addresses that follow from it or were configured."""

    region: str
    ssm_url: str
    ssmmessages_url: str
    """`https://ssmmessages.eu-west-1.amazonaws.com`."""
    is_aws: bool
    """Whether the ssm endpoint is AWS's own."""
    region_in_url: str = ""
    """The Region that the ssm endpoint's host names; empty where it names none."""
    configured: tuple[tuple[str, str], ...] = ()
    """Service and URL of each endpoint that the environment or the profile names."""


@dataclass(frozen=True, slots=True)
class Reach:
    """One attempt to connect from here (TCP, then TLS for https)."""

    url: str
    seconds: float
    trouble: str = ""
    """Why it failed, in a sentence; empty when it did not."""
    proxy: str = ""
    """The proxy that it went through, as `http://host:port`, its login masked; empty for none."""
    untrusted: bool = False
    """Whether the certificate is what was wrong."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """One answer of iam:SimulatePrincipalPolicy."""

    action: str
    resource: str
    """Its ARN."""
    decision: str
    """`allowed`, `implicitDeny` or `explicitDeny`."""
    missing_context: tuple[str, ...] = ()
    """Condition keys that the policies need and that smtui could not supply: the decision is then a guess."""
    by_organisation: bool = False
    """Whether an organisation's policy is what denies."""


@dataclass(frozen=True, slots=True)
class Permissions:
    """What policies say about a session of ours: each resource that StartSession names, and its data channel."""

    principal_arn: str
    answers: tuple[Simulated, ...]
    document_to_name: str = ""
    """The document that StartSession is allowed with if it is named; empty where that makes no difference."""


@dataclass(frozen=True, slots=True)
class AwsCli:
    """The AWS CLI on PATH."""

    path: str
    version: Version | None


class ThisMachine(Protocol):
    """What is installed on this machine; blocking."""

    def pick(self, *, endpoint_is_aws: bool) -> PluginPick:
        """The plugin that a session would get: the official one or smtui's own."""

    def aws_cli(self) -> AwsCli | None:
        """The AWS CLI on PATH and its version; None where there is none."""


class LocalAws(Protocol):
    """The calls of `LocalEvidence`; see `EvidenceAws`."""

    def credentials(self) -> Credentials:
        """The credentials in use, renewed if they had expired."""

    def caller(self) -> Caller:
        """sts:GetCallerIdentity."""

    def clock(self) -> Clock:
        """From the Date header of an answer to sts:GetCallerIdentity."""

    def endpoints(self) -> Endpoints:
        """The Region and the endpoints that the configuration leads to; no call."""

    def reach(self, url: str) -> Reach:
        """One connection; a failure is part of the answer, never raised."""

    def permissions(self, caller: Caller, node_id: str, document: str, tags: Mapping[str, str] | None) -> Permissions:
        """iam:SimulatePrincipalPolicy of ssm:StartSession, on all it names, and of ssmmessages:OpenDataChannel.

        Any node if `node_id` is empty, the account's shell if `document` is; `tags` are the node's, None if not known.
        """


def _plugin(sources: EvidenceSources, got: Evidence) -> PluginPick:
    endpoints = seen(got.endpoints)
    return sources.machine.pick(endpoint_is_aws=endpoints is None or endpoints.is_aws)


def _permissions(sources: EvidenceSources, got: Evidence) -> Permissions:
    instance = seen(got.instance)
    tags = dict(instance.tags) if instance is not None else None
    return sources.aws.permissions(answer(got.caller), got.subject.node_id, got.subject.document, tags)


@dataclass(kw_only=True)
class LocalEvidence:
    """This machine, the credentials and the endpoints in use."""

    endpoints: Lookup[Endpoints] = Lookup("", lambda sources, _: sources.aws.endpoints(), what="the endpoints in use")
    plugin: Lookup[PluginPick] = Lookup("", _plugin, (endpoints,), what="the plugin")
    caller: Lookup[Caller] = Lookup("sts:GetCallerIdentity", lambda sources, _: sources.aws.caller())
    # Only a call renews credentials that are about to expire.
    credentials: Lookup[Credentials] = Lookup(
        "", lambda sources, _: sources.aws.credentials(), (caller,), what="the credentials"
    )
    clock: Lookup[Clock] = Lookup("sts:GetCallerIdentity", lambda sources, _: sources.aws.clock())
    reach_ssm: Lookup[Reach] = Lookup(
        "",
        lambda sources, got: sources.aws.reach(answer(got.endpoints).ssm_url),
        (endpoints,),
        what="the way to the ssm endpoint",
    )
    reach_ssmmessages: Lookup[Reach] = Lookup(
        "",
        lambda sources, got: sources.aws.reach(answer(got.endpoints).ssmmessages_url),
        (endpoints,),
        what="the way to the ssmmessages endpoint",
    )
    permissions: Lookup[Permissions] = Lookup(
        "iam:SimulatePrincipalPolicy", _permissions, (caller, NodeEvidence.instance)
    )
    aws_cli: Lookup[AwsCli | None] = Lookup("", lambda sources, _: sources.machine.aws_cli(), what="the AWS CLI")
