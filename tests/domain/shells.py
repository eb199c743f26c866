"""What shells make of a line, by their documented rules; written from these alone, to hold `shellquote` against.

Sources: PowerShell's about_Parsing, about_Quoting_Rules and its tokenizer's character classes; "Parsing C command-line
arguments" of Microsoft's C run time; the phases in which cmd.exe reads an interactive line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

SINGLE = "'\u2018\u2019\u201a\u201b"
DOUBLE = '"\u201c\u201d\u201e'
DASHES = "-\u2013\u2014\u2015"


class Obeyed(Exception):
    """The shell did something with the line instead of taking it for words."""


def is_blank(character: str) -> bool:
    """What .NET calls white space."""
    return character in "\t\n\v\f\r\x85" or unicodedata.category(character) in ("Zs", "Zl", "Zp")


# PowerShell --------------------------------------------------------------------------------------


def read_powershell(line: str) -> list[str]:
    """The words of one command; raises `Obeyed` where anything is more than text."""
    words: list[str] = []
    at = 0
    calls = line.startswith("& ")
    if calls:
        at = 2
    while at < len(line):
        if is_blank(line[at]):
            if line[at] in "\r\n":
                raise Obeyed("a new line begins another command")
            at += 1
            continue
        if line[at] in SINGLE:
            word, at = _single_quoted(line, at + 1)
            if not words and not calls:
                raise Obeyed("a text where a command belongs is printed")
        else:
            word, at = _bare(line, at, is_command=not words)
        words.append(word)
        if at < len(line) and not is_blank(line[at]):
            raise Obeyed(f"two tokens touch at {line[at:][:10]!r}")
    return words


def _single_quoted(line: str, at: int) -> tuple[str, int]:
    text = ""
    while at < len(line):
        if line[at] in SINGLE:
            if at + 1 < len(line) and line[at + 1] in SINGLE:
                text, at = text + line[at + 1], at + 2
                continue
            return text, at + 1
        text, at = text + line[at], at + 1
    raise Obeyed("a text without an end waits for more")


def _bare(line: str, at: int, *, is_command: bool) -> tuple[str, int]:
    start = at
    while at < len(line) and not is_blank(line[at]):
        if line[at] in "`$(){};|&,<>#@" + SINGLE + DOUBLE:
            raise Obeyed(f"{line[at]!r} outside of quotes")
        at += 1
    word = line[start:at]
    if not is_command and word[0] in DASHES:
        rest = word[1:]
        if rest[:1] == "-":
            if rest in ("-", "-%"):
                raise Obeyed("the words behind it are read in another way")
        elif "." in rest or ":" in rest or not rest.replace("-", "").isalpha():
            raise Obeyed("a parameter that is cut in two, or an operator")
    elif _is_number(word) and (is_command or str(int(word) if word.isdigit() else None) != word):
        raise Obeyed("a number in a spelling that is not kept")
    if word[0] in DASHES[1:]:
        raise Obeyed("a dash that begins a parameter")
    return word, at


def _is_number(word: str) -> bool:
    number = r"[+-]?(?:0x[0-9a-f]+|0b[01]+|\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)"
    return re.fullmatch(number + r"(?:u?[ylsdn]?|u)?(?:[kmgtp]b)?", word, re.IGNORECASE) is not None


def line_of_powershell_5(words: Sequence[str]) -> str:
    """The command line that Windows PowerShell 5.1 makes: as they are, quoted where a blank is outside of quotes."""
    return " ".join(f'"{word}"' if _needs_quotes(word) else word for word in words if word)


def _needs_quotes(word: str) -> bool:
    quotes, after_backslash = 0, False
    for character in word:
        if character == '"' and not after_backslash:
            quotes += 1
        elif is_blank(character) and quotes % 2 == 0:
            return True
        after_backslash = character == "\\"
    return False


def line_of_powershell_7(words: Sequence[str]) -> str:
    """The command line that .NET makes of a list of arguments."""
    return " ".join(map(_as_dotnet, words))


def _as_dotnet(word: str) -> str:
    if word and not any(is_blank(character) or character == '"' for character in word):
        return word
    text, backslashes = '"', 0
    for character in word:
        if character == "\\":
            backslashes += 1
            continue
        text += "\\" * (2 * backslashes + 1 if character == '"' else backslashes) + character
        backslashes = 0
    return text + "\\" * (2 * backslashes) + '"'


# The C run time ----------------------------------------------------------------------------------


def read_c_run_time(line: str) -> list[str]:
    """argv behind the program's name, as Microsoft's C run time splits it."""
    argv: list[str] = []
    at = 0
    while True:
        while at < len(line) and line[at] in " \t":
            at += 1
        if at == len(line):
            return argv
        word, quoted = "", False
        while at < len(line) and (quoted or line[at] not in " \t"):
            backslashes = 0
            while at < len(line) and line[at] == "\\":
                backslashes, at = backslashes + 1, at + 1
            if at < len(line) and line[at] == '"':
                word += "\\" * (backslashes // 2)
                if backslashes % 2:
                    word, at = word + '"', at + 1
                elif quoted and line[at + 1 : at + 2] == '"':
                    word, at = word + '"', at + 2
                else:
                    quoted, at = not quoted, at + 1
                continue
            word += "\\" * backslashes
            if at < len(line) and (quoted or line[at] not in " \t"):
                word, at = word + line[at], at + 1
        argv.append(word)


# cmd.exe -----------------------------------------------------------------------------------------


def read_cmd(line: str, variables: Mapping[str, str], *, delayed: bool = False) -> str:
    """The command line that cmd.exe gives to a program; raises `Obeyed` where it does anything else."""
    line = _without_carets(_expanded(line, variables))
    return _expanded_later(line, variables) if delayed and "!" in line else line


def _expanded(line: str, variables: Mapping[str, str]) -> str:
    """%NAME% and %NAME:a=b%, in quotes as well; at a prompt an unknown name stays as it stands."""
    text, at = "", 0
    while at < len(line):
        end = line.find("%", at + 1) if line[at] == "%" else -1
        name, _, how = line[at + 1 : end].partition(":") if end > 0 else ("", "", "")
        if end > 0 and name in variables:
            old, is_replaced, new = how.partition("=")
            value = variables[name].replace(old, new) if is_replaced and old else variables[name]
            text, at = text + value, end + 1
        else:
            text, at = text + line[at], at + 1
    return text


def _without_carets(line: str) -> str:
    text, quoted, at = "", False, 0
    while at < len(line):
        character = line[at]
        if character in "\r\n\x00\x1a":
            raise Obeyed("the line ends here")
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "&|<>":
            raise Obeyed(f"{character} outside of quotes")
        elif not quoted and character == "^":
            at += 1
            if at == len(line):
                raise Obeyed("the line goes on")
            character = line[at]
        text, at = text + character, at + 1
    if quoted:
        raise Obeyed("what follows on the line would be inside the quotes")
    return text


def _expanded_later(line: str, variables: Mapping[str, str]) -> str:
    raise Obeyed("delayed expansion takes ! and ^ away")


def as_batch_file(line: str, variables: Mapping[str, str]) -> str:
    """What a program gets that a batch file calls with %*: cmd.exe reads the line a second time."""
    return _without_carets(read_cmd(line, variables))
