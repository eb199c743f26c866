"""Where smtui keeps files: the user's own folders, or what SMTUI_*_DIR says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def config_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """For what the user writes, such as presets."""
    given = environment.get("SMTUI_CONFIG_DIR")
    if given:
        return Path(given)
    import platformdirs

    return platformdirs.user_config_path("smtui", appauthor=False)


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """For what can be fetched again, such as the last known list."""
    given = environment.get("SMTUI_CACHE_DIR")
    if given:
        return Path(given)
    import platformdirs

    return platformdirs.user_cache_path("smtui", appauthor=False)


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """For what must outlive this run, such as which sessions are ours."""
    given = environment.get("SMTUI_STATE_DIR")
    if given:
        return Path(given)
    import platformdirs

    return platformdirs.user_state_path("smtui", appauthor=False)
