"""Shows the list of nodes, with filter, header and details."""
