"""The use cases that the command line and the screen share. Imports neither textual nor click."""
