"""A private name for the data channel: what may be set, and what becomes of AWS's stream URL."""

from __future__ import annotations

import pytest

from smtui.domain.places.stream_endpoint import EndpointUnusable, at_endpoint, checked_endpoint, endpoint_in

STREAM = "wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/s-1?role=publish_subscribe&cell-number=AB%3D"


@pytest.mark.parametrize(
    ("given", "endpoint", "host"),
    [
        ("https://vpce-0a.ssmmessages.eu-west-1.vpce.amazonaws.com", None, "wss://vpce-0a.ssmmessages.eu-west-1.vpce.amazonaws.com"),
        (" wss://messages.corp.example:8443/ ", "https://messages.corp.example:8443", "wss://messages.corp.example:8443"),
        ("http://127.0.0.1:4566", None, "ws://127.0.0.1:4566"),
        ("https://[::1]:4566", None, "wss://[::1]:4566"),
    ],
)  # fmt: skip
def test_the_stream_url_is_put_at_that_host(given: str, endpoint: str | None, host: str) -> None:
    checked = checked_endpoint(given, "X")
    assert checked == (endpoint or given)
    assert at_endpoint(STREAM, checked) == f"{host}/v1/data-channel/s-1?role=publish_subscribe&cell-number=AB%3D"
    assert at_endpoint(at_endpoint(STREAM, checked), checked) == at_endpoint(STREAM, checked)


def test_without_one_aws_names_the_host() -> None:
    assert at_endpoint(STREAM, "") == STREAM
    assert endpoint_in({}) == ""
    assert endpoint_in({"SMTUI_ENDPOINT_URL_SSMMESSAGES": "  "}) == ""


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("messages.corp.example", "must be a URL such as"),
        ("ftp://messages.corp.example", "must be a URL such as"),
        ("https://", "must be a URL such as"),
        ("https://[::1", "is not a URL"),
        ("https://host:port", "is not a URL"),
        ("https://user@host", "nothing but a host"),
        ("https://host/path", "nothing but a host"),
        ("https://host?x=1", "nothing but a host"),
        ("http://messages.corp.example", "in the clear"),
        ("ws://10.0.0.1", "in the clear"),
    ],
)
def test_what_cannot_be_used_is_refused_and_the_setting_named(given: str, why: str) -> None:
    with pytest.raises(EndpointUnusable, match=f"^SMTUI_ENDPOINT_URL_SSMMESSAGES .*{why}"):
        endpoint_in({"SMTUI_ENDPOINT_URL_SSMMESSAGES": given})
