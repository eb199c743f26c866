"""Browses the accounts and roles that an SSO sign-in opens; a role is used as it is, or written as a profile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath
from types import NoneType
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from smtui.domain.fault import AwsCallFailed, Fault
from smtui.tui.commands import Scope, bindings
from smtui.tui.copying import copy_word
from smtui.tui.lists.count_words import Count
from smtui.tui.lists.filter_bar import FilterBar, FilteredScreen, FilterInput
from smtui.tui.parts.empty_state import Emptiness, EmptyState, Way
from smtui.tui.parts.row_table import RowTable
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.sign_in.browse_rows import COLUMNS, Browsing, Picked, fault_words, profiles_by_role

if TYPE_CHECKING:
    from smtui.domain.places.profile import ProfileList, SsoSession
    from smtui.engine.launcher import Launcher
    from smtui.tui.desk import Desk

_EXAMPLES = ("account, number, role", "account")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user wants with a role."""

    picked: Picked
    profile: str = ""
    """The profile that was written for it; empty to use the role as it is."""


class BrowseScreen(FilteredScreen["Wish | None"]):
    """Dismissed with the role to use, or the profile that was written; None for going back."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [Path(__file__).with_name("sign_in.tcss")]
    AUTO_FOCUS = "RowTable"
    SCOPE = Scope.BROWSE
    NAME = "Accounts and roles"
    REFUSED = ("browse.write",)
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.BROWSE)

    table = getters.query_one(RowTable)
    empty = getters.query_one(EmptyState)

    def __init__(
        self,
        launcher: Launcher,
        desk: Desk,
        session: SsoSession,
        known: ProfileList,
        write: Callable[[Picked], Awaitable[str]],
        *,
        can_use: bool,
    ) -> None:
        """`can_use` says whether a role can be used without a profile.

        `write` shows the lines of a profile and returns its name once they are written; empty if they are not.
        """
        super().__init__(launcher, desk)
        self._browser = launcher.place_book.browser
        self._browsing = Browsing(session, profiles_by_role(known, session))
        self._write = write
        self._can_use = can_use

    def body(self) -> ComposeResult:
        """The search and the accounts."""
        yield FilterBar(_EXAMPLES)
        with Container(id="list"):
            yield RowTable(COLUMNS)
            yield EmptyState()

    @property
    def subject(self) -> str:
        """The SSO session."""
        return self._browsing.session.label

    def on_mount(self) -> None:
        """Read the accounts."""
        self.action_again()

    # Reading -----------------------------------------------------------------------------------

    def action_again(self) -> None:
        """Read the accounts, and the roles of those that are open."""
        self._browsing.fault = None
        self._browsing.roles.clear()
        self._browser.forget(self._browsing.session)
        self._show()
        self.work(self._read, "reading", instead=True)

    async def _read(self) -> None:
        browsing = self._browsing
        try:
            browsing.accounts = await self._browser.accounts(browsing.session)
        except AwsCallFailed as failed:
            browsing.fault = failed.fault
        if browsing.accounts is not None and len(browsing.accounts) == 1:
            browsing.opened.add(browsing.accounts[0].account_id)
        for account_id in sorted(browsing.opened):
            self._read_roles(account_id)
        self._show()

    def _read_roles(self, account_id: str) -> None:
        self._browsing.roles[account_id] = None
        self.work(partial(self._ask_roles, account_id), "roles")

    async def _ask_roles(self, account_id: str) -> None:
        browsing = self._browsing
        try:
            browsing.roles[account_id] = await self._browser.roles(browsing.session, account_id)
        except AwsCallFailed as failed:
            browsing.roles[account_id] = failed.fault
        self._show()

    # What is shown -----------------------------------------------------------------------------

    def _show(self) -> None:
        if not self.query(RowTable):  # the screen closes
            return
        browsing = self._browsing
        self.table.show(browsing.rows())
        total, shown = len(browsing.accounts or ()), len(browsing.shown)
        counted = f"{shown} of {total}" if shown != total else f"{total}"
        words = f"{counted} account{'s' if total != 1 else ''}" if browsing.accounts is not None else "reading…"
        self.filter_bar.count = Count(said=(words, counted))
        is_old = browsing.fault is not None and browsing.accounts is not None
        self.problems.show([fault_words(browsing.fault)] if is_old and browsing.fault is not None else ())
        self.empty.show(self._why_empty())
        self._moved()

    def _why_empty(self) -> Emptiness:
        browsing = self._browsing
        if self.table.rows:
            return Emptiness()
        if browsing.fault is not None:
            return _not_seen(browsing.fault)
        if browsing.accounts is None:
            return Emptiness(("Reading the accounts …", browsing.session.start_url))
        if browsing.accounts:
            return Emptiness((f"No account matches  {browsing.search.strip()}",))
        return Emptiness(
            ("No account is assigned to you.", "Ask for a permission set of an account in IAM Identity Center."),
            (Way("browse.again", "Read again"),),
        )

    @on(RowTable.Moved)
    def _moved(self) -> None:
        browsing, key = self._browsing, self.table.current
        picked, account = browsing.picked(key), browsing.account(key)
        if picked is not None:
            profile = browsing.profiles.get((picked.account.account_id, picked.role.name), "")
            has_it = f" Profile {profile} has it." if profile else ""
            self.status.variants = (f"{picked.role.name} of {picked.account.name}: a role you may use.{has_it}",)
        elif account is not None:
            does = "closes it" if key in browsing.opened else "shows its roles"
            self.status.variants = (f"{account.name}, {account.account_id}: {key_of('browse.use')} {does}.",)
        else:
            self.status.variants = ()
        self.refresh_bindings()

    # Keys --------------------------------------------------------------------------------------

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """What `enter` does with this row."""
        if self._picked is not None:
            return {"browse.use": "Use it" if self._can_use else "Write a profile"}
        return {"browse.use": "Close" if self.table.current in self._browsing.opened else "Open"}

    @property
    def _picked(self) -> Picked | None:
        return self._browsing.picked(self.table.current) if self.query(RowTable) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what the row allows."""
        if action == "filter":
            return not isinstance(self.focused, FilterInput)
        if action == "write":
            return (self._picked is not None or None) if not self._launcher.setup.read_only else False
        return True

    @on(RowTable.Chosen)
    def action_choose(self) -> None:
        """Open or close an account; use a role."""
        browsing, key = self._browsing, self.table.current
        if (picked := self._picked) is not None:
            if self._can_use:
                self.dismiss(Wish(picked))
            else:
                self.action_write()
            return
        account = browsing.account(key)
        if account is None:
            return
        account_id = account.account_id
        if key != account_id or account_id in browsing.opened:
            browsing.opened.discard(account_id)
        else:
            browsing.opened.add(account_id)
            if isinstance(browsing.roles.get(account_id), (Fault, NoneType)):
                self._read_roles(account_id)
        self._show()

    def action_write(self) -> None:
        """Show the lines of a profile for the role, to be written."""
        if (picked := self._picked) is not None and not self._launcher.setup.read_only:
            self.work(partial(self._ask_lines, picked), "profile", instead=True)

    async def _ask_lines(self, picked: Picked) -> None:
        if profile := await self._write(picked):
            self.dismiss(Wish(picked, profile))

    def action_copy_account(self) -> None:
        """Copy the account's number."""
        if (account := self._browsing.account(self.table.current)) is not None:
            copy_word(self, account.account_id)

    # Searching ---------------------------------------------------------------------------------

    @on(FilterBar.Changed)
    def _searched(self, event: FilterBar.Changed) -> None:
        self._browsing.search = event.text
        self._show()

    @on(FilterBar.Done)
    def _search_done(self) -> None:
        self.table.focus()

    def leave(self) -> None:
        """Go back; nothing is used or written."""
        self.dismiss(None)

    def step_aside(self) -> None:
        """Go back: whoever waits for the answer must get one."""
        self.leave()


def _not_seen(fault: Fault) -> Emptiness:
    words = fault_words(fault)
    return Emptiness(
        ("The accounts could not be read.", f"{words[:1].upper()}{words[1:]}."), (Way("browse.again", "Read again"),)
    )
