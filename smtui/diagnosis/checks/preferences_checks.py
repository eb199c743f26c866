"""Checks the preferences layer: the bucket, log group and key that the account's session preferences name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from smtui.diagnosis.check import Check, Judgement, failed, passed, skipped, unknown, unseen_judgement, warned
from smtui.diagnosis.checks.identity_checks import gone
from smtui.diagnosis.checks.path.destinations import OF_A_SESSION, available, service_name, service_of
from smtui.diagnosis.checks.path.outbound import way_out
from smtui.diagnosis.checks.path.path_facts import WAY_READINGS, Opening, Way, table_of
from smtui.diagnosis.checks.role_questions import ask, labelled, role_holder, source_call
from smtui.diagnosis.evidence.preference_facts import (
    Bucket,
    KmsKey,
    LogGroup,
    SessionPreferences,
    without_demand,
    without_key,
)
from smtui.diagnosis.evidence.reading import NotAsked, Unseen, seen, value
from smtui.diagnosis.evidence.record import Evidence
from smtui.diagnosis.iam.decision import Outcome, Question

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.network_facts import VpcEndpoint
    from smtui.diagnosis.evidence.node_facts import Instance

_DECRYPT = "kms:Decrypt"
_NO_PREFERENCES = SessionPreferences()
_NO_BUCKET = "The preferences send no session output to S3."
_NO_GROUP = "The preferences send no session output to CloudWatch Logs."
_DENIED_TOPIC = "kms-denied"
_ROLE_TOPIC = "kms-role"
_AS_PLACEHOLDERS = {"Disabled": "disabled_key", "PendingDeletion": "dying_key"}


def _bucket(evidence: Evidence) -> Judgement:
    bucket = value(evidence.bucket)
    where = f" in {bucket.region}" if bucket.region else ""
    return _target("bucket", bucket, "s3:HeadBucket", where)


def _log_group(evidence: Evidence) -> Judgement:
    return _target("log group", value(evidence.log_group), "logs:DescribeLogGroups")


def _target(what: str, target: Bucket | LogGroup, call: str, where: str = "") -> Judgement:
    """Judge whether that to which the preferences send session output exists."""
    name, key = target.name, what.replace(" ", "_")
    if target.exists:
        return passed(f"The {what} {name} exists.", f"{call}: {name} is there{where}")
    finding = f"The session preferences write to the {what} {name}, which does not exist."
    return failed(finding, f"{call}: no {what} {name}", **{key: name, f"missing_{key}": name})


def _bucket_encryption(evidence: Evidence) -> Judgement:
    preferences = value(evidence.preferences) or _NO_PREFERENCES
    if not preferences.s3_bucket:
        return skipped(preferences.why_unset("s3BucketName", _NO_BUCKET))
    if not preferences.s3_encrypted:
        nothing = "The preferences do not ask for an encrypted bucket."
        return skipped(preferences.why_unset("s3EncryptionEnabled", nothing))
    bucket = seen(evidence.bucket)
    if bucket is not None and not bucket.exists:
        return skipped(f"The bucket {bucket.name} does not exist.")
    if isinstance(evidence.bucket_encryption, Unseen):
        return unseen_judgement(evidence.bucket_encryption)
    kind = seen(evidence.bucket_encryption)
    name = preferences.s3_bucket
    if kind:
        return passed(f"The bucket {name} is encrypted.", f"s3:GetEncryptionConfiguration: {name} has {kind}")
    return failed(
        f"The session preferences ask for an encrypted bucket, and {name} is not encrypted.",
        f"s3:GetEncryptionConfiguration: {name} has none",
        "ssm:GetDocument: s3EncryptionEnabled is true",
        bucket=name,
        unencrypted_bucket=name,
        **_without_demand(preferences),
    )


def _log_encryption(evidence: Evidence) -> Judgement:
    preferences = value(evidence.preferences) or _NO_PREFERENCES
    if not preferences.log_group:
        return skipped(preferences.why_unset("cloudWatchLogGroupName", _NO_GROUP))
    if not preferences.log_encrypted:
        nothing = "The preferences do not ask for an encrypted log group."
        return skipped(preferences.why_unset("cloudWatchEncryptionEnabled", nothing))
    if isinstance(evidence.log_group, Unseen):
        return unseen_judgement(evidence.log_group)
    group = value(evidence.log_group)
    if not group.exists:
        return skipped(f"The log group {group.name} does not exist.")
    if group.kms_key:
        return passed(
            f"The log group {group.name} is encrypted with a key of its own.",
            f"logs:DescribeLogGroups: {group.name} has {group.kms_key}",
        )
    return failed(
        f"The session preferences ask for an encrypted log group, and {group.name} has no KMS key.",
        f"logs:DescribeLogGroups: {group.name} has no key",
        "ssm:GetDocument: cloudWatchEncryptionEnabled is true",
        log_group=group.name,
        unencrypted_log_group=group.name,
        **_without_demand(preferences),
    )


def _without_demand(preferences: SessionPreferences) -> dict[str, str]:
    document = without_demand(preferences)
    return {"preferences_without_demand": document} if document else {}


def _without_key(evidence: Evidence) -> dict[str, str]:
    preferences = seen(evidence.preferences)
    document = without_key(preferences) if preferences is not None else ""
    return {"preferences_without_key": document} if document else {}


def _kms_key(evidence: Evidence) -> Judgement:
    key = value(evidence.kms_key)
    if not key.exists:
        finding = f"The session preferences name the key {key.key}, which does not exist."
        return failed(finding, f"kms:DescribeKey: no key {key.key}", kms_key=key.key, **_without_key(evidence))
    line = f"kms:DescribeKey: {key.arn or key.key} is {key.state}"
    if not key.is_usable:
        finding = f"The key {key.key} of the session preferences cannot be used: it is {key.state}."
        values = {"kms_key": key.arn or key.key, **_without_key(evidence)}
        if key.state in _AS_PLACEHOLDERS:
            values[_AS_PLACEHOLDERS[key.state]] = values["kms_key"]
        return failed(finding, line, **values)
    if not key.makes_data_keys:
        finding = f"The key {key.key} of the session preferences makes no data keys: it is {key.spec} for {key.usage}."
        said = f"kms:DescribeKey: its usage is {key.usage}, its spec {key.spec}"
        return failed(finding, line, said, kms_key=key.arn or key.key, **_without_key(evidence))
    return _key_for_the_role(evidence, key, line)


def _key_for_the_role(evidence: Evidence, key: KmsKey, line: str) -> Judgement:
    for reading in (evidence.role, evidence.policies):
        if isinstance(reading, Unseen):
            return unseen_judgement(reading)
    role, policies = seen(evidence.role), seen(evidence.policies)
    if role is None or policies is None:
        return passed(f"The key {key.key} is {key.state}.", line)
    holder = role_holder(evidence, role)
    question = Question(_DECRYPT, (key.arn or holder.arn("kms", "key/*"),), context=holder.context)
    decision = ask(question, policies)
    values = {**holder.values, "kms_key": key.arn or key.key, "role_without_key": role.name}
    if decision.outcome is Outcome.ALLOWED:
        finding = f"The key {key.key} is {key.state}, and the role {role.name} may decrypt with it."
        found = labelled(decision.policy, policies)
        said = [f"{source_call(found)}: {found.name} allows {role.name} {_DECRYPT}"] if found is not None else []
        return passed(finding, line, *said)
    if decision.outcome is Outcome.DENIED:
        finding = f"{decision.policy} denies the role {role.name} {_DECRYPT} with the key {key.key}."
        return failed(finding, line, topic=_DENIED_TOPIC, **values)
    # The key's own policy may also let the role decrypt, and smtui does not read it.
    nothing = f"{decision.policy} leaves it out" if decision.policy else "no policy of the role allows it"
    why = f"{decision.policy} {decision.why}" if decision.why else nothing
    finding = f"The role {role.name} may lack {_DECRYPT} with the key {key.key}: {why}."
    return warned(finding, line, topic=_ROLE_TOPIC, **values)


def _needed_endpoints(evidence: Evidence) -> Judgement:
    """Judges whether the node reaches S3, CloudWatch Logs and KMS as far as the preferences use them."""
    wanted = _wanted(value(evidence.preferences))
    if not wanted:
        return skipped("The session preferences rely on no other service.")
    if isinstance(evidence.instance, Unseen):
        return unseen_judgement(evidence.instance)
    moot = _no_vpc(evidence)
    if moot:
        return skipped(moot)
    way = way_out(evidence)
    if way.opening is Opening.OPEN:
        return skipped("The node reaches the internet, so the session preferences need no endpoints.")
    if isinstance(evidence.vpc_endpoints, Unseen):
        return unseen_judgement(evidence.vpc_endpoints)
    return _without_way(evidence, wanted, way)


def _no_vpc(evidence: Evidence) -> str:
    if isinstance(evidence.instance, NotAsked):
        return evidence.instance.why
    instance = value(evidence.instance)
    return gone(evidence) or ("" if instance is not None and instance.vpc_id else "The instance is in no VPC.")


def _wanted(preferences: SessionPreferences | None) -> Mapping[str, str]:
    """Service -> what the preferences use there, in words."""
    if preferences is None:
        return {}
    wanted = {
        "s3": preferences.s3_bucket and f"the bucket {preferences.s3_bucket}",
        "logs": preferences.log_group and f"the log group {preferences.log_group}",
        "kms": preferences.kms_key and f"the key {preferences.kms_key}",
    }
    return {service: what for service, what in wanted.items() if what}


def _without_way(evidence: Evidence, wanted: Mapping[str, str], way: Way) -> Judgement:
    vpc = _instance(evidence).vpc_id
    missing = {service: what for service, what in wanted.items() if not _serves(evidence, service)}
    lines = (*_lines(evidence, wanted), *way.evidence)
    if not missing:
        return passed(f"{vpc} has the endpoints that the session preferences need.", *lines)
    if way.opening is Opening.UNSURE:
        return _unsure(missing, way)
    if not any(_serves(evidence, service) for service in OF_A_SESSION):
        return skipped("The node has no way to Systems Manager itself.")
    finding = f"{vpc} has no way to {_listed(missing)} of the session preferences."
    lacking = {f"missing_{service}_endpoint": vpc for service in missing}
    values = {**way.values, **lacking, "vpc_id": vpc, **_service(evidence, next(iter(missing)))}
    return failed(finding, *lines, **values)


def _instance(evidence: Evidence) -> Instance:
    instance = value(evidence.instance)
    if instance is None:
        raise ValueError("no instance, no endpoints")
    return instance


def _unsure(missing: Mapping[str, str], way: Way) -> Judgement:
    if way.unseen is not None:
        return unseen_judgement(way.unseen)
    finding = (
        f"Whether the node reaches {_listed(missing)} of the session preferences cannot be determined: {way.finding}"
    )
    return unknown(finding, *way.evidence)


def _listed(missing: Mapping[str, str]) -> str:
    return " and ".join(f"{what} (no usable endpoint {service})" for service, what in missing.items())


def _service(evidence: Evidence, service: str) -> dict[str, str]:
    name = service_name(evidence, service)
    return {"endpoint_service": name} if name else {}


def _serves(evidence: Evidence, service: str) -> bool:
    return any(_usable(evidence, one) for one in _for_service(evidence, service))


def _for_service(evidence: Evidence, service: str) -> Iterator[VpcEndpoint]:
    yield from (one for one in seen(evidence.vpc_endpoints) or () if service_of(one) == service)


def _usable(evidence: Evidence, endpoint: VpcEndpoint) -> bool:
    """Whether the node can use it: a gateway endpoint needs the subnet's route table, an interface one private DNS."""
    if endpoint.kind != "Gateway":
        return available(endpoint) and endpoint.private_dns
    tables = seen(evidence.route_tables)
    table = table_of(_instance(evidence).subnet_id, tables) if tables is not None else None
    return endpoint.state.lower() == "available" and (table is None or table.table_id in endpoint.route_table_ids)


