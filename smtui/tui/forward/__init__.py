"""Starts port forwards."""
