"""Speaks the session data channel on the wire: what both ends share, and the client."""
