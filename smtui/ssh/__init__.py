"""Knows OpenSSH: its arguments, its configuration file, and how it reaches a node through Session Manager."""
