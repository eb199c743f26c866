"""`smtui documents`: the session documents of every place, as columns or JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from smtui.cli.options import common_options, settings
from smtui.cli.prepared import prepared
from smtui.cli.say import problem
from smtui.domain.document import BrokenDocument, DocumentSummary, Parameter, SessionDocument
from smtui.domain.fault import Fault
from smtui.domain.place import Place
from smtui.domain.text import cell_width, fit, harmless

if TYPE_CHECKING:
    from smtui.engine.launcher import Launcher

FAILED = 1
UNSEEN = 3
_HEADINGS = ("DOCUMENT", "TYPE", "OWNER", "PARAMETERS")
_WIDEST = 60


@dataclass(frozen=True, slots=True)
class _Row:
    place: Place
    summary: DocumentSummary
    document: SessionDocument | BrokenDocument | Fault

    @property
    def trouble(self) -> str:
        """Why it cannot be used or seen; empty where it can."""
        match self.document:
            case BrokenDocument():
                return self.document.reason
            case Fault():
                return self.document.sentence()
        return ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object with documents and problems.")
@common_options
@click.pass_context
def documents(ctx: click.Context, as_json: bool) -> None:
    """List the session documents that connect and the screen can start."""

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            rows, problems = await _found(launcher)
            return _print(rows, problems, as_json=as_json)

    ctx.exit(asyncio.run(run()))


async def _found(launcher: Launcher) -> tuple[list[_Row], list[str]]:
    """Every document of every place, and a sentence for each thing that could not be seen."""
    rows: list[_Row] = []
    problems: list[str] = []
    for place in launcher.fleet.places:
        listed = await launcher.documents.summaries(place)
        read = await launcher.documents.read_all(place, listed.documents)
        found = [_Row(place, *pair) for pair in zip(listed.documents, read, strict=True)]
        rows += found
        problems += listed.problems
        problems += [row.trouble for row in found if isinstance(row.document, Fault)]
    return rows, list(dict.fromkeys(problems))


def _print(rows: Sequence[_Row], problems: Sequence[str], *, as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps({"documents": [_as_dict(row) for row in rows], "problems": problems}, indent=2))
    elif rows:
        for line in _table(rows):
            click.echo(line)
    elif not problems:
        problem("there is no session document here.")
    for sentence in problems:
        problem(sentence)
    if problems and not rows:
        return FAILED
    return UNSEEN if problems else 0


def _as_dict(row: _Row) -> dict[str, Any]:
    """One document as `documents --json` prints it; `type` is null and `trouble` says why where it cannot be used."""
    document = row.document if isinstance(row.document, SessionDocument) else None
    return {
        "name": row.summary.name,
        "owner": row.summary.owner,
        "side": row.summary.side.value,
        "platforms": list(row.summary.platforms),
        "type": document.session_type.value if document else None,
        "description": document.description if document else "",
        "needs_agent": str(document.needs.minimum) if document else None,
        "parameters": [_parameter_as_dict(parameter) for parameter in document.parameters] if document else [],
        "trouble": row.trouble,
        "profile": row.place.profile,
        "region": row.place.region,
    }


def _parameter_as_dict(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "type": parameter.type,
        "description": parameter.description,
        "required": parameter.required,
        "default": list(parameter.default) if parameter.default is not None else None,
        "allowed_pattern": parameter.allowed_pattern,
        "allowed_values": list(parameter.allowed_values),
    }


def _table(rows: Sequence[_Row]) -> list[str]:
    """Aligned lines with a heading; the last column is as long as it is."""
    cells = [_HEADINGS, *(_cells(row) for row in rows)]
    widths = [min(_WIDEST, max(cell_width(row[column]) for row in cells)) for column in range(len(_HEADINGS) - 1)]
    return ["  ".join((*map(fit, row, widths), row[-1])).rstrip() for row in cells]


def _cells(row: _Row) -> tuple[str, ...]:
    document = row.document if isinstance(row.document, SessionDocument) else None
    session_type = document.session_type.value if document else "–"
    told = " ".join(map(_told, document.parameters)) if document else row.trouble
    return tuple(map(harmless, (row.summary.label, session_type, row.summary.owner or "–", told)))


def _told(parameter: Parameter) -> str:
    """`name` is required, `name=default` is not."""
    return parameter.name if parameter.default is None else f"{parameter.name}={','.join(parameter.default)}"
