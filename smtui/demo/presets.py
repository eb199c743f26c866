"""The presets of the demo: the user's own file is neither read nor written."""

from __future__ import annotations

from smtui.domain.forward import Destination
from smtui.domain.preset import Preset

DEMO_PRESETS: tuple[Preset, ...] = (
    Preset(
        "Demo web",
        Destination(80),
        target="web-1",
        note="a page of the demo's web server",
        command=("curl", "-i", "http://{local_host}:{local_port}/"),
    ),
    Preset(
        "Demo database",
        Destination(5432, "db.internal"),
        target="bastion-1",
        note="reachable only through bastion-1",
        command=("psql", "-h", "{local_host}", "-p", "{local_port}"),
    ),
)
"""Their local ports are free ones, so that two demos can run side by side."""
