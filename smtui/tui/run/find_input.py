"""The field in which words of the output are sought; it has a line only while it is used."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from smtui.tui.commands import Scope, bindings


class FindInput(Input, inherit_bindings=False):
    """What is sought in the output."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Scope.RUN_FIND),
        *(binding for binding in Input.BINDINGS if isinstance(binding, Binding) and binding.key != "enter"),
    ]

    class Done(Message):
        """The user goes back to the nodes."""

    def action_keep(self) -> None:
        """Go to the nodes."""
        self.post_message(self.Done())

    def action_clear_or_leave(self) -> None:
        """Clear what is sought; leave when nothing is."""
        if self.value:
            self.value = ""
        else:
            self.post_message(self.Done())
