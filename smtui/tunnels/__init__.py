"""Background port forwards: the rules of one tunnel's life, and the local end of a forward."""
