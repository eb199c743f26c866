"""Reads and writes files in the user's own folders: presets, the last known list, the journal, reports."""
