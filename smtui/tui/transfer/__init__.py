"""Copies files to and from the selected node: the form and the progress."""
