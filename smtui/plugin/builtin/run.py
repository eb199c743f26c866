"""Runs one session from an invocation to an exit status: connects the channel, AWS and the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from smtui.aws.plugin_calls import CallFailed, CallRefused, PluginCalls, blames_clock, sign_upgrade
from smtui.channel.client import ClientChannel, Encryption, ResumeFailed, StreamAddress
from smtui.channel.transport import CannotConnect, ChannelError, ChannelRefused, Connection
from smtui.channel.websocket import dial
from smtui.domain.places.stream_endpoint import EndpointUnusable, at_endpoint, endpoint_in
from smtui.domain.text import error_words
from smtui.plugin.builtin import CLIENT_VERSION
from smtui.plugin.builtin import official_words as words
from smtui.plugin.builtin.allowed_hosts import is_of_ecs, refusal
from smtui.plugin.builtin.output_stream import OutputStream
from smtui.plugin.builtin.session import Console, PluginSession, SessionOptions
from smtui.plugin.builtin.session_ending import FAILED, Ending
from smtui.plugin.builtin.signals import ParentProcess, let_through, on_signal
from smtui.plugin.builtin.terminal_input import Terminal, keyboard

if TYPE_CHECKING:
    from ssl import SSLContext

    from smtui.channel.encryption import DataKey
    from smtui.domain.terminal_modes.modes import TerminalModes
    from smtui.plugin.builtin.invocation import Invocation
    from smtui.plugin.builtin.logged_service import Service
    from smtui.plugin.builtin.plugin_log import PluginLog

_CREDENTIAL_SECONDS = 10.0
_PAUSE_IN_TYPING = 0.3
_LONGEST_TYPING = 5.0
"""Seconds. Preparation waits for a pause in typing, at most the longest."""

_SHORT_TURN = 0.0005
"""Seconds after which a computing thread lets the event loop run; Python's default is ten times as long."""

_TERMINATE_SECONDS = 8.0
_Result = TypeVar("_Result")


def run(invocation: Invocation, options: SessionOptions, parent: ParentProcess, log: PluginLog | None = None) -> int:
    """Run one session and return the exit status; the session is then over, or a message says that it may not be."""
    _say(words.starting(invocation.session_id), options)
    try:
        ending = asyncio.run(_session(invocation, options, parent, log))
    except KeyboardInterrupt:
        # Windows, where asyncio handles no signals.
        ending = Ending(status=130)
        asyncio.run(_account_for(ending, invocation, _Service(invocation), options, parent))
    return ending.status if options.from_smtui or ending.killed else 0


async def _session(
    invocation: Invocation, options: SessionOptions, parent: ParentProcess, log: PluginLog | None
) -> Ending:
    service: Service = _Service(invocation)
    if log is not None:
        service = _logged(service, invocation, options, log)
    url, why_not = _stream_url(invocation.stream_url)
    if why_not:
        ending = Ending(words.cannot_start(why_not), FAILED)
    else:
        try:
            ending = await _talk(invocation, url, service, options)
        except Exception as error:
            # A fault of ours: the user gets a sentence, not a traceback.
            ending = Ending(words.cannot_start(f"internal error: {type(error).__name__}: {error_words(error)}"), FAILED)
    _say(ending.words, options)
    if log is not None:
        log.note(f"ended with status {ending.status}, {'closed by the service' if ending.closed else 'not closed'}")
    await _account_for(ending, invocation, service, options, parent)
    return ending


def _logged(service: Service, invocation: Invocation, options: SessionOptions, log: PluginLog) -> Service:
    """Begin the log, and return a service that goes on with it."""
    from smtui.plugin.builtin.logged_service import LoggedService, beginning

    log.note(beginning(invocation, from_smtui=options.from_smtui, resumes=options.resumes))
    return LoggedService(service, log)


async def _account_for(
    ending: Ending, invocation: Invocation, service: Service, options: SessionOptions, parent: ParentProcess
) -> None:
    """End the session unless the service reported its end. smtui does that itself, unless it is gone."""
    is_smtuis = options.from_smtui and not (parent.has_gone or ending.hung_up)
    if ending.closed or is_smtuis:
        return
    why = await service.terminate()
    if why:
        # Always on stderr: on stdout it could mix with the bytes of a ProxyCommand.
        words.say(words.not_ended(invocation.session_id, why, invocation.region, invocation.profile), on_stderr=True)


def _stream_url(named: str) -> tuple[str, str]:
    """Where to connect to, and why that must not be done; smtui has put its configured endpoint there already."""
    try:
        url = at_endpoint(named, endpoint_in(os.environ))
    except EndpointUnusable as unusable:
        return "", str(unusable).rstrip(".")
    return url, refusal(url, os.environ)


async def _talk(invocation: Invocation, url: str, service: Service, options: SessionOptions) -> Ending:
    channel = ClientChannel(
        service.dial,
        service.resume,
        client_version=CLIENT_VERSION,
        encryption=Encryption(service.generate_data_key, invocation.session_id, invocation.target),
    )
    console = Console(Terminal(), keyboard(), OutputStream(1, _modes(options)), OutputStream(2))
    address = StreamAddress(url, invocation.token)
    preparing = asyncio.create_task(service.prepare(channel, somebody_types=console.terminal.is_there))
    try:
        return await PluginSession(channel, address, invocation.session_id, console, options).run()
    finally:
        preparing.cancel()
        console.screen.close()
        console.error_screen.close()


def _modes(options: SessionOptions) -> TerminalModes | None:
    """Return what records terminal modes; None under smtui, which does that itself."""
    if options.from_smtui:
        return None
    from smtui.domain.terminal_modes.modes import TerminalModes

    return TerminalModes()


