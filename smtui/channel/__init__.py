"""The session data channel on the wire, both ends."""
