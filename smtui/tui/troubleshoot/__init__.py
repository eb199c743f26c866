"""Shows what keeps a session from starting, with evidence and the fix."""
