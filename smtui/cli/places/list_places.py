"""Runs `smtui places`: lists the profiles of the AWS configuration and whether they are signed in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from smtui.cli.launcher_context import prepared
from smtui.cli.options import DEMO, LOG_FILE, PROFILE, common_options, settings
from smtui.cli.output import FAILED, aligned, json_object, lines, problem
from smtui.domain.places.sign_in_state import SignedIn, SignInState
from smtui.domain.text import harmless

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from smtui.domain.places.profile import Profile, ProfileList

_NOTHING = "–"
_UNNAMED = "(none)"
_HEADINGS = ("PROFILE", "KIND", "ACCOUNT", "ROLE", "REGION", "SIGNED IN")
_WIDEST = 40
_NOT_KNOWN = SignInState(SignedIn.NOT_KNOWN)


@click.command("places")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with profiles and problems.")
@common_options(DEMO, PROFILE, LOG_FILE)
@click.pass_context
def places(ctx: click.Context, as_json: bool) -> None:
    """List the profiles of your AWS configuration: kind, account, role, and until when they are signed in.

    Only files are read: nothing is called, and no program of a profile is run. Exit status 1: there is no
    configuration, it cannot be used as it stands, or a profile that you named does not exist.
    """

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            catalog = launcher.place_book.catalog
            found = await catalog.read()
            return show(found, catalog.states, settings(ctx).profiles, as_json=as_json)

    ctx.exit(asyncio.run(run()))


def show(found: ProfileList, states: Mapping[str, SignInState], wanted: Sequence[str], *, as_json: bool) -> int:
    """Print the profiles, those in `wanted` if any are; returns the exit status."""
    shown = [profile for profile in found.profiles if not wanted or profile.name in wanted]
    missing = [name for name in wanted if found.named(name) is None]
    general = [found.trouble] if found.trouble else []
    general += [found.why_missing(name) for name in missing]
    troubles = [each.trouble for each in shown if each.trouble and each.trouble != found.trouble]
    if as_json:
        json_object(
            {
                "profiles": [as_dict(profile, states.get(profile.name, _NOT_KNOWN)) for profile in shown],
                "sso_sessions": [
                    {"name": each.name, "start_url": each.start_url, "region": each.region} for each in found.sessions
                ],
                "files": list(found.files),
                "problems": [*general, *troubles],
            }
        )
    elif shown:
        lines(table(shown, states))
        lines(_endpoints(shown))
    for sentence in dict.fromkeys((*general, *troubles)):
        problem(sentence)
    if not found.profiles and found.files:
        problem(f"Looked in {', '.join(found.files)} and the environment.")
    return FAILED if general else 0


def as_dict(profile: Profile, state: SignInState) -> dict[str, Any]:
    """One profile as `places --json` prints it: times are ISO 8601 in UTC, unknown values null or empty."""
    return {
        "name": profile.name,
        "kind": profile.kind.value,
        "account": profile.account,
        "role": profile.role,
        "region": profile.region,
        "sso_session": profile.sso.label if profile.sso else "",
        "chain": list(profile.chain),
        "mfa_serial": profile.mfa_serial,
        "signed_in": state.signed_in.value,
        "until": state.until.isoformat() if state.until else None,
        "renews_itself": state.renews_itself,
        "note": state.note,
        "endpoints": dict(profile.endpoints),
        "trouble": profile.trouble,
    }


def table(profiles: Sequence[Profile], states: Mapping[str, SignInState]) -> list[str]:
    """Aligned lines with a heading; cells are cut at 40, except the last."""
    rows = [_HEADINGS, *(_row(profile, states.get(profile.name, _NOT_KNOWN)) for profile in profiles)]
    return aligned(rows, _WIDEST)


def _row(profile: Profile, state: SignInState) -> tuple[str, ...]:
    cells = (profile.name or _UNNAMED, profile.kind_words, profile.account, profile.role, profile.region)
    return (*(harmless(cell) or _NOTHING for cell in cells), harmless(signed_in_words(state)))


def signed_in_words(state: SignInState) -> str:
    """Return what the last column says: `until 2026-11-29 17:40`, `asks for a code`."""
    until, note = _local(state.until), state.note
    words = {
        SignedIn.YES: f"until {until}" if until else "yes",
        SignedIn.NO: f"no, since {until}" if until else "no",
        SignedIn.ASKS_CODE: "asks for an MFA code",
        SignedIn.ALWAYS: "long-lived keys",
        SignedIn.BROKEN: f"cannot: {note}" if note else "cannot",
        SignedIn.NOT_KNOWN: f"not known: {note}" if note else "not known",
    }
    if state.signed_in is SignedIn.NOT_KNOWN and until and not note:
        return f"not known: it ended {until}, and may be renewed"
    renews = state.renews_itself and state.signed_in is SignedIn.YES
    return f"{words[state.signed_in]}, renews itself" if renews else words[state.signed_in]


def _local(moment: datetime | None) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}" if moment else ""


def _endpoints(profiles: Sequence[Profile]) -> Iterable[str]:
    for profile in profiles:
        if profile.endpoints:
            urls = dict.fromkeys(url for _, url in profile.endpoints)
            named = (f"{' '.join(each for each, at in profile.endpoints if at == url)} at {url}" for url in urls)
            yield f"Endpoints of {profile.name or 'the environment'}: {', '.join(named)}"
