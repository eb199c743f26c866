"""The account's sessions: who is on which node, and what the account knows of it."""
