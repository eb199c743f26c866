"""The rules of the forward's form, without a screen."""

from __future__ import annotations

import pytest

from smtui.domain.forward import Destination, LocalPort, LocalSocket, NotAForward
from smtui.domain.preset import STARTERS, Preset
from smtui.domain.shellquote import Shell
from smtui.tui.forward.forward_form import (
    EnterWords,
    ForwardTexts,
    enter_words,
    local_of,
    name_of,
    preset_row,
    texts_of,
    use_words,
)
from tests.domain.build import node

NODE = node()


@pytest.mark.parametrize(
    ("texts", "field", "word"),
    [
        (ForwardTexts(port="0"), "port", "from 1 to 65535"),
        (ForwardTexts(port="65536"), "port", "from 1 to 65535"),
        (ForwardTexts(port="abc"), "port", "'abc' is not a port"),
        (ForwardTexts(port="80", host="db internal"), "host", "not a host name"),
        (ForwardTexts(port="80", host="[::1"), "host", ""),
        (ForwardTexts(port="80", local="99999"), "local", "from 1 to 65535"),
        (ForwardTexts(port="80", local="/" + "x" * 200), "local", "too long"),
        (ForwardTexts(port="80", reason="x" * 257), "reason", "257"),
    ],
)
def test_what_cannot_be_forwarded_is_named_at_its_field(texts: ForwardTexts, field: str, word: str) -> None:
    if field == "host" and not word:
        assert texts.complaints() == {}  # a bracket too few is forgiven
        return
    assert list(texts.complaints()) == [field]
    assert word in texts.complaints()[field]


def test_an_empty_form_complains_of_nothing_but_lacks_the_port() -> None:
    assert ForwardTexts().complaints() == {}
    assert list(ForwardTexts().missing()) == ["port"]


def test_the_fields_as_a_forward() -> None:
    made = ForwardTexts(" db.internal ", " 5432", "", " INC-1 ").forward(NODE)
    assert made.destination == Destination(5432, "db.internal")
    assert made.local == LocalPort(0)
    assert made.reason == "INC-1"
    assert ForwardTexts(port="80", local="8080").forward(NODE).local == LocalPort(8080)
    assert ForwardTexts(port="80", local="/tmp/x").forward(NODE).local == LocalSocket("/tmp/x")
    assert ForwardTexts("::1", "80").forward(NODE).destination.host == "::1"


def test_a_preset_fills_the_form_and_the_form_makes_the_same_forward() -> None:
    for preset in STARTERS:
        made = texts_of(preset).forward(NODE)
        assert made.destination == preset.destination
        assert made.local == LocalPort(preset.local_port)


def test_a_preset_keeps_no_socket() -> None:
    assert local_of(ForwardTexts(local="8080")) == "8080"
    with pytest.raises(NotAForward):
        local_of(ForwardTexts(local="/tmp/x"))


def test_what_is_said_of_a_preset() -> None:
    mine = Preset("Shop", Destination(80), target="tag:env=prod", note="the shop")
    assert use_words(mine, NODE, Shell.POSIX) == "the shop"
    assert preset_row(1, mine, "").cells[0][0] == "1"
    assert preset_row(10, mine, "").cells[0][0] == ""
    assert (name_of(9, mine), name_of(10, mine)) == ("preset 9", "the preset Shop")


def test_commands_stand_as_they_would_run_through_the_node() -> None:
    ssh = Preset("SSH", Destination(22), command=("ssh", "-p", "{local_port}", "{node_id}"))
    assert use_words(ssh, NODE, Shell.POSIX) == f"ssh -p PORT {NODE.node_id}"
    assert "{" not in "".join(use_words(preset, NODE, Shell.POSIX) for preset in STARTERS)


def test_what_enter_does() -> None:
    assert enter_words("preset 1", "aws", "", starts=True) == EnterWords("enter starts preset 1:", "aws")
    assert enter_words("this", "aws", "", starts=False).lead == "enter goes on to the next field, ctrl+s starts this:"
    assert enter_words("this", "aws", "No.", starts=True) == EnterWords("enter: No.")
    assert enter_words("this", "aws", "No.", starts=False) == EnterWords("enter goes on to the next field. No.")
