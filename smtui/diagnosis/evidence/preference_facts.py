"""Looks up the account's Session Manager preferences and what they rely on, and reads their document.

The document is SSM-SessionManagerRunShell.

Source: Session document schema in the AWS documentation. Anyone may have written the document, so a value of another
type counts as not set, and content that is not a JSON object sets nothing. Inputs may hold placeholders for parameters;
a session that is given no value uses their defaults.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from smtui.diagnosis.evidence.reading import Lookup, NothingToAsk, answer
from smtui.domain.document import PLACEHOLDER

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.record import Evidence, EvidenceSources

_TRUE = frozenset({"1", "t", "true"})
"""What the agent reads as true, in upper or lower case."""
_BUCKET, _BUCKET_FLAG = "s3BucketName", "s3EncryptionEnabled"
_GROUP, _GROUP_FLAG = "cloudWatchLogGroupName", "cloudWatchEncryptionEnabled"
_KEY = "kmsKeyId"
_PREFIX, _STREAMING = "s3KeyPrefix", "cloudWatchStreamingEnabled"
_IDLE, _LONGEST = "idleSessionTimeout", "maxSessionDuration"
_SHELLS, _SHELL_KEYS = "shellProfile", ("linux", "windows")
_RUN_AS, _RUN_AS_USER = "runAsEnabled", "runAsDefaultUser"
_INPUTS = (
    _BUCKET,
    _BUCKET_FLAG,
    _GROUP,
    _GROUP_FLAG,
    _KEY,
    _RUN_AS,
    _RUN_AS_USER,
    _PREFIX,
    _STREAMING,
    _IDLE,
    _LONGEST,
)
_USAGE, _SPEC = "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT"
"""Only symmetric encryption keys make data keys."""
IDLE_MINUTES, MAX_MINUTES = range(1, 61), range(1, 1441)
"""What AWS takes for the two limits."""
LONGEST_PROFILE = 512
"""Characters of a shell profile."""
USUAL_IDLE_MINUTES = 20
"""The idle time-out of an account that sets none."""


def parse_preferences(content: str) -> SessionPreferences:
    """Read the document's content (JSON)."""
    document = _object(content)
    inputs = _mapping(document, "inputs")
    defaults = _defaults(_mapping(document, "parameters"))
    filled = {name: _filled(inputs.get(name), defaults) for name in _INPUTS}
    shells = _mapping(inputs, _SHELLS)
    linux, windows = (_filled(shells.get(name), defaults) for name in _SHELL_KEYS)
    left_open = [name for name, value in filled.items() if value is _OPEN]
    if _OPEN in (linux, windows):
        left_open.append(_SHELLS)
    return SessionPreferences(
        s3_bucket=_text(filled[_BUCKET]),
        s3_encrypted=is_true(filled[_BUCKET_FLAG]),
        log_group=_text(filled[_GROUP]),
        log_encrypted=is_true(filled[_GROUP_FLAG]),
        kms_key=_text(filled[_KEY]),
        run_as=is_true(filled[_RUN_AS]),
        run_as_user=_text(filled[_RUN_AS_USER]),
        left_open=tuple(left_open),
        s3_prefix=_text(filled[_PREFIX]),
        log_streaming=is_true(filled[_STREAMING]),
        idle_timeout=_digits(filled[_IDLE]),
        max_duration=_digits(filled[_LONGEST]),
        linux_shell=linux if isinstance(linux, str) else "",
        windows_shell=windows if isinstance(windows, str) else "",
        content=content,
    )


def without_demand(preferences: SessionPreferences) -> str:
    """The document without its demand that logs be encrypted; empty where it cannot be read."""
    return _changed(preferences, {_BUCKET_FLAG: False, _GROUP_FLAG: False})


def without_key(preferences: SessionPreferences) -> str:
    """The document without a key for sessions; empty where it cannot be read."""
    return _changed(preferences, {_KEY: ""})


def _changed(preferences: SessionPreferences, changes: Mapping[str, object]) -> str:
    document = _object(preferences.content)
    inputs = _mapping(document, "inputs")
    if not inputs:
        return ""
    changed = {name: value for name, value in changes.items() if name in inputs}
    return json.dumps({**document, "inputs": {**inputs, **changed}}, separators=(",", ":"))


