"""Recordings of one's own sessions: the file, how it is written, and how it is played."""
