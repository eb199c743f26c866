"""`smtui doctor`: every check of a node, or of this machine alone, with evidence and the fix."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import click

from smtui.cli.doctor_lines import doctor_lines
from smtui.cli.options import common_options, settings
from smtui.cli.prepared import prepared
from smtui.cli.say import refuse, width
from smtui.domain.check import CheckStatus, Diagnosis
from smtui.domain.evidence.record import Subject

if TYPE_CHECKING:
    from smtui.engine.examination import Examination
    from smtui.engine.launcher import Launcher
    from smtui.settings import Settings

FAILED = 1
UNSEEN = 3


@click.command()
@click.argument("target", default="")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with target, verdict and results.")
@common_options
@click.pass_context
def doctor(ctx: click.Context, target: str, as_json: bool) -> None:
    """Check what a session on TARGET needs; without TARGET, this machine alone, and how to install the plugin.

    Status 0: nothing is broken. 1: something is (a FAIL). 3: nothing is, but something could not be seen.
    """

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            if not target:
                _refuse_several_places(settings(ctx))
                return await _examine(launcher, Subject(place=launcher.fleet.places[0]), as_json=as_json)
            found = await launcher.find_target(target)
            if found.trouble:
                return refuse(found, demo=launcher.setup.demo)
            subject = Subject(found.node_id, found.place, name=found.label)
            return await _examine(launcher, subject, as_json=as_json)

    ctx.exit(asyncio.run(run()))


def _refuse_several_places(chosen: Settings) -> None:
    if len(chosen.profiles) > 1 or len(chosen.regions) > 1:
        raise click.UsageError("Without a TARGET, name one profile and one Region at most.")


async def _examine(launcher: Launcher, subject: Subject, *, as_json: bool) -> int:
    examination = launcher.examine(subject)
    with _progress(examination) if sys.stderr.isatty() and not as_json else nullcontext():
        diagnosis = await examination.run()
    if as_json:
        click.echo(json.dumps(as_dict(diagnosis), indent=2))
    else:
        for line in doctor_lines(diagnosis, subject.called, launcher.setup, width()):
            click.echo(line)
    return exit_status(diagnosis)


@contextmanager
def _progress(examination: Examination) -> Iterator[None]:
    """One line that counts, and is gone at the end, also where the user has given up."""
    examination.subscribe(lambda: _show_progress(examination))
    try:
        yield
    finally:
        click.echo("\r\x1b[K", err=True, nl=False)


def _show_progress(examination: Examination) -> None:
    diagnosis = examination.diagnosis
    done, all_of_them = len(diagnosis.results), len(diagnosis.results) + len(diagnosis.pending)
    click.echo(f"\r\x1b[Kchecking … {done} of {all_of_them}", err=True, nl=False)


def exit_status(diagnosis: Diagnosis) -> int:
    statuses = {result.status for result in diagnosis.results}
    if CheckStatus.FAIL in statuses:
        return FAILED
    return UNSEEN if CheckStatus.UNKNOWN in statuses else 0


def as_dict(diagnosis: Diagnosis) -> dict[str, Any]:
    """As `doctor --json` prints it: the codes and statuses are stable, the sentences are not."""
    return {
        "target": diagnosis.target or None,
        "verdict": diagnosis.verdict.sentence if diagnosis.verdict else "",
        "results": [
            {
                "code": result.code,
                "status": result.status.value,
                "finding": result.finding,
                "evidence": list(result.evidence),
                "topic": result.topic or None,
            }
            for result in diagnosis.results
        ],
    }
