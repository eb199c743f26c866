"""A troubleshooting text, found by its words in the palette."""

from __future__ import annotations

from textual.content import Content

from smtui.engine.launcher import Setup
from smtui.topics.topic import Topic
from smtui.topics.topic_text import topic_lines
from smtui.tui.parts.sheet import Sheet

_WIDTH = 90


class TopicScreen(Sheet):
    """For this machine's system; what only a node can tell is not filled in."""

    def __init__(self, topic: Topic, setup: Setup) -> None:
        super().__init__(topic.id)
        self._topic = topic
        self._setup = setup

    def text(self) -> Content:
        width = max(30, min(_WIDTH, self.app.size.width - 8))
        return Content("\n".join(topic_lines(self._topic, {}, self._setup.machines(), width)))
