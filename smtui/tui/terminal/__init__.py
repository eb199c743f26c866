"""Owns the terminal: drives it, filters its answers, lends it to sessions and restores it."""