def _lines(evidence: Evidence, wanted: Mapping[str, str]) -> Iterator[str]:
    for service in wanted:
        found = [f"{one.endpoint_id} ({_state(one)})" for one in _for_service(evidence, service)]
        yield f"ec2:DescribeVpcEndpoints: {service}: {', '.join(found) or 'none'}"


def _state(endpoint: VpcEndpoint) -> str:
    if endpoint.kind == "Gateway":
        return f"{endpoint.kind}, {endpoint.state}, in {', '.join(endpoint.route_table_ids) or 'no route table'}"
    return f"{endpoint.kind}, {endpoint.state}, private DNS {'on' if endpoint.private_dns else 'off'}"


CHECKS: tuple[Check, ...] = (
    Check("preferences.s3_bucket", "deleted-log-target", (Evidence.preferences, Evidence.bucket), _bucket),
    Check(
        "preferences.s3_encryption",
        "encryption-mismatch",
        (Evidence.preferences,),
        _bucket_encryption,
        (Evidence.bucket, Evidence.bucket_encryption),
    ),
    Check("preferences.log_group", "deleted-log-target", (Evidence.preferences, Evidence.log_group), _log_group),
    Check(
        "preferences.log_encryption",
        "encryption-mismatch",
        (Evidence.preferences,),
        _log_encryption,
        (Evidence.log_group,),
    ),
    Check(
        "preferences.endpoints",
        "missing-log-endpoints",
        (Evidence.preferences,),
        _needed_endpoints,
        (Evidence.instance, Evidence.vpc_endpoints, Evidence.endpoints, *WAY_READINGS),
    ),
    Check(
        "preferences.kms_key",
        "kms-key",
        (Evidence.preferences, Evidence.kms_key),
        _kms_key,
        (Evidence.role, Evidence.policies, Evidence.endpoints),
    ),
)
