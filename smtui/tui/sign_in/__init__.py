"""Signing in from inside: browser, code, MFA; the accounts and roles of a session; a profile written for one."""
