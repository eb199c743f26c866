"""What a session becomes while switches of the Region are on: blank, refused by the agent, or encrypted.

Sources: "Blank screen displays after starting a session" in the AWS documentation; the agent's own words for what is
not encrypted; the key of the preferences counts for every session but forwarded ports.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from smtui.channel.agent import CannotRun, RemoteProgram, StartProgram
from smtui.channel.encryption import AgentEncryption, encryption_context
from smtui.channel.handshake import SessionType
from smtui.demo.data_channel import DemoSession, SessionWork
from smtui.demo.network_plans import PLANS, Way
from smtui.demo.operations_kms import KEY_ARN, data_key
from smtui.demo.switches import KEY_SWITCHES
from smtui.demo.work import work_of

_ON_TERMINAL = frozenset({SessionType.STANDARD_STREAM, SessionType.INTERACTIVE_COMMANDS})
_TARGET_GONE = frozenset({"bucket-deleted", "log-group-deleted"})
_NO_WAY_THERE = frozenset({"no-s3-endpoint", "no-logs-endpoint"})
_REFUSALS = {
    "log-group-unencrypted": (
        "We couldn't start the session because encryption is not set up on the selected CloudWatch Logs log group. "
        "Either encrypt the log group or choose an option to enable logging without encryption."
    ),
    "bucket-unencrypted": (
        "We couldn't start the session because encryption is not set up on the selected Amazon S3 bucket. "
        "Either encrypt the bucket or choose an option to enable logging without encryption."
    ),
}


def work_under(switches: Callable[[], frozenset[str]], session: DemoSession) -> SessionWork:
    """The work of the session's document, as the account's preferences let it be."""
    work, on = work_of(session), switches()
    if work.session_type is SessionType.PORT:
        return work
    if on & KEY_SWITCHES:
        work = replace(work, encryption=_encryption(session))
    if work.session_type not in _ON_TERMINAL:
        return work
    for switch, words in _REFUSALS.items():
        if switch in on:
            return replace(work, start=_refusing(words))
    return replace(work, start=_blank) if _is_blank(session, on) else work


def _is_blank(session: DemoSession, on: frozenset[str]) -> bool:
    plan = PLANS.get(session.node_name)
    only_endpoints = plan is not None and plan.way is Way.NOWHERE
    return bool(on & _TARGET_GONE) or (only_endpoints and bool(on & _NO_WAY_THERE))


def _encryption(session: DemoSession) -> AgentEncryption:
    context = encryption_context(session.session_id, session.node_id, "")
    return AgentEncryption(KEY_ARN, lambda ciphertext: data_key(ciphertext, context))


def _refusing(words: str) -> StartProgram:
    async def start(_: str) -> RemoteProgram:
        raise CannotRun(words)

    return start


async def _blank(_: str) -> RemoteProgram:
    return _Blank()


class _Blank:
    """Says nothing and takes everything, until the session is ended."""

    def __init__(self) -> None:
        self._closed = asyncio.Event()

    async def read(self) -> bytes:
        await self._closed.wait()
        return b""

    async def write(self, data: bytes) -> None:
        """Typed into nowhere."""

    def resize(self, columns: int, rows: int) -> None:
        """There is no screen."""

    async def close(self) -> None:
        self._closed.set()
