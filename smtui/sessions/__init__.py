"""The account's sessions, whole but for their screens: who is on which node, logs, audit, rules, access on request."""
