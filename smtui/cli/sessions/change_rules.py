"""Runs `smtui sessions rules set` and `undo`: shows the difference, asks, and writes a new version."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from smtui.cli.launcher_context import prepared
from smtui.cli.left_behind import can_ask, is_yes
from smtui.cli.options import PLACES, WholeNumber, common_options, settings
from smtui.cli.output import FAILED, line, lines, name_topics, problem
from smtui.domain.fault import AwsCallFailed
from smtui.sessions.preferences.json_edit import NotEditable
from smtui.sessions.preferences.preference_change import (
    FIRST_DOCUMENT,
    changed,
    complaints,
    difference,
    notes,
    texts_of,
)
from smtui.sessions.preferences.preference_words import place_label
from smtui.sessions.preferences.rules import READ_ONLY, ChangedMeanwhile

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.rules_facts import RulesText
    from smtui.domain.place import Place
    from smtui.engine.launcher import Launcher

NewContent = Callable[[str], str]
"""The new document made of the newest one, which is empty if there is none."""
_yes = click.option("--yes", "is_agreed", is_flag=True, help="Do not ask.")


@click.command("set")
@click.argument("changes", metavar="NAME=VALUE…", nargs=-1, required=True)
@_yes
@common_options(*PLACES)
@click.pass_context
def set_rules(ctx: click.Context, changes: Sequence[str], is_agreed: bool) -> None:
    """Change preferences by their names: idleSessionTimeout=15 s3BucketName=acme-logs runAsEnabled=yes.

    Shows the document's difference and asks; it applies to everybody's next session in this account and Region. The
    parts of shellProfile are shellProfile.linux and shellProfile.windows.
    """
    texts = _texts(ctx, changes)
    _check_start(ctx, is_agreed=is_agreed)

    def new(content: str) -> str:
        document = content or FIRST_DOCUMENT
        wrong = complaints(document, texts)
        if wrong:
            raise click.UsageError(" ".join(f"{name}: {why}" for name, why in wrong.items()), ctx)
        for note in notes({**texts_of(document), **texts}):
            problem(note)
        try:
            return changed(content, texts)
        except NotEditable as refused:
            raise click.ClickException(str(refused)) from refused

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            return await _write(launcher, new, "", is_agreed=is_agreed)

    ctx.exit(asyncio.run(run()))


@click.command("undo")
@click.argument("version", metavar="[VERSION]", type=WholeNumber(min=1), required=False)
@_yes
@common_options(*PLACES)
@click.pass_context
def undo_rules(ctx: click.Context, version: int | None, is_agreed: bool) -> None:
    """Go back to the version before the newest one, or to VERSION.

    Its content is written as a new version, after the difference was shown and agreed to.
    """
    _check_start(ctx, is_agreed=is_agreed)

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            place, rules = _only_place(launcher), launcher.account_sessions.rules
            try:
                number = str(version) if version else await _before_newest(launcher, place)
                earlier = await rules.text(place, number) if number else None
            except AwsCallFailed as failed:
                return _failed(failed)
            if earlier is None:
                problem("there is no earlier version to go back to.")
                return FAILED
            return await _write(launcher, lambda _: earlier.content, earlier.version, is_agreed=is_agreed)

    ctx.exit(asyncio.run(run()))


async def _before_newest(launcher: Launcher, place: Place) -> str:
    versions = await launcher.account_sessions.rules.versions(place)
    return versions[1].version if len(versions) > 1 else ""


def _texts(ctx: click.Context, changes: Sequence[str]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for change in changes:
        name, sign, value = change.partition("=")
        if not sign:
            raise click.UsageError(f"{change} is not NAME=VALUE.", ctx)
        name = name.strip()
        if texts.get(name, value) != value:
            raise click.UsageError(f"{name} is given two values.", ctx)
        try:
            value.encode()
        except UnicodeEncodeError:
            raise click.UsageError(f"{name}: the value is not valid Unicode.", ctx) from None
        texts[name] = value
    return texts


def _check_start(ctx: click.Context, *, is_agreed: bool) -> None:
    if settings(ctx).read_only:
        raise click.ClickException(READ_ONLY)
    if not is_agreed and not can_ask():
        raise click.UsageError("Nobody can be asked here: --yes writes without a question.", ctx)


def _only_place(launcher: Launcher) -> Place:
    places = launcher.fleet.places
    if len(places) != 1:
        raise click.UsageError("Preferences are changed in one place at a time: name it with --profile and --region.")
    return places[0]


async def _write(launcher: Launcher, new: NewContent, of_version: str, *, is_agreed: bool) -> int:
    """Show the difference, ask and write; once more where somebody else has changed the preferences meanwhile."""
    place, rules = _only_place(launcher), launcher.account_sessions.rules
    try:
        newest = await rules.newest(place)
        while True:
            label = place_label(place, launcher.fleet.aws(place).region())
            content = new(newest.content if newest is not None else "")
            if newest is not None and content == newest.content:
                line(f"Nothing to change: version {newest.version} of the preferences of {label} says so already.")
                return 0
            lines(_difference(newest, content, of_version))
            if not is_agreed and not await is_yes(launcher, _question(newest, label)):
                problem("nothing was changed.")
                return FAILED
            try:
                written = await rules.write(place, newest, content)
            except ChangedMeanwhile as stale:
                problem(str(stale))
                if is_agreed:
                    return FAILED
                newest = stale.now
            else:
                line(written.sentence(label))
                if written.not_default is not None:
                    name_topics([written.not_default])
                return FAILED if written.not_default is not None else 0
    except AwsCallFailed as failed:
        return _failed(failed)


def _difference(newest: RulesText | None, content: str, of_version: str) -> tuple[str, ...]:
    old = f"version {newest.version}" if newest is not None else "no preferences"
    new = f"new version, as version {of_version}" if of_version else "new version"
    return difference(newest.content if newest is not None else "", content, old, new)


def _question(newest: RulesText | None, label: str) -> str:
    what = "Write this as the new version of" if newest is not None else "Write these as the first of"
    return f"{what} the preferences of {label}? They apply to everybody's next session there."


def _failed(failed: AwsCallFailed) -> int:
    problem(f"{failed.fault.sentence()} Nothing was changed.")
    name_topics([failed.fault])
    return FAILED
