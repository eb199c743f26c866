"""Fills in the command that goes with a tunnel: an argv with fixed placeholders, without a shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from smtui.domain.forward import LOOPBACK, Forward, LocalPort
from smtui.domain.query.near_words import near_word
from smtui.domain.text import error_words

_PIECE = re.compile(r"(?P<open>\{\{)|(?P<close>\}\})|\{(?P<name>[^{}]*)\}|(?P<lone>[{}])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_EVERYWHERE = {"0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104  # bound by the user's own wish; nothing is bound here
"""A listening address, and the address to connect to it from this machine."""


class BadTemplate(ValueError):
    """The command cannot be used; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class CommandValues:
    """The values of the placeholders, which are the names of the fields."""

    local_port: int
    """0 if the local end is a unix socket."""
    local_host: str
    host: str
    """The far end from the node's view: `localhost` for the node itself."""
    port: int
    node_id: str
    node_name: str
    profile: str
    region: str


PLACEHOLDERS: tuple[str, ...] = tuple(field.name for field in fields(CommandValues))


def values_of(forward: Forward, *, region: str = "") -> CommandValues:
    """Return the values for a forward with a chosen local port; `region` counts if the place names none."""
    local = forward.local
    port, address = (local.port, local.address) if isinstance(local, LocalPort) else (0, local.path)
    return CommandValues(
        local_port=port,
        local_host=_EVERYWHERE.get(address, address),
        host=forward.destination.host or "localhost",
        port=forward.destination.port,
        node_id=forward.node_id,
        node_name=forward.label,
        profile=forward.place.profile,
        region=forward.place.region or region,
    )


def split_command(line: str) -> tuple[str, ...]:
    """Split a command typed as one line as a POSIX shell does; raises `BadTemplate`."""
    try:
        return tuple(shlex.split(line))
    except ValueError as wrong:
        raise BadTemplate(
            f"{line!r} cannot be split into words ({error_words(wrong)}): look for a quote that is not closed."
        ) from wrong


def check_template(command: tuple[str, ...]) -> None:
    """Check a command, which may be empty; raises `BadTemplate` if `expand` could never expand it."""
    for word in command:
        if _CONTROL.search(word):
            raise BadTemplate("it must hold no line break and no control character.")
        for _, placeholder in _pieces(word):
            if placeholder and word is command[0]:
                raise BadTemplate("the program itself cannot be a placeholder.")
    if command and not command[0]:
        raise BadTemplate("it names no program.")


def expand(command: tuple[str, ...], values: CommandValues) -> tuple[str, ...]:
    """Return the argv to run, with as many words as the template, whatever the values hold; raises `BadTemplate`."""
    return tuple(_expanded(word, values) for word in command)


def sketch(command: tuple[str, ...], known: Mapping[str, object]) -> tuple[str, ...]:
    """Return the argv to be read: what is not `known` yet stands in capitals, `PORT` for the local port.

    A command that cannot be used stays as it is.
    """
    try:
        return tuple("".join(_sketched(piece, known) for piece in _pieces(word)) for word in command)
    except BadTemplate:
        return command


def _sketched(piece: tuple[str, str], known: Mapping[str, object]) -> str:
    text, name = piece
    if not name:
        return text
    unknown = "PORT" if name == "local_port" else name.upper()
    return str(known.get(name) or unknown)


def _expanded(word: str, values: CommandValues) -> str:
    expanded = "".join(_value(placeholder, values) if placeholder else text for text, placeholder in _pieces(word))
    if expanded.startswith("-") and not word.startswith("-"):
        raise BadTemplate(f"{word} would become {expanded!r}, which the program would take for an option.")
    return expanded


def _value(placeholder: str, values: CommandValues) -> str:
    value = str(getattr(values, placeholder))
    if placeholder == "local_port" and not values.local_port:
        raise BadTemplate("{local_port} has no value: the local end is a socket.")
    if _CONTROL.search(value):
        raise BadTemplate(f"the value of {{{placeholder}}} holds a control character.")
    return value


def _pieces(word: str) -> Iterator[tuple[str, str]]:
    """Yield (text, "") and ("", placeholder) in order; `{{` and `}}` are braces."""
    at = 0
    for match in _PIECE.finditer(word):
        yield word[at : match.start()], ""
        at = match.end()
        if match["lone"]:
            raise BadTemplate(f"{word!r} has a single {match['lone']}: a brace that is meant is written twice.")
        if match["name"] is None:
            yield match[0][0], ""
        elif match["name"] in PLACEHOLDERS:
            yield "", match["name"]
        else:
            raise BadTemplate(_unknown(match["name"]))
    yield word[at:], ""


def _unknown(name: str) -> str:
    close = near_word(name, PLACEHOLDERS)
    meant = f" Did you mean {{{close}}}?" if close else ""
    allowed = ", ".join(f"{{{known}}}" for known in PLACEHOLDERS)
    return f"{{{name}}} is not known.{meant} Allowed are {allowed}."
