"""Command lines against what shells really make of them: real ones where they are, their rules where not."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from smtui.domain.shellquote import Shell, Unquotable, command_line, join, offered_line, shell_of_windows
from smtui.domain.wrapping import folded
from tests.domain import shells
from tests.domain.shells import Obeyed

AWKWARD = [
    "a b", "it's", '{"k": ["v"]}', '{"k":["a&b"]}', "$HOME `x` $(id) \\", "%PATH%", "%PATH:a=b%", "", "tail\\", "a b\\",
    "a\\\\", "a&b|c>d<e^f", "--x=y", "-a.b", "=ls", "~root", "%self", "!!", "it's !x", "'!x'", '"!x"', "\\'; id; '",
    "’; calc; ‘", "‚‛", "“x”", 'a"b', '" & calc & "', '\\" & calc', '"%x%"', "a%b%c", "%", "%%", "{a,b}", "*?[x]", "#x",
    "1.10", "007", "1kb", "0x10", "1e3", "--%", "--", "-", "–x", "a;b", "a,b", "(x)", "\u00a0", "@x", "-Tail",
    "é 日本 👩\u200d💻",
    "C:\\Program Files\\x", "C:\\", "a=b", "@{x}", "x:y", "^", "a^", "^&", "<(id)", "a\\b", "\\\\", "\\\\ \\", "\\\"",
]  # fmt: skip
WORD = st.one_of(
    st.sampled_from(AWKWARD),
    st.text("ab \\\"'`$!%^&|<>(){}[];,=#@~*?-–.:/0189‘’‚‛“”„\u00a0\u3000", max_size=12),
    st.text(max_size=8),
)
WORDS = st.lists(WORD, min_size=1, max_size=4)
VARIABLES = {"PATH": "x & calc", "x": "y & calc", "a": "& calc", "": "& calc"}


def quoted(words: Sequence[str], shell: Shell) -> str | None:
    """The whole line, or None where it is refused."""
    try:
        return command_line(["aws", *words], shell)
    except Unquotable:
        return None


# POSIX and its relatives: real shells -------------------------------------------------------------

PRINT = "printf '%s\\0'"
REAL = {
    "sh": ["sh"],
    "dash": ["dash"],
    "bash": ["bash", "--norc"],
    "zsh": ["zsh", "-f"],
    "zsh with rc quotes": ["zsh", "-f", "-o", "rcquotes"],
    "ksh": ["ksh"],
    "fish": ["fish", "--no-config"],
}


def make(shell: Sequence[str], tmp_path: Path, lines: Sequence[str]) -> list[list[str]]:
    """What each line, a command's words, is to the shell: all in one process, each answer ended by a mark."""
    mark = "end-of-line"
    script = tmp_path / "script"
    script.write_text("".join(f"printf '%s\\0' {line} {mark}\n" for line in lines), "utf-8")
    done = subprocess.run(
        [*shell, str(script)], stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120,
        cwd=tmp_path, env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert done.stderr == b""
    answers = done.stdout.decode().removesuffix(f"{mark}\0").split(f"{mark}\0")
    return [answer.removesuffix("\0").split("\0") for answer in answers]


@pytest.mark.integration
@pytest.mark.parametrize("name", REAL)
@given(batch=st.lists(WORDS, min_size=20, max_size=60))
@example(batch=[[word] for word in AWKWARD])
@example(batch=[AWKWARD])
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_real_shells_read_the_very_words(name: str, batch: list[list[str]], tmp_path: Path) -> None:
    shell = REAL[name]
    if shutil.which(shell[0]) is None:
        pytest.skip(f"there is no {shell[0]} here")
    accepted = [words for words in batch if quoted(words, Shell.POSIX) is not None]
    lines = [join(["aws", *words], Shell.POSIX).removeprefix("aws ") for words in accepted]
    assert make(shell, tmp_path, lines) == accepted if accepted else True


@pytest.mark.integration
@pytest.mark.parametrize("name", ["sh", "bash", "zsh", "fish"])
@pytest.mark.parametrize("width", [20, 41])
def test_a_command_folded_over_lines_is_the_same_to_real_shells(name: str, width: int, tmp_path: Path) -> None:
    shell = REAL[name]
    if shutil.which(shell[0]) is None:
        pytest.skip(f"there is no {shell[0]} here")
    words = [word * 9 for word in AWKWARD if "-" not in word[:1] and word.isascii()]
    lines = "\n".join(folded(["x", *words], Shell.POSIX, width)).removeprefix("x ")
    [read] = make(shell, tmp_path, [lines])
    assert read == words


@pytest.mark.integration
@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_an_interactive_shell_expands_no_history(name: str, tmp_path: Path) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"there is no {name} here")
    words = ["it's !x", "!!", "'!x'", '"!x"', "a\\'!x", "!", "x'!!'y", "\"'!echo'\""]
    lines = "".join(f"printf '%s\\0' {join(['aws', word], Shell.POSIX).removeprefix('aws ')}\n" for word in words)
    options = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}[name]
    done = subprocess.run(
        [name, *options], input=f"{'set -H' if name == 'bash' else 'setopt banghist'}\n{lines}exit\n".encode(),
        capture_output=True, check=False, timeout=60,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "TERM": "dumb", "PS1": ""},
    )  # fmt: skip
    assert [word for word in words if f"{word}\0".encode() not in done.stdout] == [], done
    assert b"event not found" not in done.stderr + done.stdout


