"""The checks of the path from the node to Systems Manager."""
