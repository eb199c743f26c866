"""Reads the user's AWS configuration as botocore does; of a broken file, what can still be read.

botocore refuses every profile as soon as one line of either file is wrong. The rest is read here only to be listed.
Source: botocore/configloader.py.
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smtui.aws.config_faults import configuration_path, ignored_heading, parse_trouble, unreadable

Settings = Mapping[str, Any]
"""One section: texts, and mappings where lines were indented."""
_KEY = "aws_access_key_id"
_BYTE_ORDER_MARK = "\ufeff"
_MOST_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class AwsFiles:
    """What both files hold. Secrets are among the values: nothing here goes to a screen or a log as a whole."""

    profiles: Mapping[str, Settings] = field(default_factory=dict, repr=False)
    """By name, in the files' order; the credentials file wins over the configuration file, key by key."""
    sso_sessions: Mapping[str, Settings] = field(default_factory=dict, repr=False)
    services: Mapping[str, Settings] = field(default_factory=dict, repr=False)
    shared_keys: Mapping[str, Settings] = field(default_factory=dict, repr=False)
    """The sections of the credentials file that have an access key: botocore asks them before `aws login`."""
    own_keys: Mapping[str, Settings] = field(default_factory=dict, repr=False)
    """Those of the configuration file, asked last. botocore takes no half of a key from either file."""
    paths: tuple[str, ...] = ()
    """Where was looked: the configuration file, the credentials file."""
    trouble: str = ""
    """Why botocore cannot use them, a sentence with file and line; empty if it can."""
    ignored: tuple[str, ...] = ()
    """Headings of the configuration file that botocore passes over."""


def read_aws_files(session: Any) -> AwsFiles:
    """Read both files of a botocore session. Resolves no credentials, and raises nothing."""
    from botocore.configloader import build_profile_map

    paths = tuple(configuration_path(session, variable) for variable in ("config_file", "credentials_file"))
    (config, config_trouble), (shared, shared_trouble) = (_sections(path) for path in paths)
    parsed = build_profile_map(config)
    profiles = {name: dict(held) for name, held in parsed["profiles"].items()}
    for name, held in shared.items():
        profiles.setdefault(name, {}).update(held)
    return AwsFiles(
        profiles,
        parsed["sso_sessions"],
        parsed["services"],
        {name: held for name, held in shared.items() if _KEY in held},
        {name: held for name, held in parsed["profiles"].items() if _KEY in held},
        paths,
        config_trouble or shared_trouble or unreadable(session),
        tuple(heading for heading in config if ignored_heading(heading)),
    )


def _sections(path: str) -> tuple[dict[str, Any], str]:
    """The sections of a file, and why botocore cannot read it."""
    from botocore.configloader import raw_config_parse
    from botocore.exceptions import ConfigNotFound, ConfigParseError

    try:
        return raw_config_parse(path), ""
    except ConfigNotFound:
        return {}, ""
    except ConfigParseError as broken:
        return _what_can_be_read(path), parse_trouble(path, broken.kwargs.get("error"))
    except (configparser.Error, ValueError, OSError, RecursionError) as broken:
        return _what_can_be_read(path), parse_trouble(path, broken)


def _what_can_be_read(path: str) -> dict[str, Any]:
    try:
        with Path(path).open("rb") as file:
            text = file.read(_MOST_BYTES).decode(errors="replace")
    except (OSError, ValueError):
        return {}
    lines = text.removeprefix(_BYTE_ORDER_MARK).splitlines()
    first = next((number for number, line in enumerate(lines) if _is_heading(line)), len(lines))
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string("\n".join(line for line in lines[first:] if not _is_broken_heading(line)))
    except configparser.ParsingError:
        pass  # it keeps what it understood
    except configparser.Error:
        return {}
    return {name: {key: _value(held) for key, held in parser.items(name)} for name in parser.sections()}


def _is_heading(line: str) -> bool:
    return line.startswith("[") and "]" in line


def _is_broken_heading(line: str) -> bool:
    return line.startswith("[") and "]" not in line


def _value(held: Any) -> Any:
    """A text, or the mapping that indented lines hold; lines without = are left out."""
    if isinstance(held, list):  # a line that failed to parse leaves values unjoined
        held = "\n".join(held)
    if not isinstance(held, str) or not held.startswith("\n"):
        return held or ""
    pairs = (line.partition("=") for line in held.splitlines() if "=" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}
