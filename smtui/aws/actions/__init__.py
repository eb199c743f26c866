"""Adapters of calls that change something: they start instances, run commands, push keys."""
