"""What a front end gets of the account's sessions; each part is made when it is first used."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtui.domain.place import Place
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import Aws, RecordPlaces
    from smtui.sessions.rules import Rules


class AccountSessions:
    """The sessions of every place, whoever started them."""

    def __init__(
        self, aws: Callable[[Place], Aws], records: RecordPlaces, off_loop: OffLoop, *, read_only: bool
    ) -> None:
        self._aws = aws
        self._records = records
        self._off_loop = off_loop
        self._read_only = read_only

    @cached_property
    def rules(self) -> Rules:
        """The account's rules for sessions."""
        from smtui.sessions.rules import Rules

        return Rules(self._records, self._off_loop, read_only=self._read_only)
