"""Sessions share one reading of the AWS configuration, and a change of a file counts in the next session."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.configloader
import pytest

from smtui.aws.boto_session import SessionMaker
from smtui.aws.identities import shared_configuration
from smtui.aws.identities.boto_identities import BotoIdentities
from smtui.aws.places import BotoPlaces
from smtui.domain.place import Place

ONE = "[profile one]\nregion = eu-west-1\n"
TWO = "[profile two]\nregion = eu-west-2\n"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The configuration files that were parsed."""
    paths: list[str] = []
    load = botocore.configloader.load_config

    def load_config(path: str) -> Any:
        paths.append(path)
        return load(path)

    monkeypatch.setattr(botocore.configloader, "load_config", load_config)
    return paths


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the files for older than they are."""
    monkeypatch.setattr(shared_configuration, "_SETTLED_SECONDS", -1e9)


@pytest.mark.usefixtures("settled")
def test_files_that_have_not_changed_are_parsed_once(config: Callable[[str], None], parsed: list[str]) -> None:
    config(ONE)
    maker = SessionMaker()
    regions = {maker.make(Place(name)).full_config["profiles"]["one"]["region"] for name in ("one", "", "other")}
    assert regions == {"eu-west-1"}
    assert len(parsed) == 1


@pytest.mark.usefixtures("settled")
def test_a_change_of_either_file_counts_in_the_next_session(config: Callable[[str], None], home: Path) -> None:
    config(ONE)
    maker = SessionMaker()
    earlier = maker.make(Place())
    assert earlier.available_profiles == ["one"]
    written = home / ".aws" / "config"
    fresh = written.with_name("fresh")
    fresh.write_text(TWO)
    os.utime(fresh, ns=(0, written.stat().st_mtime_ns))
    fresh.replace(written)
    assert maker.make(Place()).available_profiles == ["two"]
    (home / ".aws" / "credentials").write_text("[keys]\n")
    assert maker.make(Place()).available_profiles == ["two", "keys"]
    assert earlier.available_profiles == ["one"], "a session reads once"


def test_a_file_that_was_just_written_is_parsed_each_time(config: Callable[[str], None], parsed: list[str]) -> None:
    config(ONE)
    maker = SessionMaker()
    assert [maker.make(Place()).available_profiles for _ in range(2)] == [["one"], ["one"]]
    assert len(parsed) == 2


@pytest.mark.usefixtures("settled")
def test_a_role_that_was_picked_is_in_its_own_session_alone(config: Callable[[str], None]) -> None:
    config("[sso-session acme]\nsso_start_url = https://acme.example/start\nsso_region = eu-west-1\n")
    maker = SessionMaker()
    picked = "acme/111122223333/Ops"
    assert maker.make(Place(picked)).available_profiles == [picked]
    assert maker.make(Place()).available_profiles == []


def test_a_path_in_the_home_of_nobody_is_no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "~nobody-has-this-name/config")
    places = BotoPlaces()
    assert BotoIdentities(lambda: places).profiles().profiles == ()
