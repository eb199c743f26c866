"""Plays AWS, the browser and the threads of a sign-in: nothing waits, and nothing leaves the process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.places.profile import SsoSession
from smtui.domain.places.sso_values import (
    AuthorizationAsked,
    ClientRegistration,
    DeviceCode,
    SsoAccount,
    SsoRole,
    SsoToken,
)
from smtui.engine.offloop import OffLoop
from smtui.places.sign_in_rules import BrowserAnswer
from smtui.places.sso_sign_in import SignIns, Surroundings

_T = TypeVar("_T")
SESSION = SsoSession("acme", "https://acme.awsapps.com/start", "eu-west-1", ("sso:account:access",))
BASE = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
PORT = 41873


class Inline(OffLoop):
    """Calls in the event loop itself."""

    async def call(self, function: Callable[[], _T]) -> _T:
        return function()


def loop_now() -> datetime:
    """The date by the loop's clock, which `jumping_clock` moves."""
    return BASE + timedelta(seconds=asyncio.get_running_loop().time())


def fault(kind: FaultKind, code: str = "", message: str = "") -> AwsCallFailed:
    return AwsCallFailed(Fault(kind, "sso-oidc:CreateToken", code, message, BASE))


class FakeAws:
    """Answers as told: what `device_answers` holds is returned or raised, one at a time; then None, for pending."""

    def __init__(self) -> None:
        self.device_answers: list[SsoToken | Exception | None] = []
        self.token_answer: SsoToken | Exception | None = None
        self.keep_answer: str | Exception = "/home/maria/.aws/sso/cache/3f2a.json"
        self.register_answer: Exception | None = None
        self.code_lasts = 600.0
        self.interval = 5.0
        self.asked_at: list[float] = []
        self.question: AuthorizationAsked | None = None
        self.codes: list[str] = []
        self.kept: list[SsoToken] = []

    def token(self) -> SsoToken:
        return SsoToken("access-token-1", loop_now() + timedelta(hours=8), "refresh-token-1")

    def register(self, session: SsoSession, *, by_browser: bool) -> ClientRegistration:
        if self.register_answer is not None:
            raise self.register_answer
        return ClientRegistration("client", "client-secret", BASE + timedelta(days=90))

    def device_code(self, session: SsoSession, client: ClientRegistration) -> DeviceCode:
        ends = loop_now() + timedelta(seconds=self.code_lasts)
        page = "https://acme.awsapps.com/start/#/device"
        return DeviceCode("device-code-1", "WDJB-MJHT", page, f"{page}?user_code=WDJB-MJHT", ends, self.interval)

    def authorize_url(self, session: SsoSession, client: ClientRegistration, asked: AuthorizationAsked) -> str:
        self.question = asked
        return f"https://oidc.eu-west-1.amazonaws.com/authorize?state={asked.state}"

    def token_for_code(
        self, session: SsoSession, client: ClientRegistration, code: str, asked: AuthorizationAsked
    ) -> SsoToken:
        self.codes.append(code)
        if isinstance(self.token_answer, Exception):
            raise self.token_answer
        return self.token_answer or self.token()

    def token_for_device(self, session: SsoSession, client: ClientRegistration, code: DeviceCode) -> SsoToken | None:
        self.asked_at.append(asyncio.get_running_loop().time())
        answer = self.device_answers.pop(0) if self.device_answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def keep(self, session: SsoSession, client: ClientRegistration, token: SsoToken) -> str:
        if isinstance(self.keep_answer, Exception):
            raise self.keep_answer
        self.kept.append(token)
        return self.keep_answer

    def accounts(self, session: SsoSession) -> Iterator[Sequence[SsoAccount]]:
        yield ()

    def roles(self, session: SsoSession, account_id: str) -> Sequence[SsoRole]:
        return ()


class FakeListener:
    """A port that only the test reaches."""

    def __init__(self, answer: Callable[[str, str], BrowserAnswer]) -> None:
        self.answer = answer
        self.is_open = False

    async def open(self) -> int:
        self.is_open = True
        return PORT

    async def close(self) -> None:
        self.is_open = False


class Stage:
    """What a test has in hand."""

    def __init__(self, *, starts_browser: bool = True, why: str = "") -> None:
        self.aws = FakeAws()
        self.listeners: list[FakeListener] = []
        self.opened: list[str] = []
        self.starts_browser = starts_browser
        self.sign_ins = SignIns(self.aws, Surroundings(Inline(), self._listener, self._open, why, loop_now))

    def _listener(self, answer: Callable[[str, str], BrowserAnswer]) -> FakeListener:
        self.listeners.append(FakeListener(answer))
        return self.listeners[-1]

    def _open(self, address: str) -> bool:
        self.opened.append(address)
        return self.starts_browser

    def comes_back(self, query: str) -> BrowserAnswer:
        """The browser comes back with this query; `{state}` is what the page was given."""
        question: Any = self.aws.question
        return self.listeners[-1].answer("GET", f"/oauth/callback?{query.format(state=question.state)}")
