"""Reads the command line that a shell completes, and quotes the words that replace its end.

Bash passes the line as it was typed and replaces it from the last character that parts words for it
(COMP_WORDBREAKS). What it inserts is not quoted, so a node's name must be quoted here. Source: bash's manual
(Programmable Completion) and readline's complete.c.
"""

from __future__ import annotations

_BLANKS = " \t\n"
_OPERATORS = ";|&()<>"
_ESCAPED_IN_DOUBLE = '$`"\\'
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,=")


class TypedLine:
    """The words of a bash line up to the cursor."""

    def __init__(self, line: str, breaks: str, hosts: str = "") -> None:
        """`breaks` is COMP_WORDBREAKS; `hosts` is `@` if bash completes host names, and then replaces the @ too."""
        self.words: list[str] = []
        """The words before the cursor's, the program first."""
        self.current = ""
        """The word at the cursor, without its quotes."""
        self.can_complete = True
        """Whether it is known what bash would replace."""
        self._breaks = breaks
        self._hosts = hosts
        self._quote = ""
        self._kept = 0
        """Characters of `current` that bash leaves as they are."""
        self._begun = False
        self._read(line)

    def _read(self, line: str) -> None:
        at = 0
        while at < len(line):
            at += self._take(line[at], line[at + 1 : at + 2])

    def _take(self, character: str, following: str) -> int:
        """Take a character, or one with the next one; return how many."""
        if self._quote:
            return self._in_quotes(character, following)
        if character in _BLANKS:
            self._end_word()
        elif character in _OPERATORS:
            self._end_word()
            self.words = []
        elif character == "\\":
            self._add(following)
            return 2
        elif character in "'\"":
            self._quote, self._begun, self._kept = character, True, len(self.current)
        else:
            self.can_complete = self.can_complete and character not in "$`"
            self._add(character)
            if character in self._breaks:
                self._kept = len(self.current) - (character == self._hosts)
        return 1

    def _in_quotes(self, character: str, following: str) -> int:
        if character == self._quote:
            self._quote = ""
            self.can_complete = False  # what follows a closed quotation is replaced in another way
        elif character == "\\" and self._quote == '"' and following and following in _ESCAPED_IN_DOUBLE:
            self._add(following)
            return 2
        else:
            self.can_complete = self.can_complete and not (self._quote == '"' and character in "$`")
            self._add(character)
        return 1

    def _add(self, text: str) -> None:
        self.current += text
        self._begun = True

    def _end_word(self) -> None:
        if self._begun:
            self.words.append(self.current)
        self.current, self._begun, self._kept, self.can_complete = "", False, 0, True

    def replacement(self, word: str, *, ends: bool) -> str:
        """Return what bash inserts so that the line holds `word`; empty if that cannot be quoted.

        `ends` says that the word is complete: a blank follows, where bash does not close a quotation first.
        """
        rest = word[self._kept :]
        if self._quote == "'":
            return rest.replace("'", "'\\''")
        if self._quote == '"':
            escaped = "".join(f"\\{each}" if each in _ESCAPED_IN_DOUBLE else each for each in rest)
            return escaped if "!" not in rest else ""  # bash expands its history there, whatever is before the !
        return "".join(map(_escaped, rest)) + (" " if ends else "")


def _escaped(character: str) -> str:
    return character if character in _PLAIN or ord(character) > 127 else f"\\{character}"


def unquoted(token: str) -> str:
    """Return a token at fish's cursor without its quotation, as far as it has one."""
    quote = token[:1] if token[:1] in ("'", '"') else ""
    text, plain, at = token[len(quote) :], "", 0
    while at < len(text):
        at += text[at] == "\\" and at + 1 < len(text) and (not quote or text[at + 1] in ("\\", quote))
        plain += text[at]
        at += 1
    return plain
