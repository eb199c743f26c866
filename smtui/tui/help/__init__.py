"""Shows and searches the help."""
