"""Checks whether a plugin is what it should be, and tries it with a session."""
