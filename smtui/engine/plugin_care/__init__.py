"""Looks after the plugins of this machine: which is used, whether it is sound, its log, a test session."""
