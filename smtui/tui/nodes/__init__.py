"""The list of nodes."""
