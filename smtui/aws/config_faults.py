"""Explains a broken AWS configuration: the line and key of a file, or a value that cannot be used.

botocore names the file at most. Only the key is quoted from it, because the value may be a secret.
Sources: botocore/configloader.py; Python's configparser;
https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
"""

from __future__ import annotations

import configparser
import os
import re
from pathlib import Path
from typing import Any

from smtui.aws.proxy_and_trust import BundleTrouble, trusted_by
from smtui.domain.places.profile import meant_heading
from smtui.domain.query.near_words import did_you_mean
from smtui.domain.text import error_words

_KEY = re.compile(r"\s*([A-Za-z0-9_.-]{1,40})")
_PROFILES_NAMED = 10
_OF_THE_CLI = ("plugins", "preview")
"""Sections of the AWS CLI that are no profiles."""
BUNDLE_ADVICE = "Set it to a PEM file with every certificate authority that your calls to AWS need, or unset it."
_BYTE_ORDER_MARK = "\ufeff"


def parse_trouble(path: str, error: object) -> str:
    """Why `path` could not be parsed, as a sentence; `error` is the exception that botocore caught."""
    named = f"The AWS configuration file {path} cannot be read"
    try:
        content = Path(path).read_bytes()
    except OSError:
        content = b""
    lines = [line.decode(errors="replace") for line in content.splitlines()]
    number, why = _where(error, content, lines)
    if not number:
        return f"{named}: {why}."
    return f"{named}: line {number}: {why}."


def _where(error: object, content: bytes, lines: list[str]) -> tuple[int, str]:  # noqa: PLR0911 - one a kind
    """The number of the line, from 1 (0 if unknown), and what is wrong with it."""
    if isinstance(error, configparser.DuplicateOptionError):
        return error.lineno or 0, f"{error.option} appears twice in [{error.section}]"
    if isinstance(error, configparser.DuplicateSectionError):
        return error.lineno or 0, f"[{error.section}] appears twice"
    if isinstance(error, UnicodeDecodeError):
        return _line_that_is_not_utf8(content), "it is not UTF-8"
    if isinstance(error, configparser.MissingSectionHeaderError):
        line = _line(lines, error.lineno)
        if line.startswith(_BYTE_ORDER_MARK):
            return error.lineno, "the file begins with a byte order mark; save it as UTF-8 without one"
        return error.lineno, f"{_key(line)} comes before the first [profile …] heading"
    if isinstance(error, configparser.ParsingError) and error.errors:
        number = error.errors[0][0]
        line = _line(lines, number)
        if line.lstrip().startswith("["):
            return number, "the heading has no closing ]"
        return number, f"{_key(line)} has no = and no value"
    if isinstance(error, ValueError):
        return _nested_line(lines)
    return 0, "its format is not the one that AWS documents"


def _line(lines: list[str], number: int) -> str:
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _key(line: str) -> str:
    found = _KEY.match(line)
    return found[1] if found else "the text there"


def _line_that_is_not_utf8(content: bytes) -> int:
    for number, line in enumerate(content.split(b"\n"), 1):
        try:
            line.decode()
        except UnicodeDecodeError:
            return number
    return 0


def _nested_line(lines: list[str]) -> tuple[int, str]:
    """The first indented line that has no = and stands under a key that has no value."""
    above = ""
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith(("#", ";")):
            continue
        if not line[0].isspace():
            name, _, value = line.partition("=")
            above = name.strip() if not value.strip() else ""
        elif above and "=" not in line:
            return number, f"{_key(line)}, under {above}, has no = and no value"
    return 0, "a nested value has no ="


def number_trouble(session: Any) -> str:
    """Names a value that must be a number and is not, as a sentence; empty for none.

    botocore converts a value when it first needs it, and its error does not name it.
    """
    from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES

    for logical, (key, variables, _, convert) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items():
        try:
            if convert is not None:
                session.get_config_variable(logical)
        except ValueError as error:
            names = [variables] if isinstance(variables, str) else variables or []
            where = next((name for name in names if name in os.environ), f"{key} of the profile")
            return f"{where} is not a number: {error_words(error)}"
    return ""


def bundle_trouble(session: Any) -> str:
    """Names a CA bundle that cannot be used, as a sentence; empty for none. botocore would report a TLS error."""
    trust = trusted_by(session)
    try:
        if trust.chosen_by:
            trust.context()
    except BundleTrouble as trouble:
        return str(trouble)
    return ""


def no_such_profile(session: Any) -> str:
    """Says that the session's profile does not exist, and names at most ten that do."""
    known = sorted(session.available_profiles)
    named = ", ".join(known[:_PROFILES_NAMED])
    more = f" and {len(known) - _PROFILES_NAMED} more" if len(known) > _PROFILES_NAMED else ""
    others = f"The profiles are {named}{more}." if known else "No profile is configured."
    meant = meant_heading(_ignored_of(session), session.profile) or did_you_mean(session.profile, known).strip()
    return " ".join(filter(None, (f'There is no profile "{session.profile}".', meant, others, unreadable(session))))


def ignored_heading(heading: str) -> bool:
    """Whether botocore passes over a section of the configuration file: `[prod]`, `[profile two words]`."""
    from botocore.configloader import build_profile_map

    known = build_profile_map({heading: {}})
    return heading not in _OF_THE_CLI and not any(known[kind] for kind in ("profiles", "sso_sessions", "services"))


def _ignored_of(session: Any) -> list[str]:
    from botocore.configloader import raw_config_parse
    from botocore.exceptions import BotoCoreError

    try:
        headings = raw_config_parse(session.get_config_variable("config_file"), parse_subsections=False)
    except (BotoCoreError, ValueError, OSError):
        return []
    return [heading for heading in headings if ignored_heading(heading)]


def configuration_path(session: Any, variable: str) -> str:
    """The path of the `config_file` or the `credentials_file` of a session."""
    # Like botocore: a Path would raise for a user that does not exist.
    return os.path.expanduser(os.path.expandvars(session.get_config_variable(variable) or ""))  # noqa: PTH111


def unreadable(session: Any) -> str:
    """Names a configuration file that this user may not read, as a sentence; empty for none. botocore ignores it."""
    for variable in ("config_file", "credentials_file"):
        path = configuration_path(session, variable)
        try:
            is_file = Path(path).is_file()
        except PermissionError:
            return f"{path} may exist, but this user may not look into its folder."
        if is_file and not os.access(path, os.R_OK):
            return f"{path} exists, but this user may not read it."
    return ""
