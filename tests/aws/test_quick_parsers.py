"""Our parsers give what botocore's give, for what the Region answers and for any other tree of names."""

from __future__ import annotations

import json
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import EC2QueryParser, JSONParser, QueryParser, ResponseParserFactory
from hypothesis import given
from hypothesis import strategies as st

from smtui.aws.boto_session import parse_timestamp
from smtui.aws.quick_parsers import QuickEc2Parser, QuickJsonParser, QuickParserFactory
from smtui.demo.region import demo_fleet
from tests.demo.support import client, quiet_region

EC2 = ServiceModel(Loader().load_service_model("ec2", "service-2"), "ec2")
SSM = ServiceModel(Loader().load_service_model("ssm", "service-2"), "ssm")
SPACE = "http://ec2.amazonaws.com/doc/2016-11-15"
TAGS = [
    "reservationSet",
    "instancesSet",
    "item",
    "instanceId",
    "instanceState",
    "code",
    "name",
    "tagSet",
    "key",
    "value",
    "launchTime",
    "placement",
    "networkInterfaceSet",
    "ipv6AddressesSet",
    "sourceDestCheck",
    "ebsOptimized",
    "nextToken",
    "requestId",
    "unknown",
]
TEXTS = st.sampled_from(["", "true", "false", "16", "web-1", "2026-06-14T08:30:00.000Z", " x ", "&amp;"])
trees = st.recursive(
    st.builds(lambda tag, text: f"<{tag}>{text}</{tag}>", st.sampled_from(TAGS), TEXTS),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>", st.sampled_from(TAGS), st.lists(inner, max_size=4)
    ),
    max_leaves=30,
)
KEYS = [*SSM.shape_for("InstanceInformation").members, "InstanceInformationList", "NextToken", "unknown"]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)


def _outcome(made_by: Any, body: bytes, shape: Any, status: int = 200) -> Any:
    """What the parser returns, or the kind of its error."""
    response = {"body": body, "headers": {"x-amzn-requestid": "1"}, "status_code": status}
    try:
        return _plain(made_by(timestamp_parser=parse_timestamp).parse(response, shape))
    except Exception as error:
        return type(error)


def _plain(value: Any) -> Any:
    """botocore returns the elements themselves where a text came more than once."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return (value.tag, value.text, _plain(list(value))) if isinstance(value, Element) else value


def _xml(inner: str, outer: str = "DescribeInstancesResponse") -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><{outer} xmlns="{SPACE}">{inner}</{outer}>'.encode()


@given(st.lists(trees, max_size=4))
def test_any_xml_reads_as_botocore_reads_it(parts: list[str]) -> None:
    shape = EC2.operation_model("DescribeInstances").output_shape
    body = _xml("".join(parts))
    assert _outcome(QuickEc2Parser, body, shape) == _outcome(EC2QueryParser, body, shape)


@given(values)
def test_any_json_reads_as_botocore_reads_it(value: Any) -> None:
    shape = SSM.operation_model("DescribeInstanceInformation").output_shape
    body = json.dumps({"InstanceInformationList": [value], "NextToken": None}).encode()
    assert _outcome(QuickJsonParser, body, shape) == _outcome(JSONParser, body, shape)
    body = json.dumps(value).encode()
    assert _outcome(QuickJsonParser, body, shape) == _outcome(JSONParser, body, shape)


def test_an_element_that_comes_twice_reads_as_botocore_reads_it() -> None:
    shape = EC2.operation_model("DescribeInstances").output_shape
    item = "<item><instancesSet><item><instanceId>i-1</instanceId></item></instancesSet></item>"
    body = _xml(f"<reservationSet>{item}</reservationSet><reservationSet>{item}</reservationSet>")
    assert _outcome(QuickEc2Parser, body, shape) == _outcome(EC2QueryParser, body, shape)


@pytest.mark.parametrize("status", [400, 503])
def test_errors_read_as_botocore_reads_them(status: int) -> None:
    shape = EC2.operation_model("DescribeInstances").output_shape
    body = _xml(
        "<Errors><Error><Code>A</Code><Message>b</Message></Error></Errors><RequestID>1</RequestID>", "Response"
    )
    parsed = _outcome(QuickEc2Parser, body, shape, status)
    assert parsed == _outcome(EC2QueryParser, body, shape, status)
    assert parsed["Error"] == {"Code": "A", "Message": "b"}
    shape = SSM.operation_model("StartSession").output_shape
    body = b'{"__type":"TargetNotConnected","message":"no"}'
    assert _outcome(QuickJsonParser, body, shape, status) == _outcome(JSONParser, body, shape, status)


def test_the_regions_lists_read_as_botocore_reads_them() -> None:
    bodies: dict[str, bytes] = {}

    def note(response_dict: Any, model: Any, **_: Any) -> None:
        bodies[model.name] = response_dict["body"]

    with quiet_region(demo_fleet()) as region:
        for service, call in (("ec2", "describe_instances"), ("ssm", "describe_instance_information")):
            calls = client(region, service)
            calls.meta.events.register(
                "before-parse", lambda operation_model, **facts: note(model=operation_model, **facts)
            )
            getattr(calls, call)()
    for made_by, botocores, model, name in (
        (QuickEc2Parser, EC2QueryParser, EC2, "DescribeInstances"),
        (QuickJsonParser, JSONParser, SSM, "DescribeInstanceInformation"),
    ):
        shape = model.operation_model(name).output_shape
        assert len(bodies[name]) > 1_000
        assert _outcome(made_by, bodies[name], shape) == _outcome(botocores, bodies[name], shape)


def test_other_protocols_have_botocores_parser() -> None:
    factory = QuickParserFactory()
    factory.set_parser_defaults(timestamp_parser=parse_timestamp)
    assert isinstance(factory, ResponseParserFactory)
    assert type(factory.create_parser("query")) is QueryParser
    assert isinstance(factory.create_parser("ec2"), QuickEc2Parser)
