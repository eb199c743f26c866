"""The running port forwards."""
