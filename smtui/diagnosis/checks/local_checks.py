"""Checks this machine: its plugin, credentials, clock, way to AWS, and whether IAM lets us start the session.

Sources: AWS's page on installing the plugin (plugin and AWS CLI minimum versions), botocore's exception tree, and the
Signature Version 4 documentation: a request may be 5 minutes off at most.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from smtui.diagnosis.check import (
    Check,
    Judgement,
    failed,
    passed,
    proven,
    skipped,
    unknown,
    unseen_judgement,
    warned,
)
from smtui.diagnosis.evidence.reading import NotAsked, Reading, Seen, Unseen, seen, value
from smtui.diagnosis.evidence.record import Evidence
from smtui.domain.ages import age
from smtui.domain.document import document_label
from smtui.domain.fault import CREDENTIAL_KINDS, FaultKind
from smtui.domain.plugin_grade import PluginGrade
from smtui.domain.version import Version
from smtui.topics.failure_topics import of_fault

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.local_facts import Endpoints, Permissions, Reach, Simulated

OLDEST_AWS_CLI = Version.of("1.16.12")
CLOCK_REFUSED_SECONDS = 300.0
CLOCK_WORTH_A_WORD_SECONDS = 60.0
EXPIRING_SECONDS = 15 * 60.0
"""Botocore renews credentials that can be renewed before they come this close to their end."""

_OF_CREDENTIALS = CREDENTIAL_KINDS | {FaultKind.UNKNOWN_PROFILE, FaultKind.REGION_NOT_ENABLED}
_NOT_ON_PATH_WINDOWS = "plugin-not-on-path-windows"
_NO_REGION = "aws-configuration"
START, OPEN_CHANNEL = "ssm:StartSession", "ssmmessages:OpenDataChannel"
_CALL = "iam:SimulatePrincipalPolicy"
_ALLOWED, _DENIED, _NOT_ALLOWED = "allowed", "explicitDeny", "implicitDeny"
_BEST_FIRST = (_ALLOWED, _NOT_ALLOWED, _DENIED)
_SIGNED_IN_ROLE = "AWSReservedSSO_"
"""IAM Identity Center owns these roles: their policies are changed there alone."""


def _plugin_found(evidence: Evidence) -> Judgement:
    pick = value(evidence.plugin)
    topic = _NOT_ON_PATH_WINDOWS if pick.off_path_on_windows else ""
    if pick.grade is PluginGrade.MISSING:
        return proven(pick.complaint, pick.because, by=(evidence.plugin,), topic=topic)
    if pick.off_path:
        finding = (
            f"The Session Manager plugin is in {pick.off_path}, which is not on PATH: smtui finds it, aws does not."
        )
        return warned(finding, pick.because, topic=topic).aside()
    if pick.builtin:
        return passed("smtui's own plugin will be used.", pick.because)
    return passed(f"The Session Manager plugin is {pick.path}.", pick.because)


def _plugin_version(evidence: Evidence) -> Judgement:
    pick = value(evidence.plugin)
    if pick.builtin:
        return passed("smtui's own plugin has the version of smtui.")
    if pick.grade is PluginGrade.MISSING:
        return skipped("There is no plugin, so there is no version to judge.")
    line = f"{pick.path} --version: {pick.version or pick.trouble or 'nothing'}"
    if pick.grade is PluginGrade.UNREADABLE:
        return failed(pick.complaint, line, topic="plugin-unresponsive")
    if not pick.usable:
        return proven(pick.complaint, line, by=(evidence.plugin,))
    if pick.grade is not PluginGrade.FINE:
        return warned(pick.complaint, line).aside()
    return passed(f"The plugin's version is {pick.version}.", line)


def _credentials(evidence: Evidence) -> Judgement:
    for reading in (evidence.credentials, evidence.caller):
        if isinstance(reading, Unseen) and reading.fault.kind in _OF_CREDENTIALS:
            fault = reading.fault
            said = ": ".join(part for part in (fault.action, fault.code, fault.message) if part)
            return proven(
                fault.sentence_and_advice(), *((said,) if said else ()), by=(reading,), topic=of_fault(fault).topic
            )
    if isinstance(evidence.caller, Seen):
        return _accepted(evidence)
    return _not_judged(evidence.caller)


def _accepted(evidence: Evidence) -> Judgement:
    caller, held = value(evidence.caller), seen(evidence.credentials)
    line = f"sts:GetCallerIdentity: {caller.arn} in account {caller.account}"
    if held is None:
        return passed(f"AWS accepts the credentials of {caller.arn}.", line)
    source = f"Credentials from {held.method}, {_until(held.expires_at)}"
    left = (held.expires_at - evidence.now).total_seconds() if held.expires_at else None
    if left is None or left >= EXPIRING_SECONDS:
        ends = f", {_until(held.expires_at)}" if held.expires_at else ""
        return passed(f"AWS accepts the credentials of {caller.arn}{ends}.", line, source)
    topic = "sso-sign-in" if held.method.startswith("sso") else ""
    if held.expires_at is not None and left > 0:
        finding = f"The credentials expire in {age(evidence.now, held.expires_at)}."
        return warned(finding, line, source, topic=topic).aside()
    finding = "The credentials say that they have expired, but AWS still accepts them."
    return warned(finding, line, source, topic=topic)


def _until(expires_at: datetime | None) -> str:
    return f"valid until {expires_at:%Y-%m-%d %H:%M} UTC" if expires_at else "with no known end"


def _clock(evidence: Evidence) -> Judgement:
    """Judges the clock by its own reading, or else by AWS's refusal of a request's time."""
    if isinstance(evidence.clock, Seen):
        return _judge_clock(evidence.clock.value.ahead)
    if isinstance(evidence.clock, Unseen) and evidence.clock.fault.kind is FaultKind.CLOCK_SKEW:
        fault = evidence.clock.fault
        return proven(fault.sentence(), f"{fault.action}: {fault.code}: {fault.message}", by=(evidence.clock,))
    return _not_judged(evidence.clock)


def _judge_clock(ahead: float) -> Judgement:
    off = abs(ahead)
    line = f"The Date of AWS's answer: this clock is {off:.0f} s {'ahead' if ahead > 0 else 'behind'}"
    if off <= CLOCK_WORTH_A_WORD_SECONDS:
        return passed("This machine's clock agrees with AWS's.", line)
    which = f"This machine's clock is {off:.0f} s {'ahead of' if ahead > 0 else 'behind'} AWS's"
    if off <= CLOCK_REFUSED_SECONDS:
        return warned(
            f"{which}; AWS refuses requests that are {CLOCK_REFUSED_SECONDS:.0f} s off or more.", line
        ).aside()
    return failed(f"{which}, and AWS refuses such requests.", line)


def _region(evidence: Evidence) -> Judgement:
    reading = evidence.endpoints
    if isinstance(reading, Unseen) and reading.fault.kind is FaultKind.NO_REGION:
        return proven(reading.fault.sentence(), by=(reading,), topic=_NO_REGION)
    return _judge_region(reading.value) if isinstance(reading, Seen) else _not_judged(reading)


def _judge_region(endpoints: Endpoints) -> Judgement:
    line = f"The Region is {endpoints.region or 'not set'}, the endpoint {endpoints.ssm_url}"
    if endpoints.configured:
        line += f"; configured: {', '.join(f'{service} {url}' for service, url in endpoints.configured)}"
    if not endpoints.region:
        return proven("No AWS Region is chosen.", line, by=(Seen(endpoints),), topic=_NO_REGION)
    if endpoints.region_in_url and endpoints.region_in_url != endpoints.region:
        return failed(
            f"The Region is {endpoints.region}, but the endpoint in use belongs to {endpoints.region_in_url}.", line
        )
    if not endpoints.is_aws:
        return passed(f"The Region is {endpoints.region}, at an endpoint that is not AWS's own.", line)
    return passed(f"The Region is {endpoints.region}, and the endpoint belongs to it.", line)


def _endpoints(evidence: Evidence) -> Judgement:
    readings: tuple[Reading[Reach] | None, ...] = (evidence.reach_ssm, evidence.reach_ssmmessages)
    reached = [reading.value for reading in readings if isinstance(reading, Seen)]
    lines = tuple(_reach_line(reach) for reach in reached)
    cut_off = [reach for reach in reached if reach.trouble]
    if cut_off:
        which = " and ".join(reach.url for reach in cut_off)
        why = " ".join(dict.fromkeys(reach.trouble for reach in cut_off))
        topic = "untrusted-certificate" if all(reach.untrusted for reach in cut_off) else ""
        return failed(f"{which} cannot be reached from here. {why}", *lines, topic=topic)
    without = next((reading for reading in readings if not isinstance(reading, Seen)), None)
    if without is not None:
        return _not_judged(without)
    return passed("Systems Manager's endpoints can be reached from here.", *lines)


def _reach_line(reach: Reach) -> str:
    way = f" through the proxy {reach.proxy}" if reach.proxy else ""
    return f"{reach.url}{way}: {reach.trouble or f'connected in {reach.seconds:.2f} s'}"


def _aws_cli(evidence: Evidence) -> Judgement:
    found = value(evidence.aws_cli)
    if found is None:
        return skipped("There is no AWS CLI on PATH, and smtui does not need one.")
    if found.version is None:
        return skipped(f"{found.path} does not report its version, and smtui does not need it.")
    line = f"{found.path} --version: {_of_three_parts(found.version)}"
    if found.version < OLDEST_AWS_CLI:
        oldest = _of_three_parts(OLDEST_AWS_CLI)
        return warned(f"The AWS CLI is older than {oldest}, the first version that can start sessions.", line)
    return passed(f"The AWS CLI {_of_three_parts(found.version)} is new enough to start sessions.", line)


def _of_three_parts(version: Version) -> str:
    """As the AWS CLI writes its own version: `2.31.0`."""
    return ".".join(map(str, version.parts[:3]))


def _not_judged(reading: Reading[object] | None) -> Judgement:
    if isinstance(reading, NotAsked):
        return skipped(reading.why)
    if isinstance(reading, Unseen):
        return unseen_judgement(reading)
    raise TypeError(f"this could be judged: {reading!r}")


def _permission(evidence: Evidence) -> Judgement:
    """One certain denial is a FAIL; a decision that depends on an unknown condition is UNKNOWN."""
    simulated = value(evidence.permissions)
    lines = tuple(f"{_CALL}: {one.action} on {one.resource} is {one.decision}" for one in simulated.answers)
    deciding = tuple(_deciding(simulated))
    refused = [one for one in deciding if one.decision != _ALLOWED]
    silent = [action for action in (START, OPEN_CHANNEL) if all(one.action != action for one in simulated.answers)]
    certain = [one for one in refused if not one.missing_context and not one.by_organisation]
    if certain:
        return _refused(evidence, simulated, certain, lines)
    if any(one.by_organisation for one in refused):
        named = _actions([one for one in refused if one.by_organisation])
        return unknown(f"A policy of the organisation may deny {named}, and it cannot be seen from here.", *lines)
    conditional = [one for one in deciding if one.missing_context]
    if conditional:  # a Deny also applies where the condition key is missing, as in a session without MFA
        keys = ", ".join(dict.fromkeys(key for one in conditional for key in one.missing_context))
        finding = f"Whether {_actions(conditional)} is allowed depends on conditions that were not simulated: {keys}."
        return unknown(finding, *lines)
    if silent:
        return unknown(f"The simulation says nothing about {' and '.join(silent)}.", *lines)
    return passed(f"IAM lets {simulated.principal_arn} start sessions and open their data channel.", *lines)


def _deciding(simulated: Permissions) -> Iterator[Simulated]:
    """The answers that count: every resource of StartSession, but only the best form of a session's name."""
    yield from (one for one in simulated.answers if one.action == START)
    channels = [one for one in simulated.answers if one.action == OPEN_CHANNEL]
    yield from sorted(channels, key=lambda one: (_BEST_FIRST.index(one.decision), bool(one.missing_context)))[:1]


