"""A simulated Region on loopback."""
