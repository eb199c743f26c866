"""Reads what config.toml says of the plugin, for sessions of other programs: smtui passes its settings on by itself."""

from __future__ import annotations

import os
import stat
from collections.abc import MutableMapping
from pathlib import Path

from smtui.plugin.builtin.invocation import config_folder

_NO_WAITING = getattr(os, "O_NONBLOCK", 0)


def add_settings(environ: MutableMapping[str, str]) -> None:
    """Put `plugin_log` and `stream_hosts` into the environment, unless it says them; never raises.

    A session must not fail for this file: where it cannot be read, or is no TOML, it says nothing. Without a file this
    costs one look at the disk, with one 4 ms.
    """
    try:
        content = _content(config_folder(environ) / "config.toml")
    except OSError:
        return
    import tomllib

    from smtui.domain.settings.file_values import read_values
    from smtui.domain.settings.setting_table import MOST_BYTES, PLUGIN_LOG, STREAM_HOSTS

    if len(content) > MOST_BYTES:
        return
    try:
        values = read_values(tomllib.loads(content.decode("utf-8-sig"))).values
    except (ValueError, RecursionError):
        return
    for setting in (PLUGIN_LOG, STREAM_HOSTS):
        if setting.key in values and not environ.get(setting.variable):
            environ[setting.variable] = os.path.expanduser(setting.kind.text(values[setting.key]))  # noqa: PTH111


def _content(path: Path) -> bytes:
    """Read a regular file; raises OSError, for a pipe too, which would be waited for."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError
    with os.fdopen(os.open(path, os.O_RDONLY | _NO_WAITING), "rb") as file:
        return file.read(1 << 20)
