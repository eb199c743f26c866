"""What the plugin takes from argv and environment."""

from __future__ import annotations

import json

import pytest

from smtui.plugin.builtin.invocation import Answer, Environment, read, take_secrets

RESPONSE = json.dumps({"SessionId": "s-1", "StreamUrl": "wss://x/", "TokenValue": "s3cret"})
ARGV = ["AWS_SSM_START_SESSION_RESPONSE", "eu-west-1", "StartSession", "dev", '{"Target":"i-1"}', "https://ssm/"]


def test_the_secrets_are_taken_out_of_the_environment() -> None:
    environ = {
        "AWS_SSM_START_SESSION_RESPONSE_7": RESPONSE,
        "AWS_SSM_START_SESSION_RESPONSE": "of another session",
        "SMTUI_PLUGIN_PARENT": "1",
        "SMTUI_LOCAL_HOST": "0.0.0.0",
        "SMTUI_SESSION_TYPE": "Port",
        "SMTUI_RESUMES": "1",
        "PATH": "/bin",
    }
    taken = take_secrets(["AWS_SSM_START_SESSION_RESPONSE_7"], environ)
    assert taken == Environment(RESPONSE, from_smtui=True, local_host="0.0.0.0", session_type="Port", resumes=True)
    assert environ == {"PATH": "/bin"}
    assert "s3cret" not in repr(taken)


def test_everything_is_read() -> None:
    invocation = read(ARGV, Environment(RESPONSE, from_smtui=False))
    assert (invocation.session_id, invocation.stream_url, invocation.token) == ("s-1", "wss://x/", "s3cret")
    assert (invocation.region, invocation.profile, invocation.target) == ("eu-west-1", "dev", "i-1")
    assert invocation.endpoint_url == "https://ssm/"
    assert "s3cret" not in repr(invocation)


@pytest.mark.parametrize(
    ("parameters", "destination"),
    [
        ({"portNumber": ["80"]}, "localhost:80"),
        ({"host": ["db.internal"], "portNumber": ["5432"]}, "db.internal:5432"),
        ({}, ""),
        ({"portNumber": []}, ""),
        ({"portNumber": [80]}, ""),
        ("nonsense", ""),
    ],
)
def test_where_a_forward_leads_is_read_from_the_request(parameters: object, destination: str) -> None:
    argv = [*ARGV[:4], json.dumps({"Target": "i-1", "Parameters": parameters}), ARGV[5]]
    assert read(argv, Environment(RESPONSE, from_smtui=False)).destination == destination


def test_the_legacy_form_has_only_three_arguments() -> None:
    invocation = read([RESPONSE, "eu-west-1", "StartSession"], Environment(None, from_smtui=False))
    assert (invocation.profile, invocation.target, invocation.endpoint_url) == ("", "", "")


@pytest.mark.parametrize("request_json", ["", "{", "[]", '{"Target":7}', "[" * 100_000])
def test_a_request_without_a_target_is_no_reason_to_fail(request_json: str) -> None:
    assert read([*ARGV[:4], request_json], Environment(RESPONSE, from_smtui=False)).target == ""


@pytest.mark.parametrize("response", ["", '{"TokenValue":"s3cret"', '["s3cret"]', "s3cret", "[" * 100_000])
def test_a_broken_response_is_refused_without_quoting_it(response: str) -> None:
    with pytest.raises(Answer) as caught:
        read(ARGV, Environment(response, from_smtui=False))
    assert caught.value.text.startswith("Cannot perform start session: ")
    assert "s3cret" not in caught.value.text


@pytest.mark.parametrize("missing", ["SessionId", "StreamUrl", "TokenValue"])
def test_a_response_that_lacks_something_is_refused(missing: str) -> None:
    response = json.loads(RESPONSE)
    response[missing] = ""
    with pytest.raises(Answer) as caught:
        read(ARGV, Environment(json.dumps(response), from_smtui=False))
    assert missing in caught.value.text
    assert (caught.value.status, caught.value.wrong) == (2, True)
