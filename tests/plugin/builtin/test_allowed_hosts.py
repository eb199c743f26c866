"""Where the plugin connects to, and where not."""

from __future__ import annotations

import pytest

from smtui.plugin.builtin.allowed_hosts import is_of_ecs, refusal

PATH = "/v1/data-channel/s-1?role=publish_subscribe"


@pytest.mark.parametrize(
    "origin",
    [
        "wss://ssmmessages.us-east-1.amazonaws.com",
        "wss://ssmmessages.us-east-1.amazonaws.com:443",
        "wss://ssmmessages-fips.us-gov-west-1.amazonaws.com",
        "wss://ssmmessages.cn-north-1.amazonaws.com.cn",
        "wss://ssmmessages.eu-west-1.api.aws",
        "wss://vpce-0a1b-c2d3.ssmmessages.eu-west-1.vpce.amazonaws.com",
        "wss://vpce-0a1b-c2d3-eu-west-1a.ssmmessages.cn-north-1.vpce.amazonaws.com.cn",
        "wss://SSMMESSAGES.us-iso-east-1.c2s.ic.gov",
        "ws://127.0.0.1:8765",
        "ws://127.1.2.3:8765",
        "ws://[::1]:8765",
        "ws://localhost:8765",
        "wss://localhost:8765",
        "wss://proxy.corp.example:8443",
    ],
)
def test_allowed(origin: str) -> None:
    assert refusal(origin + PATH, {"SMTUI_STREAM_HOSTS": "other.example, Proxy.corp.example"}) == ""


@pytest.mark.parametrize(
    "origin",
    [
        "ws://ssmmessages.us-east-1.amazonaws.com",
        "ws://proxy.corp.example",
        "ws://10.0.0.1",
        "ws://127.0.0.1.evil.example",
        "ws://localhost.evil.example",
        "wss://evil.example",
        "wss://ssmmessages.us-east-1.amazonaws.com.evil.example",
        "wss://evilssmmessages.us-east-1.amazonaws.com",
        "wss://s3.us-east-1.amazonaws.com",
        "wss://ssmmessages.us-east-1.amazonaws.com:8443",
        "wss://ssmmessages.us-east-1.amazonaws.com@evil.example",
        "wss://user@ssmmessages.us-east-1.amazonaws.com",
        "https://ssmmessages.us-east-1.amazonaws.com",
        "wss://",
        "wss://[",
        "wss://ssmmessages.us-east-1.amazonaws.com:x",
    ],
)
def test_refused(origin: str) -> None:
    assert refusal(origin + PATH, {"SMTUI_STREAM_HOSTS": "proxy.corp.example"})


def test_the_refusal_says_how_to_allow_a_host() -> None:
    assert refusal("wss://evil.example", {}) == (
        "evil.example is not an endpoint of Session Manager (allow it with SMTUI_STREAM_HOSTS)"
    )


@pytest.mark.parametrize(
    ("endpoint_url", "expected"),
    [
        ("https://ecs.us-east-1.amazonaws.com", True),
        ("https://ecs-fips.us-gov-west-1.amazonaws.com", True),
        ("https://ecs.cn-north-1.amazonaws.com.cn", True),
        ("https://ssm.us-east-1.amazonaws.com", False),
        ("https://ecs.us-east-1.amazonaws.com.evil.example", False),
        ("http://127.0.0.1:8780", False),
        ("https://vpce-0a1-b2.ecs.eu-west-1.vpce.amazonaws.com", True),
        ("https://vpce-0a1-b2.ssm.eu-west-1.vpce.amazonaws.com", False),
        ("https://ecs.corp.example", False),
        ("https://ours.corp.example", True),
        ("http://[", False),
        ("", False),
    ],
)
def test_the_endpoint_of_ecs_cannot_end_sessions(endpoint_url: str, expected: bool) -> None:
    assert is_of_ecs(endpoint_url, {"AWS_ENDPOINT_URL_ECS": "https://ours.corp.example"}) is expected
    assert not is_of_ecs("", {"AWS_ENDPOINT_URL_ECS": ""})


def test_the_configured_endpoint_of_the_data_channel_may_be_used() -> None:
    environ = {"SMTUI_ENDPOINT_URL_SSMMESSAGES": "https://Messages.corp.example:8443"}
    assert refusal("wss://messages.corp.example:8443/v1/x", environ) == ""
    assert "without TLS" in refusal("ws://messages.corp.example/v1/x", environ)
    assert "is not an endpoint" in refusal("wss://other.corp.example/v1/x", environ)


def test_a_configured_endpoint_that_cannot_be_read_allows_nothing() -> None:
    environ = {"SMTUI_ENDPOINT_URL_SSMMESSAGES": "https://[", "SMTUI_STREAM_HOSTS": "tunnel.corp.example"}
    assert "is not an endpoint" in refusal("wss://other.corp.example/v1/x", environ)
    assert refusal("wss://tunnel.corp.example/v1/x", environ) == ""
