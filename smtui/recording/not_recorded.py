"""Declares the refusal to record; light enough to be imported by whoever starts a session."""

from __future__ import annotations


class NotRecorded(Exception):
    """A recording cannot be made; the message is a sentence that says why and what to do."""
