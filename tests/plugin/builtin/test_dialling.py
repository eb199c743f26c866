"""What the plugin makes of a service that refuses its signed connection."""

from __future__ import annotations

import pytest

from smtui.channel.transport import CannotConnect, ChannelRefused, HttpAnswer
from smtui.plugin.builtin import run
from smtui.plugin.builtin.invocation import Invocation
from smtui.plugin.builtin.run import _Service

URL = "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/s-1"


async def dialled(monkeypatch: pytest.MonkeyPatch, answer: HttpAnswer | None) -> None:
    async def dial(*_: object, **__: object) -> None:
        refused = ChannelRefused("the service refused the connection with HTTP status 403")
        refused.answer = answer
        raise refused

    monkeypatch.setattr(run, "dial", dial)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cretkey")
    await _Service(Invocation("s-1", URL, "t0ken", "us-east-1")).dial(URL)


async def test_a_clock_that_is_off_after_sleep_is_a_failure_that_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CannotConnect, match="403: this machine's clock is off"):
        await dialled(monkeypatch, HttpAnswer(403, b'{"message":"Signature expired: x is now earlier than y"}'))


@pytest.mark.parametrize("answer", [None, HttpAnswer(403, b'{"message":"Forbidden"}')])
async def test_another_refusal_is_final(monkeypatch: pytest.MonkeyPatch, answer: HttpAnswer | None) -> None:
    with pytest.raises(ChannelRefused):
        await dialled(monkeypatch, answer)