# PowerShell and cmd: their rules ------------------------------------------------------------------


def argv_by_powershell(make_line: Callable[[Sequence[str]], str], line: str) -> list[str]:
    _, *words = shells.read_powershell(line)
    return shells.read_c_run_time(make_line(words))


@given(WORDS)
@example(AWKWARD)
@settings(max_examples=1000, deadline=None)
def test_windows_powershell_gives_the_program_the_very_words(words: list[str]) -> None:
    line = quoted(words, Shell.POWERSHELL)
    if line is not None:
        assert argv_by_powershell(shells.line_of_powershell_5, line) == words


@given(WORDS)
@settings(max_examples=1000, deadline=None)
def test_powershell_7_gives_the_program_the_very_words(words: list[str]) -> None:
    line = quoted(words, Shell.PWSH)
    if line is not None:
        assert argv_by_powershell(shells.line_of_powershell_7, line) == words


@given(WORDS)
@example(["\\%"])
@settings(max_examples=1000, deadline=None)
def test_cmd_gives_the_program_the_very_words(words: list[str]) -> None:
    line = quoted(words, Shell.CMD)
    if line is not None:
        assert shells.read_c_run_time(shells.read_cmd(line, VARIABLES)) == ["aws", *words]
        assert shells.read_c_run_time(shells.as_batch_file(line, VARIABLES)) == ["aws", *words]
        shells.read_cmd(line, VARIABLES, delayed=True)


@pytest.mark.parametrize("word", [word for word in AWKWARD if not set(word) & set('"!')])
@pytest.mark.parametrize("shell", list(Shell))
def test_little_is_refused(word: str, shell: Shell) -> None:
    assert quoted([word], shell) is not None


@pytest.mark.parametrize("word", ['{"k":["v"]}', '{"Version": "2012-10-17"}', '""'])
def test_json_is_quoted_for_every_shell(word: str) -> None:
    assert all(quoted([word], shell) for shell in Shell)


@pytest.mark.parametrize("word", ['a"b', '{"k":["a&b"]}', '"%x%"', "!x!", "done!"])
def test_what_cmd_cannot_be_given_is_refused_with_the_reason(word: str) -> None:
    with pytest.raises(Unquotable, match=r"cmd\.exe"):
        join(["aws", word], Shell.CMD)


