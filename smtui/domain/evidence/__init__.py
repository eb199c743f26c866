"""What was read about a node and this machine, before anything is judged: values only."""
