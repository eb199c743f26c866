"""Runs `smtui play`: plays a recording in the terminal, or prints its text."""

from __future__ import annotations

import os
import sys

import click

from smtui.cli.options import Number, common_options
from smtui.cli.output import FAILED, plain, problem
from smtui.recording.cast_file import BrokenRecording, CastFile
from smtui.recording.ended_by_signal import EndedBySignal
from smtui.recording.playback import FASTEST, SLOWEST


@click.command()
@click.argument("file")
@click.option(
    "--speed",
    type=Number(SLOWEST, FASTEST),
    default=1.0,
    metavar="N",
    help="N times as fast; 0.5 is half as fast.",
)
@click.option(
    "--idle-limit",
    type=Number(0, min_open=True),
    metavar="S",
    help="Shorten pauses to S seconds; default: what the recording says.",
)
@common_options()
@click.pass_context
def play(ctx: click.Context, *, file: str, speed: float, idle_limit: float | None) -> None:
    """Play the recording FILE (asciicast, version 2) in this terminal.

    Keys: space pauses, arrows move 5 s and 1 min, + and - change the speed, . steps, / searches the text, n searches
    on, ? shows where you are, q ends. If the output is not a terminal, the text is printed without escapes.

    Only what draws is played: a recording cannot ask the terminal, change its title, or write to the clipboard.
    """
    try:
        cast = CastFile(file)
        try:
            _play(cast, speed, idle_limit)
        finally:
            cast.close()
    except BrokenRecording as broken:
        problem(str(broken))
        ctx.exit(FAILED)
    except EndedBySignal as ended:
        ctx.exit(ended.status)


def _play(cast: CastFile, speed: float, idle_limit: float | None) -> None:
    if cast.note:
        problem(cast.note)
    if sys.platform == "win32" or not os.isatty(1):
        _print_text(cast)
        return
    from smtui.recording.player import Player
    from smtui.user_terminal import UserTerminal

    terminal = UserTerminal(0 if os.isatty(0) else 1, 1)
    try:
        rows, columns = terminal.size()
        header = cast.header
        if (columns and columns < header.columns) or (rows and rows < header.rows):
            size = f"{header.columns}x{header.rows}"
            problem(f"The recording is {size}, this terminal only {columns}x{rows}: it cannot look the same.")
        Player(cast, terminal, speed=speed, idle_limit=idle_limit).run()
    finally:
        terminal.close()


def _print_text(cast: CastFile) -> None:
    from smtui.domain.terminal_modes.drawing_filter import PlainText

    text = PlainText()
    for _, output in cast.texts():
        plain(text.feed(output))