def _refused(
    evidence: Evidence, simulated: Permissions, refused: Sequence[Simulated], lines: tuple[str, ...]
) -> Judgement:
    """A refusal; certain for one node or document, not for nodes in general."""
    denied = any(one.decision == _DENIED for one in refused)
    if not evidence.subject.node_id and not denied:
        finding = (
            f"IAM does not allow {simulated.principal_arn} to start a session on every node; name one node to have it"
            " checked."
        )
        return unknown(finding, *lines)
    how = "denies" if denied else "does not allow"
    finding = f"IAM {how} {simulated.principal_arn} to {' or '.join(_wanted(refused))} ({_actions(refused)})"
    values = {"principal_arn": simulated.principal_arn, **({} if denied else _policy_that_allows(simulated))}
    if simulated.document_to_name:
        finding = f"{finding} unless the document is named: --document-name {simulated.document_to_name} is allowed"
        values["document_to_name"] = simulated.document_to_name
    if all(_is_document(one) for one in refused) and not evidence.subject.document:
        # AWS's documentation has said both of a document that is not named: that it is checked, and that it is not.
        return failed(f"{finding}.", *lines, **values)
    return proven(f"{finding}.", *lines, by=(evidence.permissions,), **values)


def _wanted(refused: Sequence[Simulated]) -> Iterator[str]:
    for one in refused:
        if one.action == OPEN_CHANNEL:
            yield "open the data channel of a session"
        elif _is_document(one):
            yield f"start a session with the document {document_label(one.resource)}"
        else:
            yield "start a session"


