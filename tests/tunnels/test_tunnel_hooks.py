"""The user's hooks around tunnels: once before and once after, however often a tunnel reconnects meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from smtui.domain.fault import FaultKind
from smtui.domain.forward import Forward, LocalPort
from smtui.tunnels.supervisor import TunnelRefused, Tunnels
from smtui.tunnels.tunnel import TunnelState, TunnelView
from tests.engine.fakes import fault
from tests.tunnels.test_supervisor import Bench, bench, to
from tests.waiting import until

pytestmark = pytest.mark.integration


class FakeHooks:
    """Notes what runs; `refusal` and `wrong` are what the hooks say."""

    def __init__(self, refusal: str = "", wrong: str = "") -> None:
        self.refusal = refusal
        self.wrong = wrong
        self.ran: list[str] = []
        self.may_start, self.may_end = asyncio.Event(), asyncio.Event()
        self.may_start.set()
        self.may_end.set()

    async def of(self, forward: Forward) -> FakeHooks:
        assert forward.label == "web-1"
        return self

    async def before(self) -> str:
        self.ran.append("before")
        await self.may_start.wait()
        return self.refusal

    async def after(self, said: str, *, has_started: bool, has_failed: bool) -> str:
        assert said
        await self.may_end.wait()
        self.ran.append(f"after{' start' * has_started}{' failure' * has_failed}")
        return self.wrong


def hooked(made: Bench, refusal: str = "", wrong: str = "") -> FakeHooks:
    hooks = FakeHooks(refusal, wrong)
    made.tunnels.hooks = hooks.of
    return hooks


async def opened(made: Bench) -> TunnelView:
    return await made.until_state(await made.tunnels.start(to()), TunnelState.OPEN)


async def test_once_before_and_once_after_a_tunnel_that_reconnects() -> None:
    async with bench(behaviours=("good", "good", "good")) as made:
        hooks = hooked(made)
        view = await opened(made)
        made.plugins.started[-1].end()
        await until(lambda: len(made.plugins.started) == 2)
        await made.until_state(view, TunnelState.OPEN)
        await made.tunnels.restart(view.tunnel_id)
        await until(lambda: len(made.plugins.started) == 3)
        await made.until_state(view, TunnelState.OPEN)
        assert hooks.ran == ["before"]
        await made.tunnels.stop(view.tunnel_id)
        await until(lambda: hooks.ran == ["before", "after start"])
        await made.tunnels.restart(view.tunnel_id)
        await made.until_state(view, TunnelState.OPEN)
        assert hooks.ran == ["before", "after start", "before"]


async def test_a_hook_that_fails_before_it_starts_nothing() -> None:
    async with bench() as made:
        hooks = hooked(made, refusal="No ticket.")
        with pytest.raises(TunnelRefused, match=r"^No ticket\.$"):
            await made.tunnels.start(to())
        assert made.tunnels.views() == ()
        assert made.aws.peak == 0
    assert hooks.ran == ["before"]


async def test_a_tunnel_that_was_stopped_does_not_start_again_against_its_hook() -> None:
    async with bench() as made:
        hooks = hooked(made)
        view = await made.tunnels.start(to())
        await made.tunnels.stop(view.tunnel_id)
        hooks.refusal = "No ticket."
        with pytest.raises(TunnelRefused, match=r"^No ticket\.$"):
            await made.tunnels.restart(view.tunnel_id)
        assert made.view(view).state is TunnelState.CLOSED


async def test_a_second_restart_while_the_hook_runs_does_nothing() -> None:
    async with bench() as made:
        hooks = hooked(made)
        view = await opened(made)
        await made.tunnels.stop(view.tunnel_id)
        await until(lambda: hooks.ran == ["before", "after start"])
        hooks.may_start.clear()
        restarting = asyncio.gather(*(made.tunnels.restart(view.tunnel_id) for _ in range(3)))
        await until(lambda: hooks.ran[2:] == ["before"])
        hooks.may_start.set()
        await restarting
        await made.until_state(view, TunnelState.OPEN)
        assert hooks.ran == ["before", "after start", "before"]


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [
        (lambda tunnels, _: tunnels.refuse(), "No tunnel is started any more."),
        (lambda tunnels, tunnel_id: tunnels.forget(tunnel_id), "was removed from the list."),
    ],
    ids=["smtui ends", "it is forgotten"],
)
async def test_what_happens_while_the_hook_of_a_restart_runs_counts(
    meanwhile: Callable[[Tunnels, str], None], why: str
) -> None:
    async with bench() as made:
        hooks = hooked(made)
        view = await opened(made)
        await made.tunnels.stop(view.tunnel_id)
        await until(lambda: hooks.ran == ["before", "after start"])
        hooks.may_start.clear()
        restarting = asyncio.ensure_future(made.tunnels.restart(view.tunnel_id))
        await until(lambda: hooks.ran[2:] == ["before"])
        meanwhile(made.tunnels, view.tunnel_id)
        hooks.may_start.set()
        with pytest.raises(TunnelRefused, match=why):
            await restarting
        assert hooks.ran[3:] == ["after failure"]
        assert len(made.plugins.started) == 1


async def test_a_new_start_that_fails_is_told_as_one_that_never_started() -> None:
    async with bench() as made:
        hooks = hooked(made)
        view = await opened(made)
        await made.tunnels.stop(view.tunnel_id)
        made.aws.failing["ssm:StartSession"] = fault("ssm:StartSession", FaultKind.DENIED)
        await made.tunnels.restart(view.tunnel_id)
        await made.until_state(view, TunnelState.FAILED)
        await until(lambda: hooks.ran == ["before", "after start", "before", "after failure"])


async def test_the_hook_after_is_told_of_a_tunnel_that_could_not_begin() -> None:
    async with bench() as made:
        view = await made.tunnels.start(to())
        taken = made.view(view).forward.local
        assert isinstance(taken, LocalPort)
        hooks = hooked(made, wrong="The hook after it failed.")
        with pytest.raises(TunnelRefused, match=r"is taken by the tunnel to .* The hook after it failed\.$"):
            await made.tunnels.start(to(local=taken))
    assert hooks.ran == ["before", "after failure"]


async def test_leaving_waits_for_the_hook_after_a_tunnel() -> None:
    async with bench() as made:
        hooks = hooked(made)
        view = await opened(made)
        hooks.may_end.clear()
        closing = asyncio.ensure_future(made.tunnels.close_all())
        await until(lambda: made.view(view).state is TunnelState.CLOSED)
        await asyncio.sleep(0)
        assert not closing.done()
        hooks.may_end.set()
        await closing
        assert hooks.ran == ["before", "after start"]


async def test_who_leaves_at_once_waits_for_no_hook() -> None:
    async with bench() as made:
        hooks = hooked(made)
        view = await opened(made)
        hooks.may_end.clear()
        closing = asyncio.ensure_future(made.tunnels.close_all())
        await until(lambda: made.view(view).state is TunnelState.CLOSED)
        closing.cancel()
        await asyncio.wait([closing])
        hooks.may_end.set()
        await asyncio.sleep(0)
    assert hooks.ran == ["before"]


async def test_a_hook_that_fails_after_it_is_said_with_the_tunnel() -> None:
    said: list[str] = []
    async with bench() as made:
        hooked(made, wrong="The hook after the session, notify, ended with exit status 3.")
        made.tunnels.tell = said.append
        view = await made.tunnels.start(to(5432, "db"))
        await made.tunnels.stop(view.tunnel_id)
        await until(lambda: said != [])
    assert said == ["db:5432 through web-1: The hook after the session, notify, ended with exit status 3."]
