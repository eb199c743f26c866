"""Calls AWS and turns answers into the domain's values. Besides the demo, only this package imports botocore."""
