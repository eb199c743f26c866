"""Holds the options that every subcommand shares."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of the shared options. Empty profiles and regions mean: as boto3 resolves them."""

    demo: bool = False
    profiles: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    filter_text: str = ""
    read_only: bool = False
    log_file: Path | None = None
