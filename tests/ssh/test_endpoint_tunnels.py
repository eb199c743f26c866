"""What an endpoint's refusals and closings are told as."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.ssh.endpoint_choice import ConnectEndpoint, ConnectTarget, EndpointWay
from smtui.ssh.endpoint_tunnels import TunnelAddress, closing_sentence, refusal_sentence, text_sentence

WAY = EndpointWay(
    ConnectEndpoint("eice-1", "create-complete", "vpc-1", "subnet-1", "host"),
    ConnectTarget("i-1", "running", "vpc-1", "subnet-1"),
    "10.0.1.10",
)
WRONG_PORT = (
    '{"ErrorCode":"InvalidParameter","Message":"The specified RemotePort is not valid. Specify either 22 or 3389 as '
    'the RemotePort and retry your request."}'
)
"""As the service answered on aidansteele/rdsconn#5."""


def test_the_bodys_message_is_quoted() -> None:
    assert refusal_sentence(400, WRONG_PORT, "eice-1") == (
        "eice-1 refused the tunnel (HTTP status 400). AWS says: The specified RemotePort is not valid. Specify either "
        "22 or 3389 as the RemotePort and retry your request."
    )


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, json.dumps({"ErrorCode": "AccessDenied", "Message": "no"})),
        (401, "Unauthorized"),
        (400, json.dumps({"message": "User: x is not authorized to perform: ec2-instance-connect:OpenTunnel"})),
    ],
)
def test_a_denied_tunnel_names_the_permission(status: int, body: str) -> None:
    assert "ec2-instance-connect:OpenTunnel on the endpoint" in refusal_sentence(status, body, "eice-1")


@pytest.mark.parametrize("body", ["", "[]", "null", "<html>\x1b[31mno</html>", '{"Message": 5}', "[" * 100_000])
def test_any_body_gives_one_harmless_line(body: str) -> None:
    sentence = refusal_sentence(502, body, "eice-1")
    assert sentence.isprintable()
    assert sentence.endswith((".", "…")) or len(sentence) < 800


def test_an_orderly_end_needs_no_words() -> None:
    assert closing_sentence(1000, "bye", WAY, 22) == closing_sentence(1005, "", WAY, 22) == ""


def test_a_target_that_is_not_reached() -> None:
    sentence = closing_sentence(1011, "Unable to connect to target", WAY, 22)
    assert sentence.startswith("eice-1 cannot reach 10.0.1.10 on port 22. AWS says: Unable to connect to target.")
    assert "security group" in sentence


def test_other_ends() -> None:
    assert closing_sentence(1006, "", WAY, 22) == "The connection to eice-1 broke."
    assert closing_sentence(1008, "Too long", WAY, 22) == "eice-1 closed the connection. AWS says: Too long."
    assert closing_sentence(1011, "", WAY, 22) == "eice-1 closed the connection without a reason (code 1011)."


@given(st.text())
def test_text_from_outside_stays_harmless(text: str) -> None:
    for sentence in (text_sentence(text, "eice-1"), closing_sentence(4000, text, WAY, 22)):
        assert sentence.isprintable()


def test_a_signed_url_does_not_show_itself() -> None:
    address = TunnelAddress("wss://host/openTunnel?X-Amz-Signature=secret", None, "http://u:secret@proxy")
    assert "secret" not in repr(address)
