"""Decides whether a session can be resumed here, and calls ResumeSession.

AWS means ResumeSession for a program that has lost its own connection. smtui's plugin can go on with a shell that
another program opened, if no key encrypts it: the key is known to that program alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtui.diagnosis.evidence.preference_facts import parse_preferences
from smtui.domain.document import SessionDocument, SessionType, parse_document
from smtui.domain.fault import AwsCallFailed
from smtui.domain.records.account_session import AccountSession, SessionKind
from smtui.domain.text import harmless

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtui.domain.place import Place
    from smtui.domain.request import StartedSession
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import Aws
    from smtui.sessions.records_protocols import RecordPlaces

RESUMES_NOTHING = "smtui is read-only, so it resumes no sessions."
_PREFERENCES = "SSM-SessionManagerRunShell"
_INTERACTIVE = "AWS-StartInteractiveCommand"
_PORTS = frozenset({SessionKind.PORT, SessionKind.REMOTE_PORT, SessionKind.SSH})
_ON_TERMINAL = frozenset({SessionType.STANDARD_STREAM, SessionType.INTERACTIVE_COMMANDS})


def why_not_resumed(session: AccountSession, *, mine: bool | None) -> str:
    """Return why it cannot be resumed, by what the list tells; empty if nothing speaks against it."""
    if session.is_over:
        return "It has ended, and a session that has ended cannot be resumed. Start a new one."
    if session.kind in _PORTS:
        return "Only shells can be resumed: the local end of a forward has gone with the program that started it."
    if session.kind is SessionKind.COMMAND and session.document_name != _INTERACTIVE:
        return "Only shells can be resumed: this one runs a command without a terminal."
    if mine is False:
        return "It is someone else's, and policies usually let you resume only your own sessions."
    if session.status == "Connecting":
        return "It is connecting right now: nobody has it yet, and nobody has lost it."
    return ""


def is_in_use(session: AccountSession) -> bool:
    """Whether a program is connected to it now, as far as AWS knows."""
    return session.status == "Connected"


IN_USE = (
    "A program is connected to it, as AWS says. If that program still runs, the two take the session from each other, "
    "and neither can use it."
)


class Resuming:
    """What has to be known before a session is resumed. Call the methods on the event loop, but for `resume`."""

    def __init__(
        self, aws: Callable[[Place], Aws], records: RecordPlaces, off_loop: OffLoop, *, read_only: bool
    ) -> None:
        self._aws = aws
        self._records = records
        self._off_loop = off_loop
        self._read_only = read_only

    async def refusal(self, session: AccountSession, *, mine: bool | None) -> str:
        """Return why it cannot be resumed; reads its document and the account's preferences, as far as allowed."""
        if self._read_only:
            return RESUMES_NOTHING
        if told := why_not_resumed(session, mine=mine):
            return told
        if session.kind is SessionKind.OTHER and not await self._is_on_terminal(session):
            name = harmless(session.document_name)
            return f"Only shells can be resumed, and {name} is not known to start one."
        if await self._is_encrypted(session):
            return (
                "By today's preferences a key encrypts it, and only the program that started it has that key: nobody "
                "else can resume it."
            )
        return ""

    def resume(self, session: AccountSession) -> StartedSession | None:
        """ssm:ResumeSession; None if it has ended. Blocks and raises `AwsCallFailed`."""
        return self._records.records_at(session.place).sessions.resume(session.session_id)

    async def _is_on_terminal(self, session: AccountSession) -> bool:
        text = await self._content(session.place, session.document_name)
        document = parse_document(session.document_name, "", text)
        return isinstance(document, SessionDocument) and document.session_type in _ON_TERMINAL

    async def _is_encrypted(self, session: AccountSession) -> bool:
        """By the preferences of now; where they cannot be read, the plugin sees it in the first output."""
        return bool(parse_preferences(await self._content(session.place, _PREFERENCES)).kms_key)

    async def _content(self, place: Place, name: str) -> str:
        """A document's content; empty if it cannot be read."""
        try:
            return (await self._off_loop.call(lambda: self._aws(place).document(name))).content
        except AwsCallFailed:
            return ""
