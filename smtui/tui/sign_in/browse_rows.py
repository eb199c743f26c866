"""Works out the rows of accounts and roles: what is known of each, what is open, what the search shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtui.domain.fault import Fault, FaultKind
from smtui.domain.text import harmless, has_words
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.row_table import TableRow
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.parts.table_layout import TableColumn

if TYPE_CHECKING:
    from smtui.domain.places.profile import ProfileList, SsoSession
    from smtui.domain.places.sso_values import SsoAccount, SsoRole

COLUMNS = (
    TableColumn("ACCOUNT AND ROLE", 24, most=44),
    TableColumn("NUMBER", 12),
    TableColumn("", 10, most=60, dispensable=1),
)
_OPEN, _CLOSED = "▾", "▸"
_BRANCH, _LAST = "├", "└"
_BETWEEN = "/"
"""Parts account and role in a row's key; a role's name has none."""


@dataclass(frozen=True, slots=True)
class Picked:
    """A role of an account."""

    account: SsoAccount
    role: SsoRole


@dataclass
class Browsing:
    """What was read of one session, and what is shown of it."""

    session: SsoSession
    profiles: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """The profile that there is for an account and role of the session."""
    accounts: tuple[SsoAccount, ...] | None = None
    """None before they are read."""
    fault: Fault | None = None
    """Why the accounts could not be read."""
    roles: dict[str, Sequence[SsoRole] | Fault | None] = field(default_factory=dict)
    """By account; None while they are read. Only of accounts that somebody opened."""
    opened: set[str] = field(default_factory=set)
    search: str = ""

    @property
    def shown(self) -> tuple[SsoAccount, ...]:
        """The accounts that have every word of the search, or a role that was read and has it."""
        return tuple(each for each in self.accounts or () if self._fits(each))

    def _fits(self, account: SsoAccount) -> bool:
        roles = self.roles.get(account.account_id)
        names = [role.name for role in roles] if roles is not None and not isinstance(roles, Fault) else []
        return has_words(self.search, account.name, account.account_id, account.email, *names)

    def rows(self) -> list[TableRow]:
        """The accounts, those that are open with their roles."""
        return [row for account in self.shown for row in self._rows_of(account)]

    def _rows_of(self, account: SsoAccount) -> Iterator[TableRow]:
        is_open = account.account_id in self.opened
        mark = _OPEN if is_open else _CLOSED
        yield TableRow(
            account.account_id,
            (
                (f"{mark} {account.name or account.account_id}", Look.PLAIN),
                (account.account_id, Look.PLAIN),
                (account.email, Look.QUIET),
            ),
            folds=True,
        )
        if is_open:
            yield from self._below(account)

    def _below(self, account: SsoAccount) -> Iterator[TableRow]:
        roles = self.roles.get(account.account_id)
        if roles is None:
            yield _note(account, "reading its roles …")
        elif isinstance(roles, Fault):
            yield _note(account, fault_words(roles))
        elif not roles:
            yield _note(account, "none: nothing of it is assigned to you")
        else:
            for number, role in enumerate(roles, 1):
                profile = self.profiles.get((account.account_id, role.name), "")
                has_it = f"profile {profile}" if profile else ""
                cells = (
                    (f"{_LAST if number == len(roles) else _BRANCH} {role.name}", Look.ACCENT),
                    ("", Look.PLAIN),
                    (has_it, Look.QUIET),
                )
                yield TableRow(f"{account.account_id}{_BETWEEN}{role.name}", cells)

    def account(self, key: str) -> SsoAccount | None:
        """The account of a row, also of a role's."""
        account_id = key.partition(_BETWEEN)[0]
        return next((each for each in self.accounts or () if each.account_id == account_id), None)

    def picked(self, key: str) -> Picked | None:
        """The role of a row; None for an account's, or a note's."""
        account, name = self.account(key), key.partition(_BETWEEN)[2]
        roles = self.roles.get(account.account_id) if account is not None else None
        if account is None or roles is None or isinstance(roles, Fault):
            return None
        role = next((each for each in roles if each.name == name), None)
        return Picked(account, role) if role is not None else None


def _note(account: SsoAccount, words: str) -> TableRow:
    """A line as wide as the table: the cursor skips it."""
    return TableRow(f"{account.account_id}{_BETWEEN}", heading=f"{_LAST} {words}")


def fault_words(fault: Fault) -> str:
    """Return why nothing could be read, in a few words; a denied call is not broken."""
    action = fault.action or "the call"
    match fault.kind:
        case FaultKind.DENIED:
            return f"not seen: {action} was denied"
        case FaultKind.THROTTLED:
            return f"not seen: AWS wants fewer calls ({action}), {key_of('browse.again')} reads again"
        case FaultKind.TIMED_OUT | FaultKind.UNREACHABLE:
            return f"no answer ({action}), {key_of('browse.again')} reads again"
        case _:
            return harmless(fault.sentence())


def profiles_by_role(known: ProfileList, session: SsoSession) -> dict[tuple[str, str], str]:
    """Return the profiles of the session that there are, by account and role."""
    return {
        (profile.account, profile.role): profile.name
        for profile in reversed(known.of_session(session))
        if not profile.chain
    }
