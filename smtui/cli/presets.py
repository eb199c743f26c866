"""Runs `smtui presets`: lists, adds and removes saved forwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from smtui.cli.logfile import start_log
from smtui.cli.options import DEMO, LOG_FILE, READ_ONLY, common_options, group_options, settings
from smtui.cli.output import aligned, json_object, lines, problem
from smtui.cli.upkeep.helpful_group import HelpfulGroup
from smtui.domain.forward import NotAForward, parse_destination
from smtui.domain.preset import NotAPreset, Preset, PresetsUnusable, read_preset, written
from smtui.domain.text import harmless

if TYPE_CHECKING:
    from smtui.engine.preset_book import Presets

FAILED = 1
UNSEEN = 3
_WIDEST = 40


@click.group(cls=HelpfulGroup)
@group_options
def presets() -> None:
    """List, add and remove saved port forwards."""


@presets.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with presets and problems.")
@common_options(DEMO, READ_ONLY, LOG_FILE)
@click.pass_context
def list_presets(ctx: click.Context, as_json: bool) -> None:
    """List every preset: yours, included and built-in ones. Exit status 3: some cannot be used as written."""
    found = asyncio.run(_presets(ctx).load())
    problems = found.problems
    if as_json:
        listing = {"presets": [as_dict(preset, found.source) for preset in found.presets], "problems": [*problems]}
        json_object(listing)
    else:
        lines(table(found.presets))
    for sentence in (*problems, *found.warnings):
        problem(sentence)
    ctx.exit(UNSEEN if problems else 0)


@presets.command()
@click.argument("name")
@click.argument("destination", metavar="[HOST:]PORT")
@click.option("--target", default="", metavar="T", help="The node; default: the node that the preset is started on.")
@click.option("--local-port", default="", metavar="N", help="The local port; default: any free port.")
@click.option("--document", default="", metavar="D", help="Your own session document for forwarding.")
@click.option("--command", default="", metavar="TEXT", help="To copy or run once it is open: psql -p {local_port} …")
@click.option("--note", default="", metavar="TEXT", help="A note for yourself.")
@click.option("--pick", default="", metavar="any", help="any: of several nodes, take the first that is Ready.")
@click.option("--force", is_flag=True, help="Replace your preset of that name.")
@common_options(DEMO, LOG_FILE)
@click.pass_context
def add(ctx: click.Context, /, name: str, destination: str, force: bool, **given: str) -> None:
    """Save a forward as NAME."""
    preset = _preset(name, destination, given)

    async def run(presets: Presets) -> None:
        found = await presets.load()
        taken = found.owns(preset.name)
        if taken and not force:
            raise PresetsUnusable(f"You have a preset named {preset.name!r} already: --force replaces it.")
        await presets.save(preset, replacing=preset.name if taken else "")

    _change(ctx, run)


@presets.command()
@click.argument("name")
@common_options(DEMO, LOG_FILE)
@click.pass_context
def remove(ctx: click.Context, name: str) -> None:
    """Remove your preset NAME."""
    _change(ctx, lambda presets: presets.remove(name))


def _presets(ctx: click.Context) -> Presets:
    from smtui.preset_wiring import presets_of

    start_log(settings(ctx).log_file)
    return presets_of(settings(ctx))


def _change(ctx: click.Context, change: Callable[[Presets], Coroutine[None, None, None]]) -> None:
    try:
        asyncio.run(change(_presets(ctx)))
    except PresetsUnusable as unusable:
        problem(str(unusable))
        ctx.exit(FAILED)
    if settings(ctx).demo:
        problem("the demo forgets its presets when it ends.")


def _preset(name: str, destination: str, given: Mapping[str, str]) -> Preset:
    """The preset; raises `click.BadParameter` for the first thing that is wrong."""
    try:
        to = parse_destination(destination)
        return read_preset({"name": name, "host": to.host, "port": to.port, **given})
    except NotAForward as wrong:
        raise click.BadParameter(str(wrong), param_hint="[HOST:]PORT") from wrong
    except NotAPreset as wrong:
        key, sentence = next(iter(wrong.problems.items()))
        raise click.BadParameter(
            sentence, param_hint=f"--{key.replace('_', '-')}" if key in given else "NAME"
        ) from wrong


def as_dict(preset: Preset, own_file: str = "") -> dict[str, Any]:
    """One preset as `presets list --json` prints it: every key, with empty, 0 or [] for what is not set.

    `source` is `yours`, `included` or `built in`, `file` where it is written.
    """
    empty = {"name": "", "target": "", "host": "", "port": 0, "local_port": 0, "document": "", "note": ""}
    source = "built in" if preset.builtin else "included" if preset.origin else "yours"
    file = preset.origin or (own_file if preset.is_own else "")
    where = {"builtin": preset.builtin, "source": source, "file": file, "replaces": preset.replaces}
    return {**empty, "command": [], "pick": "", **written(preset), **where}


_HEADINGS = ("NAME", "TARGET", "TO", "LOCAL PORT", "FROM", "NOTE", "COMMAND")


def table(presets: Sequence[Preset]) -> list[str]:
    """Aligned lines with a heading; cells are cut at 40, except the command, which comes last."""
    rows = [_HEADINGS, *(_row(preset) for preset in presets)]
    return aligned(rows, _WIDEST)


def _row(preset: Preset) -> tuple[str, ...]:
    cells = (
        preset.name,
        preset.target or "–",
        str(preset.destination),
        str(preset.local_port or "free one"),
        f"{preset.source_words}, replaces the team's" if preset.replaces else preset.source_words,
        preset.note,
        " ".join(preset.command),
    )
    return tuple(harmless(cell) for cell in cells)
