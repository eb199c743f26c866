"""The environment variables of the demo: switches for tests, and the link to its parent."""

from __future__ import annotations

FAULTS_VARIABLE = "SMTUI_DEMO_FAULTS"
"""Faults in force from the start, as in `deny=ssm:StartSession;latency=2;mute`."""
FLEET_VARIABLE = "SMTUI_DEMO_FLEET"
"""`nasty` adds nodes whose names and tags try to break the screen; `causes` adds more ways to be wrong, or well."""
PARENT_PIPE_VARIABLE = "SMTUI_DEMO_PARENT_PIPE"
"""`1`: the end of stdin means that the parent is gone, and ends the Region."""
