"""What went through a tunnel, over all its attempts; the connections that we made to probe it left out."""

from __future__ import annotations

from smtui.plugin.forward_words import Said


class Tally:
    """A plugin counts from zero each time it starts."""

    def __init__(self) -> None:
        self._now: int | None = None
        self._total = self._total_before = 0
        self._probes = 0
        self._in: int | None = None
        self._out: int | None = None
        self._in_before = self._out_before = 0

    def take(self, said: Said) -> None:
        self._now = self._now if said.now is None else said.now
        self._total = self._total if said.total is None else said.total
        self._in = self._in if said.bytes_in is None else said.bytes_in
        self._out = self._out if said.bytes_out is None else said.bytes_out

    def probe(self) -> None:
        """One of the connections is ours; the plugin may tell of it later."""
        self._probes += 1

    def new_plugin(self) -> None:
        """The one that counted is gone."""
        self._total_before = self.total
        self._in_before += self._in or 0
        self._out_before += self._out or 0
        self._total = self._probes = 0
        if self._now is not None:
            self._now, self._in, self._out = 0, 0, 0

    @property
    def now(self) -> int | None:
        return self._now

    @property
    def total(self) -> int:
        return self._total_before + max(self._total - self._probes, 0)

    @property
    def bytes_in(self) -> int | None:
        return None if self._in is None else self._in_before + self._in

    @property
    def bytes_out(self) -> int | None:
        return None if self._out is None else self._out_before + self._out
