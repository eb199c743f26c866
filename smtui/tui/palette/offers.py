"""Collects what the palette offers: commands that can be given now, presets, nodes, themes and texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from textual.actions import parse
from textual.app import App
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES

from smtui.domain.places.choice import Choice
from smtui.domain.readiness import readiness
from smtui.domain.text import folded, harmless
from smtui.engine.fleet import NodeKey
from smtui.tui.commands import COMMANDS, Command, Scope
from smtui.tui.lists.count_words import counted
from smtui.tui.palette.ranking import Kind, Match, Offer, match
from smtui.tui.palette.topic_screen import TopicScreen
from smtui.tui.parts.shown_keys import first_key
from smtui.tunnels.supervisor import TunnelRefused

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.domain.preset import Preset
    from smtui.engine.launcher import Launcher
    from smtui.topics.topic import Topic
    from smtui.tui.desk import Desk

SORT, NODES, THEMES, PLACES = "sort", "nodes", "theme", "places"
"""The lists that an offer can open."""
MOST_NODES = 200
"""Nodes that one list shows at most."""

_HERE = {
    Scope.NODES: "go-nodes",
    Scope.TUNNELS: "go-tunnels",
    Scope.SESSIONS: "go-sessions",
    Scope.PRESETS: "go-presets",
    Scope.PLUGIN: "go-plugin",
}
"""The command that goes to the screen that is there already."""
_ON_THE_NODE = {"shell", "document", "forward", "troubleshoot", "details", "copy-id", "copy-command", "mark"}
_NAMED = 2
"""How many nodes an offer names."""


@dataclass(frozen=True, slots=True)
class Below:
    """Where the palette was opened."""

    screen: Screen[Any]
    node: Node | None
    """The node under the cursor of the list."""
    sorted_by: str = ""
    """How the list is sorted, in words."""

    @property
    def scope(self) -> Scope | None:
        """The scope of the screen's own commands."""
        scope: Scope | None = getattr(self.screen, "SCOPE", None)
        return scope

    def key_of(self, command: Command) -> str:
        """Return the first key of a command, as it is shown."""
        return first_key(command.id)


