"""Simulates the far end of a session: the data channel service, the agent, and the programs on the node."""
