"""What is known beforehand to make a forward impossible."""

from __future__ import annotations

import pytest

from smtui.domain.forward import Destination, Forward, LocalEnd, LocalPort, LocalSocket
from smtui.domain.node import PingStatus, SsmFacts
from smtui.domain.place import Place
from smtui.engine.fleet import Fleet
from smtui.engine.offloop import OffLoop
from smtui.tunnels.reasons import objection
from tests.engine.fakes import NOW, FakeAws, FakePlaces

NODE = "i-0000000000000000a"
TO_NODE, TO_HOST = Destination(80), Destination(5432, "db.internal")
SOCKET = LocalSocket("/run/x.sock")


def told(destination: Destination, local: LocalEnd, fleet: Fleet) -> str:
    reason = objection(Forward(NODE, Place(), "web-1", destination, local), fleet.node_at(Place(), NODE))
    return reason.sentence if reason is not None else ""


@pytest.mark.parametrize(
    ("agent", "destination", "local", "words"),
    [
        ("3.3.987.0", TO_NODE, SOCKET, ""),
        ("3.3.987.0", TO_HOST, LocalPort(), ""),
        ("3.3.987.0", TO_HOST, SOCKET, "use a local port for a remote host"),
        ("3.1.1373.0", TO_HOST, LocalPort(), "too old for forwarding to a remote host: 3.1.1374.0 or newer"),
        ("3.1.1373.0", TO_NODE, LocalPort(), ""),
        ("2.3.671.0", TO_NODE, LocalPort(), "too old for port forwarding and SSH: 2.3.672.0 or newer"),
        ("unheard of", TO_HOST, LocalPort(), ""),
    ],
)
async def test_what_cannot_work(agent: str, destination: Destination, local: LocalEnd, words: str) -> None:
    node = SsmFacts(NODE, PingStatus.ONLINE, NOW, agent, "Linux", "Amazon Linux", "2023", NOW)
    fleet = Fleet(FakePlaces(FakeAws(managed=[[node]])), [Place()], OffLoop(), clock=lambda: NOW)
    await fleet.refresh()
    sentence = told(destination, local, fleet)
    assert words in sentence
    assert bool(words) == bool(sentence)


async def test_nothing_is_known_against_a_node_that_was_not_listed() -> None:
    fleet = Fleet(FakePlaces(FakeAws()), [Place()], OffLoop(), clock=lambda: NOW)
    assert told(TO_HOST, LocalPort(), fleet) == ""
