"""Commands that go with a tunnel: a closed set of placeholders, never a word more than was written."""

from __future__ import annotations

import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.command_template import (
    PLACEHOLDERS,
    BadTemplate,
    CommandValues,
    check_template,
    expand,
    split_command,
    values_of,
)
from smtui.domain.forward import Destination, Forward, LocalPort, LocalSocket
from smtui.domain.place import Place

VALUES = CommandValues(15432, "127.0.0.1", "db.internal", 5432, "i-0a1b2c3d", "web 1; rm -rf $HOME", "ops", "eu-west-1")


@pytest.mark.parametrize(
    ("word", "expanded"),
    [
        ("plain", "plain"),
        ("", ""),
        ("{local_port}", "15432"),
        ("{local_host}:{local_port}", "127.0.0.1:15432"),
        ("{host}:{port}/{node_id}", "db.internal:5432/i-0a1b2c3d"),
        ("{profile}@{region}", "ops@eu-west-1"),
        ("{node_name}", "web 1; rm -rf $HOME"),
        ("{{local_port}}", "{local_port}"),
        ("{{{local_port}}}", "{15432}"),
        ("$(id) `id` %s", "$(id) `id` %s"),
    ],
)
def test_expansion(word: str, expanded: str) -> None:
    assert expand(("x", word), VALUES) == ("x", expanded)


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("{loca_port}", "Did you mean {local_port}?"),
        ("{}", "Allowed are {local_port}"),
        ("{0}", "not known"),
        ("{local_port.__class__}", "not known"),
        ("{local_port[0]}", "not known"),
        ("{local_port!r}", "not known"),
        ("{local_port:>9}", "not known"),
        ("{ local_port }", "not known"),
        ("{__init__}", "not known"),
        ("a{b", "single {"),
        ("a}b", "single }"),
        ("{{a}", "single }"),
    ],
)
def test_what_is_no_placeholder_is_a_sentence(word: str, told: str) -> None:
    for use in (lambda: check_template(("x", word)), lambda: expand(("x", word), VALUES)):
        with pytest.raises(BadTemplate) as wrong:
            use()
        assert told in str(wrong.value)


def test_every_placeholder_is_named_when_one_is_wrong() -> None:
    with pytest.raises(BadTemplate) as wrong:
        check_template(("x", "{nonsense}"))
    assert all(f"{{{name}}}" in str(wrong.value) for name in PLACEHOLDERS)


def test_a_name_in_the_account_cannot_become_an_option() -> None:
    values = CommandValues(1, "127.0.0.1", "h", 2, "i-1", "-oProxyCommand=id", "", "")
    with pytest.raises(BadTemplate, match="option"):
        expand(("ssh", "{node_name}"), values)
    assert expand(("ssh", "-oHostKeyAlias={node_name}"), values)[1] == "-oHostKeyAlias=-oProxyCommand=id"


def test_a_control_character_in_a_value_is_refused() -> None:
    values = CommandValues(1, "127.0.0.1", "h", 2, "i-1", "a\x1b]0;b\x07", "", "")
    with pytest.raises(BadTemplate, match="control character"):
        expand(("echo", "{node_name}"), values)
    assert expand(("echo", "{node_id}"), values) == ("echo", "i-1")


@pytest.mark.parametrize(
    ("command", "told"), [(("{node_name}", "x"), "program"), (("", "x"), "program"), (("a\nb",), "line break")]
)
def test_a_command_that_could_never_run(command: tuple[str, ...], told: str) -> None:
    with pytest.raises(BadTemplate, match=told):
        check_template(command)


def test_no_command_is_fine() -> None:
    check_template(())
    assert expand((), VALUES) == ()


def test_a_line_is_split_into_words() -> None:
    assert split_command("psql -h {local_host} 'dbname=my db'") == ("psql", "-h", "{local_host}", "dbname=my db")
    with pytest.raises(BadTemplate, match="quote"):
        split_command("psql 'oops")


def test_the_values_of_a_forward() -> None:
    place = Place("ops", "")
    to_node = Forward("i-1", place, "web-1", Destination(80), LocalPort(8080, "0.0.0.0"))
    assert values_of(to_node, region="eu-west-1") == CommandValues(
        8080, "127.0.0.1", "localhost", 80, "i-1", "web-1", "ops", "eu-west-1"
    )
    to_socket = Forward("i-1", place, "web-1", Destination(5432, "db"), LocalSocket("/run/x"))
    assert values_of(to_socket).local_host == "/run/x"
    with pytest.raises(BadTemplate, match="socket"):
        expand(("psql", "{local_port}"), values_of(to_socket))


texts = st.text(st.characters(codec="utf-8"), max_size=30)
templates = st.lists(
    st.lists(st.one_of(texts, st.sampled_from([f"{{{name}}}" for name in PLACEHOLDERS])), max_size=4).map("".join),
    max_size=6,
).map(tuple)


@given(
    templates,
    st.builds(CommandValues, st.integers(0, 65535), texts, texts, st.integers(1, 65535), texts, texts, texts, texts),
)
def test_values_never_add_a_word_and_never_crash(command: tuple[str, ...], values: CommandValues) -> None:
    try:
        check_template(command)
        expanded = expand(command, values)
    except BadTemplate:
        return
    assert len(expanded) == len(command)
    assert expanded[:1] == tuple(word.replace("{{", "{").replace("}}", "}") for word in command[:1])
    assert not any(character in word for word in expanded for character in "\0\n\x1b")


@given(st.text(string.printable))
def test_any_line_is_split_or_refused(line: str) -> None:
    with suppress(BadTemplate):
        assert all(isinstance(word, str) for word in split_command(line))
