"""What becomes of the user's words on the way to a node's shell."""

from __future__ import annotations

import shlex
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.runs.command_words import NotACommand, script_lines, session_command, shell_line, shown

_WORD = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)


@given(st.lists(_WORD, min_size=2, max_size=6).filter(lambda words: any(word.strip() for word in words)))
def test_several_words_stay_these_words(words: list[str]) -> None:
    """The agent splits the command, and the shell that it executes splits the line again."""
    shell, option, bounded, line = shlex.split(session_command(words, windows=False, seconds=60))
    assert (shell, option) == ("sh", "-c")
    assert 'exec timeout -k 5 65 sh -c "$0"' in bounded
    assert shlex.split(line) == words
    assert script_lines(words, windows=False) == line.split("\n")


@given(_WORD.filter(str.strip))
def test_one_word_is_a_line_for_the_shell(word: str) -> None:
    assert shlex.split(session_command([word], windows=False, seconds=1.5))[3:] == [word]


def test_powershell_gets_its_line_encoded() -> None:
    *options, encoded = session_command(["Get-Service 'a b'"], windows=True, seconds=60).split(" ")
    assert options == ["powershell", "-NoProfile", "-NonInteractive", "-EncodedCommand"]
    script = b64decode(encoded).decode("utf-16-le")
    assert script.startswith("Get-Service 'a b'\n")
    assert "exit $LASTEXITCODE" in script
    assert shell_line(["net", "user", "a b"], windows=True) == "net user 'a b'"


@pytest.mark.parametrize("words", [[], [""], ["  "], ["a\0b"]])
def test_what_is_no_command(words: list[str]) -> None:
    with pytest.raises(NotACommand):
        session_command(words, windows=False, seconds=60)


def test_a_command_that_is_too_long_says_so_before_anything_starts() -> None:
    with pytest.raises(NotACommand, match="65,535 characters"):
        session_command(["x" * 65_530], windows=False, seconds=60)
    assert session_command(["x" * 65_000], windows=False, seconds=60)
    with pytest.raises(NotACommand, match="Run Command takes"):
        script_lines(["x" * 65_536], windows=False)


def test_it_is_shown_as_it_would_be_typed() -> None:
    assert shown(["uptime | cut -c1-9"]) == "uptime | cut -c1-9"
    assert shown(["echo", "a b"]) == "echo 'a b'"
