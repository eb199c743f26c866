"""Asks for MFA codes on the terminal of a subcommand: visibly, on stderr, so that the output stays a program's."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from smtui.cli.output import problem
from smtui.domain.text import harmless

if TYPE_CHECKING:
    from smtui.domain.places.mfa_question import MfaQuestion
    from smtui.engine.fleet import Fleet
    from smtui.engine.offloop import OffLoop

_LONGEST_ANSWER = 256


class CodePrompt:
    """Answers `MfaCodes.answer_with`. Without a terminal in front there is nobody to ask."""

    def __init__(self, fleet: Fleet, off_loop: OffLoop) -> None:
        self.is_open = False
        """Whether a question is on the terminal right now."""
        self._fleet = fleet
        self._off_loop = off_loop

    async def ask(self, question: MfaQuestion) -> str | None:
        """What was typed; None for an empty line, or the end of the input."""
        self.is_open = True
        try:
            if question.trouble:
                problem(f"{question.trouble} {self._wait_of(question)}".rstrip())
            click.echo(f"MFA code for {harmless(question.serial)}: ", err=True, nl=False)
            # Past Python's buffer, because its lock could block the exit.
            typed = await self._off_loop.call(lambda: os.read(sys.stdin.fileno(), _LONGEST_ANSWER))
        except OSError:
            return None
        finally:
            self.is_open = False
        return typed.decode(errors="replace").strip() or None

    def _wait_of(self, question: MfaQuestion) -> str:
        if question.next_code_at is None:
            return ""
        seconds = max(0, round((question.next_code_at - self._fleet.clock()).total_seconds()))
        return f"The next one comes in {seconds} s."


def can_ask_for_codes() -> bool:
    """Whether a person sees stderr and types on stdin; stdout may be a pipe or a file."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
