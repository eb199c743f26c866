"""Finds smtui's folders: the user's own by the rules of the system, or those of SMTUI_*_DIR."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def config_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder for what the user writes, such as presets."""
    given = environment.get("SMTUI_CONFIG_DIR")
    if given:
        return Path(given)
    import platformdirs

    return platformdirs.user_config_path("smtui", appauthor=False)


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder for what can be fetched again, such as the last known list."""
    given = environment.get("SMTUI_CACHE_DIR")
    if given:
        return Path(given)
    import platformdirs

    return platformdirs.user_cache_path("smtui", appauthor=False)


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder for what must survive this run, such as which sessions are ours."""
    given = environment.get("SMTUI_STATE_DIR")
    if given:
        return Path(given)
    import platformdirs

    return platformdirs.user_state_path("smtui", appauthor=False)
