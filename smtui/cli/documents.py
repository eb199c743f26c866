"""Runs `smtui documents`: lists the session documents of every place."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from smtui.cli.launcher_context import prepared
from smtui.cli.options import PLACES, common_options, settings
from smtui.cli.output import aligned, json_object, lines, name_topics, problem
from smtui.domain.document import BrokenDocument, DocumentSummary, Parameter, SessionDocument
from smtui.domain.fault import Fault
from smtui.domain.text import harmless

if TYPE_CHECKING:
    from smtui.domain.place import Place
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
        """Why it cannot be used or read; empty if it can."""
        match self.document:
            case BrokenDocument():
                return self.document.reason
            case Fault():
                return self.document.sentence()
        return ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with documents and problems.")
@common_options(*PLACES)
@click.pass_context
def documents(ctx: click.Context, as_json: bool) -> None:
    """List the session documents that `connect` and the screen can use."""

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            rows, problems, faults = await _found(launcher)
            status = _print(rows, problems, as_json=as_json)
            name_topics(faults)
            return status

    ctx.exit(asyncio.run(run()))


async def _found(launcher: Launcher) -> tuple[list[_Row], list[str], list[Fault]]:
    """Every document of every place, a sentence for each thing that could not be read, and the faults behind them."""
    rows: list[_Row] = []
    problems: list[str] = []
    faults: list[Fault] = []
    for place in launcher.fleet.places:
        listed = await launcher.documents.summaries(place)
        read = await launcher.documents.read_all(place, listed.documents)
        found = [_Row(place, *pair) for pair in zip(listed.documents, read, strict=True)]
        rows += found
        problems += listed.problems
        problems += [row.trouble for row in found if isinstance(row.document, Fault)]
        faults += [*listed.faults, *(row.document for row in found if isinstance(row.document, Fault))]
    return rows, list(dict.fromkeys(problems)), faults


def _print(rows: Sequence[_Row], problems: Sequence[str], *, as_json: bool) -> int:
    if as_json:
        json_object({"documents": [_as_dict(row) for row in rows], "problems": problems})
    elif rows:
        lines(_table(rows))
    elif not problems:
        problem("no session document was found.")
    for sentence in problems:
        problem(sentence)
    if problems and not rows:
        return FAILED
    return UNSEEN if problems else 0


def _as_dict(row: _Row) -> dict[str, Any]:
    """One document as `documents --json` prints it; `type` is null and `trouble` says why if it cannot be used."""
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
    """Aligned lines with a heading; the last column is not cut."""
    cells = [_HEADINGS, *(_cells(row) for row in rows)]
    return aligned(cells, _WIDEST)


def _cells(row: _Row) -> tuple[str, ...]:
    document = row.document if isinstance(row.document, SessionDocument) else None
    session_type = document.session_type.value if document else "–"
    last = " ".join(map(_parameter_words, document.parameters)) if document else row.trouble
    return tuple(map(harmless, (row.summary.label, session_type, row.summary.owner or "–", last)))


def _parameter_words(parameter: Parameter) -> str:
    """`name` if it is required, else `name=default`."""
    return parameter.name if parameter.default is None else f"{parameter.name}={','.join(parameter.default)}"
