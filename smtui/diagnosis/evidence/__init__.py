"""The evidence: values, and how each is looked up."""
