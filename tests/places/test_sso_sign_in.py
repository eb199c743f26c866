"""Follows sign-ins by a clock that jumps: the ways, their ends, and what is left of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from smtui.domain.fault import FaultKind
from smtui.domain.places.profile import SsoSession
from smtui.domain.places.sign_in_progress import SignInProgress, Stage
from smtui.domain.places.sso_values import AskedTooOften, TokenNotKept
from smtui.places.sso_sign_in import SignIn
from tests.places.sign_in_support import PORT, SESSION, fault
from tests.places.sign_in_support import Stage as Given
from tests.waiting import jumping_clock, let_loop_run


def played(scene: Callable[[], Awaitable[None]]) -> None:
    async def in_time() -> None:
        with jumping_clock():
            await scene()

    asyncio.run(in_time())


async def reaches(sign_in: SignIn, stage: Stage) -> SignInProgress:
    there = asyncio.Event()

    def look() -> None:
        if sign_in.progress.stage is stage:
            there.set()

    stop = sign_in.watch(look)
    look()
    await there.wait()
    stop()
    return sign_in.progress


def test_browser_brings_the_code() -> None:
    async def scene() -> None:
        given = Given()
        sign_in = given.sign_ins.begin(SESSION, by_browser=True)
        seen = await reaches(sign_in, Stage.BROWSER)
        assert (seen.port, seen.user_code) == (PORT, "")
        assert seen.gives_up_at is not None
        assert seen.gives_up_at - seen.started == timedelta(minutes=10)
        assert given.aws.question is not None
        assert given.aws.question.redirect_uri == f"http://127.0.0.1:{PORT}/oauth/callback"
        await let_loop_run(0)
        assert given.opened == [seen.address]
        assert given.comes_back("code=the-code-1&state={state}").status == 200
        assert await sign_in.done()
        assert given.aws.codes == ["the-code-1"]
        assert sign_in.progress.token_path.endswith("3f2a.json")
        assert sign_in.progress.renews_itself
        assert not given.listeners[0].is_open

    played(scene)


def test_wrong_state_is_refused_and_said_and_the_right_one_still_counts() -> None:
    async def scene() -> None:
        given = Given()
        sign_in = given.sign_ins.begin(SESSION, by_browser=True)
        await reaches(sign_in, Stage.BROWSER)
        assert given.comes_back("code=stolen-code&state=another").status == 400
        await let_loop_run(1)
        assert sign_in.progress.stage is Stage.BROWSER
        assert "state belongs to another sign-in" in sign_in.progress.note
        given.comes_back("code=the-code-1&state={state}")
        assert await sign_in.done()
        assert given.aws.codes == ["the-code-1"]

    played(scene)


def test_refusal_on_the_page_is_told() -> None:
    async def scene() -> None:
        given = Given()
        sign_in = given.sign_ins.begin(SESSION, by_browser=True)
        await reaches(sign_in, Stage.BROWSER)
        given.comes_back("error=access_denied&error_description=User+denied&state={state}")
        assert not await sign_in.done()
        assert sign_in.progress.stage is Stage.FAILED
        assert "access_denied: User denied" in sign_in.progress.failure
        assert "Nothing was written" in sign_in.progress.failure
        assert not given.aws.codes

    played(scene)


def test_nobody_confirms_for_ten_minutes() -> None:
    async def scene() -> None:
        given = Given()
        sign_in = given.sign_ins.begin(SESSION, by_browser=True)
        assert not await sign_in.done()
        assert "no answer within 10 minutes" in sign_in.progress.failure
        assert not given.listeners[0].is_open
        assert asyncio.get_running_loop().time() >= 600

    played(scene)


def test_browser_that_does_not_start_is_said_and_waited_for() -> None:
    async def scene() -> None:
        given = Given(starts_browser=False)
        sign_in = given.sign_ins.begin(SESSION, by_browser=True)
        await reaches(sign_in, Stage.BROWSER)
        await let_loop_run(1)
        assert "No browser could be started" in sign_in.progress.note
        assert sign_in.progress.stage is Stage.BROWSER
        sign_in.cancel()

    played(scene)


def test_code_is_asked_for_at_the_pace_of_aws() -> None:
    async def scene() -> None:
        given = Given(why="smtui runs over ssh.")
        given.aws.device_answers = [None, None, AskedTooOften(), None, given.aws.token()]
        sign_in = given.sign_ins.begin(SESSION, by_browser=False)
        seen = await reaches(sign_in, Stage.CODE)
        assert (seen.user_code, seen.note) == ("WDJB-MJHT", "smtui runs over ssh.")
        assert seen.address.endswith("user_code=WDJB-MJHT")
        assert await sign_in.done()
        begun = given.aws.asked_at[0]
        assert [round(at - begun) for at in given.aws.asked_at] == [0, 5, 10, 20, 30]  # 5 s more, and kept
        assert not given.opened

    played(scene)


def test_client_that_is_allowed_from_the_start_shows_no_code() -> None:
    async def scene() -> None:
        given = Given()
        given.aws.device_answers = [given.aws.token()]
        sign_in = given.sign_ins.begin(SESSION, by_browser=False)
        stages: list[Stage] = []
        sign_in.watch(lambda: stages.append(sign_in.progress.stage))
        assert await sign_in.done()
        assert Stage.CODE not in stages

    played(scene)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("AccessDeniedException", "refused on AWS's page"),
        ("ExpiredTokenException", "Nobody allowed the code"),
        ("InvalidGrantException", "did not accept"),
    ],
)
def test_code_that_is_denied_or_expires(code: str, says: str) -> None:
    async def scene() -> None:
        given = Given()
        given.aws.device_answers = [None, fault(FaultKind.OTHER, code)]
        sign_in = given.sign_ins.begin(SESSION, by_browser=False)
        assert not await sign_in.done()
        assert says in sign_in.progress.failure
        assert sign_in.progress.topic == "sso-sign-in-failed"

    played(scene)


def test_code_that_nobody_types_ends_by_our_clock() -> None:
    async def scene() -> None:
        given = Given()
        given.aws.code_lasts = 60
        sign_in = given.sign_ins.begin(SESSION, by_browser=False)
        assert not await sign_in.done()
        assert "before it expired" in sign_in.progress.failure
        assert len(given.aws.asked_at) < 16

    played(scene)


def test_network_that_fails_for_a_while_does_not_lose_the_code() -> None:
    async def scene() -> None:
        given = Given()
        given.aws.device_answers = [None, fault(FaultKind.TIMED_OUT), None, given.aws.token()]
        sign_in = given.sign_ins.begin(SESSION, by_browser=False)
        notes: list[str] = []
        sign_in.watch(lambda: notes.append(sign_in.progress.note))
        assert await sign_in.done()
        assert any("The code is still good" in note for note in notes)
        assert notes[-1] == ""

    played(scene)


def test_that_no_browser_could_be_started_stays_said_while_the_code_is_asked_for() -> None:
    async def scene() -> None:
        given = Given(starts_browser=False)
        sign_in = given.sign_ins.begin(SESSION, by_browser=False)
        await reaches(sign_in, Stage.CODE)
        assert not await sign_in.open_page()
        asked = len(given.aws.asked_at)
        while len(given.aws.asked_at) < asked + 2:
            await let_loop_run(1)
        assert "No browser could be started" in sign_in.progress.note
        sign_in.cancel()

    played(scene)


def test_from_the_browser_to_a_code_while_it_runs() -> None:
    async def scene() -> None:
        given = Given(starts_browser=False)
        sign_in = given.sign_ins.begin(SESSION, by_browser=True)
        started = (await reaches(sign_in, Stage.BROWSER)).started
        await let_loop_run(1)
        assert sign_in.progress.note
        sign_in.use_code()
        seen = await reaches(sign_in, Stage.CODE)
        assert not seen.note
        assert (seen.port, seen.started) == (0, started)
        assert not given.listeners[0].is_open
        given.comes_back("code=too-late-1&state={state}")
        given.aws.device_answers = [given.aws.token()]
        assert await sign_in.done()
        assert not given.aws.codes

    played(scene)


@pytest.mark.parametrize("by_browser", [True, False])
def test_cancel_leaves_nothing(*, by_browser: bool) -> None:
    async def scene() -> None:
        given = Given()
        sign_in = given.sign_ins.begin(SESSION, by_browser=by_browser)
        await reaches(sign_in, Stage.BROWSER if by_browser else Stage.CODE)
        at = asyncio.get_running_loop().time()
        sign_in.cancel()
        assert not await sign_in.done()
        assert asyncio.get_running_loop().time() - at < 1, "nothing was waited for"
        assert sign_in.progress.stage is Stage.CANCELLED
        asked = len(given.aws.asked_at)
        await let_loop_run(60)
        assert len(given.aws.asked_at) == asked
        assert not any(listener.is_open for listener in given.listeners)
        assert not given.aws.kept
        assert asyncio.all_tasks() == {asyncio.current_task()}

    played(scene)


def test_token_that_cannot_be_written() -> None:
    async def scene() -> None:
        given = Given()
        given.aws.keep_answer = TokenNotKept("/home/maria/.aws/sso/cache cannot be written: No space left on device.")
        given.aws.device_answers = [given.aws.token()]
        sign_in = given.sign_ins.begin(SESSION, by_browser=False)
        assert not await sign_in.done()
        assert "No space left on device. The sign-in itself worked. Nothing was written" in sign_in.progress.failure
        assert sign_in.progress.topic == "sso-token-file"

    played(scene)


def test_fault_of_ours_does_not_leave_anybody_waiting() -> None:
    async def scene() -> None:
        given = Given()
        given.aws.register_answer = KeyError("clientId")
        sign_in = given.sign_ins.begin(SESSION, by_browser=True)
        assert not await sign_in.done()
        assert "KeyError" in sign_in.progress.failure

    played(scene)


def test_one_sign_in_for_a_session_at_a_time() -> None:
    async def scene() -> None:
        given = Given()
        done: list[SsoSession] = []
        given.sign_ins.when_done(done.append)
        first = given.sign_ins.begin(SESSION, by_browser=True)
        await reaches(first, Stage.BROWSER)
        assert given.sign_ins.begin(SESSION, by_browser=False) is first
        await reaches(first, Stage.CODE)
        given.aws.device_answers = [given.aws.token()]
        assert await first.done()
        assert done == [SESSION]
        second = given.sign_ins.begin(SESSION, by_browser=True)
        assert second is not first
        given.sign_ins.close()
        assert not await second.done()

    played(scene)


def test_clock_that_is_off_is_said() -> None:
    async def scene() -> None:
        given = Given()
        given.aws.device_answers = [replace(given.aws.token(), clock_ahead=timedelta(hours=1))]
        sign_in = given.sign_ins.begin(SESSION, by_browser=False)
        assert await sign_in.done()
        assert "60 min ahead of AWS's" in sign_in.progress.warning

    played(scene)


def test_progress_shows_no_secret() -> None:
    async def scene() -> None:
        given = Given()
        sign_in = given.sign_ins.begin(SESSION, by_browser=False)
        await reaches(sign_in, Stage.CODE)
        assert "device-code-1" not in repr(sign_in.progress)
        sign_in.cancel()

    played(scene)
