"""Asks for the user and the key of ssh to a node (`x`), once a node."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.app import ComposeResult

from smtui.domain.shellquote import Shell, Unquotable
from smtui.ssh.ssh_login import SshLogin
from smtui.tui.parts.field import Field
from smtui.tui.parts.form_sheet import FormSheet
from smtui.tui.parts.hanging import HangingCommand, HangingText
from smtui.tui.ssh.ssh_form import KEY, USER, complaints, first_user, login_of, missing_key, same_command

if TYPE_CHECKING:
    from smtui.domain.node import Node

_KEPT = "Both are remembered for this node once they have let you in, also for smtui ssh. Session Manager logs no SSH."


class SshScreen(FormSheet[SshLogin | None]):
    """Dismissed with the login, or None. `refused` is why the last one did not get in."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [*FormSheet.CSS_PATH, Path(__file__).with_name("ssh.tcss")]
    AUTO_FOCUS = "FieldInput"

    preview = getters.query_one("#preview", HangingCommand)

    def __init__(self, node: Node, login: SshLogin, shell: Shell, refused: str = "") -> None:
        super().__init__(f"SSH to {node.name or node.node_id}", node.node_id if node.name else "", node.place_label)
        self._node = node
        self._login = login
        self._shell = shell
        self._last_refusal = refused

    def body(self) -> ComposeResult:
        """The two fields, what becomes of them, and the command that does the same."""
        yield Field(USER, text=first_user(self._node, self._login), placeholder="as ssh chooses")
        yield Field(KEY, text=self._login.key, placeholder="the keys that ssh finds by itself, or ~/.ssh/NAME.pem")
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
        self.complain(complaints(login_of(self.texts())))
        try:
            self.preview.command, self.preview.lead = self.command(), ""
        except Unquotable as refused:
            self.preview.command, self.preview.lead = "", f"No command: {refused}"

    def command(self) -> str:
        """Return the `smtui ssh` that does the same; raises `Unquotable`."""
        return same_command(self._node, login_of(self.texts()), self._shell)

    def action_start(self) -> None:
        """Start ssh, or show what is wrong."""
        login = login_of(self.texts())
        found = complaints(login)
        if KEY not in found and (missing := missing_key(login)):
            found[KEY] = missing
        if found:
            self.complain(found)
            self.focus_field(next(i for i, field in enumerate(self.fields) if field.field_name in found))
        else:
            self.dismiss(login)
