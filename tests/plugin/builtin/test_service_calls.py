"""What the plugin makes of AWS's answers to its calls, and of none."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

import pytest

from smtui.aws.plugin_calls import CallFailed, CallRefused, PluginCalls
from smtui.channel.client import ResumeFailed, StreamAddress
from smtui.channel.transport import ChannelError, ChannelRefused
from smtui.plugin.builtin import run
from smtui.plugin.builtin.invocation import Invocation
from smtui.plugin.builtin.run import _Service

URL = "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/s-1"


@dataclass
class Calls:
    """Every call has this outcome: an exception, or an answer; it comes once `answered` is set."""

    outcome: object
    answered: threading.Event = field(default_factory=threading.Event)

    def _answer(self) -> object:
        assert self.answered.wait(60)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def terminate_session(self, session_id: str) -> object:
        return self._answer()

    def resume_session(self, session_id: str) -> object:
        return self._answer()

    def generate_data_key(self, key_id: str, context: Mapping[str, str]) -> object:
        return self._answer()

    def tls_context(self) -> object:
        return self._answer()

    def keys_of_environment(self) -> None:
        return None

    def keys(self) -> None:
        return None


def service(outcome: object, *, answers: bool = True) -> tuple[_Service, Calls]:
    made, calls = _Service(Invocation("s-1", URL, "t0ken", "us-east-1")), Calls(outcome)
    if answers:
        calls.answered.set()
    made._calls = cast(PluginCalls, calls)
    return made, calls


@pytest.fixture(autouse=True)
def interrupts() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("outcome", "why"),
    [(None, ""), (CallRefused("AccessDenied: no"), "AccessDenied: no"), (CallFailed("no route"), "no route")],
)
async def test_the_session_is_ended_or_it_is_said_why_not(outcome: object, why: str) -> None:
    assert await service(outcome)[0].terminate() == why


async def test_an_end_that_nobody_confirms_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_TERMINATE_SECONDS", 0.05)
    ending, calls = service(None, answers=False)
    async with asyncio.timeout(60):
        assert (await ending.terminate()).startswith("no answer came within")
    calls.answered.set()


async def test_ctrl_c_stops_waiting_for_the_end() -> None:
    ending, calls = service(None, answers=False)
    terminating = asyncio.create_task(ending.terminate())
    await asyncio.sleep(0)
    signal.raise_signal(signal.SIGINT)
    async with asyncio.timeout(60):
        assert await terminating == "Ctrl-C was pressed"
    calls.answered.set()


async def test_a_resume_brings_an_address_or_says_that_the_session_has_ended() -> None:
    assert await service((URL, "n3w"))[0].resume() == StreamAddress(URL, "n3w")
    assert await service(None)[0].resume() is None


@pytest.mark.parametrize(
    ("outcome", "raised"), [(CallFailed("no route"), ResumeFailed), (CallRefused("AccessDenied"), ChannelRefused)]
)
async def test_a_resume_that_fails_is_tried_again_and_one_that_is_refused_is_not(
    outcome: Exception, raised: type[Exception]
) -> None:
    with pytest.raises(raised, match=str(outcome)):
        await service(outcome)[0].resume()


async def test_a_data_key_is_passed_on_and_a_failure_explained() -> None:
    key = await service((b"plain", b"cipher"))[0].generate_data_key("alias/k", {})
    assert (key.plaintext, key.ciphertext) == (b"plain", b"cipher")
    for failed in (CallFailed("no route to kms"), CallRefused("AccessDenied")):
        with pytest.raises(ChannelError, match=str(failed)):
            await service(failed)[0].generate_data_key("alias/k", {})


async def test_a_ca_bundle_that_cannot_be_read_refuses_the_connection() -> None:
    with pytest.raises(ChannelRefused, match="no such file"):
        await service(CallRefused("no such file: ca.pem"))[0].dial(URL)


async def test_an_address_of_resume_session_elsewhere_is_refused() -> None:
    """The token must go nowhere else, whoever names the host."""
    with pytest.raises(ChannelRefused, match=r"evil\.example is not an endpoint of Session Manager"):
        await service(None)[0].dial("wss://evil.example/v1/data-channel/s-1")
