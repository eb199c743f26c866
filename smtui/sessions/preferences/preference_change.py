"""Changes the document of the account's session preferences field by field, and shows the difference.

Sources: Session document schema; the patterns of bucket, log group and key in the API references of S3, CloudWatch
Logs and KMS. Numbers are texts in the document. A value that is not touched stays as it was written.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from smtui.diagnosis.evidence.preference_facts import IDLE_MINUTES, LONGEST_PROFILE, MAX_MINUTES, is_true
from smtui.diagnosis.evidence.rules_facts import LATEST
from smtui.domain.document import PLACEHOLDER
from smtui.domain.request import place_argv
from smtui.domain.text import harmless
from smtui.sessions.preferences.json_edit import NotEditable, with_value

if TYPE_CHECKING:
    from smtui.domain.place import Place

NEW_LINE = "\N{RETURN SYMBOL}"
"""Stands for a new line of a shell profile, where a field has one line."""
DOCUMENT = "SSM-SessionManagerRunShell"
_BIGGEST_DOCUMENT = 65_536
_YES = frozenset({"yes", "y", "true", "on", "1"})
_NO = frozenset({"no", "n", "false", "off", "0", ""})
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_GROUP = re.compile(r"[A-Za-z0-9_./#-]{1,512}", re.ASCII)
_LONGEST_PREFIX = 512
_KEY_ID = r"(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|mrk-[0-9a-f]{32})"
_ALIAS = r"alias/[A-Za-z0-9/_-]{1,250}"
_KEY = re.compile(rf"{_KEY_ID}|{_ALIAS}|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{{12}}:(?:key/{_KEY_ID}|{_ALIAS})", re.ASCII)
_USER = re.compile(r"[A-Za-z0-9_.@\\][A-Za-z0-9_.@\\$-]{0,255}", re.ASCII)


class FieldKind(Enum):
    """What a field takes."""

    TEXT = "text"
    FLAG = "yes or no"
    MINUTES = "minutes"
    PROFILE = "commands"


@dataclass(frozen=True, slots=True)
class RuleField:
    """One input of the document."""

    name: str
    """As the document has it: `idleSessionTimeout`; `shellProfile.linux` is one of an object."""
    label: str
    hint: str
    kind: FieldKind = FieldKind.TEXT

    @property
    def path(self) -> tuple[str, ...]:
        """Its names, from the document's top."""
        return ("inputs", *self.name.split("."))


FIELDS: tuple[RuleField, ...] = (
    RuleField("s3BucketName", "S3 bucket", "empty for none"),
    RuleField("s3KeyPrefix", "  folder in it", "such as sessions/prod"),
    RuleField("s3EncryptionEnabled", "  must be encrypted", "yes or no", FieldKind.FLAG),
    RuleField("cloudWatchLogGroupName", "log group", "empty for none"),
    RuleField("cloudWatchEncryptionEnabled", "  must be encrypted", "yes or no", FieldKind.FLAG),
    RuleField("cloudWatchStreamingEnabled", "  streamed", "yes, or no for at its end", FieldKind.FLAG),
    RuleField("kmsKeyId", "KMS key", "id, ARN or alias/…; empty for none"),
    RuleField("runAsEnabled", "run as", "yes or no", FieldKind.FLAG),
    RuleField("runAsDefaultUser", "  user", "unless a tag SSMSessionRunAs says another"),
    RuleField("idleSessionTimeout", "idle time-out", "1 to 60 minutes", FieldKind.MINUTES),
    RuleField("maxSessionDuration", "maximum duration", "1 to 1440 minutes; empty for no limit", FieldKind.MINUTES),
    RuleField(
        "shellProfile.linux", "Linux shell", f"runs first, also on macOS; {NEW_LINE} parts lines", FieldKind.PROFILE
    ),
    RuleField("shellProfile.windows", "Windows shell", f"runs first; {NEW_LINE} parts lines", FieldKind.PROFILE),
)
_BY_NAME: Mapping[str, RuleField] = {each.name: each for each in FIELDS}

