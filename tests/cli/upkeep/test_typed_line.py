"""What bash would replace, and what is inserted for it."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.cli.upkeep.typed_line import TypedLine, unquoted

BREAKS = " \t\n\"'@><=;|&(:"


@pytest.mark.parametrize(
    ("line", "words", "current"),
    [
        ("smtui ", ["smtui"], ""),
        (r"smtui web\ 1", ["smtui"], "web 1"),
        ("smtui 'web 1' x", ["smtui", "web 1"], "x"),
        ('smtui "a\\"b', ["smtui"], 'a"b'),
        ("smtui --region=eu", ["smtui"], "--region=eu"),
        ("cd /; smtui con", ["smtui"], "con"),
        ("smtui '' x", ["smtui", ""], "x"),
    ],
)
def test_reads_words(line: str, words: list[str], current: str) -> None:
    typed = TypedLine(line, BREAKS)
    assert (typed.words, typed.current, typed.can_complete) == (words, current, True)


@pytest.mark.parametrize("line", ["smtui $HO", 'smtui "$HO', "smtui `i", "smtui 'a'b", 'smtui "$(x)y'])
def test_offers_nothing_where_bash_replaces_otherwise(line: str) -> None:
    assert not TypedLine(line, BREAKS).can_complete


@pytest.mark.parametrize(
    ("line", "word", "inserted"),
    [
        ("smtui db:", "db:1", "1 "),
        ("smtui --region=eu-", "--region=eu-west-1", "eu-west-1 "),
        ("smtui we", "web 1", "web\\ 1 "),
        ("smtui 'we", "web's", "web'\\''s"),
        ('smtui "we', "web$1", "web\\$1"),
        ('smtui "we', "web!1", ""),
    ],
)
def test_inserts_what_follows_the_last_break(line: str, word: str, inserted: str) -> None:
    assert TypedLine(line, BREAKS).replacement(word, ends=True) == inserted


def test_the_at_sign_is_replaced_too_where_bash_completes_host_names() -> None:
    assert TypedLine("smtui ssh me@w", BREAKS, "@").replacement("me@web", ends=False) == "@web"
    assert TypedLine("smtui ssh me@w", BREAKS, "").replacement("me@web", ends=False) == "web"


NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cf")), min_size=1)


@given(NAMES)
def test_a_shell_reads_every_name_as_it_is(name: str) -> None:
    inserted = TypedLine("smtui ", BREAKS).replacement(name, ends=True)
    assert shlex.split(inserted) == [name]
    assert shlex.split("'" + TypedLine("smtui '", BREAKS).replacement(name, ends=True) + "'") == [name]
    in_double = TypedLine('smtui "', BREAKS).replacement(name, ends=True)
    assert "!" in name or shlex.split(in_double.replace("\\`", "`").replace("\\$", "$").join('""')) == [name]


@pytest.mark.parametrize(
    ("token", "text"), [("web", "web"), (r"web\ 1", "web 1"), ("'web 1", "web 1"), ('"a\\"b', 'a"b'), ("'a\\b", "a\\b")]
)
def test_reads_a_token_of_fish(token: str, text: str) -> None:
    assert unquoted(token) == text
