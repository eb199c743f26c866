"""Starts sessions from the screen, and signs in where credentials have failed."""
