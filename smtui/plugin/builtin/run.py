"""From an invocation to an exit status: puts the channel, AWS and the terminal together."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from smtui.aws.plugin_calls import CallFailed, CallRefused, PluginCalls, sign_upgrade
from smtui.channel.client import ClientChannel, Encryption, ResumeFailed, StreamAddress
from smtui.channel.connection import ChannelError, ChannelRefused, Connection
from smtui.channel.encryption import DataKey
from smtui.channel.websocket import dial
from smtui.plugin.builtin import words
from smtui.plugin.builtin.ending import FAILED, Ending
from smtui.plugin.builtin.endpoints import refusal
from smtui.plugin.builtin.invocation import Invocation
from smtui.plugin.builtin.keyboard import keyboard
from smtui.plugin.builtin.screen import Screen
from smtui.plugin.builtin.session import Console, Manner, PluginSession
from smtui.plugin.builtin.terminal import Terminal
from smtui.plugin.builtin.version import CLIENT_VERSION

if TYPE_CHECKING:
    from ssl import SSLContext

_CREDENTIAL_SECONDS = 10.0
_TERMINATE_SECONDS = 2.0
_Result = TypeVar("_Result")


def run(invocation: Invocation, manner: Manner) -> int:
    """Run one session; returns the status to exit with."""
    _say(words.starting(invocation.session_id), manner)
    try:
        ending = asyncio.run(_session(invocation, manner))
    except Exception as error:
        # A fault of ours: the user at a terminal gets a sentence, and no traceback.
        ending = Ending(words.cannot_start(f"internal error: {type(error).__name__}: {error}"), FAILED)
        _say(ending.words, manner)
    except KeyboardInterrupt:
        # Windows, where asyncio does not mind signals.
        ending = Ending(status=130)
    return ending.status if manner.from_smtui or ending.killed else 0


async def _session(invocation: Invocation, manner: Manner) -> Ending:
    service = _Service(invocation)
    why_not = refusal(invocation.stream_url, os.environ)
    if why_not:
        ending = Ending(words.cannot_start(why_not), FAILED, remote_lives=True)
    else:
        ending = await _talk(invocation, service, manner)
    _say(ending.words, manner)
    if ending.remote_lives and not manner.from_smtui:
        await service.terminate()
    return ending


async def _talk(invocation: Invocation, service: _Service, manner: Manner) -> Ending:
    channel = ClientChannel(
        service.dial,
        service.resume,
        client_version=CLIENT_VERSION,
        encryption=Encryption(service.generate_data_key, invocation.session_id, invocation.target),
    )
    console = Console(Terminal(), keyboard(), Screen(1), Screen(2))
    address = StreamAddress(invocation.stream_url, invocation.token)
    try:
        return await PluginSession(channel, address, invocation.session_id, console, manner).run()
    finally:
        console.screen.close()
        console.error_screen.close()


class _Service:
    """AWS for the channel: connecting, and the calls, in threads that may be left behind at the end."""

    def __init__(self, invocation: Invocation) -> None:
        self._session_id = invocation.session_id
        self._region = invocation.region
        self._environ: Mapping[str, str] = os.environ
        self._calls = PluginCalls(invocation.profile, invocation.region, invocation.endpoint_url, os.environ)

    async def dial(self, url: str) -> Connection:
        """Connect to a stream URL, signed if there are keys."""
        why_not = refusal(url, self._environ)
        if why_not:
            raise ChannelRefused(why_not)
        try:
            async with asyncio.timeout(_CREDENTIAL_SECONDS):
                keys = await _in_thread(self._calls.keys)
        except TimeoutError:
            keys = None
        headers = sign_upgrade(url, self._region, keys) if keys else {}
        return await dial(url, headers, user_agent=f"smtui-plugin/{CLIENT_VERSION}", tls=self._tls(url))

    async def resume(self) -> StreamAddress | None:
        """See `smtui.channel.client.Resume`."""
        try:
            resumed = await _in_thread(partial(self._calls.resume_session, self._session_id))
        except CallFailed as failed:
            raise ResumeFailed(str(failed)) from None
        except CallRefused as refused:
            raise ChannelRefused(str(refused)) from None
        return StreamAddress(*resumed) if resumed else None

    async def terminate(self) -> None:
        """End the session by the API, as well as it can be done in little time."""
        try:
            async with asyncio.timeout(_TERMINATE_SECONDS):
                await _in_thread(partial(self._calls.terminate_session, self._session_id))
        except (TimeoutError, CallFailed, CallRefused):
            return

    async def generate_data_key(self, key_id: str, context: Mapping[str, str]) -> DataKey:
        """See `smtui.channel.encryption.GenerateDataKey`."""
        try:
            plaintext, ciphertext = await _in_thread(partial(self._calls.generate_data_key, key_id, context))
        except (CallFailed, CallRefused) as failed:
            raise ChannelError(str(failed)) from None
        return DataKey(plaintext, ciphertext)

    def _tls(self, url: str) -> SSLContext | None:
        """The user's own certificate authorities, where the AWS CLI would use them too."""
        bundle = self._environ.get("AWS_CA_BUNDLE")
        if not bundle or not url.startswith("wss:"):
            return None
        import ssl

        try:
            return ssl.create_default_context(cafile=bundle)
        except OSError as error:
            raise ChannelRefused(f"AWS_CA_BUNDLE cannot be used: {error}") from None


async def _in_thread(call: Callable[[], _Result]) -> _Result:
    """Run a blocking call in a daemon thread, which the end of the process does not wait for."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[_Result] = loop.create_future()

    def work() -> None:
        try:
            value = call()
        except Exception as error:
            _tell(loop, _settle, result, None, error)
        else:
            _tell(loop, _settle, result, value, None)

    threading.Thread(target=work, name="aws", daemon=True).start()
    return await result


def _tell(loop: asyncio.AbstractEventLoop, *call: object) -> None:
    try:
        loop.call_soon_threadsafe(*call)  # type: ignore[arg-type]
    except RuntimeError:
        return  # the loop has ended, and with it the wish to know


def _settle(result: asyncio.Future[_Result], value: _Result, error: Exception | None) -> None:
    if result.done():
        return
    if error is not None:
        result.set_exception(error)
    else:
        result.set_result(value)


def _say(text: str, manner: Manner) -> None:
    """To stdout, as the official plugin says everything; to stderr when smtui started us."""
    stream = sys.stderr if manner.from_smtui else sys.stdout
    if stream is None:
        return
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        return  # nobody listens any more