class Offers:
    """Everything that can be done from one screen; what it lists of nodes is as of the first look."""

    def __init__(self, app: App[Any], launcher: Launcher, desk: Desk, below: Below) -> None:
        self._app = app
        self._launcher = launcher
        self._desk = desk
        self._below = below

    # Commands ------------------------------------------------------------------------------------

    def commands(self) -> list[Offer]:
        """The commands that can be given now; sorting is one of them, which opens a list."""
        offers = []
        for command in COMMANDS:
            if command.id == "sort" and self.columns():
                key = self._below.key_of(command)
                offers.append(Offer(SORT, "Sort by …", subject=self._below.sorted_by, right=key, opens=SORT))
            elif self._is_offered(command) and not _sorts(command):
                offers.append(self._command_offer(command))
        return offers

    def columns(self) -> list[Offer]:
        """The columns that the list can be sorted by."""
        return [self._command_offer(each) for each in COMMANDS if _sorts(each) and self._is_offered(each)]

    def _command_offer(self, command: Command) -> Offer:
        key = self._below.key_of(command)
        if command.id == THEMES:
            return Offer(command.id, f"{command.name} …", subject=self._app.theme, right=key, opens=THEMES)
        run = partial(self._below.screen.run_action, command.action)
        return Offer(command.id, command.name, subject=self._subject(command), right=key, run=run)

    def _subject(self, command: Command) -> str:
        if command.id in _ON_THE_NODE:
            return _label(self._below.node) if self._below.node is not None else "this machine"
        if _sorts(command):
            column, _, order = self._below.sorted_by.rpartition(" ")
            return f"{order} now, again turns it round" if command.name == f"Sort by {column.lower()}" else ""
        return command.help

    def _is_offered(self, command: Command) -> bool:
        screen = self._below.screen
        if not command.palette or command.scope not in (self._below.scope, Scope.WHERE, Scope.ANYWHERE):
            return False
        if command.scope is Scope.WHERE and self._below.scope not in _HERE:
            return False
        if self._below.scope is not None and command.id == _HERE.get(self._below.scope):
            return False
        if self._launcher.setup.read_only and command.id in getattr(screen, "REFUSED", ()):
            return False
        if self._below.node is None and command.id in _ON_THE_NODE - {"troubleshoot"}:
            return command.id == "copy-command" and bool(self._app.check_action("copy_sign_in", ()))
        _, action, parameters = parse(command.action)
        return bool(screen.check_action(action, parameters))

    def themes(self) -> list[Offer]:
        """The themes."""
        return [
            Offer(
                f"{THEMES} {name}",
                f"Theme {name}",
                subject="in use" if name == self._app.theme else "",
                run=partial(self._app.run_action, f"app.choose_theme({name!r})"),
            )
            for name in sorted(self._app.available_themes, key=partial(_theme_order, now=self._app.theme))
        ]

    # Places --------------------------------------------------------------------------------------

    def go_to_place(self) -> list[Offer]:
        """What opens the list of places; nothing where none can be chosen."""
        profiles = self._launcher.place_book.catalog.profiles.profiles
        if self._below.scope not in _HERE or not profiles:
            return []
        subject = counted(len(profiles), "profile")
        return [Offer(PLACES, "Go to place …", Kind.PLACE, subject=subject, opens=PLACES)]

    def places(self) -> list[Offer]:
        """The choices made last, then every profile."""
        catalog = self._launcher.place_book.catalog
        offers = [self._place_offer(choice, "chosen before") for choice in catalog.choices]
        offers += [
            self._place_offer(Choice((profile.name,)), profile.kind_words) for profile in catalog.profiles.profiles
        ]
        return list({offer.key: offer for offer in offers}.values())

    def _place_offer(self, choice: Choice, subject: str) -> Offer:
        profiles, regions = (harmless(", ".join(names)) for names in (choice.profiles, choice.regions))
        name = " in ".join(filter(None, (profiles or "environment", regions)))
        key, run = f"place {name}", partial(self._desk.go_to_places, choice)
        return Offer(key, f"Go to place {name}", Kind.PLACE, subject=subject, run=run)

    # Presets -------------------------------------------------------------------------------------

    async def presets(self) -> list[Offer]:
        """The presets that can be started: those with a target, and all others on the node under the cursor."""
        if self._launcher.setup.read_only:
            return []
        found = await self._launcher.presets.load()
        node = self._below.node
        return [
            Offer(
                f"preset {preset.name}",
                f"Forward {preset.name}",
                Kind.PRESET,
                subject=preset.target or _label(node),
                right=preset.local_words,
                run=partial(self._start, preset),
            )
            for preset in found.presets
            if preset.target or node is not None
        ]

    def _start(self, preset: Preset) -> None:
        self._app.run_worker(self._started(preset), group="preset", exit_on_error=False)

    async def _started(self, preset: Preset) -> None:
        try:
            await self._desk.start_preset(preset)
        except TunnelRefused as refused:
            self._app.notify(harmless(str(refused)), severity="warning", markup=False)

    # Nodes ---------------------------------------------------------------------------------------

    @cached_property
    def _nodes(self) -> Sequence[tuple[str, str, Node]]:
        """Each node with its label and id, case-folded."""
        return [(folded(_label(node)), node.node_id, node) for node in self._launcher.fleet.nodes()]

    def nodes(self, typed: str) -> list[Offer]:
        """The nodes whose name or id fits, the best first."""
        words = folded(typed).split()
        begin = words[0] if words else ""
        first = [each for each in self._nodes if each[0].startswith(begin)]
        others = (each for each in self._nodes if not each[0].startswith(begin))
        fitting = (
            node
            for name, node_id, node in chain(first, others)
            if all(word in name or word in node_id for word in words)
        )
        offers = [self._node_offer(node, typed) for node in islice(fitting, MOST_NODES)]
        return sorted(offers, key=lambda offer: (offer.fits or Match.PREFIX, offer.name))

    def _node_offer(self, node: Node, typed: str) -> Offer:
        badge = readiness(node, self._launcher.fleet.clock()).badge
        key = NodeKey(node.place, node.node_id)
        return Offer(
            f"node {node.place_label} {node.node_id}",
            _label(node),
            Kind.NODE,
            subject=node.node_id,
            right=f"{badge.mark} {badge.word}",
            fits=(match(_label(node), typed) or Match.SUBSTRING) if typed.strip() else Match.PREFIX,
            run=partial(self._desk.go_to_node, key),
        )

    def go_to_node(self, typed: str) -> Iterator[Offer]:
        """Yield what goes to a node: at once where only one fits, else through a list; nothing where none does."""
        general = Offer(NODES, "Go to node …", Kind.NODE, subject=self._number(), opens=NODES)
        if not len(self._launcher.fleet):
            return
        own = match(general.name, typed) if typed.strip() else Match.PREFIX
        if own is not None and own is not Match.FUZZY:
            yield general
            return
        found = self.nodes(typed)
        if len(found) == 1:
            only = found[0]
            yield Offer(
                only.key, f"Go to node {only.name}", Kind.NODE, only.subject, only.right, fits=only.fits, run=only.run
            )
        elif found:
            named = ", ".join(offer.name for offer in found[:_NAMED])
            subject = named if len(found) <= _NAMED else f"{named}, …"
            yield Offer(NODES, general.name, Kind.NODE, subject=subject, opens=NODES, fits=found[0].fits)

    def _number(self) -> str:
        return counted(len(self._launcher.fleet), "node")

    # Texts ---------------------------------------------------------------------------------------

    async def texts(self, typed: str) -> list[Offer]:
        """The troubleshooting texts that have every word."""
        from smtui.topics.library import search

        search_texts: Callable[[], Sequence[Topic]] = partial(search, typed)
        found = await self._launcher.off_loop.call(search_texts)
        return [
            Offer(
                f"text {topic.id}",
                topic.title,
                Kind.TEXT,
                right="text",
                fits=Match.SUBSTRING,
                run=partial(self._show, topic),
            )
            for topic in found
        ]

    def _show(self, topic: Topic) -> None:
        self._app.push_screen(TopicScreen(topic, self._launcher.setup))


def _theme_order(name: str, now: str) -> tuple[bool, int, int, str]:
    """Put the theme in use first, then smtui's, then the user's own, then Textual's.

    Of smtui's the usual ones come first: the names of the others have more words.
    """
    is_ours = name.startswith("smtui-")
    return (name != now, 0 if is_ours else 2 if name in BUILTIN_THEMES else 1, name.count("-") if is_ours else 0, name)


def _sorts(command: Command) -> bool:
    """Whether a command sorts by one column or the next, which the list of columns does as well."""
    return command.id == "sort" or (command.id.startswith("sort-") and not command.keys)


def _label(node: Node | None) -> str:
    return "" if node is None else node.name or node.node_id
