"""Finds the AWS CLI on this machine and reads its version, without a shell and within a time limit."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from smtui.diagnosis.evidence.local_facts import AwsCli
from smtui.domain.version import Version
from smtui.plugin.find import can_run, path_folders
from smtui.plugin.program_version import AskedOnce, NoAnswer, answer_to_version

PATIENCE = 5.0
"""Seconds for it to print its version: it is a Python program, and slow to start from a cold disk."""

_PROGRAM = "aws.exe" if os.name == "nt" else "aws"
_SAID = re.compile(r"\baws-cli/([\d.]+)", re.ASCII)


def find_aws_cli(environ: Mapping[str, str]) -> AwsCli | None:
    """Find the first `aws` on PATH; None if there is none. Blocks up to `PATIENCE` seconds."""
    for folder in path_folders(environ):
        if can_run(folder / _PROGRAM):
            return AwsCli(str(folder / _PROGRAM), _version(folder / _PROGRAM))
    return None


def _version(program: Path) -> Version | None:
    try:
        return _version_of(program)
    except (NoAnswer, OSError):
        return None


def _ask(program: Path) -> Version | None:
    """Old versions (1.x under Python 2) print it on standard error."""
    said = _SAID.search(answer_to_version(program, PATIENCE, with_errors=True))
    return Version.parse(said[1]) if said else None


_version_of = AskedOnce(_ask)
