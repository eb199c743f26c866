"""The checks of the local layer."""

from __future__ import annotations

from smtui.diagnosis.checking import Check

CHECKS: tuple[Check, ...] = ()
