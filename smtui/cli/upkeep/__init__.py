"""Subcommands about smtui itself: completion, man pages, facts for bug reports."""
