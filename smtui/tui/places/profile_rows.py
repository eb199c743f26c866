"""Works out the rows of the profiles: recent ones first, and whether each is signed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smtui.domain.places.profile import Profile, ProfileKind, ProfileList
from smtui.domain.places.sign_in_state import SignedIn, SignInState
from smtui.domain.text import has_words
from smtui.tui.lists.count_words import counted
from smtui.tui.parts.cells import NOTHING
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.row_table import TableRow
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.parts.table_layout import TableColumn
from smtui.tui.places.place_marks import Marks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from smtui.domain.places.choice import Choice

PROFILE_COLUMNS = (
    TableColumn("PROFILE", 12, most=30, middle=True),
    TableColumn("KIND", 13, most=22),
    TableColumn("ACCOUNT", 12, dispensable=2),
    TableColumn("ROLE", 11, most=24, dispensable=3, middle=True),
    TableColumn("SIGNED IN", 17, most=28),
)
MOST_RECENT = 5
"""Profiles that stand first."""
ENVIRONMENT = "environment"
"""How the credentials of the environment are called, which have no name."""
_KEY, _CHOICE_KEY = "profile ", "choice "
_DAY = timedelta(days=1)
_LOOKS = {
    SignedIn.YES: Look.GOOD,
    SignedIn.NO: Look.WARN,
    SignedIn.ASKS_CODE: Look.QUIET,
    SignedIn.ALWAYS: Look.GOOD,
    SignedIn.BROKEN: Look.WARN,
    SignedIn.NOT_KNOWN: Look.QUIET,
}
_UNKNOWN = SignInState(SignedIn.NOT_KNOWN)


@dataclass(frozen=True, slots=True)
class ProfilesShown:
    """What the list of profiles is made of."""

    known: ProfileList = field(default_factory=lambda: ProfileList(()))
    states: Mapping[str, SignInState] = field(default_factory=dict)
    recent: Sequence[Choice] = ()
    """The last choices, the newest first."""
    marks: Marks = field(default_factory=Marks)
    filter_text: str = ""


def label(profile: Profile) -> str:
    """Return what a profile is called in the list."""
    return profile.name or ENVIRONMENT


def row_key(name: str) -> str:
    """Return the key of a profile's row."""
    return _KEY + name


def profile_of_key(key: str) -> str | None:
    """Return the profile of a row's key; None for no row."""
    return key.removeprefix(_KEY) if key.startswith(_KEY) else None


def choice_of_key(key: str) -> int | None:
    """Return which of the recent choices a row stands for as a whole; None for any other row."""
    return int(key.removeprefix(_CHOICE_KEY)) if key.startswith(_CHOICE_KEY) else None


def recent_profiles(choices: Sequence[Choice]) -> tuple[str, ...]:
    """Return the profiles that were chosen last."""
    names = dict.fromkeys(name for choice in choices for name in choice.profiles)
    return tuple(names)[:MOST_RECENT]


def profile_rows(shown: ProfilesShown, now: datetime) -> list[TableRow]:
    """Return the rows: recent profiles under a heading of their own, then the others in the files' order."""
    found = [profile for profile in shown.known.profiles if _fits(profile, shown)]
    recent = [profile for name in recent_profiles(shown.recent) for profile in found if profile.name == name]
    others = [_row(profile, shown, now) for profile in found if profile not in recent]
    if shown.known.profiles and not found:
        return [TableRow("", heading=f"No profile matches  {shown.filter_text.strip()}")]
    first = [*_several(shown), *(_row(profile, shown, now) for profile in recent)]
    if not first:
        return others
    heading = [TableRow("", heading=counted(len(others), "other"))] if others else []
    return [TableRow("", heading="recent"), *first, *heading, *others]


def _several(shown: ProfilesShown) -> Iterator[TableRow]:
    """Yield a row for each recent choice that one row of the list is not."""
    for number, choice in enumerate(shown.recent):
        names, regions = ", ".join(choice.profiles), ", ".join(choice.regions)
        exist = all(shown.known.named(name) is not None for name in choice.profiles)
        if exist and len(choice.places()) > 1 and has_words(shown.filter_text, names, regions):
            kind = f"{len(choice.profiles)} profiles" if len(choice.profiles) > 1 else "several Regions"
            cells = (names or ENVIRONMENT, Look.PLAIN), (kind, Look.QUIET), ("", Look.QUIET), ("", Look.QUIET)
            yield TableRow(f"{_CHOICE_KEY}{number}", (*cells, (regions, Look.QUIET)))


def _fits(profile: Profile, shown: ProfilesShown) -> bool:
    words = (label(profile), profile.kind_words, profile.account, profile.role, profile.region, profile.detail)
    return has_words(shown.filter_text, *words, profile.sso.label if profile.sso else "")


def _row(profile: Profile, shown: ProfilesShown, now: datetime) -> TableRow:
    state = shown.states.get(profile.name, _UNKNOWN)
    words, look = signed_in_words(profile, state, now)
    quiet = Look.QUIET
    return TableRow(
        row_key(profile.name),
        (
            (label(profile), Look.PLAIN),
            (profile.kind_words, quiet),
            (profile.account or NOTHING, quiet),
            (profile.role or NOTHING, quiet),
            (words, look),
        ),
        mark=shown.marks.look_of(profile.name),
    )


def signed_in_words(profile: Profile, state: SignInState, now: datetime) -> tuple[str, Look]:
    """Return what the column SIGNED IN says, and how it looks."""
    at = moment(state.until, now) if state.until else ""
    note = "" if profile.trouble else state.note  # the status line has the trouble whole
    ended = f"since {at}" if at else note or "signed out"
    words = {
        SignedIn.YES: f"✓ until {at}" if at else "✓ yes",
        SignedIn.NO: f"✕ {ended}{_sign_in_key(profile)}",
        SignedIn.ASKS_CODE: f"{NOTHING} asks for a code",
        SignedIn.ALWAYS: "✓ long-lived keys",
        SignedIn.BROKEN: f"✕ {note or 'cannot be used'}",
        SignedIn.NOT_KNOWN: f"{NOTHING} {note or 'not known'}",
    }
    is_seen = SignedIn.BROKEN if profile.trouble else state.signed_in
    return words[is_seen], _LOOKS[is_seen]


def can_sign_in(profile: Profile) -> bool:
    """Return whether there is something to sign in to."""
    return profile.sso is not None or profile.kind is ProfileKind.LOGIN or bool(profile.mfa_serial)


def moment(at: datetime, now: datetime) -> str:
    """Return a time of day; its day where that is more than a day away, its month in another year."""
    local = at.astimezone()
    if abs(at - now) < _DAY:
        return f"{local:%H:%M}"
    return f"{local.day} {local:%b}" if local.year == now.astimezone().year else f"{local:%b %Y}"


def _sign_in_key(profile: Profile) -> str:
    return f", {key_of('places.sign-in')}" if can_sign_in(profile) else ""