class _Service:
    """Connects and calls AWS for the channel, in daemon threads that the end of the process does not wait for."""

    def __init__(self, invocation: Invocation) -> None:
        self._session_id = invocation.session_id
        self._region = invocation.region
        self._environ: Mapping[str, str] = os.environ
        endpoint_url = "" if is_of_ecs(invocation.endpoint_url, os.environ) else invocation.endpoint_url
        self._context: SSLContext | None = None
        self._calls = PluginCalls(invocation.profile, invocation.region, endpoint_url, os.environ)

    async def prepare(self, channel: ClientChannel, *, somebody_types: bool) -> None:
        """Have everything ready for the first loss of the connection, once the session has said something."""
        await channel.until_opened()
        latest = asyncio.get_running_loop().time() + _LONGEST_TYPING
        turn = sys.getswitchinterval()
        sys.setswitchinterval(_SHORT_TURN)
        try:
            for step in self._calls.preparation():
                if somebody_types:
                    await _pause_in_typing(channel, latest)
                await _in_thread(step)
        except Exception:
            return  # the real call will report what is wrong
        finally:
            sys.setswitchinterval(turn)

    async def dial(self, url: str) -> Connection:
        """Connect to a stream URL; signs the request if there are keys."""
        why_not = refusal(url, self._environ)
        if why_not:
            raise ChannelRefused(why_not)
        keys = self._calls.keys_of_environment()
        if keys is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CREDENTIAL_SECONDS):
                    keys = await _in_thread(self._calls.keys)
        headers = sign_upgrade(url, self._region, keys) if keys else {}
        tls, proxy = await self._tls(url), self._calls.proxy_for(url)
        try:
            return await dial(url, headers, user_agent=f"smtui-plugin/{CLIENT_VERSION}", tls=tls, proxy=proxy)
        except ChannelRefused as refused:
            if refused.answer is None or not blames_clock(refused.answer.body):
                raise
            raise CannotConnect(f"{refused}: this machine's clock is off") from None  # after sleep it is soon set

    async def resume(self) -> StreamAddress | None:
        """See `smtui.channel.client.Resume`."""
        try:
            resumed = await _in_thread(partial(self._calls.resume_session, self._session_id))
        except CallFailed as failed:
            raise ResumeFailed(str(failed)) from None
        except CallRefused as refused:
            raise ChannelRefused(str(refused)) from None
        return StreamAddress(*resumed) if resumed else None

    async def terminate(self) -> str:
        """Call TerminateSession. Returns why that failed within 8 s or before Ctrl-C; empty if it succeeded."""
        given_up = asyncio.Event()
        on_signal("SIGINT", given_up.set)
        let_through()
        waiting = asyncio.create_task(given_up.wait())
        calling = asyncio.create_task(_in_thread(partial(self._calls.terminate_session, self._session_id)))
        try:
            done, _ = await asyncio.wait(
                [calling, waiting], timeout=_TERMINATE_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if calling in done:
                calling.result()
                return ""
        except Exception as failed:  # of any kind: the user must learn that the session may still be active
            return error_words(failed)
        finally:
            calling.cancel()
            waiting.cancel()
        return "Ctrl-C was pressed" if done else f"no answer came within {_TERMINATE_SECONDS:.0f} s"

    async def generate_data_key(self, key_id: str, context: Mapping[str, str]) -> DataKey:
        """See `smtui.channel.encryption.GenerateDataKey`."""
        try:
            plaintext, ciphertext = await _in_thread(partial(self._calls.generate_data_key, key_id, context))
        except (CallFailed, CallRefused) as failed:
            raise ChannelError(str(failed)) from None
        from smtui.channel.encryption import DataKey

        return DataKey(plaintext, ciphertext)

    async def _tls(self, url: str) -> SSLContext | None:
        """Return the TLS context with the authorities that the calls trust. It is made once, since that is slow."""
        if not url.startswith("wss:"):
            return None
        if self._context is None:
            try:
                self._context = await _in_thread(self._calls.tls_context)
            except CallRefused as refused:
                raise ChannelRefused(str(refused)) from None
        return self._context


async def _pause_in_typing(channel: ClientChannel, latest: float) -> None:
    while True:
        since = channel.seconds_since_input
        if since >= _PAUSE_IN_TYPING or asyncio.get_running_loop().time() > latest:
            return
        await asyncio.sleep(_PAUSE_IN_TYPING - since)


async def _in_thread(call: Callable[[], _Result]) -> _Result:
    """Run a blocking call in a daemon thread, which the end of the process does not wait for."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[_Result] = loop.create_future()

    def work() -> None:
        try:
            value = call()
        except Exception as error:
            _call_in(loop, _settle, result, None, error)
        else:
            _call_in(loop, _settle, result, value, None)

    threading.Thread(target=work, name="aws", daemon=True).start()
    return await result


def _call_in(loop: asyncio.AbstractEventLoop, *call: object) -> None:
    try:
        loop.call_soon_threadsafe(*call)  # type: ignore[arg-type]
    except RuntimeError:
        return  # the loop has ended: nobody waits for the result


def _settle(result: asyncio.Future[_Result], value: _Result, error: Exception | None) -> None:
    if result.done():
        return
    if error is not None:
        result.set_exception(error)
    else:
        result.set_result(value)


def _say(text: str, options: SessionOptions) -> None:
    """Print to stdout, as the official plugin does; to stderr if smtui started us."""
    words.say(text, on_stderr=options.from_smtui)
