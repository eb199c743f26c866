"""Makes runs: joins a request with the way that it asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from smtui.domain.document import BrokenDocument, Parameter, SessionDocument, SessionType
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.request import READ_ONLY
from smtui.domain.version import AgentAbility
from smtui.runs.by_run_command import ByRunCommand
from smtui.runs.by_sessions import BySessions, OpenSession
from smtui.runs.command_words import COMMAND, DOCUMENT, SEPARATE, NotACommand, script_lines, session_command
from smtui.runs.run_request import RunRequest, Way
from smtui.runs.runner import Run

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import CommandPlaces

ReadAnyDocument = Callable[["Place", str], Awaitable["SessionDocument | BrokenDocument"]]

_AMAZONS = SessionDocument(
    DOCUMENT,
    "Amazon",
    SessionType.NON_INTERACTIVE_COMMANDS,
    parameters=(Parameter(COMMAND), Parameter(SEPARATE, default=("False",))),
    needs=AgentAbility.NON_INTERACTIVE,
    separate_output_parameter=SEPARATE,
)
"""What AWS's document is known to be, for those who may not read it."""


class RunRefused(Exception):
    """The run cannot begin; the message is a sentence."""


class RunMaker:
    """Makes the runs of this smtui."""

    def __init__(
        self,
        open_session: OpenSession,
        read_document: ReadAnyDocument,
        places: CommandPlaces,
        off_loop: OffLoop,
        *,
        read_only: bool,
    ) -> None:
        self._open_session = open_session
        self._read_document = read_document
        self._places = places
        self._off_loop = off_loop
        self._read_only = read_only
        self._reading = asyncio.Lock()
        """All nodes of a place wait for one reading of its document."""

    def make(self, request: RunRequest) -> Run:
        """Make a run, which has not begun yet. Raises `RunRefused`."""
        if self._read_only:
            raise RunRefused(READ_ONLY)
        if sentence := complaint(request):
            raise RunRefused(sentence)
        if request.way is Way.RUN_COMMAND:
            return Run(request, ByRunCommand(self._places, self._off_loop))
        return Run(request, BySessions(self._open_session, self._document))

    async def _document(self, place: Place) -> SessionDocument:
        try:
            async with self._reading:
                document = await self._read_document(place, DOCUMENT)
        except AwsCallFailed as failed:
            if failed.fault.kind is not FaultKind.DENIED:
                raise
            return _AMAZONS
        return document if isinstance(document, SessionDocument) else _AMAZONS


def complaint(request: RunRequest) -> str:
    """Return why the request cannot be run, as a sentence; empty if it can."""
    try:
        for is_windows in {target.is_windows for target in request.targets}:
            if request.way is Way.RUN_COMMAND:
                script_lines(request.words, windows=is_windows)
            else:
                session_command(request.words, windows=is_windows, seconds=request.timeout)
    except NotACommand as wrong:
        return str(wrong)
    return ""
