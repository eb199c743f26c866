"""The subcommands about the account's sessions and about recordings."""
