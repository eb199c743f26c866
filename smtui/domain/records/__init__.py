"""What AWS records of sessions: the sessions themselves, their logs, the trail of calls, the account's rules."""
