"""`smtui` without a subcommand: the screen."""

from __future__ import annotations

import click

from smtui.cli.options import settings


def run_screen(ctx: click.Context, filter_text: str, *, read_only: bool) -> int:
    """Run the TUI to its end; answers the exit status."""
    from smtui.wiring import run_tui

    return run_tui(settings(ctx), filter_text, read_only=read_only)