@pytest.mark.parametrize(
    ("shell", "program", "line"),
    [
        (Shell.POWERSHELL, "C:\\Program Files\\x.exe", "& 'C:\\Program Files\\x.exe' y"),
        (Shell.PWSH, "7z", "& '7z' y"),
        (Shell.POWERSHELL, "aws", "aws y"),
        (Shell.POWERSHELL, ".\\Setup.exe", ".\\Setup.exe y"),
        (Shell.CMD, "C:\\Program Files\\x.exe", '"C:\\Program Files\\x.exe" y'),
        (Shell.POSIX, "/opt/a b/x", "'/opt/a b/x' y"),
    ],
)
def test_a_program_whose_path_needs_quotes_is_still_called(shell: Shell, program: str, line: str) -> None:
    assert command_line([program, "y"], shell) == line


HIDDEN = [
    "a\nb",
    "\x1b[0m",
    "\x00",
    "\x7f",
    "\x9b31m",
    "\x85",
    "\u2028",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\udc80",
    "\U000e0041",
    "\u3164",
]


@pytest.mark.parametrize("word", HIDDEN)
@pytest.mark.parametrize("shell", list(Shell))
def test_what_is_not_shown_as_it_is_is_refused(word: str, shell: Shell) -> None:
    with pytest.raises(Unquotable, match=r"control character \(U\+[0-9A-F]{4,5}\)"):
        join(["echo", word], shell)
    assert offered_line(["echo", word], shell).startswith("(a value holds a control character (U+")


@pytest.mark.parametrize(
    ("environ", "shell"),
    [
        ({"PROMPT": "$P$G", "PSModulePath": "C:\\Program Files\\WindowsPowerShell\\Modules"}, Shell.CMD),
        ({"PSModulePath": "C:\\Users\\a\\Documents\\WindowsPowerShell\\Modules"}, Shell.POWERSHELL),
        ({"PSModulePath": "C:\\Users\\a\\Documents\\PowerShell\\Modules"}, Shell.PWSH),
        ({"PSModulePath": "c:\\program files\\powershell\\7\\Modules;C:\\x"}, Shell.PWSH),
        ({}, Shell.POWERSHELL),
    ],
)  # fmt: skip
def test_the_shell_of_a_windows_session(environ: dict[str, str], shell: Shell) -> None:
    assert shell_of_windows(environ) is shell


# The readers themselves ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "argv"),
    [
        ('"a b c" d e', ["a b c", "d", "e"]),
        ('"ab\\"c" "\\\\" d', ['ab"c', "\\", "d"]),
        ('a\\\\\\b d"e f"g h', ["a\\\\\\b", "de fg", "h"]),
        ('a\\\\\\"b c d', ['a\\"b', "c", "d"]),
        ('a\\\\\\\\"b c" d e', ["a\\\\b c", "d", "e"]),
        ('a"b"" c d', ['ab" c d']),
    ],
)
def test_the_c_run_time_by_microsofts_own_examples(line: str, argv: list[str]) -> None:
    assert shells.read_c_run_time(line) == argv


@pytest.mark.parametrize(
    "line", ["aws 'a' ; b", "aws ’a", "aws 'a’; calc", 'aws "x"', "'x' y", "aws -a.b", "aws 1kb", "aws a\nb"]
)
def test_what_powershell_would_obey(line: str) -> None:
    with pytest.raises(Obeyed):
        shells.read_powershell(line)


@pytest.mark.parametrize("line", ["a & b", '"a" & b', '"a\\" & b"', '"a', "a\nb", "a > b"])
def test_what_cmd_would_obey(line: str) -> None:
    with pytest.raises(Obeyed):
        shells.read_cmd(line, {})


def test_what_cmd_expands() -> None:
    assert shells.read_cmd('"%PATH%" ^%PATH^% %NO% a^&b', {"PATH": "/bin"}) == '"/bin" %PATH% %NO% a&b'
    assert shells.read_cmd("%PATH:bin=x%", {"PATH": "/bin"}) == "/x"
