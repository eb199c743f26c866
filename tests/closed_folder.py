"""Closes a folder to this user, as root's is to everybody else; root itself may look anywhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest


def close(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody search the folder until the test ends."""
    inside = f"{folder}{os.sep}"

    def refusing(name: str) -> None:
        real = getattr(os, name)

        def look(path: Any, *args: Any, **options: Any) -> Any:
            if isinstance(path, str | os.PathLike) and os.fspath(path).startswith(inside):
                raise PermissionError(13, os.strerror(13), os.fspath(path))
            return real(path, *args, **options)

        monkeypatch.setattr(os, name, look)

    for name in ("stat", "lstat", "open", "scandir"):
        refusing(name)
