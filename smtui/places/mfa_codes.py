"""Asks the user for MFA codes: threads that call AWS wait here, the front end answers on its event loop.

Questions queue, so that one dialog is open at a time. A question that the user cancels is not asked again until the
user wants to sign in: a list that refreshes by itself must not open a dialog every minute.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as TooLong
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from smtui.domain.places.mfa_question import MfaQuestion, NoMfaCode, code_in, next_code
from smtui.domain.text import error_words

Ask = Callable[[MfaQuestion], Awaitable[str | None]]
"""The front end's question: what was typed, or None if the user cancelled."""

ANSWER_SECONDS = 180.0
"""A question that is open for so long is closed; the user may be away, or a session may have the terminal."""
_AWAY = timedelta(seconds=30)
"""Such a question is no no: it is asked again after so long. Until then every thread that waits for it gives up."""
_MOST_SECONDS = 900.0
"""No thread waits longer, its turn in the queue included."""
_TOO_LATE = "No MFA code came in time."
_NO_CODE = "An MFA code has six digits."
_USED = "That code was already used: each is good once."
_REFUSED = "The last code was refused: each is good once."


def _utc_now() -> datetime:
    return datetime.now(UTC)


class MfaCodes:
    """The questions of every place. `code_for` is called in threads, everything else on the event loop."""

    def __init__(self, clock: Callable[[], datetime] = _utc_now) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ask: Ask | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turn = asyncio.Lock()
        self._declined: dict[str, tuple[str, datetime | None]] = {}
        """Profiles whose question was not answered: why, in a sentence, and until when; None: until the user wants."""
        self._used: dict[str, tuple[str, datetime]] = {}
        """The last code of each device, and when the next one comes."""

    def answer_with(self, ask: Ask | None) -> None:
        """Ask by this function, on the running event loop; None if nobody is there any more."""
        with self._lock:
            self._ask = ask
            self._loop = asyncio.get_running_loop() if ask is not None else None

    def ask_again(self, profile: str | None = None) -> None:
        """The user wants to sign in: ask again for this profile, or for every one, also where it was cancelled."""
        with self._lock:
            if profile is None:
                self._declined.clear()
            else:
                self._declined.pop(profile, None)

    def would_ask(self, profile: str) -> bool:
        """Whether a call that needs a code of this profile is answered by a question."""
        with self._lock:
            return self._ask is not None and not self._why_not(profile)

    def code_for(self, question: MfaQuestion, *, refused: bool = False) -> str:
        """Return six digits that were not used yet. Blocks; raises `NoMfaCode`.

        `refused` says that AWS refused the code that was given before.
        """
        asked = replace(question, trouble=_REFUSED if refused else "")
        while True:
            asked = replace(asked, next_code_at=self._next_code(asked.serial))
            code = code_in(self._typed(asked))
            if not code:
                asked = replace(asked, trouble=_NO_CODE)
            elif self._was_used(asked.serial, code):
                asked = replace(asked, trouble=_USED)
            else:
                with self._lock:
                    self._used[asked.serial] = (code, next_code(self._clock()))
                return code

    def _typed(self, question: MfaQuestion) -> str:
        with self._lock:
            declined = self._why_not(question.profile)
            ask, loop = self._ask, self._loop
        if declined:
            raise NoMfaCode(declined)
        if ask is None or loop is None or _on_event_loop():
            raise NoMfaCode("")
        asking = self._in_turn(ask, question)
        try:
            waiting = asyncio.run_coroutine_threadsafe(asking, loop)
        except RuntimeError:  # the loop has closed: the front end is gone
            asking.close()
            raise NoMfaCode("") from None
        try:
            typed = waiting.result(_MOST_SECONDS)
        except (TooLong, CancelledError):
            waiting.cancel()
            typed = self._decline(question, _TOO_LATE, is_away=True)
        if isinstance(typed, NoMfaCode):
            raise typed
        return typed

    async def _in_turn(self, ask: Ask, question: MfaQuestion) -> str | NoMfaCode:
        """The answer to the question once those before it are closed.

        A no is recorded before the next question opens, or each thread of the same profile would ask again.
        """
        async with self._turn:
            if declined := self._why_not(question.profile):
                return NoMfaCode(declined)
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    typed = await ask(question)
            except TimeoutError:
                return self._decline(question, _TOO_LATE, is_away=True)
            except Exception as error:  # of the front end: it costs this call, not the thread
                return self._decline(question, f"The MFA code could not be asked for: {error_words(error)}")
            return self._decline(question, "The MFA code was not given.") if typed is None else typed

    def hold_off(self, question: MfaQuestion, sentence: str) -> None:
        """Ask for no more codes of this profile until `ask_again`; the sentence says why."""
        self._decline(question, sentence)

    def _decline(self, question: MfaQuestion, sentence: str, *, is_away: bool = False) -> NoMfaCode:
        with self._lock:
            if not self._why_not(question.profile):
                self._declined[question.profile] = (sentence, self._clock() + _AWAY if is_away else None)
        return NoMfaCode(sentence)

    def _why_not(self, profile: str) -> str:
        """Why this profile is not asked for right now; empty if it is."""
        sentence, until = self._declined.get(profile, ("", None))
        return sentence if until is None or self._clock() < until else ""

    def _next_code(self, serial: str) -> datetime | None:
        with self._lock:
            _, at = self._used.get(serial, ("", None))
        return at if at is not None and at > self._clock() else None

    def _was_used(self, serial: str, code: str) -> bool:
        with self._lock:
            used, _ = self._used.get(serial, ("", None))
        return used == code


def _on_event_loop() -> bool:
    """Whether this thread runs an event loop: waiting here would keep the answer from ever coming."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
