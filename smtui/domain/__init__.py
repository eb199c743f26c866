"""Says what Session Manager is, in pure values and rules: nodes, requests, outcomes, presets."""
