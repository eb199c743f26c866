"""Starts a session with any document."""
