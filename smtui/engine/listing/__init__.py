"""The lists of nodes, one for each place: what is known of it, how it is read, and when it is read again."""
