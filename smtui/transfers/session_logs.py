"""Says whether what a copy moves ends up in the account's session logs.

The agent logs what a shell writes, not what is typed: so the content of a download is in the log, as base64, and of an
upload only the names. Source: amazon-ssm-agent, agent/session/plugins/shell (`writePump` writes the log file).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from smtui.domain.fault import AwsCallFailed, Fault
from smtui.domain.text import harmless

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.preference_facts import SessionPreferences
    from smtui.engine.offloop import OffLoop


class PreferencesAws(Protocol):
    """One place of AWS."""

    def preferences(self) -> SessionPreferences | None:
        """The account's preferences for shells; None where it never saved any. Raises `AwsCallFailed`."""


async def shell_preferences(aws: PreferencesAws, off_loop: OffLoop) -> SessionPreferences | Fault | None:
    """The account's preferences, None where it never saved any, or why they cannot be read."""
    try:
        return await off_loop.call(aws.preferences)
    except AwsCallFailed as failed:
        return failed.fault


def log_words(preferences: SessionPreferences | Fault | None, *, is_upload: bool) -> str:
    """One sentence; empty if nothing is logged. A fault is why the preferences could not be read."""
    if preferences is None:
        return ""
    if isinstance(preferences, Fault):
        return "Whether the account logs shell sessions is not known: its preferences could not be read."
    places = [
        f"the bucket {preferences.s3_bucket}" if preferences.s3_bucket else "",
        f"the log group {preferences.log_group}" if preferences.log_group else "",
    ]
    where = harmless(" and ".join(place for place in places if place))
    if not where:
        return ""
    if is_upload:
        return f"The account logs shell sessions in {where}: the names of the files, not their content."
    return f"The account logs shell sessions in {where}: the content that is downloaded will be there, as base64."
