"""Says in words what the account's session preferences mean for the next session, and what is wrong with them.

Sources: Session document schema and "Logging session activity" in the AWS documentation; amazon-ssm-agent,
agent/session (what keeps a session from starting). The preferences decide for shells and commands. Of a port forward
only the limits apply: it is never logged, never encrypted with the account's key, and runs no shell.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING

from smtui.diagnosis.evidence.preference_facts import (
    IDLE_MINUTES,
    LONGEST_PROFILE,
    MAX_MINUTES,
    SessionPreferences,
    without_demand,
    without_key,
)
from smtui.diagnosis.evidence.reading import Seen, Unseen, seen
from smtui.domain.text import harmless
from smtui.topics.causes import UNKNOWN_FAILURE
from smtui.topics.failure_topics import of_fault

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.preference_facts import KmsKey
    from smtui.diagnosis.evidence.reading import Reading
    from smtui.diagnosis.evidence.rules_facts import RulesRead
    from smtui.domain.place import Place

NEVER_LOGGED = "Port forwards and ssh are never logged; CloudTrail has only that they took place."
_TARGET_GONE, _MISMATCH = "deleted-log-target", "encryption-mismatch"
_KEY, _KEY_PERMISSION, _RUN_AS, _VERSIONS = "kms-key", "kms-permission", "run-as-user", "preference-versions"
_SHOWN_PROFILE = 120
_AS_PLACEHOLDERS = {"Disabled": "disabled_key", "PendingDeletion": "dying_key"}


class Mark(StrEnum):
    """How a line stands out."""

    GOOD = "✓"
    WARN = "!"
    BAD = "✕"
    OFF = "–"
    UNSEEN = "?"


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One line of the preferences in words."""

    mark: Mark
    heading: str
    """A word or two; empty for a verdict."""
    sentence: str
    means: str = ""
    """What follows for the session that one is about to start; further sentences."""
    topic: str = ""
    """Id of the topic that helps, if something is to be done."""
    values: Mapping[str, str] = field(default_factory=dict)
    """For the topic's commands."""
    verdict: str = ""
    """Why a shell would fail now, without its first capital; empty if it would not."""

    @property
    def text(self) -> str:
        """All sentences, safe to show."""
        return harmless(f"{self.sentence} {self.means}".rstrip())


def rule_lines(read: RulesRead) -> tuple[RuleLine, ...]:
    """Return the verdicts first, then a line or more for each rule."""
    if isinstance(read.text, Unseen):
        denied = _unseen("document", "What the account's preferences say", read.text)
        return (denied, *_version(read))
    preferences = read.preferences or SessionPreferences()
    lines = tuple(
        chain(
            _document(read, preferences),
            _logged(preferences),
            _bucket(read, preferences),
            _log_group(read, preferences),
            _encrypted(read, preferences),
            _run_as(read, preferences),
            _ends(preferences),
            _shell(preferences),
            _version(read),
        )
    )
    return (*_verdicts(lines), *lines)


def rules_title(place: Place, read: RulesRead) -> str:
    """Return `Session Manager preferences · prod-ops/eu-west-1 · version 7`."""
    version = f"version {read.version}" if read.version else ""
    if isinstance(read.text, Seen) and read.text.value is None:
        version = "never saved"
    return " · ".join(filter(None, ("Session Manager preferences", place_label(place, read.region), version)))


def place_label(place: Place, region: str) -> str:
    """Return profile and Region, as far as they are named."""
    return harmless("/".join(filter(None, (place.profile, place.region or region)))) or "this place"


def _verdicts(lines: tuple[RuleLine, ...]) -> Iterator[RuleLine]:
    for line in lines:
        if line.verdict:
            words = f"A shell would fail now: {line.verdict}"
            yield RuleLine(Mark.BAD, "", words, topic=line.topic, values=line.values)


# Each rule -----------------------------------------------------------------------------------------


