"""Records from a remote program's output what it changes in the user's terminal, and undoes that at the end."""
