"""The checks of this machine: its plugin, its credentials, its clock and its way to AWS.

Sources: AWS's page on installing the plugin (plugin and AWS CLI minimum versions), botocore's exception tree, and the
Signature Version 4 documentation: a request may be 5 minutes off at most.
"""

from __future__ import annotations

from datetime import datetime

from smtui.diagnosis.checking import Check, Judgement, failed, passed, skipped, unknown, unseen_judgement, warned
from smtui.domain.ages import age
from smtui.domain.evidence.local import Endpoints, Permissions, Reach
from smtui.domain.evidence.reading import NotAsked, Reading, Seen, Unseen, seen, value
from smtui.domain.evidence.record import Evidence
from smtui.domain.fault import FaultKind
from smtui.domain.plugin import PluginGrade
from smtui.domain.version import Version

OLDEST_AWS_CLI = Version.of("1.16.12")
CLOCK_REFUSED_SECONDS = 300.0
CLOCK_WORTH_A_WORD_SECONDS = 60.0
EXPIRING_SECONDS = 15 * 60.0
"""Botocore renews credentials that can be renewed before they come this close to their end."""

_START, _OPEN_CHANNEL = "ssm:StartSession", "ssmmessages:OpenDataChannel"
_WHAT_FOR = {_START: "start a session", _OPEN_CHANNEL: "open the data channel of a session"}

_CREDENTIAL_TOPICS = {
    FaultKind.EXPIRED_CREDENTIALS: "expired-credentials",
    FaultKind.SSO_SIGN_IN: "sso-sign-in",
    FaultKind.INVALID_CREDENTIALS: "no-credentials",
    FaultKind.NO_CREDENTIALS: "no-credentials",
    FaultKind.CREDENTIAL_SOURCE: "no-credentials",
    FaultKind.MFA_NEEDED: "no-credentials",
    FaultKind.UNKNOWN_PROFILE: "no-credentials",
    FaultKind.BROKEN_CONFIG: "no-credentials",
}
"""Faults that say that the credentials are what is wrong."""


def _plugin_found(evidence: Evidence) -> Judgement:
    pick = value(evidence.plugin)
    if pick.grade is PluginGrade.MISSING:
        return failed(pick.complaint, pick.because)
    if pick.builtin:
        return passed("smtui's own plugin will be used.", pick.because)
    return passed(f"The Session Manager plugin is {pick.path}.", pick.because)


def _plugin_version(evidence: Evidence) -> Judgement:
    pick = value(evidence.plugin)
    if pick.builtin:
        return passed("smtui's own plugin is always of this version of smtui.")
    if pick.grade is PluginGrade.MISSING:
        return skipped("There is no plugin whose version could be told.")
    told = f"{pick.path} --version: {pick.version or pick.trouble or 'nothing'}"
    if pick.grade is PluginGrade.UNREADABLE:
        return failed(pick.complaint, told, topic="plugin-unresponsive")
    if not pick.usable:
        return failed(pick.complaint, told)
    if pick.grade is not PluginGrade.FINE:
        return warned(pick.complaint, told)
    return passed(f"The plugin's version is {pick.version}.", told)


def _credentials(evidence: Evidence) -> Judgement:
    for reading in (evidence.credentials, evidence.caller):
        if isinstance(reading, Unseen) and reading.fault.kind in _CREDENTIAL_TOPICS:
            fault = reading.fault
            said = ": ".join(part for part in (fault.action, fault.code, fault.message) if part)
            return failed(fault.sentence(), *((said,) if said else ()), topic=_CREDENTIAL_TOPICS[fault.kind])
    if isinstance(evidence.caller, Seen):
        return _accepted(evidence)
    return _not_judged(evidence.caller)


def _accepted(evidence: Evidence) -> Judgement:
    caller, held = value(evidence.caller), seen(evidence.credentials)
    told = f"sts:GetCallerIdentity: {caller.arn} in account {caller.account}"
    if held is None:
        return passed(f"AWS accepts the credentials of {caller.arn}.", told)
    source = f"Credentials from {held.method}, {_until(held.expires_at)}"
    left = (held.expires_at - evidence.now).total_seconds() if held.expires_at else None
    if left is None or left >= EXPIRING_SECONDS:
        ends = f", {_until(held.expires_at)}" if held.expires_at else ""
        return passed(f"AWS accepts the credentials of {caller.arn}{ends}.", told, source)
    topic = "sso-sign-in" if held.method.startswith("sso") else ""
    if held.expires_at is not None and left > 0:
        return warned(f"The credentials expire in {age(evidence.now, held.expires_at)}.", told, source, topic=topic)
    return warned("The credentials have expired by their own word, though AWS accepts them.", told, source, topic=topic)


def _until(expires_at: datetime | None) -> str:
    return f"valid until {expires_at:%Y-%m-%d %H:%M} UTC" if expires_at else "with no end that they tell"


def _clock(evidence: Evidence) -> Judgement:
    """The clock's own reading comes first; a refusal of the time proves the same where there is none."""
    if isinstance(evidence.clock, Seen):
        return _clock_told(evidence.clock.value.ahead)
    if isinstance(evidence.clock, Unseen) and evidence.clock.fault.kind is FaultKind.CLOCK_SKEW:
        fault = evidence.clock.fault
        return failed(fault.sentence(), f"{fault.action}: {fault.code}: {fault.message}")
    return _not_judged(evidence.clock)


