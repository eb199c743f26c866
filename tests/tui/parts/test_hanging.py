"""Commands and sentences in lines of a width: nothing is lost, nothing is broken that one must copy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from smtui.domain.place import Place
from smtui.domain.request import SessionRequest, aws_argv
from smtui.domain.shellquote import Shell, command_line
from smtui.tui.parts.dialog import fitting_title
from smtui.tui.parts.hanging import hang, hanging_command

WIDTHS = st.integers(60, 200)
NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{2,40}", fullmatch=True)
VALUES = st.lists(
    st.text(
        st.characters(min_codepoint=32, max_codepoint=0x17F, exclude_categories=("Cc", "Cf")), min_size=1, max_size=90
    ),
    max_size=2,
)


@given(WIDTHS, NAMES, st.dictionaries(NAMES, VALUES, max_size=3), st.text("abc 'x", max_size=60), st.booleans())
def test_a_command_is_never_cut_and_no_option_or_id_is_broken(
    width: int, document: str, parameters: dict[str, list[str]], reason: str, with_lead: bool
) -> None:
    target = "i-0a1b2c3d4e5f60718"
    given_values = {name: tuple(values) for name, values in parameters.items()}
    request = SessionRequest(target, Place("ops", "eu-west-1"), document, given_values, reason)
    command = command_line(aws_argv(request), Shell.POSIX)
    lead = "enter starts preset 1:" if with_lead else ""
    lines = hanging_command(command, width, lead)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(f"{lead}{command}".split())
    options = [word for word in command.split() if word.startswith("--") and word.strip("-").isalpha()]
    for whole in (target, document, *options):
        assert any(whole in line for line in lines)
    assert all(line.startswith("  ") or cell_len(line) > width - 2 for line in lines[1:]), (
        "a long word begins further left"
    )


@given(WIDTHS, st.lists(st.text("abc/.-", min_size=1, max_size=60), min_size=8, max_size=20))
def test_a_word_longer_than_a_line_is_broken_behind_a_comma(width: int, values: list[str]) -> None:
    word = ",".join(values)
    lines = hanging_command(f"aws --parameters {word} --region eu-west-1", width)
    assert "".join("".join(lines).split()) == f"aws--parameters{word}--regioneu-west-1"
    if cell_len(word) > width and all(cell_len(value) < width - 3 for value in values):
        assert all(line.endswith((",", *values, "--parameters", "eu-west-1", "--region")) for line in lines)


@pytest.mark.parametrize(
    ("text", "indent", "lines"),
    [
        ("●  one two three", 3, ["●  one two", "   three"]),
        ("one two three four", 0, ["one two", "three four"]),
        ("", 0, [""]),
        (f"{' ' * 12}one", 0, ["one"]),
    ],
)
def test_further_lines_hang_below_the_first_letter(text: str, indent: int, lines: list[str]) -> None:
    assert hang(text, 10, indent) == lines


def test_a_title_loses_its_details_from_the_right() -> None:
    parts = ("Forward a port through web-1", "i-0a1b2c3d4e5f60718", "ops/eu-west-1")
    assert fitting_title(parts, 98) == " · ".join(parts)
    assert fitting_title(parts, 60) == " · ".join(parts[:2])
    assert fitting_title(parts, 20) == parts[0]


@given(st.text(alphabet="ab 漢.-", max_size=80), st.integers(2, 20))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    lines = hang(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
