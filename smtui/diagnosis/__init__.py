"""The doctor: judges evidence without any input or output of its own."""