def _document(read: RulesRead, preferences: SessionPreferences) -> Iterator[RuleLine]:
    if not isinstance(read.text, Seen) or read.text.value is None:
        yield RuleLine(
            Mark.OFF, "document", "The account never saved preferences in this Region: AWS's defaults below hold."
        )
        return
    try:
        document = json.loads(preferences.content)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("inputs"), dict):
        verdict = f"the preferences, version {read.text.value.version}, cannot be read as a session document."
        yield RuleLine(Mark.BAD, "document", "It has no inputs that can be read.", topic=_VERSIONS, verdict=verdict)
    elif (kind := document.get("sessionType")) != "Standard_Stream":
        words = f"Its sessionType is {json.dumps(kind)}, and preferences need Standard_Stream."
        yield RuleLine(Mark.WARN, "document", words, topic=_VERSIONS)


def _logged(preferences: SessionPreferences) -> Iterator[RuleLine]:
    if preferences.logged_to is None:
        words = "Left to each session: the document takes bucket or log group from a parameter without a default."
        yield RuleLine(Mark.OFF, "logged", words, NEVER_LOGGED)
        return
    ways = []
    if preferences.log_group:
        how = "stream to" if preferences.log_streaming else "go at their end to"
        ways.append(f"{how} the log group {preferences.log_group}")
    if preferences.s3_bucket:
        ways.append(f"go to s3://{preferences.s3_bucket}/{_folder(preferences.s3_prefix)} at their end")
    if ways:
        yield RuleLine(Mark.GOOD, "logged", f"Shells and commands {' and '.join(ways)}.", NEVER_LOGGED)
    else:
        words = "Sessions are not logged: no bucket and no log group is named."
        yield RuleLine(Mark.OFF, "logged", words, "CloudTrail has only that they took place.")


def _folder(prefix: str) -> str:
    return f"{prefix.rstrip('/')}/" if prefix else ""


def _bucket(read: RulesRead, preferences: SessionPreferences) -> Iterator[RuleLine]:
    name = preferences.s3_bucket
    if not name:
        return
    if isinstance(read.bucket, Unseen):
        yield _unseen("bucket", f"Whether the bucket {name} is there", read.bucket)
    bucket = seen(read.bucket)
    if bucket is not None and not bucket.exists:
        values = {"bucket": name, "missing_bucket": name}
        verdict = f"the bucket {name} does not exist, and the screen stays blank."
        yield RuleLine(Mark.BAD, "bucket", f"{name} does not exist.", "", _TARGET_GONE, values, verdict)
        return
    if bucket is not None and bucket.region and read.region and bucket.region != read.region:
        words = f"{name} is in {bucket.region}, and sessions are in {read.region}."
        means = "A node that reaches S3 only through an endpoint of its VPC cannot write there."
        yield RuleLine(Mark.WARN, "bucket", words, means, "missing-log-endpoints")
    if isinstance(read.bucket_encryption, Unseen):
        yield _unseen("bucket", f"Whether the bucket {name} is encrypted", read.bucket_encryption)
    kind = seen(read.bucket_encryption)
    if kind:
        demand = ", as the preferences demand" if preferences.s3_encrypted else ""
        yield RuleLine(Mark.GOOD, "bucket", f"{name} is encrypted ({kind}){demand}.")
    elif kind is not None and preferences.s3_encrypted:
        values = {"bucket": name, "unencrypted_bucket": name, **_without_demand(preferences)}
        verdict = f"encryption is demanded of the bucket {name}, which is not encrypted."
        words = f"{name} is not encrypted, and the preferences demand that it is."
        yield RuleLine(Mark.BAD, "bucket", words, "", _MISMATCH, values, verdict)
    elif kind is not None:
        yield RuleLine(Mark.WARN, "bucket", f"{name} is not encrypted, and the preferences do not demand it.")


