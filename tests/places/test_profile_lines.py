"""A profile is written after its lines were shown, never in read-only mode, and never under a name that is taken."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from smtui.domain.places.profile import Profile, ProfileKind, ProfileList, SsoSession
from smtui.domain.places.wanted_profile import ProfileRefused, WantedProfile
from smtui.engine.offloop import OffLoop
from smtui.places.profile_lines import ProfileWriter
from smtui.store.aws_config_file import AwsConfigFile

ACME = SsoSession("acme", "https://acme.awsapps.com/start", "eu-west-1")
WANTED = WantedProfile("ops", ACME, "111122223333", "OpsEngineer")


class Bench:
    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.path = folder / "elsewhere"
        self.path.write_text("[sso-session acme]\n")
        self.known = ProfileList((), (ACME,), files=(str(self.path), str(folder / "credentials")))
        aws = cast(Any, SimpleNamespace(profiles=lambda: self.known))
        self.writer = ProfileWriter(aws, AwsConfigFile(), OffLoop(), read_only=read_only)


async def test_what_was_shown_is_what_is_written(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    lines = await bench.writer.preview(WANTED)
    assert (lines.path, lines.is_new_file) == (str(bench.path), False)
    backup = await bench.writer.write(lines)
    assert bench.path.read_text() == "[sso-session acme]\n" + "".join(f"{line}\n" for line in lines.lines)
    assert Path(backup).read_text() == "[sso-session acme]\n"


async def test_read_only_mode_shows_and_does_not_write(tmp_path: Path) -> None:
    bench = Bench(tmp_path, read_only=True)
    lines = await bench.writer.preview(WANTED)
    with pytest.raises(ProfileRefused, match="read-only mode"):
        await bench.writer.write(lines)
    assert bench.path.read_text() == "[sso-session acme]\n"


async def test_a_name_that_is_taken_meanwhile_in_any_file_is_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    lines = await bench.writer.preview(WANTED)
    bench.known = ProfileList((Profile("ops", ProfileKind.KEYS),), (ACME,), files=bench.known.files)
    with pytest.raises(ProfileRefused, match="There is a profile ops already"):
        await bench.writer.write(lines)
    with pytest.raises(ProfileRefused, match="There is a profile ops already"):
        await bench.writer.preview(WANTED)


async def test_without_a_configuration_file_there_is_nothing_to_write_to(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.known = ProfileList(())
    with pytest.raises(ProfileRefused, match="no AWS configuration file here"):
        await bench.writer.preview(WANTED)
