"""The AWS CLI of this machine and its version, without ever hanging on it and without a shell."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from smtui.domain.evidence.local import AwsCli
from smtui.domain.version import Version
from smtui.plugin.asking import AskedOnce, NoAnswer, answer_to_version
from smtui.plugin.find import can_run, path_folders

PATIENCE = 5.0
"""Seconds to tell the version; it is a Python program, and slow on a cold disk."""

_PROGRAM = "aws.exe" if os.name == "nt" else "aws"
_SAID = re.compile(r"\baws-cli/([\d.]+)", re.ASCII)


def find_aws_cli(environ: Mapping[str, str]) -> AwsCli | None:
    """The first `aws` on PATH; None where there is none. Blocks up to `PATIENCE` seconds."""
    for folder in path_folders(environ):
        if can_run(folder / _PROGRAM):
            return AwsCli(str(folder / _PROGRAM), _version(folder / _PROGRAM))
    return None


def _version(program: Path) -> Version | None:
    try:
        return _told_version(program)
    except (NoAnswer, OSError):
        return None


def _ask(program: Path) -> Version | None:
    """Version 1 printed it as an error, under a Python of its days."""
    said = _SAID.search(answer_to_version(program, PATIENCE, with_errors=True))
    return Version.parse(said[1]) if said else None


_told_version = AskedOnce(_ask)
