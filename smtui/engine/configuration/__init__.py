"""Holds and changes the settings while smtui runs, and collects the facts for a bug report."""
