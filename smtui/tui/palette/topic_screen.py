"""Shows one troubleshooting text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from smtui.topics.topic_text import topic_lines
from smtui.tui.parts.sheet import Sheet

if TYPE_CHECKING:
    from smtui.engine.launcher_parts import Setup
    from smtui.topics.topic import Topic

_TEXT_WIDTH = 90


class TopicScreen(Sheet):
    """Shows a troubleshooting text for this machine's system; what only a node could fill in stays open."""

    def __init__(self, topic: Topic, setup: Setup) -> None:
        super().__init__(topic.id)
        self._topic = topic
        self._setup = setup

    def text(self) -> Content:
        """The text, wrapped to the width of the terminal."""
        width = max(30, min(_TEXT_WIDTH, self.app.size.width - 8))
        return Content("\n".join(topic_lines(self._topic, {}, self._setup.machines(), width)))
