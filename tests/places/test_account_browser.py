"""Accounts page by page, roles when they are looked at, and an AWS that wants fewer calls."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.places.profile import SsoSession
from smtui.domain.places.sso_values import SsoAccount, SsoRole
from smtui.places.account_browser import PAUSES, AccountBrowser
from tests.places.sign_in_support import SESSION, FakeAws, Inline, fault
from tests.waiting import jumping_clock


class Portal(FakeAws):
    """Two pages of accounts; roles after so many refusals."""

    def __init__(self, refusals: int = 0, kind: FaultKind = FaultKind.THROTTLED) -> None:
        super().__init__()
        self.refusals = refusals
        self.kind = kind
        self.asked: list[str] = []

    def accounts(self, session: SsoSession) -> Iterator[Sequence[SsoAccount]]:
        yield [SsoAccount("444455556666", "staging"), SsoAccount("111122223333", "Production")]
        yield [SsoAccount("777788889999", "audit")]

    def roles(self, session: SsoSession, account_id: str) -> Sequence[SsoRole]:
        self.asked.append(account_id)
        if self.refusals:
            self.refusals -= 1
            raise fault(self.kind, "TooManyRequestsException")
        return [SsoRole(account_id, "ReadOnly"), SsoRole(account_id, "OpsEngineer")]


async def test_accounts_of_all_pages_by_name() -> None:
    browser = AccountBrowser(Portal(), Inline())
    assert [account.name for account in await browser.accounts(SESSION)] == ["audit", "Production", "staging"]
    assert [len(page) async for page in browser.pages(SESSION)] == [2, 1]


async def test_roles_are_read_once_until_forgotten() -> None:
    portal = Portal()
    browser = AccountBrowser(portal, Inline())
    both = await asyncio.gather(browser.roles(SESSION, "111122223333"), browser.roles(SESSION, "111122223333"))
    assert [role.name for role in both[0]] == ["OpsEngineer", "ReadOnly"]
    assert portal.asked == ["111122223333"]
    browser.forget(SESSION)
    await browser.roles(SESSION, "111122223333")
    assert len(portal.asked) == 2


def test_too_many_requests_are_waited_for() -> None:
    async def scene() -> None:
        with jumping_clock():
            portal = Portal(refusals=3)
            assert len(await AccountBrowser(portal, Inline()).roles(SESSION, "111122223333")) == 2
            assert len(portal.asked) == 4

    asyncio.run(scene())


def test_an_aws_that_never_relents_is_a_fault_and_asked_again_the_next_time() -> None:
    async def scene() -> None:
        with jumping_clock():
            portal = Portal(refusals=len(PAUSES) + 1)
            browser = AccountBrowser(portal, Inline())
            with pytest.raises(AwsCallFailed):
                await browser.roles(SESSION, "111122223333")
            assert await browser.roles(SESSION, "111122223333")

    asyncio.run(scene())


async def test_any_other_fault_is_not_repeated() -> None:
    portal = Portal(refusals=1, kind=FaultKind.SSO_SIGN_IN)
    with pytest.raises(AwsCallFailed):
        await AccountBrowser(portal, Inline()).roles(SESSION, "111122223333")
    assert len(portal.asked) == 1
