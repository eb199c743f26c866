"""The field in which words of a list are sought; it has a line only while it is used."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class FindInput(Input, inherit_bindings=False):
    """What is sought. A subclass binds `keep` and `clear_or_leave`, each to the commands of its screen."""

    TYPING: ClassVar[list[BindingType]] = [
        binding for binding in Input.BINDINGS if isinstance(binding, Binding) and binding.key != "enter"
    ]
    """What edits the text."""

    class Done(Message):
        """The user goes back to the list."""

    def action_keep(self) -> None:
        """Go to the list."""
        self.post_message(self.Done())

    def action_clear_or_leave(self) -> None:
        """Clear what is sought; leave when nothing is."""
        if self.value:
            self.value = ""
        else:
            self.post_message(self.Done())
