"""Keeps the state of the simulated account: sessions, executions, and what calls have changed."""
