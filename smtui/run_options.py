"""Holds the options of the command line that every subcommand shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtui.domain.settings.settings_values import FileValues

ALL_REGIONS = "all"
"""What `--region` calls every Region that is enabled."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line says of this run. Empty profiles and regions mean: as boto3 resolves them."""

    demo: bool = False
    profiles: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    filter_text: str = ""
    read_only: bool = False
    log_file: Path | None = None
    of_file: FileValues | None = field(default=None, compare=False, repr=False)
    """What config.toml says; None if it has not been read yet."""

    @property
    def wants_every_region(self) -> bool:
        """Whether every enabled Region is meant: which these are is known only after AWS was asked."""
        return ALL_REGIONS in self.regions

    @property
    def named_regions(self) -> tuple[str, ...]:
        """The Regions given by name."""
        return tuple(region for region in self.regions if region != ALL_REGIONS)
