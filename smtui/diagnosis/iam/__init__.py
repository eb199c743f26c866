"""Evaluates IAM policies."""
