"""Lines of a width: nothing lost, nothing wider, and a folded command is still the same command."""

from __future__ import annotations

import contextlib
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtui.domain.shellquote import Shell, Unquotable, join
from smtui.domain.text import cell_width
from smtui.domain.wrapping import HangingLine, folded, hanging, laid_out, wrapped

WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf", "Cn", "Co", "Zl", "Zp", "Mn", "Me")), max_size=60)


def test_words_stay_whole_where_they_can() -> None:
    assert wrapped("one two three", 9, "- ") == ["- one two", "  three"]
    assert wrapped("one two three", 9, "# ", "# ") == ["# one two", "# three"]


def test_a_long_word_is_cut() -> None:
    assert wrapped("abcdefghij kl", 6, "  ") == ["  abcd", "  efgh", "  ij", "  kl"]


def test_a_url_stays_whole_whatever_the_width() -> None:
    url = "https://docs.example/" + "a" * 40
    assert wrapped(f"see {url} for more", 20, "- ") == ["- see", f"  {url}", "  for more"]
    assert wrapped(f"({url})", 20) == [f"({url})"]


@pytest.mark.parametrize("shell", list(Shell))
def test_a_url_stays_whole_in_a_command(shell: Shell) -> None:
    url = "https://docs.example/" + "a" * 40
    assert [line for line in folded(["curl", "-o", "file.deb", url], shell, 30) if url in line]


ARN = "arn:aws:iam::111122223333:role/web"


def test_a_word_that_does_not_fit_beside_its_lead_is_whole_further_left() -> None:
    assert wrapped(f"the role {ARN} lacks it", 40, "          ") == [
        "          the role",
        f"      {ARN}",
        "          lacks it",
    ]
    assert wrapped(ARN, 40, "EVIDENCE  ") == ["EVIDENCE", f"      {ARN}"]
    assert wrapped(ARN, 40, " " * 10) == [f"      {ARN}"]


def test_a_word_that_no_line_can_hold_is_cut_after_a_separator() -> None:
    assert wrapped(ARN, 30) == ["arn:aws:iam::111122223333:", "role/web"]


def test_the_first_line_may_begin_further_right() -> None:
    assert hanging("one two three", 12, 2, first=8) == [
        HangingLine(8, "one"),
        HangingLine(2, "two three"),
    ]


@given(words=st.lists(st.text("abc:-/", min_size=1, max_size=60), min_size=1), width=st.integers(20, 90))
def test_what_a_line_can_hold_is_never_cut(words: list[str], width: int) -> None:
    lines = hanging(" ".join(words), width, 13)
    assert all(line.column + len(line.text) <= width for line in lines)
    shown = [word for line in lines for word in line.text.split()]
    assert [word for word in words if len(word) <= width and word not in shown] == []
    assert "".join(shown) == "".join(words)


@given(argv=st.lists(WORDS, min_size=1), width=st.integers(20, 120))
def test_a_command_to_read_loses_nothing_and_keeps_what_a_line_can_hold(argv: list[str], width: int) -> None:
    lines = laid_out(argv, Shell.POSIX, width)
    assert all(cell_width(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(join(argv, Shell.POSIX).split())


def test_a_command_to_read_keeps_options_with_their_values() -> None:
    argv = ["aws", "ec2", "reboot-instances", "--instance-ids", "i-0a1b2c3d4e5f60718", "--profile", "ops"]
    assert laid_out(argv, Shell.POSIX, 44) == [
        "aws ec2 reboot-instances",
        "  --instance-ids i-0a1b2c3d4e5f60718",
        "  --profile ops",
    ]


def test_text_is_made_harmless() -> None:
    assert wrapped("a\x1b[2Jb", 20) == ["a␛[2Jb"]


@given(text=st.text(), width=st.integers(12, 90))
def test_nothing_is_wider_and_nothing_is_lost(text: str, width: int) -> None:
    lines = wrapped(text, width, "  1. ")
    assert all(cell_width(line) <= width and line.isprintable() for line in lines)
    from smtui.domain.text import harmless

    assert "".join("".join(lines).removeprefix("  1.").split()) == "".join(harmless(text).split())


def test_an_option_stays_with_its_value() -> None:
    argv = ["aws", "ec2", "reboot-instances", "--instance-ids", "i-0a1b2c3d4e5f60718", "--profile", "ops"]
    assert folded(argv, Shell.POSIX, 44) == [
        "aws ec2 reboot-instances \\",
        "    --instance-ids i-0a1b2c3d4e5f60718 \\",
        "    --profile ops",
    ]
    assert folded(argv, Shell.POWERSHELL, 62)[0].endswith("i-0a1b2c3d4e5f60718 `")
    assert folded(argv, Shell.CMD, 62)[0].endswith("i-0a1b2c3d4e5f60718 ^")


def test_a_command_that_fits_is_one_line() -> None:
    assert folded(["aws", "--version"], Shell.POSIX, 80) == ["aws --version"]


def test_control_characters_are_refused() -> None:
    with pytest.raises(Unquotable):
        folded(["a", "b\nc"], Shell.POSIX, 80)


@given(argv=st.lists(WORDS, min_size=1), width=st.integers(20, 90), shell=st.sampled_from(list(Shell)))
def test_no_line_of_a_command_is_wider(argv: list[str], width: int, shell: Shell) -> None:
    with contextlib.suppress(Unquotable):
        assert_fits(argv, width, shell)


def assert_fits(argv: list[str], width: int, shell: Shell) -> None:
    mark = {Shell.POSIX: "\\", Shell.CMD: "^"}.get(shell, "`")
    for line in folded(argv, shell, width):
        whole_word = shell is not Shell.POSIX and line.removesuffix(f" {mark}") in {
            join([word], shell) for word in argv
        }
        assert whole_word or cell_width(line) <= width


@pytest.mark.integration
@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a POSIX shell")
@settings(max_examples=40, deadline=None)
@given(argv=st.lists(WORDS, min_size=1, max_size=6), width=st.integers(20, 60))
def test_a_shell_reads_the_lines_as_the_one_command(argv: list[str], width: int) -> None:
    script = "\n".join(folded(["printf", r"%s\0", *argv], Shell.POSIX, width))
    ran = subprocess.run(["sh", "-c", script], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})
    assert ran.stdout.decode().split("\0")[:-1] == argv
