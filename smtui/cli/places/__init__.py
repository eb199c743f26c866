"""The subcommands about profiles and signing in."""
