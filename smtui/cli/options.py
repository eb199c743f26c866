"""Defines the options that work before and after every subcommand, and those that several subcommands share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from smtui.run_options import RunOptions

if TYPE_CHECKING:
    from smtui.domain.query.node_query import NodeQuery

_MAY_BE_EMPTY = frozenset({"note", "comment"})
"""Texts; without --filter, too, everything is shown."""
_META = "smtui.run_options"
_IN_FORCE = "smtui.run_options.in_force"
_Command = TypeVar("_Command", bound=Callable[..., Any])

DEMO, PROFILE, REGION, FILTER, READ_ONLY, LOG_FILE = (
    "--demo",
    "--profile",
    "--region",
    "--filter",
    "--read-only",
    "--log-file",
)
PLACES = (DEMO, PROFILE, REGION, READ_ONLY, LOG_FILE)
"""The options of a subcommand that calls AWS."""

_FIELDS = {
    DEMO: "demo",
    PROFILE: "profiles",
    REGION: "regions",
    FILTER: "filter_text",
    READ_ONLY: "read_only",
    LOG_FILE: "log_file",
}
_OPTIONS: dict[str, dict[str, Any]] = {
    DEMO: {"is_flag": True, "help": "Use a simulated Region."},
    PROFILE: {"multiple": True, "metavar": "P", "help": "An AWS profile; repeatable."},
    REGION: {"multiple": True, "metavar": "R", "help": "An AWS Region, or all that are enabled; repeatable."},
    FILTER: {
        "default": "",
        "metavar": "TEXT",
        "help": "Only nodes, or sessions, that match: words, KEY:VALUE, -left-out, @saved.",
    },
    READ_ONLY: {"is_flag": True, "help": "Start and change nothing."},
    LOG_FILE: {
        "type": click.Path(dir_okay=False, path_type=Path),
        "metavar": "FILE",
        "help": "Log what smtui does to FILE, without secrets.",
    },
}


class WholeNumber(click.IntRange):
    """A whole number of a range; click's complaint would speak of a "valid integer range"."""

    name = "whole number"


class Number(click.FloatRange):
    """A number of a range, as above; NaN, which every range lets through, is none."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See click."""
        found = super().convert(value, param, ctx)
        if found != found:  # noqa: PLR0124 - NaN
            self.fail(f"{value!r} is not a valid {self.name}.", param, ctx)
        return found


def settings(ctx: click.Context) -> RunOptions:
    """The common options in force: those that were given, and read-only where config.toml says so."""
    if _IN_FORCE not in ctx.meta:
        from smtui.setting_wiring import options_in_force

        ctx.meta[_IN_FORCE] = options_in_force(given_options(ctx))
    found: RunOptions = ctx.meta[_IN_FORCE]
    return found


def given_options(ctx: click.Context) -> RunOptions:
    """The common options of the command line, wherever they were given."""
    found: RunOptions = ctx.meta.get(_META, RunOptions())
    return found


def filter_complaint(query: NodeQuery) -> str:
    """Say what is wrong with --filter, and which keys there are."""
    from smtui.domain.query.node_query import KEYS

    wrong = " ".join(f"{mistake.sentence}{'' if mistake.near else '.'}" for mistake in query.mistakes)
    return f"--filter: {wrong} Keys: {' '.join(KEYS)}."


def check_filter(text: str) -> None:
    """Raise `click.UsageError` for mistakes in --filter that need no file to be seen: @NAME may be saved."""
    if text.strip():
        from smtui.domain.query.node_query import NodeQuery

        query = NodeQuery.parse_whole(text)
        certain = (each for each in query.mistakes if each.term.operator != "@" or each.term.is_unfinished)
        query = replace(query, mistakes=tuple(certain))
        if query.mistakes:
            raise click.UsageError(filter_complaint(query))


def group_options(command: _Command) -> _Command:
    """Accept the common options before a subcommand, which then refuses those that it does not use."""
    return _with_options(command, tuple(_OPTIONS))


def common_options(*used: str) -> Callable[[_Command], _Command]:
    """Accept the common options on a subcommand that uses these; refuse any other one, and options with an empty value.

    Read them with `settings(ctx)`.
    """

    def decorate(command: _Command) -> _Command:
        @functools.wraps(command)
        def checked(*arguments: Any, **options: Any) -> Any:
            _refuse_unused(click.get_current_context(), used)
            _refuse_empty(click.get_current_context())
            return command(*arguments, **options)

        return _with_options(checked, used)  # type: ignore[return-value]

    return decorate


def _with_options(command: _Command, used: tuple[str, ...]) -> _Command:
    """Adds every common option; unused ones are hidden from `--help` and refused with a reason."""
    for name in reversed(_OPTIONS):
        declared = _OPTIONS[name]
        command = click.option(
            name, expose_value=False, callback=_note(_FIELDS[name]), hidden=name not in used, **declared
        )(command)
    return command


def _note(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def noted(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
        if not value:
            return
        if isinstance(value, tuple) and "" in value:
            raise _empty(ctx, parameter)
        known = given_options(ctx)
        earlier = getattr(known, name)
        ctx.meta[_META] = replace(known, **{name: earlier + value if isinstance(value, tuple) else value})

    return noted


def _refuse_unused(ctx: click.Context, used: tuple[str, ...]) -> None:
    given = given_options(ctx)
    unused = [name for name, field in _FIELDS.items() if name not in used and getattr(given, field)]
    if unused:
        raise click.UsageError(f"{ctx.command_path} does not use {' and '.join(unused)}.", ctx)


def _refuse_empty(ctx: click.Context) -> None:
    """Refuse `--user "$NOBODY_SET_IT"`: left out silently, it would do something else than what was meant."""
    for parameter in ctx.command.params:
        name = parameter.name or ""
        is_needed = isinstance(parameter, click.Argument) and parameter.required  # then empty means nothing else
        if is_needed or name in _MAY_BE_EMPTY or ctx.params.get(name) != "":
            continue
        if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise _empty(ctx, parameter)


def _empty(ctx: click.Context, parameter: click.Parameter) -> click.BadParameter:
    what = "the option" if isinstance(parameter, click.Option) else "the argument"
    return click.BadParameter(f"It is empty. Give a value, or leave out {what}.", ctx, parameter)


def _reason(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str:
    if value is not None and not value.strip():
        raise click.BadParameter("A reason cannot be empty; for none, leave out --reason.", ctx, parameter)
    from smtui.domain.request import reason_complaint

    if complaint := reason_complaint(value or ""):
        raise click.BadParameter(complaint, ctx, parameter)
    return value or ""


reason_option = click.option(
    "--reason",
    default=None,
    metavar="TEXT",
    callback=_reason,
    help="The reason, recorded with the session (1 to 256 characters).",
)
