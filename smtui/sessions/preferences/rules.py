"""Reads the account's session preferences with what they rely on, and changes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from smtui.diagnosis.evidence.preference_facts import SessionPreferences, parse_preferences
from smtui.diagnosis.evidence.reading import NotAsked, Seen, Unseen, seen
from smtui.diagnosis.evidence.rules_facts import RulesRead
from smtui.domain.fault import AwsCallFailed
from smtui.domain.records.session_limits import SessionLimits
from smtui.sessions.preferences.preference_change import compact

if TYPE_CHECKING:
    from datetime import datetime

    from smtui.diagnosis.evidence.preference_facts import KmsKey
    from smtui.diagnosis.evidence.reading import Reading
    from smtui.diagnosis.evidence.rules_facts import RulesAws, RulesText, RulesVersion
    from smtui.domain.fault import Fault
    from smtui.domain.place import Caller, Place
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import Aws
    from smtui.sessions.records_protocols import RecordPlaces

T = TypeVar("T")

READ_ONLY = "smtui is read-only, so it changes no preferences."
_CREATED_BY_ANOTHER, _NOT_THE_NEWEST = "DocumentAlreadyExists", "InvalidDocumentVersion"
_SAME_CONTENT = "DuplicateDocumentContent"


class ChangedMeanwhile(Exception):
    """The newest version is not the one that the change was made from; `now` is, None where there is none any more."""

    def __init__(self, now: RulesText | None) -> None:
        what = f"version {now.version} is the newest now" if now is not None else "there are none any more"
        super().__init__(f"Somebody else changed the preferences meanwhile: {what}. Nothing was written.")
        self.now = now


class ReadOnly(Exception):
    """Nothing is changed under `--read-only`; the text says so."""

    def __init__(self) -> None:
        super().__init__(READ_ONLY)


@dataclass(frozen=True, slots=True)
class Written:
    """What a change has come to."""

    version: str
    is_new: bool
    """False where the newest version had this content already."""
    not_default: Fault | None = None
    """Why the version did not become the default one; sessions use it all the same."""

    def sentence(self, place_label: str) -> str:
        """Return what was done, and what was not."""
        done = f"Version {self.version} of the preferences of {place_label}"
        first = f"{done} holds from the next session on." if self.is_new else f"{done} had this content already."
        if self.not_default is None:
            return first
        return f"{first} The console shows the earlier version: {self.not_default.sentence()}"


@dataclass(frozen=True, slots=True)
class LastChange:
    """The last change that this smtui made in a place."""

    before: RulesText | None
    """None where no preferences had been saved."""
    after: str
    """The version that it made."""


class Rules:
    """The session preferences of every place. Call the methods on the event loop; none blocks it."""

    def __init__(
        self,
        aws: Callable[[Place], Aws],
        records: RecordPlaces,
        off_loop: OffLoop,
        now: Callable[[], datetime],
        *,
        read_only: bool,
    ) -> None:
        self._aws = aws
        self._now = now
        self._records = records
        self._off_loop = off_loop
        self._read_only = read_only
        self._changes: dict[Place, LastChange] = {}

    async def limits(self, place: Place) -> SessionLimits | None:
        """When a session that starts there now ends by itself; None where that cannot be seen. Never raises."""
        try:
            text = await self._off_loop.call(self._rules(place).rules_text)
        except AwsCallFailed:
            return None
        preferences = parse_preferences(text.content if text is not None else "")
        return SessionLimits(
            preferences.idle_minutes, preferences.max_minutes, text.version if text is not None else ""
        )

    async def read(self, place: Place) -> RulesRead:
        """The newest version and what it relies on. Never raises: what cannot be seen says why."""
        rules = self._rules(place)
        text, state, caller = await asyncio.gather(
            self._reading(rules.rules_text), self._reading(rules.rules_state), self._reading(self._aws(place).caller)
        )
        stated = seen(text)
        preferences = parse_preferences(stated.content if stated is not None else "")
        bucket, encryption, group, key, tag = await asyncio.gather(
            self._if_named(preferences.s3_bucket, rules.bucket),
            self._if_named(preferences.s3_bucket, rules.bucket_encryption),
            self._if_named(preferences.log_group, rules.log_group),
            self._if_named(preferences.kms_key, rules.kms_key),
            self._tag(preferences, caller, rules),
        )
        identity = seen(caller)
        return RulesRead(
            region=place.region or (identity.region if identity is not None else ""),
            account=identity.account if identity is not None else "",
            is_role_session=identity is not None and ":assumed-role/" in identity.arn,
            at=self._now(),
            text=text,
            state=state,
            bucket=bucket,
            bucket_encryption=encryption,
            log_group=group,
            kms_key=key,
            key_permission=await self._permission(key, caller, rules),
            run_as_tag=tag,
        )

    async def text(self, place: Place, version: str) -> RulesText | None:
        """An earlier version. Raises `AwsCallFailed`."""
        return await self._off_loop.call(partial(self._rules(place).rules_text, version))

    async def newest(self, place: Place) -> RulesText | None:
        """The newest version; None where none was ever saved. Raises `AwsCallFailed`."""
        return await self._off_loop.call(self._rules(place).rules_text)

    async def versions(self, place: Place) -> tuple[RulesVersion, ...]:
        """All versions, the newest first. Raises `AwsCallFailed`."""
        return await self._off_loop.call(self._rules(place).rules_versions)

    def last_change(self, place: Place) -> LastChange | None:
        """The last change that this smtui made there."""
        return self._changes.get(place)

    async def write(self, place: Place, before: RulesText | None, content: str) -> Written:
        """Make this content the newest version and the default one, in the place of `before`.

        Raises `ReadOnly`, `AwsCallFailed`, and `ChangedMeanwhile` where another version is the newest by now.
        """
        if self._read_only:
            raise ReadOnly
        written = await self._off_loop.change(
            partial(_write, self._rules(place), before, content), "writing the session preferences"
        )
        if written.is_new:
            self._changes[place] = LastChange(before, written.version)
        return written

    # Readings ----------------------------------------------------------------------------------

    def _rules(self, place: Place) -> RulesAws:
        return self._records.records_at(place).rules

    async def _reading(self, ask: Callable[[], T]) -> Reading[T]:
        try:
            return Seen(await self._off_loop.call(ask))
        except AwsCallFailed as failed:
            return Unseen(failed.fault)

    async def _if_named(self, name: str, ask: Callable[[str], T]) -> Reading[T]:
        return await self._reading(partial(ask, name)) if name else NotAsked("The preferences name none.")

    async def _tag(self, preferences: SessionPreferences, caller: Reading[Caller], rules: RulesAws) -> Reading[str]:
        if not preferences.run_as:
            return NotAsked("Run-as is off.")
        if not isinstance(caller, Seen):
            return caller
        return await self._reading(partial(rules.run_as_tag, caller.value))

    async def _permission(self, key: Reading[KmsKey], caller: Reading[Caller], rules: RulesAws) -> Reading[str]:
        found = seen(key)
        if found is None or not found.arn or not found.is_usable:
            return NotAsked("There is no key that can be used.")
        if not isinstance(caller, Seen):
            return caller
        return await self._reading(partial(rules.key_permission, caller.value, found.arn))


# Blocking --------------------------------------------------------------------------------------


def _write(rules: RulesAws, before: RulesText | None, content: str) -> Written:
    now = rules.rules_text()
    if (now.content if now is not None else None) != (before.content if before is not None else None):
        raise ChangedMeanwhile(now)
    if now is None:
        return Written(_created(rules, content), is_new=True)
    if now.content == content:
        return Written(now.version, is_new=False, not_default=_made_default(rules, now.version))
    version = _updated(rules, now, content)
    newest = version or now.version
    return Written(newest, is_new=bool(version), not_default=_made_default(rules, newest))


def _created(rules: RulesAws, content: str) -> str:
    """The first version, which is the default one by itself."""
    try:
        return rules.create_rules(content)
    except AwsCallFailed as failed:
        if failed.fault.code == _CREATED_BY_ANOTHER:
            raise ChangedMeanwhile(rules.rules_text()) from failed
        raise


def _updated(rules: RulesAws, now: RulesText, content: str) -> str:
    """The new version's number; empty where AWS holds the newest to have this content already.

    AWS may refuse the content of any earlier version: one goes back to it with more spaces at its end.
    """
    try:
        return rules.update_rules(content, now.version)
    except AwsCallFailed as failed:
        if failed.fault.code == _NOT_THE_NEWEST:
            raise ChangedMeanwhile(rules.rules_text()) from failed
        if failed.fault.code != _SAME_CONTENT:
            raise
    if compact(now.content) == compact(content):
        return ""
    return rules.update_rules(content.rstrip() + " " * int(now.version), now.version)


def _made_default(rules: RulesAws, version: str) -> Fault | None:
    try:
        rules.make_default(version)
    except AwsCallFailed as failed:
        return failed.fault
    return None
