"""Runs ssh to a node (`x`), with the user and key that were asked for once."""
