"""Asks for the command to run on the chosen nodes, and in which way (`!`): nothing runs before `enter` on a field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from smtui.domain.readiness import Badge, readiness
from smtui.domain.request import place_argv
from smtui.domain.shellquote import command_line
from smtui.runs.run_maker import RunRefused
from smtui.runs.run_request import PARALLEL, TIMEOUT, Way, targets_of
from smtui.runs.run_words import way_sentence
from smtui.runs.runner import Run
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.field import Field
from smtui.tui.parts.form_sheet import FormSheet
from smtui.tui.parts.hanging import HangingText
from smtui.tui.place_names import place_detail
from smtui.tui.run.run_form import default_way, request_of, run_problems
from smtui.tui.run.run_pages import nodes_line

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.engine.launcher import Launcher


class RunFormScreen(FormSheet[Run]):
    """The question before a run. Dismissed with a run that has not begun, or None."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [*FormSheet.CSS_PATH, Path(__file__).with_name("run.tcss")]
    AUTO_FOCUS = "FieldInput"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.RUN_FORM)
    LAST = "Run it"

    words = getters.query_one("#way", HangingText)

    def __init__(self, launcher: Launcher, nodes: Sequence[Node]) -> None:
        self._targets = targets_of(nodes)
        number = len(self._targets)
        label = self._targets[0].label
        where = tuple(dict.fromkeys(node.place for node in nodes))
        places = place_detail(where[0], launcher.fleet.places) if len(where) == 1 else (f"{len(where)} places",)
        super().__init__(f"Run on {label}" if number == 1 else f"Run on {number} nodes", *places)
        self._launcher = launcher
        self._of = tuple(nodes)
        self._way = default_way()
        self._tried = False

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """Name what starts the run."""
        other = Way.SESSIONS if self._way is Way.RUN_COMMAND else Way.RUN_COMMAND
        return {
            **super().footer_labels,
            "form.start": "Run it",
            "run-form.way": f"{other.words[0].upper()}{other.words[1:]}",
        }

    def body(self) -> ComposeResult:
        """The nodes, the command, and how it runs."""
        yield HangingText(self._about_nodes(), id="nodes")
        yield Field("command", placeholder="a line for the node's shell, such as uptime")
        with Horizontal(id="limits"):
            yield Field("parallel", "at once", placeholder=f"{PARALLEL} nodes")
            yield Field("timeout", "for at most", placeholder=f"{TIMEOUT:g} s each")
        yield Field("reason", "why", placeholder="the reason, for the record")
        yield Field("bucket", "output to", placeholder="an S3 bucket[/prefix] for the whole output; may stay empty")
        yield HangingText(id="way")

    def on_mount(self) -> None:
        """Show the way."""
        self._show_way()

    def _about_nodes(self) -> list[tuple[int, str]]:
        now = self._launcher.fleet.clock()
        badges = [readiness(node, now).badge for node in self._of]
        poor = sum(badge not in (Badge.READY, Badge.LIMITED) for badge in badges)
        lines = [(0, nodes_line([target.label for target in self._targets]))]
        if poor:
            rest = "is" if poor == 1 else "are"
            lines.append(
                (2, f"! {poor} of {len(badges)} {rest} not ready: a session will most likely not start there.")
            )
        return lines

    def _show_way(self) -> None:
        for field in self.query(Field):
            if field.field_name == "bucket":
                field.display = self._way is Way.RUN_COMMAND
            if field.field_name == "parallel":
                field.hint(f"{PARALLEL} nodes" if self._way is Way.SESSIONS else "50 nodes")
        self._judge()
        self.refresh_bindings()

    @on(Field.Changed)
    def _judge(self) -> None:
        self.forget_refusal()
        texts = self.texts()
        found = run_problems(texts, self._targets, self._way, started=self._tried)
        self.complain(found)
        shown = way_sentence(request_of(texts, self._targets, self._way)) if not found else "Correct what is marked ✕."
        self.words.lines = ((0, shown[0].upper() + shown[1:]),)

    def action_other_way(self) -> None:
        """Choose the other way."""
        self._way = Way.SESSIONS if self._way is Way.RUN_COMMAND else Way.RUN_COMMAND
        self._show_way()

    def action_start(self) -> None:
        """Run it, or say what is wrong."""
        self._tried = True
        self._judge()
        found = run_problems(self.texts(), self._targets, self._way, started=True)
        if found:
            self.focus_field(next(i for i, field in enumerate(self.fields) if field.field_name in found))
            return
        try:
            run = self._launcher.new_run(request_of(self.texts(), self._targets, self._way))
        except RunRefused as refused:
            self.refuse(str(refused))
        else:
            self.dismiss(run)

    def command(self) -> str:
        """Return the same run for the command line; raises `Unquotable`."""
        way = [] if self._way is Way.SESSIONS else ["--by", self._way.value]
        place = place_argv(self._targets[0].place)
        ids = [target.node_id for target in self._targets]
        argv = ["smtui", "run", *way, *place, *ids, "--", self.texts()["command"]]
        return command_line(argv, self._launcher.setup.shell)
