"""Checks the VPC endpoints that the session preferences need where a node has no way to the internet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from smtui.diagnosis.check import Judgement, failed, passed, skipped, unknown, unseen_judgement
from smtui.diagnosis.checks.identity_checks import gone
from smtui.diagnosis.checks.path.destinations import OF_A_SESSION, available, service_name, service_of
from smtui.diagnosis.checks.path.outbound import way_out
from smtui.diagnosis.checks.path.path_facts import Opening, Way, table_of
from smtui.diagnosis.evidence.network_facts import VpcEndpoint
from smtui.diagnosis.evidence.node_facts import Instance
from smtui.diagnosis.evidence.preference_facts import SessionPreferences
from smtui.diagnosis.evidence.reading import NotAsked, Unseen, seen, value
from smtui.diagnosis.evidence.record import Evidence


def endpoints(evidence: Evidence) -> Judgement:
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
    told = {
        "s3": preferences.s3_bucket and f"the bucket {preferences.s3_bucket}",
        "logs": preferences.log_group and f"the log group {preferences.log_group}",
        "kms": preferences.kms_key and f"the key {preferences.kms_key}",
    }
    return {service: what for service, what in told.items() if what}


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
