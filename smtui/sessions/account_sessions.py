"""What a front end gets of the account's sessions; each part is made when it is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtui.domain.place import Place
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import Aws, RecordPlaces


class AccountSessions:
    """The sessions of every place, whoever started them."""

    def __init__(
        self, aws: Callable[[Place], Aws], records: RecordPlaces, off_loop: OffLoop, *, read_only: bool
    ) -> None:
        self._aws = aws
        self._records = records
        self._off_loop = off_loop
        self._read_only = read_only
