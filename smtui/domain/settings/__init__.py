"""Declares every setting once, and reads, checks and describes them."""
