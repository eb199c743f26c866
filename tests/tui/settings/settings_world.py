"""A world whose settings are in a file of the test's own, on disk or in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from smtui.domain.settings.settings_values import FileValues
from smtui.engine.configuration.settings_book import SettingsBook
from smtui.engine.launcher_parts import Setup
from smtui.store.settings_text import SettingsText
from tests.tui.world import World

STORY = """# how I like it
refresh = 30
columns = ["status", "name", "address", "tags"]

clipbord = "osc52"
record = "recordings"
[hooks]
before_session = ["notify-send", "session starts"]
[keys]
ssh = "f5"
"presets.start" = "f6"
"""


class TextFile:
    """A `SettingsStore` without a disk."""

    is_kept = True

    def __init__(self, text: str) -> None:
        self.path = Path("/home/ana/.config/smtui/config.toml")
        self.text = text

    def load(self) -> FileValues:
        return SettingsText(self.text).values()

    def change(self, path: tuple[str, ...], value: Any) -> None:
        self.text = SettingsText(self.text).with_value(path, value)

    def remove(self, path: tuple[str, ...]) -> None:
        self.text = SettingsText(self.text).without(path)


def settings_world(text: str = STORY, *, environment: dict[str, str] | None = None, read_only: bool = False) -> World:
    """The file is `world.launcher_arguments["setup"].settings.store`."""
    store = TextFile(text)
    book = SettingsBook(lambda: store, environment or {}, {"read_only": True} if read_only else {}, store.load())
    return World(launcher_arguments={"setup": Setup(settings=book, read_only=read_only)})
