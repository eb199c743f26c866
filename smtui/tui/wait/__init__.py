"""Waiting for a node, and starting a stopped instance."""
