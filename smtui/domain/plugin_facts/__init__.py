"""Facts about the official plugin: what its releases mend, what was found on this machine, its debug logging."""
