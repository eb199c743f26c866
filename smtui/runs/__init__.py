"""One command on many nodes, whole but for its screen."""