FIRST_DOCUMENT = """{
  "schemaVersion": "1.0",
  "description": "Session Manager preferences of this account and Region",
  "sessionType": "Standard_Stream",
  "inputs": {
    "s3BucketName": "",
    "s3KeyPrefix": "",
    "s3EncryptionEnabled": true,
    "cloudWatchLogGroupName": "",
    "cloudWatchEncryptionEnabled": true,
    "cloudWatchStreamingEnabled": false,
    "idleSessionTimeout": "20",
    "maxSessionDuration": "",
    "kmsKeyId": "",
    "runAsEnabled": false,
    "runAsDefaultUser": "",
    "shellProfile": {
      "linux": "",
      "windows": ""
    }
  }
}
"""
"""AWS's defaults, for an account that never saved preferences."""


def texts_of(content: str) -> dict[str, str]:
    """Return what a form starts with: the text of each field, by its name."""
    document = _loaded(content)
    inputs = document.get("inputs") if isinstance(document, dict) else None
    return {each.name: _text(each, _found(inputs, each.path[1:])) for each in FIELDS}


def complaints(content: str, texts: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with the texts that were changed, by field; each names what is taken instead."""
    before = texts_of(content)
    found: dict[str, str] = {}
    for name, text in texts.items():
        if name not in _BY_NAME:
            known = ", ".join(_BY_NAME)
            found[name] = f"There is no such preference. These are: {known}."
        elif text != before[name] and (complaint := _complaint(_BY_NAME[name], text, _parameters(content))):
            found[name] = complaint
    return found


def changed(content: str, texts: Mapping[str, str]) -> str:
    """Return the document with these texts in the place of the old ones. Raises `NotEditable`.

    `content` is empty where there is no document yet.
    """
    document = content or FIRST_DOCUMENT
    before = texts_of(document)
    for name, text in texts.items():
        if text != before[name]:
            document = with_value(document, _BY_NAME[name].path, _value(_BY_NAME[name], text))
    if len(document.encode()) > _BIGGEST_DOCUMENT:
        raise NotEditable("The document would be larger than the 64 KB that AWS takes.")
    return document


def difference(old: str, new: str, old_name: str, new_name: str) -> tuple[str, ...]:
    """Return a unified difference, safe to show; empty if nothing differs. `old` is empty for no document."""
    if old == new:
        return ()
    texts = [old, new]
    if any(_is_one_line(text) for text in texts if text):
        texts = [_pretty(text) for text in texts]
    before, after = ([harmless(line) for line in text.splitlines()] for text in texts)
    lines = difflib.unified_diff(before, after, harmless(old_name), harmless(new_name), lineterm="", n=2)
    return tuple(lines) or (
        "The documents differ only in spaces, or in what is not shown: hidden characters and secrets.",
    )


def compact(content: str) -> str:
    """Return the document in one line, as a command takes it."""
    document = _loaded(content)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) if document is not None else content


def write_argv(content: str, place: Place, *, is_first: bool) -> list[str]:
    """Return the AWS CLI command that writes this document as the newest version, or as the first one."""
    more = ["--document-type", "Session"] if is_first else ["--document-version", LATEST]
    verb = "create-document" if is_first else "update-document"
    argv = ["aws", "ssm", verb, "--name", DOCUMENT, "--content", compact(content), "--document-format", "JSON"]
    return [*argv, *more, *place_argv(place)]


def notes(texts: Mapping[str, str]) -> tuple[str, ...]:
    """Return what to know of these texts before they are sent, though AWS takes them."""
    found = []
    if _is_yes(texts.get("runAsEnabled", "")) and not texts.get("runAsDefaultUser", "").strip():
        found.append("Run-as names no user: only IAM identities with a tag SSMSessionRunAs get a shell.")
    idle, longest = (texts.get(name, "").strip() for name in ("idleSessionTimeout", "maxSessionDuration"))
    if idle.isdecimal() and longest.isdecimal() and int(longest) <= int(idle):
        found.append("The idle time-out never strikes: the maximum duration is no longer than it.")
    return tuple(found)


# One field -----------------------------------------------------------------------------------------


def _complaint(field: RuleField, text: str, parameters: frozenset[str]) -> str:
    placeholders = PLACEHOLDER.findall(text)
    if placeholders and field.kind is not FieldKind.PROFILE:
        unknown = [name for name in placeholders if name not in parameters]
        return f"The document declares no parameter {unknown[0]}." if unknown else ""
    if field.kind is FieldKind.FLAG:
        return "" if text.strip().lower() in _YES | _NO else "Write yes or no."
    return _CHECKS[field.name](text if field.kind is FieldKind.PROFILE else text.strip())


def _check(pattern: re.Pattern[str], otherwise: str) -> Callable[[str], str]:
    return lambda text: "" if not text or pattern.fullmatch(text) else otherwise


def _check_minutes(allowed: range, *, may_be_empty: bool) -> Callable[[str], str]:
    or_nothing = ", or nothing for no such limit" if may_be_empty else ""

    def check(text: str) -> str:
        is_number = text.isascii() and text.isdigit() and len(text) < 6
        if (not text and may_be_empty) or (is_number and int(text) in allowed):
            return ""
        return f"Write whole minutes, {allowed.start} to {allowed.stop - 1}{or_nothing}."

    return check


def _check_bucket(text: str) -> str:
    if not text or (_BUCKET.fullmatch(text) and ".." not in text):
        return ""
    if text.startswith(("s3://", "arn:")):
        return "Write only the bucket's name."
    return "A bucket's name has 3 to 63 small letters, digits, dots and hyphens."


def _check_prefix(text: str) -> str:
    if text.startswith("/"):
        return "A folder in a bucket does not begin with a slash."
    if len(text) > _LONGEST_PREFIX:
        return f"It has {len(text)} characters; at most {_LONGEST_PREFIX} are taken."
    return "" if text.isprintable() else "It has characters that cannot be printed."


def _check_user(text: str) -> str:
    if text == "root":
        return "The agent refuses to run shells as root."
    return _check(_USER, "That is no name of a user.")(text)


def _check_profile(text: str) -> str:
    length = len(_typed(text))
    return f"It has {length} characters; at most {LONGEST_PROFILE} are taken." if length > LONGEST_PROFILE else ""


_CHECKS: Mapping[str, Callable[[str], str]] = {
    "s3BucketName": _check_bucket,
    "s3KeyPrefix": _check_prefix,
    "cloudWatchLogGroupName": _check(_GROUP, "A log group's name has letters, digits and . - _ / #, at most 512."),
    "kmsKeyId": _check(_KEY, "Write a key's id, its ARN, or alias/NAME."),
    "runAsDefaultUser": _check_user,
    "idleSessionTimeout": _check_minutes(IDLE_MINUTES, may_be_empty=False),
    "maxSessionDuration": _check_minutes(MAX_MINUTES, may_be_empty=True),
    "shellProfile.linux": _check_profile,
    "shellProfile.windows": _check_profile,
}


def _value(field: RuleField, text: str) -> object:
    if PLACEHOLDER.search(text) and field.kind is FieldKind.FLAG:
        return text.strip()
    if field.kind is FieldKind.FLAG:
        return _is_yes(text)
    return _typed(text) if field.kind is FieldKind.PROFILE else text.strip()


def _is_yes(text: str) -> bool:
    return text.strip().lower() in _YES


def _typed(profile: str) -> str:
    return profile.replace(NEW_LINE, "\n")


def _text(field: RuleField, value: object) -> str:
    if field.kind is FieldKind.FLAG and not (isinstance(value, str) and PLACEHOLDER.search(value)):
        return "yes" if is_true(value) else "no"
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    text = value if isinstance(value, str) else ""
    return "\n".join(text.splitlines()).replace("\n", NEW_LINE) if field.kind is FieldKind.PROFILE else text


# The document --------------------------------------------------------------------------------------


def _loaded(content: str) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _found(value: object, path: tuple[str, ...]) -> object:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _parameters(content: str) -> frozenset[str]:
    document = _loaded(content)
    declared = document.get("parameters") if isinstance(document, dict) else None
    return frozenset(declared) if isinstance(declared, dict) else frozenset()


def _is_one_line(text: str) -> bool:
    return "\n" not in text.strip()


def _pretty(text: str) -> str:
    document = _loaded(text)
    return json.dumps(document, ensure_ascii=False, indent=2) if document is not None else text