class _Open:
    """Stands for an input whose value nobody knows before the session."""


_OPEN = _Open()


def _filled(value: object, defaults: Mapping[str, str]) -> object:
    """The value with the parameters' defaults in the place of their names; `_OPEN` where one has none."""
    if not isinstance(value, str):
        return value
    names = PLACEHOLDER.findall(value)
    if any(name not in defaults for name in names):
        return _OPEN
    return PLACEHOLDER.sub(lambda found: defaults[found[1]], value)


def _defaults(parameters: Mapping[str, Any]) -> dict[str, str]:
    """The defaults of the parameters that have one, as text."""
    given = {name: told["default"] for name, told in parameters.items() if isinstance(told, dict) and "default" in told}
    return {name: _as_text(default) for name, default in given.items() if not isinstance(default, dict | None)}


def _as_text(default: Any) -> str:
    single = default[0] if isinstance(default, list) and len(default) == 1 else default
    return single if isinstance(single, str) else json.dumps(single)


def _object(content: str) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _mapping(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _digits(value: object) -> str:
    """A number is written as text; the service takes one of JSON's, too."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value)


def _minutes(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def is_true(value: object) -> bool:
    """Whether the agent reads the value of an input as true; it may be text."""
    return value is True or (isinstance(value, str) and value.strip().lower() in _TRUE)


@dataclass(frozen=True, slots=True)
class SessionPreferences:
    """The inputs of the document SSM-SessionManagerRunShell; texts are empty where nothing is set."""

    s3_bucket: str = ""
    s3_encrypted: bool = False
    """Whether sessions demand an encrypted bucket."""
    log_group: str = ""
    log_encrypted: bool = False
    kms_key: str = ""
    """A key's id, ARN or alias, for the session itself."""
    run_as: bool = False
    """Whether sessions on Linux and macOS run as a user of the node's that is named here or by a tag."""
    run_as_user: str = ""
    """Who that is without a tag SSMSessionRunAs on the caller's IAM user or role."""
    left_open: tuple[str, ...] = ()
    """Inputs such as `kmsKeyId` that take a parameter without a default: only each session gives them a value."""
    s3_prefix: str = ""
    log_streaming: bool = False
    """Whether a log comes while its session runs, and not at its end."""
    idle_timeout: str = ""
    """Minutes as the document has them; `idle_minutes` is the number that counts."""
    max_duration: str = ""
    linux_shell: str = ""
    """What a shell on Linux or macOS runs first."""
    windows_shell: str = ""
    content: str = field(default="", compare=False, repr=False)
    """The document as it is, JSON."""

    @property
    def idle_minutes(self) -> int | None:
        """Minutes without input after which a session ends; None where nobody knows them before."""
        if _IDLE in self.left_open:
            return None
        return _minutes(self.idle_timeout) if self.idle_timeout else USUAL_IDLE_MINUTES

    @property
    def max_minutes(self) -> int | None:
        """Minutes after which a session ends in any case; None where it never does, or nobody knows."""
        return _minutes(self.max_duration)

    @property
    def logged_to(self) -> tuple[str, ...] | None:
        """Where sessions are logged, in words; None if that is left to each session."""
        if {_BUCKET, _GROUP} & {*self.left_open}:
            return None
        return tuple(word for word, target in (("S3", self.s3_bucket), ("CloudWatch", self.log_group)) if target)

    @property
    def run_as_words(self) -> str:
        """`run-as is off`, or on with the user."""
        if {_RUN_AS, _RUN_AS_USER} & {*self.left_open}:
            return "run-as is left to each session"
        if not self.run_as:
            return "run-as is off"
        tagged = "the one that your tag SSMSessionRunAs names"
        return f"run-as is on: {f'{self.run_as_user}, or {tagged}' if self.run_as_user else tagged}"

    def why_unset(self, name: str, otherwise: str) -> str:
        """Why an input has no value: a sentence of its own where each session gives it."""
        if name in self.left_open:
            return f"The preferences leave {name} to a parameter that each session has to give."
        return otherwise


@dataclass(frozen=True, slots=True)
class Bucket:
    """s3:HeadBucket, which the permission s3:ListBucket allows."""

    name: str
    exists: bool
    region: str = ""


@dataclass(frozen=True, slots=True)
class LogGroup:
    """One entry of logs:DescribeLogGroups, or the name of a group that is not there."""

    name: str
    exists: bool
    kms_key: str = ""
    """Empty where it is not encrypted with a KMS key."""


@dataclass(frozen=True, slots=True)
class KmsKey:
    """kms:DescribeKey."""

    key: str
    """As the preferences name it."""
    exists: bool
    arn: str = ""
    state: str = ""
    """`Enabled`, `Disabled`, `PendingDeletion`, …"""
    usage: str = ""
    """`ENCRYPT_DECRYPT`, `SIGN_VERIFY`, …; empty where KMS does not report it."""
    spec: str = ""
    """`SYMMETRIC_DEFAULT`, `RSA_2048`, …; empty where KMS does not report it."""

    @property
    def is_usable(self) -> bool:
        """Whether its state lets anybody use it."""
        return self.state in ("Enabled", "Updating")

    @property
    def makes_data_keys(self) -> bool:
        """Whether it is of the kind that sessions need: symmetric, and for encryption."""
        return (self.usage or _USAGE, self.spec or _SPEC) == (_USAGE, _SPEC)


class PreferencesAws(Protocol):
    """The calls of `PreferencesEvidence`; see `EvidenceAws`."""

    def preferences(self) -> SessionPreferences | None:
        """ssm:GetDocument of SSM-SessionManagerRunShell; None where there is no such document."""

    def bucket(self, name: str) -> Bucket:
        """s3:HeadBucket, which needs s3:ListBucket."""

    def bucket_encryption(self, name: str) -> str:
        """s3:GetEncryptionConfiguration: `AES256`, `aws:kms`, … or empty for none."""

    def log_group(self, name: str) -> LogGroup:
        """logs:DescribeLogGroups."""

    def kms_key(self, key: str) -> KmsKey:
        """kms:DescribeKey."""


def _not_set(preferences: SessionPreferences | None, name: str, otherwise: str) -> str:
    return preferences.why_unset(name, otherwise) if preferences is not None else otherwise


def _bucket_name(got: Evidence) -> str:
    preferences = answer(got.preferences)
    if preferences is None or not preferences.s3_bucket:
        raise NothingToAsk(_not_set(preferences, "s3BucketName", "The preferences send no session output to S3."))
    return preferences.s3_bucket


def _log_group(sources: EvidenceSources, got: Evidence) -> LogGroup:
    preferences = answer(got.preferences)
    if preferences is None or not preferences.log_group:
        why = "The preferences send no session output to CloudWatch Logs."
        raise NothingToAsk(_not_set(preferences, "cloudWatchLogGroupName", why))
    return sources.aws.log_group(preferences.log_group)


def _kms_key(sources: EvidenceSources, got: Evidence) -> KmsKey:
    preferences = answer(got.preferences)
    if preferences is None or not preferences.kms_key:
        raise NothingToAsk(_not_set(preferences, "kmsKeyId", "The preferences name no key for sessions."))
    return sources.aws.kms_key(preferences.kms_key)


@dataclass(kw_only=True)
class PreferencesEvidence:
    """The preferences, and the bucket, log group and key that they name."""

    preferences: Lookup[SessionPreferences | None] = Lookup(
        "ssm:GetDocument", lambda sources, _: sources.aws.preferences()
    )
    """None where none were ever saved."""
    bucket: Lookup[Bucket] = Lookup(
        "s3:ListBucket", lambda sources, got: sources.aws.bucket(_bucket_name(got)), (preferences,)
    )
    bucket_encryption: Lookup[str] = Lookup(
        "s3:GetEncryptionConfiguration",
        lambda sources, got: sources.aws.bucket_encryption(_bucket_name(got)),
        (preferences,),
    )
    """`AES256`, `aws:kms`, …; empty where there is none."""
    log_group: Lookup[LogGroup] = Lookup("logs:DescribeLogGroups", _log_group, (preferences,))
    kms_key: Lookup[KmsKey] = Lookup("kms:DescribeKey", _kms_key, (preferences,))
