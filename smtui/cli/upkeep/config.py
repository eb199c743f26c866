"""Runs `smtui config`: where the settings are, what they say, what is wrong with them, and their schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from smtui.cli.options import READ_ONLY, common_options, given_options, group_options
from smtui.cli.output import FAILED, aligned, json_object, line, lines, problem
from smtui.cli.upkeep.helpful_group import HelpfulGroup
from smtui.domain.settings.setting_table import SETTINGS
from smtui.domain.text import harmless

if TYPE_CHECKING:
    from smtui.domain.settings.setting import Setting
    from smtui.domain.settings.settings_values import Mistake, Settings
    from smtui.engine.configuration.settings_book import SettingsBook

_WIDEST = 44
_HEADINGS = ("SETTING", "VALUE", "FROM")


@click.group(cls=HelpfulGroup)
@group_options
def config() -> None:
    """Show and check your settings, which are in config.toml."""


@config.command()
@common_options(READ_ONLY)
@click.pass_context
def path(ctx: click.Context) -> None:
    """Print where the file of settings is, or would be."""
    line(_path(_book(ctx)))


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with settings and mistakes.")
@common_options(READ_ONLY)
@click.pass_context
def show(ctx: click.Context, as_json: bool) -> None:
    """Show every setting, its value, and where the value comes from."""
    book = _book(ctx)
    mistakes = _mistakes(book)
    if as_json:
        json_object(
            {
                "file": _path(book),
                "settings": [as_dict(book.now, setting) for setting in SETTINGS],
                "mistakes": [_mistake_dict(mistake) for mistake in mistakes],
            }
        )
    else:
        lines(table(book.now))
    _report(mistakes)


@config.command()
@common_options(READ_ONLY)
@click.pass_context
def check(ctx: click.Context) -> None:
    """Check the settings of the file and the environment. Exit status 1: there are mistakes."""
    book = _book(ctx)
    mistakes = _mistakes(book)
    _report(mistakes)
    if mistakes:
        ctx.exit(FAILED)
    line(f"{_path(book)}: no mistakes.")


@config.command()
@common_options(READ_ONLY)
def schema() -> None:
    """Print the JSON Schema of the file, for editors that check and complete it.

    Save it next to config.toml, with smtui config schema > smtui.schema.json, and make this the first line of
    config.toml: #:schema ./smtui.schema.json
    """
    from smtui.domain.settings.settings_page import settings_schema

    json_object(settings_schema())


def _book(ctx: click.Context) -> SettingsBook:
    from smtui.setting_wiring import settings_book

    return settings_book(given_options(ctx))


def _mistakes(book: SettingsBook) -> Sequence[Mistake]:
    from smtui.setting_wiring import all_mistakes

    return all_mistakes(book)


def _path(book: SettingsBook) -> str:
    return str(book.store.path) if book.store is not None else ""


def _report(mistakes: Sequence[Mistake]) -> None:
    for mistake in mistakes:
        problem(str(mistake))


def table(settings: Settings) -> list[str]:
    """Return the settings as aligned lines with a heading."""
    rows = [
        (setting.key, harmless(setting.shown(settings[setting])), settings.origin(setting).words())
        for setting in SETTINGS
    ]
    return aligned([_HEADINGS, *rows], _WIDEST)


def as_dict(settings: Settings, setting: Setting[Any]) -> dict[str, Any]:
    """Return one setting as `config show --json` prints it."""
    origin = settings.origin(setting)
    return {
        "key": setting.key,
        "value": setting.kind.written(settings[setting]),
        "default": setting.kind.written(setting.default),
        "from": origin.layer.name.lower(),
        "name": origin.name,
        "line": origin.line,
        "variable": setting.variable,
    }


def _mistake_dict(mistake: Mistake) -> dict[str, Any]:
    return {
        "name": mistake.origin.name,
        "line": mistake.origin.line,
        "key": mistake.key,
        "sentence": str(mistake),
        "near": mistake.near,
    }
