"""Which failures may pass by themselves."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smtui.domain.fault import Fault, FaultKind
from smtui.domain.outcome import PluginRun, PluginWord, PluginWords
from smtui.domain.request import SessionRequest
from smtui.plugin.plugin_output import understand
from smtui.topics import failure_topics
from smtui.tunnels.reasons import Lasting, of_fault, of_run

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "lasting"),
    [
        (FaultKind.DENIED, Lasting.PERMANENT),
        (FaultKind.INVALID_DOCUMENT, Lasting.PERMANENT),
        (FaultKind.INVALID_REQUEST, Lasting.PERMANENT),
        (FaultKind.TARGET_NOT_CONNECTED, Lasting.ONCE_OPEN),
        (FaultKind.MFA_NEEDED, Lasting.ONCE_OPEN),
        (FaultKind.SSO_SIGN_IN, Lasting.ONCE_OPEN),
        (FaultKind.EXPIRED_CREDENTIALS, Lasting.PASSING),
        (FaultKind.THROTTLED, Lasting.PASSING),
        (FaultKind.UNREACHABLE, Lasting.PASSING),
        (FaultKind.TIMED_OUT, Lasting.PASSING),
        (FaultKind.SERVICE, Lasting.PASSING),
    ],
)
def test_faults(kind: FaultKind, lasting: Lasting) -> None:
    assert of_fault(Fault(kind, "ssm:StartSession", "Code", "words\x1b[2J", NOW)).lasting is lasting


def test_every_kind_of_fault_is_a_harmless_sentence() -> None:
    for kind in FaultKind:
        sentence = of_fault(Fault(kind, "ssm:StartSession", "Code", "words\x1b[2J", NOW)).sentence
        assert sentence.isprintable()
        assert sentence.endswith((".", ")."))


def ended_with(words: str) -> PluginRun:
    return PluginRun(exit_status=0, tail=words, words=understand(words), spoke=True)


@pytest.mark.parametrize(
    ("run", "lasting"),
    [
        (
            ended_with("Cannot perform start session: listen tcp 127.0.0.1:80: bind: address already in use\n"),
            "PERMANENT",
        ),
        (ended_with("Cannot perform start session: listen tcp 127.0.0.1:80: bind: permission denied\n"), "PERMANENT"),
        (ended_with("Cannot perform start session: dial tcp: no such host\n"), "PASSING"),
        (ended_with("\n\nSessionId: s-1 : agent is too old\n\n"), "ONCE_OPEN"),
        (ended_with("\n\nExiting session with sessionId: s-1.\n\n"), "PASSING"),
        (ended_with("Session: s-1 timed out.\n"), "PASSING"),
        (PluginRun(signal=9), "PASSING"),
        (PluginRun.never("no such file"), "PERMANENT"),
        (PluginRun(exit_status=0, words=PluginWords(PluginWord.MISUSED)), "PERMANENT"),
    ],
)
def test_ends_of_the_plugin(run: PluginRun, lasting: str) -> None:
    reason = of_run(run)
    assert reason.lasting is Lasting[lasting]
    assert reason.topic == failure_topics.of_run(run).topic


def test_a_reason_names_its_topic() -> None:
    taken = ended_with("Cannot perform start session: listen tcp 127.0.0.1:80: bind: address already in use\n")
    assert of_run(taken).topic == "local-port-in-use"
    tier = Fault(FaultKind.OTHER, "ssm:StartSession", "BadRequest", "", NOW)
    assert of_fault(tier, SessionRequest("mi-0a1b2c3d4e5f60718")).topic == "advanced-tier"
