"""Applies the user's own keys, and copies to the clipboard as the settings say."""
