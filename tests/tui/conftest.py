"""No test waits for what only spares a human's eyes or AWS's rate limits."""

from __future__ import annotations

from typing import Any

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.widgets import Input

from smtui.engine import connection_prober
from smtui.sessions import session_list
from smtui.tui.nodes import nodes_screen as nodes
from smtui.tui.nodes import row_feed as feed
from smtui.tui.parts.shown_keys import use_keys

_parse = Stylesheet._parse_rules
_parsed: dict[tuple[Any, ...], list[RuleSet]] = {}


def _parsed_once(sheet: Stylesheet, *arguments: Any, **named: Any) -> list[RuleSet]:
    key = (*arguments, *named.items(), *sheet._variables.items())
    if key not in _parsed:
        _parsed[key] = _parse(sheet, *arguments, **named)
    return _parsed[key]


# Each app reads the same styles anew: a tenth of what a screen's test costs. Rules do not change once they are read.
Stylesheet._parse_rules = _parsed_once  # type: ignore[assignment,method-assign]


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_prober, "SPACING_SECONDS", 0.0)
    monkeypatch.setattr(feed, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(feed, "RESORT_SECONDS", 0.0)
    monkeypatch.setattr(feed, "REST_SECONDS", 0.0)
    monkeypatch.setattr(nodes, "SETTLE_SECONDS", 0.01)
    monkeypatch.setattr(session_list, "BEAT", 0.01)


@pytest.fixture(autouse=True)
def _still_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    """A blinking cursor would make pictures differ by chance."""
    monkeypatch.setattr(Input, "_toggle_cursor", lambda _: None)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "TEXTUAL_THEME", "COLORFGBG", "SSH_CONNECTION", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _keys_of_smtui() -> None:
    """No test sees the keys that another one has bound."""
    use_keys({})
