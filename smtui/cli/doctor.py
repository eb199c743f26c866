"""Runs `smtui doctor`: every check of a node, or of this machine only, with evidence and fixes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import click

from smtui.cli.doctor_lines import doctor_lines, fixes
from smtui.cli.launcher_context import prepared
from smtui.cli.options import PLACES, common_options, settings
from smtui.cli.output import json_object, lines, progress, refuse, say_unseen, width
from smtui.diagnosis.check_result import CheckStatus, Diagnosis
from smtui.diagnosis.evidence.record import Subject
from smtui.domain.document import BrokenDocument
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.version import AgentAbility

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.engine.examination import Examination
    from smtui.engine.launcher import Launcher
    from smtui.engine.launcher_parts import Setup

FAILED = 1
UNSEEN = 3


@click.command()
@click.argument("target", default="")
@click.option("--document-name", default="", metavar="D", help="The session document; default: the account's shell.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print a JSON object with target, verdict, can_start and results."
)
@common_options(*PLACES)
@click.pass_context
def doctor(ctx: click.Context, target: str, document_name: str, as_json: bool) -> None:
    """Check what a session on TARGET needs; without TARGET, check this machine only, for each profile and Region.

    Exit status 0: a session can start. 1: it cannot, or a check failed. 3: no check failed, but some could not be made.
    """
    if document_name and not target:
        raise click.UsageError("--document-name needs a TARGET.", ctx)

    async def run() -> int:
        from smtui.engine.targets import find_target

        async with prepared(settings(ctx)) as launcher:
            if not target:
                return await _examine_places(launcher, as_json=as_json)
            found = await find_target(launcher.fleet, launcher.off_loop, target)
            if found.trouble:
                return refuse(found, demo=launcher.setup.demo)
            say_unseen(found)
            needs = await _needs(launcher, found.place, document_name)
            subject = Subject(found.node_id, found.place, needs, document_name, found.label)
            return await _examine(launcher, subject, as_json=as_json)

    ctx.exit(asyncio.run(run()))


async def _needs(launcher: Launcher, place: Place, document_name: str) -> AgentAbility:
    """What the document needs from the node's agent; what every session needs if we may not read it."""
    if not document_name:
        return AgentAbility.SESSIONS
    try:
        document = await launcher.documents.document(place, document_name)
    except AwsCallFailed as failed:
        if failed.fault.kind is not FaultKind.DENIED:
            raise
        return AgentAbility.SESSIONS
    if isinstance(document, BrokenDocument):
        raise click.ClickException(f"{document.label} cannot be used: {document.reason}")
    return document.needs


async def _examine_places(launcher: Launcher, *, as_json: bool) -> int:
    """This machine as seen from each place, one after the other; returns the worst exit status."""
    places = launcher.fleet.places
    if len(places) == 1:
        return await _examine(launcher, Subject(place=places[0]), as_json=as_json)
    statuses, told = [], []
    for place in places:
        diagnosis = await _diagnosis(launcher, Subject(place=place), as_json=as_json)
        statuses.append(exit_status(diagnosis))
        if as_json:
            told.append({"profile": place.profile, "region": place.region, **as_dict(diagnosis, launcher.setup)})
        else:
            lines((f"═══ {place.label or launcher.setup.default_profile} ═══",))
            lines((*doctor_lines(diagnosis, "", launcher.setup, width()), ""))
    if as_json:
        json_object({"places": told})
    return next((status for status in (FAILED, UNSEEN) if status in statuses), 0)


async def _examine(launcher: Launcher, subject: Subject, *, as_json: bool) -> int:
    diagnosis = await _diagnosis(launcher, subject, as_json=as_json)
    if as_json:
        json_object(as_dict(diagnosis, launcher.setup))
    else:
        lines(doctor_lines(diagnosis, subject.called, launcher.setup, width()))
    return exit_status(diagnosis)


async def _diagnosis(launcher: Launcher, subject: Subject, *, as_json: bool) -> Diagnosis:
    examination = launcher.examine(subject)
    with _progress(examination) if sys.stderr.isatty() and not as_json else nullcontext():
        return await examination.run()


@contextmanager
def _progress(examination: Examination) -> Iterator[None]:
    """Shows one line that counts, and removes it at the end, even after Ctrl-C."""
    examination.subscribe(lambda: _show_progress(examination))
    try:
        yield
    finally:
        progress("")


def _show_progress(examination: Examination) -> None:
    diagnosis = examination.diagnosis
    done, all_of_them = len(diagnosis.results), len(diagnosis.results) + len(diagnosis.pending)
    progress(f"checking … {done} of {all_of_them}")


def exit_status(diagnosis: Diagnosis) -> int:
    """The exit status: 1 if a session cannot start or a check failed, 3 if something is unknown, else 0."""
    statuses = {result.status for result in diagnosis.results}
    cannot_start = diagnosis.verdict is not None and diagnosis.verdict.can_start is False
    if cannot_start or CheckStatus.FAIL in statuses:
        return FAILED
    return UNSEEN if CheckStatus.UNKNOWN in statuses else 0


def as_dict(diagnosis: Diagnosis, setup: Setup) -> dict[str, Any]:
    """The diagnosis as `doctor --json` prints it: codes and statuses are stable, sentences are not."""
    verdict = diagnosis.verdict
    return {
        "target": diagnosis.target or None,
        "verdict": verdict.sentence if verdict else "",
        "can_start": verdict.can_start if verdict else None,
        "results": [
            {
                "code": result.code,
                "status": result.status.value,
                "finding": result.finding,
                "evidence": list(result.evidence),
                "topic": result.topic or None,
                "fixes": [
                    {"says": fix.does, "command": fix.text, "changes": fix.changes, "risk": fix.risk}
                    for fix in fixes(diagnosis, result, setup)
                ],
            }
            for result in diagnosis.results
        ],
    }
