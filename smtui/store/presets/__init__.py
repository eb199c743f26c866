"""The files of presets: the user's own, included ones, and what was agreed to."""
