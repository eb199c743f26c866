"""Speaks AWS's wire protocols: HTTP, signatures, encodings and error shapes."""
