"""Starts Session Manager plugins as child processes and hands the terminal over to them."""
