"""Subcommands about smtui itself: its plugin, completion, man pages, facts for bug reports."""
