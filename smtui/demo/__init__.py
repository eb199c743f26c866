"""Simulates an AWS Region on loopback."""
