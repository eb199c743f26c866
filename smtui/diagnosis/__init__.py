"""From evidence to results: pure functions, one module a layer."""