def _log_group(read: RulesRead, preferences: SessionPreferences) -> Iterator[RuleLine]:
    name = preferences.log_group
    if not name:
        return
    if isinstance(read.log_group, Unseen):
        yield _unseen("log group", f"Whether the log group {name} is there and encrypted", read.log_group)
    group = seen(read.log_group)
    if group is None:
        return
    if not group.exists:
        values = {"log_group": name, "missing_log_group": name}
        verdict = f"the log group {name} does not exist, and the screen stays blank."
        yield RuleLine(Mark.BAD, "log group", f"{name} does not exist.", "", _TARGET_GONE, values, verdict)
    elif group.kms_key:
        demand = ", as the preferences demand" if preferences.log_encrypted else ""
        yield RuleLine(Mark.GOOD, "log group", f"{name} is encrypted with a KMS key of its own{demand}.")
    elif preferences.log_encrypted:
        values = {"log_group": name, "unencrypted_log_group": name, **_without_demand(preferences)}
        if preferences.kms_key:
            values["kms_key"] = preferences.kms_key
        verdict = f"encryption is demanded of the log group {name}, which has no KMS key."
        words = f"{name} has no KMS key, and the preferences demand one."
        yield RuleLine(Mark.BAD, "log group", words, "", _MISMATCH, values, verdict)
    else:
        streams = "It is streamed to" if preferences.log_streaming else "It is written to"
        words = f"{streams} without a KMS key, and the preferences demand none."
        yield RuleLine(Mark.WARN, "log group", words, "CloudWatch Logs encrypts it with keys of its own.")


def _without_demand(preferences: SessionPreferences) -> dict[str, str]:
    document = without_demand(preferences)
    return {"preferences_without_demand": document} if document else {}


def _encrypted(read: RulesRead, preferences: SessionPreferences) -> Iterator[RuleLine]:
    name = preferences.kms_key
    if not name:
        words = preferences.why_unset("kmsKeyId", "Only by TLS: no KMS key is named.")
        yield RuleLine(Mark.OFF, "encrypted", words)
        return
    beyond = f"With {name}, beyond TLS."
    means = "You need kms:GenerateDataKey with it and the node's role kms:Decrypt; port forwards do without it."
    if isinstance(read.kms_key, Unseen):
        yield RuleLine(Mark.GOOD, "encrypted", beyond, means)
        yield _unseen("key", f"Whether {name} can be used", read.kms_key)
        return
    key = seen(read.kms_key)
    if key is None:
        return
    trouble = _trouble(key, read.region)
    if trouble:
        arn = key.arn or name
        document = without_key(preferences)
        values = {"kms_key": arn} | ({"preferences_without_key": document} if document else {})
        if key.state in _AS_PLACEHOLDERS:
            values[_AS_PLACEHOLDERS[key.state]] = arn
        verdict = f"the key {name} {trouble}."
        yield RuleLine(Mark.BAD, "encrypted", f"With {name}, which {trouble}.", means, _KEY, values, verdict)
        return
    yield _permission(read.key_permission, key, beyond, means)


def _trouble(key: KmsKey, region: str) -> str:
    """What is wrong with the key, after its name; empty if nothing is."""
    if not key.exists:
        parts = key.key.split(":")
        elsewhere = parts[3] if len(parts) > 5 and region and parts[3] != region else ""
        return f"is a key of {elsewhere}, not of {region}" if elsewhere else "does not exist"
    if not key.is_usable:
        return f"cannot be used: it is {key.state}"
    return "" if key.makes_data_keys else f"makes no data keys: it is {key.spec} for {key.usage}"


