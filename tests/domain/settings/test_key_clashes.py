"""Own keys: an id that is no command, and a key that two commands would share."""

from __future__ import annotations

from collections.abc import Sequence

from smtui.domain.settings.key_clashes import KeyedCommand, key_mistakes
from smtui.domain.settings.settings_values import Layer, Origin

COMMANDS = (
    KeyedCommand("ssh", "SSH", ("x",), "nodes"),
    KeyedCommand("run", "Run", ("!",), "nodes"),
    KeyedCommand("quit", "Quit", ("q",), "anywhere"),
    KeyedCommand("tunnels.stop", "Stop", ("x",), "tunnels"),
    KeyedCommand("form.quit", "Leave", ("q",), "anywhere"),
)
TOGETHER = [("nodes", "anywhere"), ("tunnels", "anywhere")]


def origin_of(path: Sequence[str]) -> Origin:
    return Origin(Layer.FILE, "config.toml", 7)


def mistakes(**own: tuple[str, ...]) -> list[str]:
    given = {name.replace("_", "."): keys for name, keys in own.items()}
    return [str(mistake) for mistake in key_mistakes(given, COMMANDS, TOGETHER, origin_of)]


def test_a_key_of_two_commands_of_one_screen_is_a_mistake() -> None:
    assert mistakes(run=("x",)) == ["config.toml line 7: x is on run and on ssh."]


def test_a_key_that_another_screen_uses_is_none() -> None:
    assert mistakes(tunnels_stop=("!",)) == []


def test_a_key_that_works_anywhere_is_taken_everywhere() -> None:
    assert mistakes(tunnels_stop=("f2", "q")) == [
        "config.toml line 7: q is on tunnels.stop and on quit.",
        "config.toml line 7: q is on tunnels.stop and on form.quit.",
    ]


def test_a_key_whose_command_has_another_one_now_is_free() -> None:
    assert mistakes(run=("x",), ssh=("f3",)) == []


def test_what_smtui_itself_shares_is_nobodys_mistake() -> None:
    assert mistakes(ssh=("f3",)) == []


def test_an_id_that_is_no_command_names_the_nearest() -> None:
    assert mistakes(tunnel_stop=("f3",)) == ["config.toml line 7: no command tunnel.stop; did you mean tunnels.stop?"]
