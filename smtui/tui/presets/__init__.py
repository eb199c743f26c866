"""The saved port forwards."""
