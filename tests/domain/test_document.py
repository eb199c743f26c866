"""Session documents: never a crash whatever they hold, never a value that the document forbids."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.document import (
    BrokenDocument,
    DocumentSummary,
    Parameter,
    SessionDocument,
    SessionType,
    complaints,
    document_needs,
    parse_document,
    parse_values,
)
from smtui.domain.version import AgentAbility, Version


def content(session_type: str = "InteractiveCommands", **parts: Any) -> str:
    return json.dumps({"schemaVersion": "1.0", "sessionType": session_type, **parts})


def read(text: str) -> SessionDocument:
    document = parse_document("Acme-X", "111122223333", text)
    assert isinstance(document, SessionDocument), document
    return document


def broken(text: str) -> str:
    document = parse_document("Acme-X", "111122223333", text)
    assert isinstance(document, BrokenDocument), document
    return document.reason


PORT = read(
    content(
        "Port",
        parameters={
            "portNumber": {"type": "String", "allowedPattern": "^[1-9][0-9]{0,4}$"},
            "host": {"type": "String"},
            "service": {"type": "String", "default": "a", "allowedValues": ["a", "b"]},
            "tags": {"type": "StringList", "default": ["x", "y"]},
        },
        properties={"host": "{{ host }}"},
    )
)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
trees = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
limits = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["String", "StringList", "Boolean"]) | trees,
        "default": trees,
        "allowedPattern": st.text(alphabet="^$.*+?[](){}|\\ad0-9,") | trees,
        "allowedValues": st.lists(st.text()) | trees,
        "description": trees,
    },
)
documents = st.fixed_dictionaries(
    {"schemaVersion": st.just("1.0") | trees, "sessionType": st.sampled_from(list(SessionType)) | trees},
    optional={
        "parameters": st.dictionaries(st.text(), limits | trees, max_size=4) | trees,
        "properties": trees
        | st.fixed_dictionaries({"linux": st.fixed_dictionaries({"separateOutputStream": trees}) | trees}),
        "description": trees,
    },
)
values = st.lists(st.text(), max_size=3).map(tuple)


@given(st.text() | trees.map(json.dumps) | documents.map(json.dumps), st.dictionaries(st.text(), values, max_size=4))
def test_no_content_and_no_values_crash_anything(text: str, values: dict[str, tuple[str, ...]]) -> None:
    document = parse_document("Acme-X", "1", text)
    if isinstance(document, BrokenDocument):
        assert document.reason.endswith(".")
        return
    given_values = values | {parameter.name: ("a",) for parameter in document.parameters}
    for sentence in complaints(document, given_values).values():
        assert sentence.endswith((".", "?"))
    document.separates_output(given_values)
    for parameter in document.parameters:
        parse_values(parameter, "a, b,")
        assert isinstance(parameter.pattern_trouble, str)


@given(
    st.sampled_from(["^[a-z]+$", "[a-z]+", "^/var/log/[\\w./-]+$", "a|b", "^(a|b)?$", "", "\\d{2}"]),
    st.lists(st.text(alphabet="abz/var.log19\n٣ ", max_size=12), min_size=1, max_size=3).map(tuple),
)
def test_what_passes_matches_the_whole_pattern(pattern: str, given_values: tuple[str, ...]) -> None:
    parameter = Parameter("p", "StringList", allowed_pattern=pattern)
    if parameter.complaint(given_values) == "":
        assert all(re.fullmatch(pattern or "(?s:.+)", value, re.ASCII) for value in given_values)


@given(st.lists(st.text(), min_size=1), st.text())
def test_only_allowed_values_pass(allowed: list[str], value: str) -> None:
    passes = Parameter("p", allowed_values=tuple(allowed)).complaint((value,)) == ""
    assert passes == (value in allowed and value != "")


@given(st.lists(st.text(alphabet=st.characters(exclude_characters=","), min_size=1).filter(str.strip), max_size=5))
def test_a_list_comes_back_from_what_was_typed(items: list[str]) -> None:
    assert parse_values(Parameter("p", "StringList"), ", ".join(items)) == tuple(item.strip() for item in items)


@given(st.text())
def test_text_is_one_value_as_typed(text: str) -> None:
    assert parse_values(Parameter("p"), text) == ((text,) if text else ())


@pytest.mark.parametrize(
    ("name", "given_values", "sentence"),
    [
        ("host", (), "host is required."),
        ("portNumber", (), ""),
        ("portNumber", ("abc",), "portNumber must match ^[1-9][0-9]{0,4}$."),
        ("portNumber", ("80\n",), "portNumber must match ^[1-9][0-9]{0,4}$."),
        ("portNumber", ("8٣",), "portNumber must match ^[1-9][0-9]{0,4}$."),
        ("portNumber", ("80", "81"), "portNumber takes one value."),
        ("host", ("",), "host cannot be sent empty."),
        ("host", ("x" * 65_536,), "host is too long: at most 65535 characters."),
        ("service", ("c",), "service must be one of a, b."),
        ("tags", ("p", "q"), ""),
    ],
)
def test_complaints_of_a_parameter(name: str, given_values: tuple[str, ...], sentence: str) -> None:
    parameter = PORT.parameter(name)
    assert parameter is not None
    assert parameter.complaint(given_values) == sentence


def test_digits_and_letters_of_a_pattern_are_ascii_as_for_aws() -> None:
    assert Parameter("p", allowed_pattern="\\d+").complaint(("8\N{ARABIC-INDIC DIGIT THREE}",))
    assert Parameter("p", allowed_pattern="\\w+").complaint(("über",))
    assert not Parameter("p", allowed_pattern="\\w+").complaint(("uber_8",))


def test_complaints_of_a_document() -> None:
    told = complaints(PORT, {"PortNumber": ("80",), "colour": ("blue",), "service": ("b",)})
    assert told == {
        "host": "host is required.",
        "PortNumber": "Acme-X has no parameter PortNumber; did you mean portNumber?",
        "colour": "Acme-X has no parameter colour.",
    }


def test_the_port_is_80_when_a_port_document_says_nothing_else() -> None:
    assert [parameter.default for parameter in PORT.parameters] == [("80",), None, ("a",), ("x", "y")]
    shell = read(content(parameters={"portNumber": {"type": "String"}}))
    assert shell.parameters[0].required


@pytest.mark.parametrize("pattern", ["[", "\\p{Alpha}+", "(?<n>a)", "a{99999999999}", "(" * 3000])
def test_a_pattern_that_cannot_be_read_says_so_and_refuses_nothing(pattern: str) -> None:
    parameter = Parameter("p", allowed_pattern=pattern)
    assert parameter.pattern_trouble == "smtui cannot read the pattern of p; AWS checks it when the session starts."
    assert parameter.complaint(("anything",)) == ""
    assert Parameter("p", allowed_pattern="^a$").pattern_trouble == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("schemaVersion: '1.0'\nsessionType: Port\n", "Its content is not JSON."),
        ("", "Its content is not JSON."),
        ("[" * 100_000, "Its content is not JSON."),
        ("[]", "Its content is not a JSON object."),
        ('{"schemaVersion": "2.2"}', "Its schema version is 2.2; sessions need 1.0."),
        ("{}", "Its schema version is missing; sessions need 1.0."),
        ('{"schemaVersion": "1.0"}', "It has no session type."),
        (content("Batch"), "Its session type 'Batch' is not one that smtui knows."),
        (content(parameters=["a"]), "Its parameters are not a JSON object."),
        (content(parameters={"a": "b"}), "Its parameter a is not a JSON object."),
        (content(parameters={"a": {"default": {}}}), "The default of its parameter a is not text."),
    ],
)
def test_what_cannot_be_used_says_why(text: str, reason: str) -> None:
    assert broken(text) == reason


@pytest.mark.parametrize(
    ("session_type", "properties", "needs"),
    [
        ("Standard_Stream", {}, AgentAbility.SESSIONS),
        ("InteractiveCommands", {}, AgentAbility.SESSIONS),
        ("NonInteractiveCommands", {}, AgentAbility.NON_INTERACTIVE),
        ("Port", {"portNumber": "22"}, AgentAbility.PORT_FORWARDING),
        ("Port", {"host": "{{ host }}"}, AgentAbility.REMOTE_HOST),
    ],
)
def test_what_is_needed_of_the_agent(session_type: str, properties: dict[str, str], needs: AgentAbility) -> None:
    assert read(content(session_type, properties=properties)).needs is needs


def test_what_is_needed_is_said_only_to_agents_that_may_lack_it() -> None:
    told = "Acme-X needs SSM Agent 3.1.1374.0 or later (forwarding to a remote host)"
    assert document_needs(PORT, Version.of("3.1.1374.0")) == ""
    assert document_needs(PORT, Version.of("3.0.1390.0")) == f"{told}; this node has 3.0.1390.0."
    assert document_needs(PORT, None) == f"{told}; the version of this node's agent is not known."


def command(separate: object, **parameters: Any) -> SessionDocument:
    properties = {"windows": {"commands": "x"}, "linux": {"commands": "x", "separateOutputStream": separate}}
    return read(content("NonInteractiveCommands", properties=properties, parameters=parameters))


@pytest.mark.parametrize(
    ("separate", "apart"), [("True", True), (True, True), ("false", False), (False, False), ("", False), ("yes", False)]
)
def test_whether_the_streams_come_apart(separate: object, apart: bool) -> None:
    assert command(separate).separates_output({}) is apart


def test_a_parameter_may_decide_whether_the_streams_come_apart() -> None:
    document = command("{{ apart }}", apart={"default": "False"})
    assert not document.separates_output({})
    assert document.separates_output({"apart": ("True",)})
    assert not command("{{ apart }}", apart={"default": "True"}).separates_output({"apart": ("False",)})
    assert not command("{{ nothing }}").separates_output({})


def test_names_of_other_accounts_are_arns_with_a_short_name() -> None:
    arn = "arn:aws:ssm:eu-west-1:444455556666:document/Shared-DiskUsage"
    assert DocumentSummary(arn, "444455556666").label == "Shared-DiskUsage"
    assert DocumentSummary("Acme-X", "111122223333").label == "Acme-X"


@pytest.mark.parametrize(
    ("name", "secret"),
    [("password", True), ("apiKey", True), ("DB_TOKEN", True), ("clientSecret", True), ("portNumber", False)],
)
def test_names_that_say_that_their_values_are_secret(name: str, secret: bool) -> None:
    assert Parameter(name).secret is secret


def test_flags_that_exclude_each_other_are_left_to_aws() -> None:
    parameter = Parameter("name", "String", "", None, r"(?u)\w+", ())
    assert parameter.complaint(("x",)) == ""
    assert "AWS checks" in parameter.pattern_trouble
