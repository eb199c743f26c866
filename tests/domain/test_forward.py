"""Forwards as they are typed and as StartSession gets them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.forward import (
    Destination,
    Forward,
    LocalPort,
    LocalSocket,
    NotAForward,
    parse_destination,
    parse_local_socket,
    parse_port,
)
from smtui.domain.place import Place


@pytest.mark.parametrize(
    ("text", "destination"),
    [
        ("80", Destination(80)),
        ("db.internal:5432", Destination(5432, "db.internal")),
        ("10.0.0.7:65535", Destination(65535, "10.0.0.7")),
        ("[::1]:5432", Destination(5432, "::1")),
        ("[fe80::1%eth0]:22", Destination(22, "fe80::1%eth0")),
    ],
)
def test_destinations(text: str, destination: Destination) -> None:
    assert parse_destination(text) == destination
    assert parse_destination(str(destination)) == destination


@pytest.mark.parametrize(
    "text",
    ["", "0", "65536", "abc", "-1", "８０", "a b:80", ":80", "host:", "host:0", "::1:80", "h\n:80", "$(x):80", "[]:80"],
)
def test_what_is_no_destination_is_a_sentence(text: str) -> None:
    with pytest.raises(NotAForward, match=r"\.$"):
        parse_destination(text)


@given(st.text())
def test_parsing_never_crashes(text: str) -> None:
    for parse in (parse_destination, parse_port, parse_local_socket):
        try:
            parse(text)
        except NotAForward:
            continue


HERE = Place("ops", "eu-west-1")


@pytest.mark.parametrize(
    ("destination", "local", "document", "parameters"),
    [
        (
            Destination(80),
            LocalPort(8080),
            "AWS-StartPortForwardingSession",
            {"portNumber": ("80",), "localPortNumber": ("8080",)},
        ),
        (
            Destination(5432, "db.internal"),
            LocalPort(15432),
            "AWS-StartPortForwardingSessionToRemoteHost",
            {"portNumber": ("5432",), "host": ("db.internal",), "localPortNumber": ("15432",)},
        ),
        (
            Destination(80),
            LocalSocket("/run/x.sock"),
            "AWS-StartPortForwardingSessionToSocket",
            {"portNumber": ("80",), "localUnixSocket": ("/run/x.sock",)},
        ),
    ],
)
def test_the_request(
    destination: Destination, local: LocalPort | LocalSocket, document: str, parameters: dict[str, tuple[str, ...]]
) -> None:
    request = Forward("i-0a1b2c3d", HERE, "web-1", destination, local).request()
    assert (request.document_name, dict(request.parameters)) == (document, parameters)
    assert request.target == "i-0a1b2c3d"


def test_addresses_are_shown_as_they_are_typed_elsewhere() -> None:
    assert str(LocalPort(8080)) == "127.0.0.1:8080"
    assert str(LocalPort(80, "::1")) == "[::1]:80"
