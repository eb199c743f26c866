"""Lists the accounts of a sign-in to IAM Identity Center, and the roles of those that somebody looks at.

AWS answers no question about all roles at once, and limits how often it is asked: roles are read account by account,
a few at a time, and kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from smtui.domain.fault import AwsCallFailed, FaultKind

if TYPE_CHECKING:
    from smtui.domain.places.profile import SsoSession
    from smtui.domain.places.sso_values import SsoAccount, SsoRole
    from smtui.engine.offloop import OffLoop
    from smtui.places.place_protocols import SsoAws

_AT_ONCE = 3
PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds between attempts after AWS has asked for fewer calls; the SDK has waited by itself before that."""
_T = TypeVar("_T")


class AccountBrowser:
    """What every sign-in shows. It belongs to the event loop; methods raise `AwsCallFailed`."""

    def __init__(self, aws: SsoAws, off_loop: OffLoop) -> None:
        self._aws = aws
        self._off_loop = off_loop
        self._few = asyncio.Semaphore(_AT_ONCE)
        self._roles: dict[tuple[str, str], asyncio.Task[tuple[SsoRole, ...]]] = {}

    async def pages(self, session: SsoSession) -> AsyncIterator[Sequence[SsoAccount]]:
        """The accounts, a page at a time, as AWS orders them."""
        async for page in self._off_loop.stream(lambda: self._aws.accounts(session)):
            yield page

    async def accounts(self, session: SsoSession) -> tuple[SsoAccount, ...]:
        """Every account that the signed-in user may use, by name; all pages."""

        def all_pages() -> list[SsoAccount]:
            return [account for page in self._aws.accounts(session) for account in page]

        found = await self._patiently(all_pages)
        return tuple(sorted(found, key=lambda account: (account.name.casefold(), account.account_id)))

    async def roles(self, session: SsoSession, account_id: str) -> tuple[SsoRole, ...]:
        """The roles in this account, by name. Read once, however often it is asked for, until `forget`."""
        key = (session.cache_key, account_id)
        reading = self._roles.get(key)
        if reading is None or (reading.done() and (reading.cancelled() or reading.exception() is not None)):
            reading = self._roles[key] = asyncio.ensure_future(self._read_roles(session, account_id))
        return await asyncio.shield(reading)

    def forget(self, session: SsoSession) -> None:
        """Read the roles anew the next time: somebody else may have signed in."""
        for key in [key for key in self._roles if key[0] == session.cache_key]:
            del self._roles[key]

    async def _read_roles(self, session: SsoSession, account_id: str) -> tuple[SsoRole, ...]:
        async with self._few:
            found = await self._patiently(lambda: self._aws.roles(session, account_id))
        return tuple(sorted(found, key=lambda role: role.name.casefold()))

    async def _patiently(self, ask: Callable[[], _T]) -> _T:
        """Ask again, later and later, if AWS wants fewer calls."""
        for pause in PAUSES:
            try:
                return await self._off_loop.call(ask)
            except AwsCallFailed as failed:
                if failed.fault.kind is not FaultKind.THROTTLED:
                    raise
            await asyncio.sleep(pause)
        return await self._off_loop.call(ask)