def _permission(reading: Reading[str], key: KmsKey, beyond: str, means: str) -> RuleLine:
    decision = seen(reading)
    values = {"kms_key": key.arn or key.key}
    if decision == "allowed":
        may = "Your policies allow you the key; the node's role needs kms:Decrypt with it, port forwards do without."
        return RuleLine(Mark.GOOD, "encrypted", beyond, may)
    if decision == "explicitDeny":
        verdict = f"a policy denies you kms:GenerateDataKey with the key {key.key}."
        return RuleLine(Mark.BAD, "encrypted", beyond, "You may not use it.", _KEY_PERMISSION, values, verdict)
    if isinstance(reading, Unseen):
        missing = _unseen("encrypted", "Whether you may use it", reading)
        return RuleLine(Mark.UNSEEN, "encrypted", beyond, f"{means} {missing.sentence}", missing.topic)
    perhaps = "No policy of yours allows kms:GenerateDataKey with it; the key's own policy, which was not read, may."
    return RuleLine(Mark.WARN, "encrypted", beyond, perhaps, _KEY_PERMISSION, values)


def _run_as(read: RulesRead, preferences: SessionPreferences) -> Iterator[RuleLine]:
    user, tag = preferences.run_as_user, seen(read.run_as_tag)
    if {"runAsEnabled", "runAsDefaultUser"} & {*preferences.left_open}:
        yield RuleLine(Mark.OFF, "run as", "Left to each session: the document takes it from a parameter.")
        return
    if not preferences.run_as:
        without = f" The user {user} that is named counts only while it is on." if user else ""
        yield RuleLine(Mark.OFF, "run as", f"Off: shells run as ssm-user.{without}")
        return
    fails = "The node must have that user: a shell fails otherwise. Windows knows no run-as."
    if tag and tag != "root":
        yield RuleLine(Mark.GOOD, "run as", f"On: your shells run as {tag}, as your tag SSMSessionRunAs says.", fails)
    elif tag or (isinstance(read.run_as_tag, Seen) and user in ("", "root")):
        yield _refused_user(read, tag or "", user)
    elif isinstance(read.run_as_tag, Unseen):
        missing = _unseen("run as", "Whether your IAM identity has a tag SSMSessionRunAs, which wins,", read.run_as_tag)
        words = f"On: shells run as {user}." if user else "On, and no user is named: only those with a tag get a shell."
        yield RuleLine(Mark.UNSEEN, "run as", words, f"{missing.sentence} {fails}", missing.topic)
    elif user:
        unseen = " A tag of your sign-in would win, and cannot be seen." if read.is_role_session else ""
        words = f"On: shells run as {user}; a tag SSMSessionRunAs on an IAM identity would win, and yours has none."
        yield RuleLine(Mark.GOOD, "run as", f"{words}{unseen}", fails)


def _refused_user(read: RulesRead, tag: str, user: str) -> RuleLine:
    """Run-as with a user that no shell gets, unless a tag of the sign-in names another."""
    if tag or user:
        words, what = "On, as root, which is refused.", "root, which the agent refuses"
        verdict = f"{'your tag SSMSessionRunAs' if tag else 'the preferences'} would run it as {what}."
    else:
        words = "On, and no user is named: only those with a tag SSMSessionRunAs get a shell."
        verdict = "run-as is on, names no user, and your IAM identity has no tag SSMSessionRunAs."
    if read.is_role_session and not tag:
        may = "Your role has no such tag; your sign-in may have passed one, which cannot be seen."
        return RuleLine(Mark.WARN, "run as", words, may, _RUN_AS)
    return RuleLine(Mark.BAD, "run as", words, "" if tag or user else "You have no such tag.", _RUN_AS, verdict=verdict)


