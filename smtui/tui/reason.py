"""The reason that StartSession takes: 1 to 256 characters, left out when nothing is typed."""

from __future__ import annotations

LONGEST = 256


def reason_complaint(text: str) -> str:
    """Empty when it can be sent, or left out."""
    typed = text.strip()
    return f"The reason has {len(typed)} characters; at most {LONGEST} are allowed." if len(typed) > LONGEST else ""
