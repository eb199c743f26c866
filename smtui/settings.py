"""What the user asked for on the command line, whatever the subcommand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Empty profiles and regions mean: as boto3 resolves them."""

    demo: bool = False
    profiles: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    log_file: Path | None = None
