"""The Session Manager plugin as a subprocess."""
