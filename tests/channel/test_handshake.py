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
    assert response.error() == ""


def test_the_recorded_complete() -> None:
    assert HandshakeComplete.parse(COMPLETE) == HandshakeComplete(5522787)
    assert HandshakeComplete(5522787).encode() == COMPLETE


def test_an_action_that_failed_is_the_responses_error() -> None:
    response = HandshakeResponse("1.2.3.4", (ProcessedAction(KMS_ENCRYPTION, ActionStatus.FAILED, error="no key"),))
    assert (
        HandshakeResponse.parse(response.encode()).error()
        == "KMSEncryption failed on client with status 2 error: no key"
    )


def test_the_official_clients_odd_unsupported_is_understood() -> None:
    odd = RESPONSE.replace(b'"ActionStatus":1,"ActionResult":null', b'"ActionStatus":0,"ActionResult":3')
    assert HandshakeResponse.parse(odd).actions[0].status is ActionStatus.UNSUPPORTED
    assert HandshakeResponse.parse(odd).error() == "SessionType failed on client with status 3 error: "


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
