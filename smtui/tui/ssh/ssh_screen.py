"""Asks for the user and the key of ssh to a node (`x`), once a node."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.app import ComposeResult

from smtui.domain.node import Node, NodeKind
from smtui.domain.shellquote import Shell, Unquotable
from smtui.tui.parts.field import Field
from smtui.tui.parts.form_sheet import FormSheet
from smtui.tui.parts.hanging import HangingCommand, HangingText
from smtui.tui.ssh.ssh_form import (
    ENDPOINT,
    KEY,
    PUSH,
    SESSION,
    THROUGH,
    USER,
    SshAnswer,
    answer_of,
    complaints,
    first_key,
    first_user,
    key_note,
    missing_key,
    same_command,
    way_note,
)

if TYPE_CHECKING:
    from smtui.ssh.endpoint_choice import EndpointWay

_KEPT = (
    "User and key are remembered for this node once they have let you in, also for smtui ssh. "
    "Session Manager logs no SSH."
)


class SshScreen(FormSheet[SshAnswer | None]):
    """Dismissed with the answer, or None.

    `refused` is why the last one did not get in, `way` the one that is left where Systems Manager cannot reach the
    node.
    """

    CSS_PATH: ClassVar[list[str | PurePath]] = [*FormSheet.CSS_PATH, Path(__file__).with_name("ssh.tcss")]
    AUTO_FOCUS = "FieldInput"

    preview = getters.query_one("#preview", HangingCommand)

    def __init__(
        self, node: Node, answer: SshAnswer, shell: Shell, refused: str = "", way: EndpointWay | None = None
    ) -> None:
        super().__init__(f"SSH to {node.name or node.node_id}", node.node_id if node.name else "", node.place_label)
        self._node = node
        self._answer = answer
        self._way = way
        self._shell = shell
        self._last_refusal = refused

    def body(self) -> ComposeResult:
        """The fields, what becomes of them, and the command that does the same."""
        answer, is_instance = self._answer, self._node.kind is NodeKind.EC2
        keys = f"ssh's own, a file, or {PUSH} for a new one" if is_instance else "ssh's own, or a file"
        yield Field(USER, text=first_user(self._node, answer.login), placeholder="as ssh chooses")
        yield Field(KEY, text=first_key(answer), placeholder=keys, values=(PUSH,) if is_instance else ())
        if is_instance:
            note = way_note(self._node, self._way)
            yield Field(THROUGH, text=answer.through, note=note, values=(SESSION, ENDPOINT))
        yield HangingText([(0, _KEPT)], id="kept")
        yield HangingCommand(id="preview")

    def on_mount(self) -> None:
        """Show the command, and why the form is shown again."""
        self._judge()
        if self._last_refusal:
            self.refuse(self._last_refusal)

    @on(Field.Changed)
    def _judge(self) -> None:
        self.forget_refusal()
        answer = answer_of(self.texts())
        self.complain(complaints(answer))
        next(field for field in self.fields if field.field_name == KEY).explain(key_note(answer))
        try:
            self.preview.command, self.preview.lead = self.command(), ""
        except Unquotable as refused:
            self.preview.command, self.preview.lead = "", f"No command: {refused}"

    def command(self) -> str:
        """Return the `smtui ssh` that does the same; raises `Unquotable`."""
        return same_command(self._node, answer_of(self.texts()), self._shell)

    def action_start(self) -> None:
        """Start ssh, or show what is wrong."""
        answer = answer_of(self.texts())
        found = complaints(answer)
        if KEY not in found and (missing := missing_key(answer.login)):
            found[KEY] = missing
        if found:
            self.complain(found)
            self.focus_field(next(i for i, field in enumerate(self.fields) if field.field_name in found))
        else:
            self.dismiss(answer)
