"""The rows of the presets, without a screen."""

from __future__ import annotations

from smtui.domain.forward import Destination
from smtui.domain.preset import STARTERS, BrokenPreset, Preset, PresetList
from smtui.domain.shellquote import Shell
from smtui.tui.presets.preset_rows import FOLD, PRESETS_COLUMNS, about, command_words, preset_rows

ORDERS = Preset(
    "Orders DB",
    Destination(5432, "db.internal"),
    "bastion-1",
    15433,
    note="read replica",
    command=("psql", "-h", "{local_host}", "-p", "{local_port}"),
)
WEB = Preset("Web", Destination(80), command=("curl", "-i", "http://{local_host}:{local_port}/"))
FOUND = PresetList((ORDERS, WEB, *STARTERS), source="~/.config/smtui/presets.toml")


def test_commands_stand_as_they_would_run() -> None:
    assert command_words(ORDERS, Shell.POSIX) == "psql -h 127.0.0.1 -p 15433"
    assert command_words(WEB, Shell.POSIX) == "curl -i http://127.0.0.1:PORT/"
    assert command_words(Preset("x", Destination(80)), Shell.POSIX) == ""
    assert command_words(Preset("x", Destination(80), command=("a", "{node_id}")), Shell.POSIX) == "a NODE_ID"
    assert all("{" not in command_words(preset, Shell.POSIX) for preset in STARTERS)


def test_what_comes_with_smtui_is_folded_into_one_line() -> None:
    rows = preset_rows(FOUND, is_open=False, shell=Shell.POSIX)
    assert [row.heading or row.cells[0][0] for row in rows] == [
        "yours · ~/.config/smtui/presets.toml",
        "Orders DB",
        "Web",
        "come with smtui · 10 ▸",
    ]
    opened = preset_rows(FOUND, is_open=True, shell=Shell.POSIX)
    assert [row.key for row in opened].index(FOLD) == 3
    assert len(opened) == len(rows) + len(STARTERS)
    assert all(row.heading or len(row.cells) == len(PRESETS_COLUMNS) for row in opened)
    assert [text for text, _ in rows[2].cells] == [
        "Web", "80", "a free port", "any node", "curl -i http://127.0.0.1:PORT/", ""
    ]  # fmt: skip


def test_a_broken_entry_stands_among_the_users_own() -> None:
    rows = preset_rows(
        PresetList(STARTERS, broken=(BrokenPreset("Shop", "no port"),)), is_open=False, shell=Shell.POSIX
    )
    assert [row.heading or row.cells[0][0] for row in rows] == ["yours", "✕ Shop", "come with smtui · 10 ▸"]


def test_a_taken_port_is_named_beside_the_one_that_is_used() -> None:
    rows = preset_rows(FOUND, is_open=True, shell=Shell.POSIX, ports={15433: 15435})
    assert [text for text, _ in rows[1].cells][2:5] == [
        "127.0.0.1:15435", "bastion-1", "psql -h 127.0.0.1 -p 15435 (15433 taken)"
    ]  # fmt: skip
    assert [text for text, _ in rows[2].cells][4] == "curl -i http://127.0.0.1:PORT/"
    words = about(ORDERS, Shell.POSIX, {15433: 15435})
    assert (words[0].split(" · ")[0].endswith("on 127.0.0.1:15435 (15433 taken)"), "15435" in words[-1]) == (True, True)


def test_the_shortest_words_about_a_preset_are_its_command() -> None:
    assert about(ORDERS, Shell.POSIX)[-1] == "psql -h 127.0.0.1 -p 15433"
    assert about(ORDERS, Shell.POSIX)[0].endswith("use it: psql -h 127.0.0.1 -p 15433 · read replica")
