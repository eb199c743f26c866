"""Reads what AWS records of sessions, and changes the account's rules for them."""
