"""Keeps Python's garbage collector away from the start: a tenth of it would be spent on what is there to stay."""

from __future__ import annotations

import gc


def collect_later() -> None:
    """Collect nothing while the program is imported; call this at a program's entry point."""
    gc.disable()


def collect_from_now() -> None:
    """Collect from now on, but never look again through what is there now; does nothing if that was done before."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
