"""One command on many nodes: the question before it, and its results."""
