"""The account's sessions: the list (`3`), their logs, their audit, the account's rules, access on request."""