def _is_document(one: Simulated) -> bool:
    return ":document/" in one.resource


def _actions(answers: Sequence[Simulated]) -> str:
    return " and ".join(dict.fromkeys(one.action for one in answers))


def _policy_that_allows(simulated: Permissions) -> Mapping[str, str]:
    """The topics' placeholders for a policy with all that a session needs, and for the principal to attach it to."""
    resources = [one.resource for one in simulated.answers if one.action == START]
    partition = simulated.principal_arn.split(":")[1] if simulated.principal_arn.startswith("arn:") else "aws"
    own = f"arn:{partition}:ssm:*:*:session/${{aws:userid}}-*"
    statements = [
        {"Effect": "Allow", "Action": START, "Resource": resources},
        {"Effect": "Allow", "Action": [OPEN_CHANNEL, "ssm:ResumeSession", "ssm:TerminateSession"], "Resource": own},
    ]
    kind, _, name = simulated.principal_arn.rpartition(":")[2].partition("/")
    name = name.rpartition("/")[2]
    if not resources or kind not in ("user", "role") or name.startswith(_SIGNED_IN_ROLE):
        return {}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
    return {"start_policy": policy, f"principal_{kind}": name}


CHECKS: tuple[Check, ...] = (
    Check("local.plugin_found", "plugin-not-found", (Evidence.plugin,), _plugin_found),
    Check("local.plugin_version", "plugin-too-old", (Evidence.plugin,), _plugin_version),
    Check("local.credentials", "expired-credentials", (), _credentials, uses=(Evidence.credentials, Evidence.caller)),
    Check("local.clock", "clock-skew", (), _clock, uses=(Evidence.clock,)),
    Check("local.region", "endpoint-region-mismatch", (), _region, uses=(Evidence.endpoints,)),
    Check("local.endpoints", "aws-unreachable", (), _endpoints, uses=(Evidence.reach_ssm, Evidence.reach_ssmmessages)),
    Check("local.permission", "no-permission-to-start", (Evidence.permissions,), _permission),
    Check("local.aws_cli", "aws-cli-too-old", (Evidence.aws_cli,), _aws_cli),
)
