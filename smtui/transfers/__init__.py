"""Copies files to and from nodes through a shell session, whole but for its screen."""
