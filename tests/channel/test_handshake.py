"""The handshake's payloads, against recorded ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.channel.handshake import (
    KMS_ENCRYPTION,
    SESSION_TYPE,
    ActionStatus,
    HandshakeComplete,
    HandshakeRequest,
    HandshakeResponse,
    KeyRequest,
    ProcessedAction,
    SessionType,
)
from smtui.channel.message import MalformedMessage

REQUEST = (
    b'{"AgentVersion":"3.3.987.0","RequestedClientActions":[{"ActionType":"SessionType",'
    b'"ActionParameters":{"SessionType":"NonInteractiveCommands","Properties":null}}]}'
)
RESPONSE = (
    b'{"ClientVersion":"1.2.677.0","ProcessedClientActions":[{"ActionType":"SessionType",'
    b'"ActionStatus":1,"ActionResult":null,"Error":""}],"Errors":null}'
)
COMPLETE = b'{"HandshakeTimeToComplete":5522787,"CustomerMessage":""}'


def test_the_recorded_request() -> None:
    request = HandshakeRequest.parse(REQUEST)
    assert (request.agent_version, request.session_type) == ("3.3.987.0", "NonInteractiveCommands")
    assert request.parameters_of(KMS_ENCRYPTION) is None
    assert request.encode() == REQUEST
    assert HandshakeRequest.for_session("3.3.987.0", SessionType.NON_INTERACTIVE_COMMANDS).encode() == REQUEST


def test_the_recorded_response() -> None:
    response = HandshakeResponse("1.2.677.0", (ProcessedAction(SESSION_TYPE, ActionStatus.SUCCESS),))
    assert response.encode() == RESPONSE
    assert HandshakeResponse.parse(RESPONSE) == response
    assert [action.failure() for action in response.actions] == [""]


def test_the_recorded_complete() -> None:
    assert HandshakeComplete.parse(COMPLETE) == HandshakeComplete(5522787)
    assert HandshakeComplete(5522787).encode() == COMPLETE


def test_an_action_that_failed_in_the_words_of_the_agent() -> None:
    response = HandshakeResponse("1.2.3.4", (ProcessedAction(KMS_ENCRYPTION, ActionStatus.FAILED, error="no key"),))
    [action] = HandshakeResponse.parse(response.encode()).actions
    assert action.failure() == "KMSEncryption failed on client with status 2 error: no key"


def test_the_official_clients_odd_unsupported_is_understood() -> None:
    odd = RESPONSE.replace(b'"ActionStatus":1,"ActionResult":null', b'"ActionStatus":0,"ActionResult":3')
    [action] = HandshakeResponse.parse(odd).actions
    assert action.status is ActionStatus.UNSUPPORTED
    assert action.failure() == "SessionType failed on client with status 3 error: "


@pytest.mark.parametrize(
    ("parameters", "read"),
    [
        ({"KMSKeyId": "arn:key", "Challenge": "cmFuZG9t"}, KeyRequest("arn:key", "cmFuZG9t")),
        ({"KMSKeyId": "arn:key"}, KeyRequest("arn:key")),
        ({"KMSKeyId": "arn:key", "Challenge": ""}, KeyRequest("arn:key")),
        ({"KMSKeyId": "arn:key", "Challenge": None}, KeyRequest("arn:key")),
    ],
    ids=["newer agent", "older agent", "empty", "null"],
)
def test_what_an_agent_says_of_the_data_key(parameters: dict[str, object], read: KeyRequest) -> None:
    assert KeyRequest.parse(parameters) == read
    assert KeyRequest.parse(read.parameters()) == read


@pytest.mark.parametrize(
    "parameters",
    [{}, {"KMSKeyId": ""}, {"KMSKeyId": 7}, {"KMSKeyId": None, "Challenge": "x"}]
    + [{"KMSKeyId": "arn:key", "Challenge": odd} for odd in (7, 0, False, True, [], ["x"], {"a": "b"}, 0.5)],
    ids=str,
)
def test_a_data_key_that_nobody_could_make_is_refused(parameters: dict[str, object]) -> None:
    with pytest.raises(MalformedMessage):
        KeyRequest.parse(parameters)


@given(st.binary(max_size=100) | st.sampled_from([b"{}", b'{"AgentVersion":"1","RequestedClientActions":[7]}']))
def test_garbage_is_refused(payload: bytes) -> None:
    for read in (HandshakeRequest.parse, HandshakeResponse.parse):
        with pytest.raises(MalformedMessage):
            read(payload)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(
                    ["AgentVersion", "RequestedClientActions", "ActionType", "ActionParameters", "SessionType"]
                ),
                x,
            )
        ),
    )
)
def test_json_of_another_shape_never_crashes(value: object) -> None:
    import json

    try:
        request = HandshakeRequest.parse(json.dumps(value).encode())
    except MalformedMessage:
        return
    assert isinstance(request.session_type, str)
