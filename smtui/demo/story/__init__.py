"""Describes the simulated account at its start: nodes, causes, networks, identities, switches, faults."""