def _clock_told(ahead: float) -> Judgement:
    off = abs(ahead)
    told = f"The Date of AWS's answer: this clock is {off:.0f} s {'ahead' if ahead > 0 else 'behind'}"
    if off <= CLOCK_WORTH_A_WORD_SECONDS:
        return passed("This machine's clock agrees with AWS's.", told)
    which = f"This machine's clock is {off:.0f} s {'ahead of' if ahead > 0 else 'behind'} AWS's"
    if off <= CLOCK_REFUSED_SECONDS:
        return warned(f"{which}, and AWS refuses requests from {CLOCK_REFUSED_SECONDS:.0f} s on.", told)
    return failed(f"{which}, and AWS refuses such requests.", told)


def _region(evidence: Evidence) -> Judgement:
    reading = evidence.endpoints
    if isinstance(reading, Unseen) and reading.fault.kind is FaultKind.NO_REGION:
        return failed(reading.fault.sentence())
    return _region_told(reading.value) if isinstance(reading, Seen) else _not_judged(reading)


def _region_told(endpoints: Endpoints) -> Judgement:
    told = f"The Region is {endpoints.region or 'not set'}, the endpoint {endpoints.ssm_url}"
    if not endpoints.region:
        return failed("No AWS Region is chosen.", told)
    if endpoints.region_in_url and endpoints.region_in_url != endpoints.region:
        return failed(
            f"The Region is {endpoints.region}, but the endpoint in use is one of {endpoints.region_in_url}.", told
        )
    if not endpoints.is_aws:
        return passed(f"The Region is {endpoints.region}, at an endpoint that is not AWS's own.", told)
    return passed(f"The Region is {endpoints.region}, and the endpoint belongs to it.", told)


def _endpoints(evidence: Evidence) -> Judgement:
    readings: tuple[Reading[Reach] | None, ...] = (evidence.reach_ssm, evidence.reach_ssmmessages)
    reached = [reading.value for reading in readings if isinstance(reading, Seen)]
    told = tuple(_reach_told(reach) for reach in reached)
    cut_off = [reach for reach in reached if reach.trouble]
    if cut_off:
        which = " and ".join(reach.url for reach in cut_off)
        return failed(f"{which} cannot be reached from here.", *told)
    without = next((reading for reading in readings if not isinstance(reading, Seen)), None)
    if without is not None:
        return _not_judged(without)
    return passed("Systems Manager's endpoints can be reached from here.", *told)


def _reach_told(reach: Reach) -> str:
    way = f" through the proxy {reach.proxy}" if reach.proxy else ""
    return f"{reach.url}{way}: {reach.trouble or f'connected in {reach.seconds:.2f} s'}"


def _permission(evidence: Evidence) -> Judgement:
    told = value(evidence.permissions)
    lines = tuple(f"iam:SimulatePrincipalPolicy: {action} is {word}" for action, word in told.decisions.items())
    refused = [action for action in _WHAT_FOR if told.decisions.get(action, "allowed") != "allowed"]
    silent = [action for action in _WHAT_FOR if action not in told.decisions]
    if refused:
        return _refused(told, refused, lines)
    if silent:
        return unknown(f"The simulation says nothing of {' and '.join(silent)}.", *lines)
    return passed(f"IAM lets {told.principal_arn} start a session there and open its data channel.", *lines)


def _refused(told: Permissions, refused: list[str], lines: tuple[str, ...]) -> Judgement:
    what = " or ".join(_WHAT_FOR[action] for action in refused)
    named = " and ".join(refused)
    if told.by_organisation:
        return unknown(f"A policy of the organisation may deny {named}, and it cannot be seen from here.", *lines)
    if told.missing_context:  # a Deny fits, too, where the key that it asks is missing, as one without MFA does
        keys = ", ".join(told.missing_context)
        return unknown(f"Whether {named} is allowed depends on conditions that were not simulated: {keys}.", *lines)
    how = "denies" if any(told.decisions[action] == "explicitDeny" for action in refused) else "does not allow"
    return failed(f"IAM {how} {told.principal_arn} to {what} ({named}).", *lines, principal_arn=told.principal_arn)


def _aws_cli(evidence: Evidence) -> Judgement:
    found = value(evidence.aws_cli)
    if found is None:
        return skipped("There is no AWS CLI on PATH, and smtui does not need one.")
    if found.version is None:
        return skipped(f"{found.path} does not tell its version, and smtui does not need it.")
    told = f"{found.path} --version: {_of_three_parts(found.version)}"
    if found.version < OLDEST_AWS_CLI:
        oldest = _of_three_parts(OLDEST_AWS_CLI)
        return warned(f"The AWS CLI is older than {oldest}, the first that starts sessions.", told)
    return passed(f"The AWS CLI {_of_three_parts(found.version)} is new enough to start sessions.", told)


def _of_three_parts(version: Version) -> str:
    """As the AWS CLI writes its own."""
    return ".".join(map(str, version.parts[:3]))


def _not_judged(reading: Reading[object] | None) -> Judgement:
    if isinstance(reading, NotAsked):
        return skipped(reading.why)
    if isinstance(reading, Unseen):
        return unseen_judgement(reading)
    raise TypeError(f"this could be judged: {reading!r}")


CHECKS: tuple[Check, ...] = (
    Check("local.plugin_found", "plugin-not-found", ("plugin",), _plugin_found),
    Check("local.plugin_version", "plugin-too-old", ("plugin",), _plugin_version),
    Check("local.credentials", "expired-credentials", (), _credentials, uses=("credentials", "caller")),
    Check("local.clock", "clock-skew", (), _clock, uses=("clock",)),
    Check("local.region", "endpoint-region-mismatch", (), _region, uses=("endpoints",)),
    Check("local.endpoints", "aws-unreachable", (), _endpoints, uses=("reach_ssm", "reach_ssmmessages")),
    Check("local.permission", "no-permission-to-start", ("permissions",), _permission),
    Check("local.aws_cli", "aws-cli-too-old", ("aws_cli",), _aws_cli),
)
