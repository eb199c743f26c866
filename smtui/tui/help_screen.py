"""Shows every key and what it does, from the command table and the user's own bindings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from smtui.tui.commands import Command, Scope, commands_of
from smtui.tui.parts.sheet import Sheet
from smtui.tui.parts.shown_keys import shown_keys

_KEYS_WIDTH = 13
_COLUMNS = (
    (Scope.NODES, Scope.FILTER, Scope.ANYWHERE, Scope.FORM, Scope.FORWARD),
    (
        Scope.LIST,
        Scope.TROUBLESHOOT,
        Scope.RETRY,
        Scope.SIGN_IN,
        Scope.TUNNELS,
        Scope.PRESETS,
        Scope.NOT_READY,
        Scope.INNER,
    ),
)
"""Side by side where there is room. `READING` is left out: its keys are those of the list."""


_TEXTS = "Every problem that smtui knows of has a text: press : and type a word of it, such as proxy or disk."


def _led_by(here: Scope) -> list[list[Scope]]:
    """The scopes of each column; `here` comes first."""
    columns = sorted(_COLUMNS, key=lambda scopes: here not in scopes)
    return [sorted(scopes, key=lambda scope: scope is not here) for scopes in columns]


class HelpScreen(Sheet):
    """The keys by scope, in two columns where there is room."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 - as Textual declares it
    DEFAULT_CSS = """
    HelpScreen {
        & #columns { height: auto; layout: vertical; }
        &.-wide #columns { layout: horizontal; }
        &.-narrow #columns > Static { margin-bottom: 1; }
        &.-wide > #sheet { width: 124; }
        & #texts { margin-top: 1; }
    }
    """

    def __init__(self, rebound: Mapping[str, str], here: Scope = Scope.NODES) -> None:
        """`rebound` maps command ids to the user's keys; those of `here` come first."""
        super().__init__("Help")
        self._rebound = rebound
        self._here = here

    def body(self) -> ComposeResult:
        """Two columns of keys, and how to find a text."""
        with Container(id="columns"):
            for scopes in _led_by(self._here):
                yield Static(Content("\n").join(self._lines(*scopes)), markup=False)
        yield Static(Content.styled(_TEXTS, "$muted"), id="texts", markup=False)

    def _lines(self, *scopes: Scope) -> Iterator[Content]:
        for number, scope in enumerate(scopes):
            if number:
                yield Content.empty()
            yield Content.styled(scope.value, "$primary bold")
            for command in commands_of(scope):
                if command.keys:
                    yield self._line(command)

    def _line(self, command: Command) -> Content:
        keys = shown_keys(self._rebound.get(command.id, command.keys))
        explained = f"  {command.help}" if command.help else ""
        return Content.assemble((f"  {keys.ljust(_KEYS_WIDTH)} ", "bold"), command.name, (explained, "$muted"))
