"""The options that are understood before and after every subcommand, and what they amount to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from smtui.settings import Settings

_META = "smtui.settings"
_Command = TypeVar("_Command", bound=Callable[..., Any])


def settings(ctx: click.Context) -> Settings:
    found: Settings = ctx.meta.get(_META, Settings())
    return found


def _note(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def noted(ctx: click.Context, _: click.Parameter, value: Any) -> None:
        if not value:
            return
        known = settings(ctx)
        earlier = getattr(known, name)
        ctx.meta[_META] = replace(known, **{name: earlier + value if isinstance(value, tuple) else value})

    return noted


def common_options(command: _Command) -> _Command:
    """`--demo`, `--profile`, `--region` and `--log-file`; read them with `settings(ctx)`."""
    options = [
        click.option("--demo", is_flag=True, expose_value=False, callback=_note("demo"), help="A simulated Region."),
        click.option(
            "--profile",
            multiple=True,
            metavar="P",
            expose_value=False,
            callback=_note("profiles"),
            help="An AWS profile; may be given again.",
        ),
        click.option(
            "--region",
            multiple=True,
            metavar="R",
            expose_value=False,
            callback=_note("regions"),
            help="An AWS Region; may be given again.",
        ),
        click.option(
            "--log-file",
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            expose_value=False,
            callback=_note("log_file"),
            help="Write what smtui does to FILE (no secrets).",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


filter_option = click.option(
    "--filter", "filter_text", default="", metavar="TEXT", help="Terms that must all occur in a node's columns or tags."
)
read_only_option = click.option("--read-only", is_flag=True, help="Offer nothing that changes anything.")
