"""The user's own commands that run before and after a session."""
