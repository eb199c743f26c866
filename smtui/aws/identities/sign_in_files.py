"""Says whether a profile is signed in, by files alone: no program runs, AWS and the machine are not asked.

Expiry is judged by this machine's clock. Where the files show that this clock is off, nothing is claimed.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smtui.aws.identities.cli_cache import FRESH
from smtui.aws.identities.kept_credentials import Kept, KeptCredentials, instant, web_token
from smtui.aws.identities.profile_kinds import ProfileKinds
from smtui.domain.places.profile import Profile, ProfileKind, SsoSession
from smtui.domain.places.sign_in_state import SignedIn, SignInState

if TYPE_CHECKING:
    from smtui.aws.identities.aws_files import AwsFiles

_LOGIN_LASTS = timedelta(hours=12)
"""After it `aws login` needs the browser again."""
_TOLERANCE = timedelta(minutes=5)
"""AWS refuses requests of a clock that is further off."""
_HOUR = 3600
_NOT_KNOWN = SignInState(SignedIn.NOT_KNOWN)
_EXPIRY_KEYS = ("x_security_token_expires", "aws_expiration", "expiration")
"""What programs that write temporary keys into the credentials file add; AWS itself has no such key."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SignInFiles:
    """The states of one reading of the configuration. `state` blocks and never raises."""

    def __init__(
        self,
        files: AwsFiles,
        kept: KeptCredentials,
        environment: Mapping[str, str] = os.environ,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._files = files
        self._kinds = ProfileKinds(files)
        self._kept = kept
        self._environment = environment
        self._now = now

    def state(self, profile: Profile) -> SignInState:
        """Return what the files tell of the profile."""
        if profile.trouble:
            return SignInState(SignedIn.BROKEN, note=self._in_few_words(profile))
        if profile.kind is ProfileKind.ENVIRONMENT:
            return self._of_environment()
        if profile.kind is ProfileKind.ROLE:
            return self._of_role((profile.name, *profile.chain))
        if profile.kind is ProfileKind.MACHINE and profile.name:
            return replace(_NOT_KNOWN, note="names no credentials")
        return self._of_source(profile)

    def _in_few_words(self, profile: Profile) -> str:
        """What is wrong, for a row: the whole sentence stands elsewhere."""
        if profile.trouble == self._files.trouble:
            return "the AWS configuration cannot be read"
        if profile.kind is ProfileKind.PROGRAM and profile.trouble.endswith("not found."):
            return f"{profile.detail} not found"
        return profile.trouble.rstrip(".")

    def _of_role(self, names: tuple[str, ...], *, is_first: bool = True) -> SignInState:
        """The state of the first of these profiles; the others are what its role is assumed through."""
        name, *sources = names
        settings = self._files.profiles.get(name, {})
        own = self._kinds.without_role(name)
        if "role_arn" not in settings or (own.kind is not ProfileKind.MACHINE and not is_first):
            return self._of_source(own)
        session = self._kept.role_session(settings)
        if session.ends is not None and session.ends - self._now() >= FRESH:
            return self._certain(SignInState(SignedIn.YES, session.ends), session, _duration(settings))
        source = self._of_role(tuple(sources), is_first=False) if sources else self._of_source(own)
        if settings.get("mfa_serial") and source.signed_in not in (SignedIn.NO, SignedIn.BROKEN):
            return SignInState(SignedIn.ASKS_CODE)
        return source

    def _of_source(self, profile: Profile) -> SignInState:
        """The state of what gives the first credentials."""
        if profile.kind is ProfileKind.SSO and profile.sso is not None:
            return self._of_sso(profile.sso)
        if profile.kind is ProfileKind.LOGIN:
            return self._of_login(profile.detail)
        if profile.kind is ProfileKind.WEB_IDENTITY:
            return self._of_web_token(profile.detail)
        if profile.kind in (ProfileKind.KEYS, ProfileKind.TEMPORARY_KEYS):
            return self._of_keys(profile)
        return _NOT_KNOWN

    def _of_sso(self, session: SsoSession) -> SignInState:
        token, now = self._kept.sso_token(session.cache_key, self._now()), self._now()
        if token.ends is None or token.trouble:
            return _unusable(token)
        renews = bool(session.name) and token.can_renew
        signed_in = SignedIn.YES if token.ends > now else SignedIn.NOT_KNOWN if renews else SignedIn.NO
        return self._certain(SignInState(signed_in, token.ends, renews_itself=renews), token)

    def _of_login(self, arn: str) -> SignInState:
        if not _has_crt():
            return SignInState(SignedIn.BROKEN, note="needs the Python package awscrt")
        kept, now = self._kept.login(arn), self._now()
        if kept.ends is None or kept.trouble:
            return _unusable(kept)
        if kept.ends > now:
            return self._certain(SignInState(SignedIn.YES, kept.ends, renews_itself=True), kept)
        if kept.written is not None and now - kept.written > _LOGIN_LASTS:
            return SignInState(SignedIn.NO, kept.ends)
        return self._certain(SignInState(SignedIn.NOT_KNOWN, kept.ends, renews_itself=True), kept)

    def _of_web_token(self, path: str) -> SignInState:
        token, now = web_token(path), self._now()
        if not token.is_there:
            return SignInState(SignedIn.BROKEN, note=f"{path} not found")
        if token.trouble:
            return SignInState(SignedIn.BROKEN, note=token.trouble)
        if token.ends is None:
            return _NOT_KNOWN
        signed_in = SignedIn.YES if token.ends > now else SignedIn.NO
        return self._certain(SignInState(signed_in, token.ends), token)

    def _of_keys(self, profile: Profile) -> SignInState:
        if profile.kind is ProfileKind.KEYS:
            return SignInState(SignedIn.ALWAYS)
        settings = self._files.profiles.get(profile.name, {})
        named = next((settings[key] for key in _EXPIRY_KEYS if key in settings), None)
        ends, _ = instant(named)
        return self._until(ends)

    def _of_environment(self) -> SignInState:
        environment = self._environment
        if not environment.get("AWS_ACCESS_KEY_ID"):
            return self._of_web_token(environment.get("AWS_WEB_IDENTITY_TOKEN_FILE", ""))
        if not (environment.get("AWS_SESSION_TOKEN") or environment.get("AWS_SECURITY_TOKEN")):
            return SignInState(SignedIn.ALWAYS)
        ends, _ = instant(environment.get("AWS_CREDENTIAL_EXPIRATION"))
        return self._until(ends)

    def _until(self, ends: datetime | None) -> SignInState:
        if ends is None:
            return _NOT_KNOWN
        return SignInState(SignedIn.YES if ends > self._now() else SignedIn.NO, ends)

    def _certain(self, state: SignInState, kept: Kept, duration: timedelta | None = None) -> SignInState:
        """The state, unless the file shows that this machine's clock is or was off.

        It was written in the future; or AWS's date of expiry lies further from its writing than the session lasts.
        """
        off = timedelta(0)
        if kept.written is not None and kept.written - self._now() > _TOLERANCE:
            off = kept.written - self._now()
        elif duration is not None and kept.written is not None and kept.ends is not None:
            off = abs(kept.ends - kept.written - duration)
        if off <= _TOLERANCE:
            return state
        minutes = round(off.total_seconds() / 60)
        return replace(_NOT_KNOWN, until=state.until, note=f"this machine's clock may be {minutes} min off")


def _has_crt() -> bool:
    """Whether botocore can use the keys of `aws login`."""
    return importlib.util.find_spec("awscrt") is not None


def _unusable(kept: Kept) -> SignInState:
    if not kept.is_there:
        return SignInState(SignedIn.NO)
    if kept.trouble:
        return SignInState(SignedIn.BROKEN, note=kept.trouble)
    return replace(_NOT_KNOWN, note="its date of expiry is not understood")


def _duration(settings: Mapping[str, Any]) -> timedelta:
    try:
        return timedelta(seconds=int(settings.get("duration_seconds", _HOUR)))
    except (TypeError, ValueError, OverflowError):
        return timedelta(seconds=_HOUR)


def kept_credentials(environment: Mapping[str, str], folder: Path | None = None) -> KeptCredentials:
    """Return the user's own folders, or those below `folder` instead of `~/.aws`."""
    named = environment.get("AWS_LOGIN_CACHE_DIRECTORY")
    # Like botocore: a Path would raise for a user that does not exist.
    login = os.path.expanduser(os.path.expandvars(named)) if named else ""  # noqa: PTH111
    home = os.path.expanduser("~/.aws")  # noqa: PTH111
    return KeptCredentials(folder or Path(home), Path(login) if login else None)
