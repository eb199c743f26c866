"""Where the programs under test are, and an environment that holds nothing of the developer's own."""

from __future__ import annotations

import functools
import os
import shutil
import sys
import tempfile
from pathlib import Path

from smtui.aws.boto_session import FixedAccess, SessionMaker
from smtui.aws.trimmed_models import OPERATIONS
from smtui.demo.region import SimulatedRegion
from smtui.domain.place import Place
from smtui.store.kept_texts import KeptTexts

BIN = Path(sys.executable).parent
SMTUI = str(BIN / "smtui")
PLUGIN = str(BIN / "smtui-plugin")
AWS_CLI = str(BIN / "aws")


def region_environment(region: SimulatedRegion, home: Path) -> dict[str, str]:
    """Also the way to a simulated Region, as the AWS CLI and boto3 look for it."""
    return clean_environment(home) | {
        "AWS_ENDPOINT_URL": region.endpoint_url,
        "AWS_REGION": region.region,
        "AWS_DEFAULT_REGION": region.region,
        "AWS_ACCESS_KEY_ID": region.access_key_id,
        "AWS_SECRET_ACCESS_KEY": region.secret_access_key,
    }


@functools.cache
def _kept_models() -> tempfile.TemporaryDirectory[str]:
    """What smtui keeps of botocore's models after its first run; each program under test would read them anew."""
    folder = tempfile.TemporaryDirectory()
    keys = FixedAccess("http://127.0.0.1:1", "a", "b", "eu-west-1")
    session = SessionMaker(keys, KeptTexts(Path(folder.name, "cache"))).make(Place())
    for service in OPERATIONS:
        session.create_client(service, region_name="eu-west-1")
    return folder


@functools.cache
def kept_models() -> frozenset[tuple[str, int]]:
    """Names and sizes of the copied models: no program writes its own there."""
    return frozenset((path.name, path.stat().st_size) for path in Path(_kept_models().name, "cache").iterdir())


def clean_environment(home: Path) -> dict[str, str]:
    """PATH, a UTF-8 locale, a terminal type, and every folder of smtui and AWS inside `home`."""
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "cache").exists():
        shutil.copytree(Path(_kept_models().name, "cache"), home / "cache")
    return {
        "PATH": f"{BIN}{os.pathsep}/usr/local/bin{os.pathsep}/usr/bin{os.pathsep}/bin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "SHELL": "/bin/sh",
        "TMPDIR": str(home),
        "SMTUI_CONFIG_DIR": str(home / "config"),
        "SMTUI_STATE_DIR": str(home / "state"),
        "SMTUI_CACHE_DIR": str(home / "cache"),
        "AWS_CONFIG_FILE": str(home / "aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "aws-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