def _ends(preferences: SessionPreferences) -> Iterator[RuleLine]:
    idle_minutes, max_minutes = preferences.idle_minutes, preferences.max_minutes
    if preferences.idle_timeout and idle_minutes not in IDLE_MINUTES:
        yield _odd_limit("idle time-out", preferences.idle_timeout, IDLE_MINUTES)
    if preferences.max_duration and max_minutes not in MAX_MINUTES:
        yield _odd_limit("maximum duration", preferences.max_duration, MAX_MINUTES)
    after = (
        f"After {minutes_words(idle_minutes)} without input."
        if idle_minutes is not None
        else "After a time without input that is not known before."
    )
    if max_minutes is None:
        for_ever = "There is no maximum duration: a session that is used may stay open forever."
        unknown = "Its maximum duration is not known before."
        is_open = "maxSessionDuration" in preferences.left_open or preferences.max_duration
        yield RuleLine(Mark.WARN, "ends", after, unknown if is_open else for_ever)
    elif idle_minutes is not None and max_minutes <= idle_minutes:
        never = f"In any case after {minutes_words(max_minutes)}, so that the idle time-out never strikes."
        yield RuleLine(Mark.WARN, "ends", after, never)
    else:
        yield RuleLine(Mark.GOOD, "ends", after, f"In any case after {minutes_words(max_minutes)}.")


def _odd_limit(what: str, text: str, allowed: range) -> RuleLine:
    words = f"The {what} is “{text}”, and AWS takes {allowed.start} to {allowed.stop - 1} minutes."
    return RuleLine(Mark.WARN, "ends", words, topic=_VERSIONS)


def minutes_words(minutes: int) -> str:
    """Return `20 min`, `2 h` or `1 h 30 min`."""
    hours, left = divmod(minutes, 60)
    return " ".join([*([f"{hours} h"] if hours else []), *([f"{left} min"] if left or not hours else [])])


def _shell(preferences: SessionPreferences) -> Iterator[RuleLine]:
    if "shellProfile" in preferences.left_open:
        yield RuleLine(
            Mark.OFF, "shell", "Its profile is left to each session: the document takes it from a parameter."
        )
        return
    profiles = {"Linux and macOS": preferences.linux_shell, "Windows": preferences.windows_shell}
    named = {system: profile for system, profile in profiles.items() if profile.strip()}
    if not named:
        yield RuleLine(Mark.OFF, "shell", "No profile: nothing runs before the prompt.")
        return
    for system, profile in named.items():
        if len(profile) > LONGEST_PROFILE:
            words = f"The profile for {system} has {len(profile)} characters, and AWS takes {LONGEST_PROFILE}."
            yield RuleLine(Mark.WARN, "shell", words, topic=_VERSIONS)
    first = ", ".join(f"on {system} “{_one_line(profile)}”" for system, profile in named.items())
    yield RuleLine(Mark.GOOD, "shell", f"Runs first: {first}.", "Only in shells, not before commands.")


def _one_line(profile: str) -> str:
    """The profile's commands in one line, cut where it is long."""
    joined = " ⏎ ".join(line.strip() for line in profile.strip().splitlines())
    return joined if len(joined) <= _SHOWN_PROFILE else f"{joined[: _SHOWN_PROFILE - 1]}…"


def _version(read: RulesRead) -> Iterator[RuleLine]:
    if isinstance(read.state, Unseen):
        yield _unseen("version", "Which version is the default one", read.state)
    state = seen(read.state)
    if state is None:
        return
    if state.status == "Failed":
        why = f": {state.why}" if state.why else ""
        yield RuleLine(Mark.BAD, "version", f"AWS calls the document failed{why}.", topic=_VERSIONS)
    if state.latest == state.default:
        yield RuleLine(Mark.GOOD, "version", f"Version {state.latest} is the newest and the default one.")
    else:
        words = f"Version {state.latest} counts: sessions use the newest. Version {state.default} is the default one."
        means = "The console shows the default one, so it shows other rules than those that hold."
        values = {"latest_preferences": state.latest}
        yield RuleLine(Mark.WARN, "version", words, means, _VERSIONS, values)


def _unseen(heading: str, what: str, reading: Unseen) -> RuleLine:
    helps = of_fault(reading.fault).topic
    words = f"{what} was not seen: {reading.fault.sentence()}"
    return RuleLine(Mark.UNSEEN, heading, words, topic="" if helps == UNKNOWN_FAILURE else helps)
