"""Finds commands, presets, nodes and troubleshooting texts by their names."""
