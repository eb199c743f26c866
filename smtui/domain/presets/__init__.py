"""Describes saved port forwards and the commands that go with them."""
