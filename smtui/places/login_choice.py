"""Works out what `smtui login` signs in to, and by what: from the configuration alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.domain.places.profile import Profile, ProfileKind, ProfileList, SsoSession

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class LoginChoice:
    """One of `session`, `argv`, `code_for` and `says` tells what to do; `says` alone: nothing."""

    session: SsoSession | None = None
    """The SSO session to sign in to."""
    profile: str = ""
    """The profile that asked for it; empty for none."""
    argv: tuple[str, ...] = ()
    """The AWS CLI's command, if that is to sign in; empty otherwise."""
    code_for: str = ""
    """The profile whose role needs an MFA code and no other sign-in; empty for none."""
    says: str = ""
    """Why there is nothing to do, or why it cannot be done; a sentence."""
    topic: str = ""
    """The id of the topic that helps; empty where nothing is wrong."""


def login_choice(known: ProfileList, profile: str, session: str, *, aws_cli: bool) -> LoginChoice:
    """What to do for the named profile or session; without a name for the default profile, or the only session."""
    if session:
        return _of_session(known, session, aws_cli=aws_cli)
    name = profile or known.default_profile
    found = known.named(name)
    if not profile and (found is None or _has_nothing(found)) and len(known.sessions) == 1:
        return _of_session(known, known.sessions[0].name, aws_cli=aws_cli)
    if found is None and not profile:
        found = known.named("")
    if found is None:
        return _no_profile(known, profile)
    if found.trouble:
        return LoginChoice(says=f"Profile {found.name} cannot be used: {found.trouble}", topic="aws-configuration")
    return _of_profile(found, _source_kind(known, found), aws_cli=aws_cli)


def profiles_that_count(known: ProfileList, session: SsoSession) -> tuple[str, ...]:
    """The profiles that a sign-in to this session is for."""
    return tuple(each.name for each in known.of_session(session))


def _of_session(known: ProfileList, name: str, *, aws_cli: bool) -> LoginChoice:
    found = next((each for each in known.sessions if each.name == name), None)
    if found is None:
        names = ", ".join(each.name for each in known.sessions)
        there = f"There are: {names}." if names else "It has none."
        return LoginChoice(says=f"The AWS configuration has no SSO session {name}. {there}", topic="aws-configuration")
    return LoginChoice(found, argv=("aws", "sso", "login", "--sso-session", name) if aws_cli else ())


def _source_kind(known: ProfileList, profile: Profile) -> ProfileKind:
    """What gives the first credentials; ROLE for a `credential_source`."""
    if profile.kind is not ProfileKind.ROLE:
        return profile.kind
    source = known.named(profile.chain[-1]) if profile.chain else profile
    if source is None or source.kind is not ProfileKind.ROLE:
        return ProfileKind.KEYS if source is None else source.kind
    # The first of a chain is a role, too: it starts from what it names, or from keys of its own.
    return ProfileKind.ROLE if profile.detail else ProfileKind.KEYS


def _of_profile(profile: Profile, source_kind: ProfileKind, *, aws_cli: bool) -> LoginChoice:
    source = profile.chain[-1] if profile.chain else profile.name
    of_source = ("--profile", source) if source else ()
    if profile.sso is not None:
        return LoginChoice(profile.sso, profile.name, ("aws", "sso", "login", *of_source) if aws_cli else ())
    if source_kind is ProfileKind.LOGIN:
        if aws_cli:
            return LoginChoice(profile=profile.name, argv=("aws", "login", *of_source))
        return LoginChoice(
            says=f"Only the AWS CLI, from 2.32 on, can sign in to profile {source}, which is of aws login: "
            "add --aws-cli.",
            topic="expired-credentials",
        )
    if profile.mfa_serial:
        return LoginChoice(profile=profile.name, code_for=profile.name)
    return _nothing_to_do(profile, source, source_kind)


def _nothing_to_do(profile: Profile, source: str, kind: ProfileKind) -> LoginChoice:
    who = f"Profile {source}" if source else "The environment"
    role = f"Profile {profile.name} is a role. " if profile.kind is ProfileKind.ROLE else ""
    if kind is ProfileKind.KEYS:
        what = f"{source} has long-lived keys" if role else "it has long-lived keys"
        return LoginChoice(says=f"Profile {profile.name} needs no sign-in: {what}.")
    if kind is ProfileKind.ROLE:  # a credential_source
        return LoginChoice(says=f"Profile {profile.name} needs no sign-in: its role is assumed from {profile.detail}.")
    topic = {ProfileKind.PROGRAM: "aws-configuration", ProfileKind.MACHINE: "no-credentials"}
    says = f"{role}{who} gets its credentials from elsewhere ({kind.value}): smtui cannot sign in there."
    return LoginChoice(says=says, topic=topic.get(kind, "expired-credentials"))


def _has_nothing(profile: Profile) -> bool:
    """Whether there is nothing to sign in to."""
    return profile.sso is None and profile.kind is not ProfileKind.LOGIN and not profile.mfa_serial


def _no_profile(known: ProfileList, profile: str) -> LoginChoice:
    if profile:
        return LoginChoice(says=known.why_missing(profile), topic="aws-configuration")
    if known.trouble:
        return LoginChoice(says=known.trouble, topic="aws-configuration")
    return LoginChoice(says=_several(known.sessions), topic="no-credentials")


def _several(sessions: Sequence[SsoSession]) -> str:
    names = ", ".join(each.name for each in sessions)
    if names:
        return f"There are several SSO sessions: name one with --session ({names}), or a profile with --profile."
    return "The AWS configuration has no profile and no SSO session to sign in to."
