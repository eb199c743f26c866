from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.demo.wire.http_server import HttpRequest
from smtui.demo.wire.json_protocol import JsonWire
from smtui.demo.wire.service_errors import AwsError, Refusal, Refused
from smtui.demo.wire.service_models import service_model

SSM = service_model("ssm")
WIRE = JsonWire(SSM)
START = SSM.operation_model("StartSession")
LISTING = SSM.operation_model("DescribeInstanceInformation")


def request(body: bytes, target: str = "AmazonSSM.StartSession") -> HttpRequest:
    return HttpRequest("POST", "/", headers=(("x-amz-target", target),), body=body)


def test_the_target_names_the_operation() -> None:
    assert WIRE.operation(request(b"", "AmazonSSM.DescribeSessions")) == "DescribeSessions"
    assert WIRE.operation(request(b"", "TrentService.Decrypt")) == ""
    assert WIRE.operation(request(b"", "")) == ""


def test_parameters_are_read_by_the_model_and_unknown_ones_left_out() -> None:
    body = {"Target": "i-0", "Parameters": {"portNumber": ["80"]}, "Reason": None, "Unheard": 1}
    assert WIRE.parameters(request(json.dumps(body).encode()), START) == {
        "Target": "i-0",
        "Parameters": {"portNumber": ["80"]},
    }


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"1",
        b'"text"',
        b"\xff\xfe",
        b'{"Target": 1}',
        b'{"Target": ["a"]}',
        b'{"Parameters": {"a": "80"}}',
        b"[" * 5000,
        b'{"Target": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_of_another_type_is_a_serialization_error(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        WIRE.parameters(request(body), START)
    assert caught.value.refusal is Refusal.MALFORMED
    assert caught.value.error("json").code == "SerializationException"


def test_a_boolean_is_no_number() -> None:
    with pytest.raises(Refused):
        WIRE.parameters(request(b'{"MaxResults": true}'), LISTING)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_parser(body: bytes) -> None:
    with suppress(Refused):
        WIRE.parameters(request(body), START)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["Target", "Filters", "Key", "Values", "x"]), inner)
    ),
    max_leaves=20,
)


@given(json_values)
def test_no_json_breaks_the_parser(value: Any) -> None:
    for operation in (START, LISTING):
        with suppress(Refused):
            WIRE.parameters(request(json.dumps(value).encode()), operation)


def test_the_answers_exact_bytes() -> None:
    when = datetime(2026, 11, 22, 7, 30, 0, 250_000, tzinfo=UTC)
    result = {"InstanceInformationList": [{"InstanceId": "i-0", "LastPingDateTime": when, "Name": None}]}
    response = WIRE.answer(LISTING, result | {"NextToken": None}, "id-1")
    assert response.body == (b'{"InstanceInformationList":[{"InstanceId":"i-0","LastPingDateTime":1795332600.25}]}')
    assert response.content_type == "application/x-amz-json-1.1"
    assert response.headers == (("x-amzn-RequestId", "id-1"),)


def test_an_errors_exact_bytes() -> None:
    own = WIRE.error(AwsError("TargetNotConnected", "i-0 is not connected."), START, "id-1")
    assert (own.status, own.body) == (400, b'{"__type":"TargetNotConnected","Message":"i-0 is not connected."}')
    common = WIRE.error(AwsError("ThrottlingException", "Rate exceeded"), START, "id-1")
    assert common.body == b'{"__type":"ThrottlingException","message":"Rate exceeded"}'
    unknown = WIRE.error(WIRE.unknown_operation("Nope").error("json"), None, "id-1")
    assert unknown.body == b'{"__type":"UnknownOperationException"}'
