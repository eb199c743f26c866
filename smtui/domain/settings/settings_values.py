"""Merges file, environment and options into the settings in force, and keeps where each value comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from smtui.domain.settings.kinds import NotAValue
from smtui.domain.settings.setting_table import BY_KEY, SETTINGS

if TYPE_CHECKING:
    from smtui.domain.settings.setting import Setting

T = TypeVar("T")


class SettingsUnchanged(Exception):
    """The file was left as it is; the message is a sentence that says why."""


class Layer(Enum):
    """What sets a value; each overrides those above it."""

    DEFAULT = auto()
    FILE = auto()
    ENVIRONMENT = auto()
    OPTION = auto()


class Origin(NamedTuple):
    """Where a value comes from."""

    layer: Layer = Layer.DEFAULT
    name: str = ""
    """The file, the variable or the option."""
    line: int = 0
    """Of the file, counted from 1; 0 if it is not known."""

    def words(self) -> str:
        """Return it for a list: `default`, `config.toml line 4`, `SMTUI_REFRESH`."""
        if self.layer is Layer.DEFAULT:
            return "default"
        return f"{self.name} line {self.line}" if self.line else self.name


class Mistake(NamedTuple):
    """What is wrong with one value, or with the file as a whole; all other values still count."""

    origin: Origin
    key: str
    """As it was written; empty for the file as a whole."""
    sentence: str
    """Without the place and without a full stop, as it follows the place."""
    near: str = ""
    """The key that was most likely meant."""
    path: tuple[str, ...] = ()
    """The tables and the key in the file; empty where no key of it is meant."""

    def __str__(self) -> str:
        where = self.origin.words()
        end = "" if self.sentence.endswith(("?", ".")) else "."
        return f"{where}: {self.sentence}{end}" if where else f"{self.sentence}{end}"


class FileValues(NamedTuple):
    """What the file says: its good values, by key, and its mistakes in the order of the file."""

    values: Mapping[str, Any] = MappingProxyType({})
    origins: Mapping[str, Origin] = MappingProxyType({})
    mistakes: tuple[Mistake, ...] = ()


class Settings:
    """The values in force. `settings[REFRESH]` has the type of its row in the table."""

    def __init__(
        self,
        values: Mapping[str, Any] = MappingProxyType({}),
        origins: Mapping[str, Origin] = MappingProxyType({}),
        mistakes: tuple[Mistake, ...] = (),
    ) -> None:
        """`values` and `origins` hold, by key, only the settings that something other than the default sets."""
        self._values = values
        self._origins = origins
        self.mistakes = mistakes

    def __getitem__(self, setting: Setting[T]) -> T:
        value: T = self._values.get(setting.key, setting.default)
        return value

    def origin(self, setting: Setting[Any]) -> Origin:
        """Return where the value comes from."""
        return self._origins.get(setting.key, Origin())

    def origin_of(self, key: str) -> Origin:
        """Return where a key comes from: a setting's, or one in a table, such as `keys.shell`."""
        return self._origins.get(key, self._origins.get(key.partition(".")[0], Origin()))

    def is_set(self, setting: Setting[Any]) -> bool:
        """Tell whether anything other than the default sets the value."""
        return setting.key in self._values

    def changed(self, other: Settings) -> tuple[Setting[Any], ...]:
        """Return the settings whose values differ between the two."""
        return tuple(setting for setting in SETTINGS if self[setting] != other[setting])

    def variables(self) -> dict[str, str]:
        """Return the file's values of settings that have a variable, as the environment would hold them."""
        return {
            setting.variable: setting.kind.text(self[setting])
            for setting in SETTINGS
            if setting.variable and self.origin(setting).layer is Layer.FILE
        }


def settings_in_force(
    of_file: FileValues, environment: Mapping[str, str], options: Mapping[str, Any] | None = None
) -> Settings:
    """Return the settings: options, by key, override the environment, and the environment overrides the file.

    A variable that cannot be used is a mistake, and is ignored.
    """
    values, origins = dict(of_file.values), dict(of_file.origins)
    mistakes = [_kept_safe(mistake, values, origins) for mistake in of_file.mistakes]
    for setting in SETTINGS:
        said = environment.get(setting.variable, "") if setting.variable else ""
        if not said.strip():
            continue
        origin = Origin(Layer.ENVIRONMENT, setting.variable)
        try:
            values[setting.key] = setting.kind.read_text(said)
            origins[setting.key] = origin
        except NotAValue as wrong:
            now = setting.shown(values.get(setting.key, setting.default))
            mistakes.append(Mistake(origin, setting.key, f"{setting.key} {wrong}; it is {now}"))
    for key, value in (options or {}).items():
        values[key] = value
        origins[key] = Origin(Layer.OPTION, BY_KEY[key].option)
    return Settings(values, origins, tuple(mistakes))


def _kept_safe(mistake: Mistake, values: dict[str, Any], origins: dict[str, Origin]) -> Mistake:
    """If the setting has a safe value, use it in place of one that cannot be understood, and say so."""
    setting = BY_KEY.get(mistake.key)
    if setting is None or setting.if_wrong is None or setting.key in values:
        return mistake
    values[setting.key], origins[setting.key] = setting.if_wrong, mistake.origin
    now = setting.shown(setting.if_wrong)
    return mistake._replace(sentence=f"{mistake.sentence}; until it is corrected, {setting.key} is {now}")


def in_words(mistakes: Sequence[Mistake]) -> str:
    """Return the first mistake, and how many there are besides; empty if there is none."""
    if not mistakes:
        return ""
    more = f" +{len(mistakes) - 1}: smtui config check lists them." if len(mistakes) > 1 else ""
    return f"{mistakes[0]}{more}"
