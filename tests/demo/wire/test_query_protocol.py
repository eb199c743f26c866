"""The query protocols against botocore's own serialiser and parser."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import given
from hypothesis import strategies as st

from smtui.demo.wire.http_server import HttpRequest, HttpResponse
from smtui.demo.wire.query_protocol import QueryWire
from smtui.demo.wire.service_errors import AwsError, Refusal, Refused
from smtui.demo.wire.service_models import service_model

EC2 = service_model("ec2")
STS = service_model("sts")
IAM = service_model("iam")
WIRE = QueryWire(EC2)
INSTANCES = EC2.operation_model("DescribeInstances")


def form(body: str | bytes) -> HttpRequest:
    return HttpRequest("POST", "/", body=body if isinstance(body, bytes) else body.encode())


def read_back(response: HttpResponse, operation: Any, protocol: str) -> dict[str, Any]:
    raw = {"status_code": response.status, "body": response.body, "headers": dict(response.headers)}
    parsed: dict[str, Any] = create_parser(protocol).parse(raw, operation.output_shape)
    return parsed


def test_a_request_as_the_wire_has_it() -> None:
    request = form(
        "Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=tag%3AName&Filter.1.Value.1=web-1"
        "&Filter.1.Value.2=web-2&Filter.2.Name=vpc-id&InstanceId.1=i-1&InstanceId.10=i-3&InstanceId.2=i-2"
        "&MaxResults=5&DryRun=false"
    )
    assert WIRE.operation(request) == "DescribeInstances"
    assert WIRE.parameters(request, INSTANCES) == {
        "Filters": [{"Name": "tag:Name", "Values": ["web-1", "web-2"]}, {"Name": "vpc-id"}],
        "InstanceIds": ["i-1", "i-2", "i-3"],
        "MaxResults": 5,
        "DryRun": False,
    }


names = st.text(min_size=1, max_size=10)
filters = st.fixed_dictionaries({"Name": names, "Values": st.lists(names, min_size=1, max_size=3)})


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "Filters": st.lists(filters, min_size=1, max_size=3),
            "InstanceIds": st.lists(names, min_size=1, max_size=12),
            "MaxResults": st.integers(-10, 10_000),
            "DryRun": st.booleans(),
            "NextToken": names,
        },
    )
)
def test_what_botocore_sends_to_ec2_is_read_as_it_was_meant(params: dict[str, Any]) -> None:
    sent = create_serializer("ec2").serialize_to_request(params, INSTANCES)["body"]
    assert WIRE.parameters(form(urlencode(sent)), INSTANCES) == params


def test_what_botocore_sends_by_query_is_read_as_it_was_meant() -> None:
    params = {
        "PolicySourceArn": "arn:aws:iam::111122223333:user/x",
        "ActionNames": ["ssm:StartSession", "ssm:TerminateSession"],
        "ContextEntries": [
            {"ContextKeyName": "aws:username", "ContextKeyValues": ["1", "2"], "ContextKeyType": "string"}
        ],
        "MaxItems": 10,
    }
    operation = IAM.operation_model("SimulatePrincipalPolicy")
    sent = create_serializer("query").serialize_to_request(params, operation)["body"]
    assert QueryWire(IAM).parameters(form(urlencode(sent)), operation) == params


@given(st.binary(max_size=400))
def test_no_bytes_break_the_parser(body: bytes) -> None:
    with suppress(Refused):
        WIRE.operation(form(body))
        WIRE.parameters(form(body), INSTANCES)


pieces = st.sampled_from(
    ["Filter", "InstanceId", "MaxResults", "DryRun", ".", "1", "2", "Name", "Value", "=", "&", "%", "-"]
)


@given(st.lists(pieces, max_size=40).map("".join))
def test_no_form_breaks_the_parser(body: str) -> None:
    with suppress(Refused):
        WIRE.parameters(form(body), INSTANCES)


@pytest.mark.parametrize(
    "body", ["MaxResults=many", "DryRun=perhaps", "MaxResults=", "&".join(f"a{n}=1" for n in range(6000))]
)
def test_an_unfit_value_is_refused(body: str) -> None:
    with pytest.raises(Refused) as caught:
        WIRE.parameters(form(body), INSTANCES)
    assert caught.value.refusal is Refusal.MALFORMED


def test_ec2s_answer_in_exact_bytes() -> None:
    when = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    result = {
        "Reservations": [
            {"Instances": [{"InstanceId": "i-0", "LaunchTime": when, "SourceDestCheck": True, "Platform": None}]}
        ],
        "NextToken": None,
    }
    assert WIRE.answer(INSTANCES, result, "id-1").body.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15"><requestId>id-1</requestId>'
        "<reservationSet><item><instancesSet><item><instanceId>i-0</instanceId>"
        "<launchTime>2026-01-02T03:04:05.000Z</launchTime><sourceDestCheck>true</sourceDestCheck>"
        "</item></instancesSet></item></reservationSet></DescribeInstancesResponse>"
    )


def test_stss_answer_in_exact_bytes() -> None:
    operation = STS.operation_model("GetCallerIdentity")
    body = QueryWire(STS).answer(operation, {"Account": "111122223333"}, "id-1").body.decode()
    assert body == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        "<Account>111122223333</Account></GetCallerIdentityResult>"
        "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    )


def test_errors_have_the_shape_of_their_protocol() -> None:
    error = AwsError("AuthFailure", "<no> & never", 401)
    ec2 = WIRE.error(error, None, "id-1")
    assert ec2.status == 401
    assert ec2.body.endswith(
        b"<Response><Errors><Error><Code>AuthFailure</Code><Message>&lt;no&gt; &amp; never</Message></Error></Errors>"
        b"<RequestID>id-1</RequestID></Response>"
    )
    sts = ElementTree.fromstring(QueryWire(STS).error(error, None, "id-1").body)
    space = "{https://sts.amazonaws.com/doc/2011-06-15/}"
    assert sts.tag == f"{space}ErrorResponse"
    assert sts.findtext(f"{space}Error/{space}Type") == "Sender"
    assert sts.findtext(f"{space}RequestId") == "id-1"


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_any_text_of_a_tag_arrives_but_for_what_xml_cannot_carry(text: str) -> None:
    tagged = {"Reservations": [{"Instances": [{"Tags": [{"Key": "k", "Value": text}]}]}]}
    parsed = read_back(WIRE.answer(INSTANCES, tagged, "id"), INSTANCES, "ec2")
    got = parsed["Reservations"][0]["Instances"][0]["Tags"][0]["Value"]
    assert got == "".join(character if may_be_in_xml(ord(character)) else "\ufffd" for character in text)


def may_be_in_xml(point: int) -> bool:
    """The production Char of XML 1.0."""
    return point in {0x9, 0xA, 0xD} or any(
        low <= point <= high for low, high in ((0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF))
    )


def test_a_map_survives_the_way_through_xml() -> None:
    operation = IAM.operation_model("GetAccountSummary")
    answer = QueryWire(IAM).answer(operation, {"SummaryMap": {"Users": 3, "MFADevices": 1}}, "id")
    assert read_back(answer, operation, "query")["SummaryMap"] == {"Users": 3, "MFADevices": 1}
