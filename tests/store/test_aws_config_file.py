"""Adding a profile's lines to a file that is the user's own: botocore reads the profile, and all else as before."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.configloader import load_config
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.places.profile import ProfileList, SsoSession
from smtui.domain.places.wanted_profile import ProfileRefused, WantedProfile, lines_for
from smtui.store.aws_config_file import AwsConfigFile

NEW = SsoSession("smtui-corp", "https://corp.example/start#/", "us-east-1", ("sso:account:access",))
WANTED = WantedProfile("smtui-ops", NEW, "111122223333", "OpsEngineer", "eu-central-1")
LINES = lines_for(WANTED, ProfileList(()))
MINE = b"# mine \xc3\xa9\n[profile prod]\nregion=eu-west-1\ns3 =\n  max_queue_size = 5\n\n[services x]\n"


def read(path: Path) -> Mapping[str, Any]:
    parsed: Mapping[str, Any] = load_config(str(path))
    return parsed


def add(path: Path) -> str:
    file = AwsConfigFile()
    seen, lines = file.look(str(path), LINES)
    return file.add(str(path), lines, seen)


def test_the_file_is_kept_byte_for_byte_before_the_new_lines(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(MINE)
    path.chmod(0o640)
    seen, lines = AwsConfigFile().look(str(path), LINES)
    assert path.read_bytes() == MINE, "a preview changes nothing"
    backup = Path(AwsConfigFile().add(str(path), lines, seen))
    assert path.read_bytes() == MINE + "".join(f"{line}\n" for line in lines).encode(), "exactly what was shown"
    assert lines[:2] == ("", "[profile smtui-ops]")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert backup == tmp_path / "config.before-smtui"
    assert backup.read_bytes() == MINE
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_a_new_file_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / ".aws" / "config"
    assert add(path) == ""
    assert path.read_text().splitlines() == list(LINES)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, path = tmp_path / "dotfiles", tmp_path / "config"
    real.write_bytes(MINE)
    path.symlink_to(real)
    add(path)
    assert path.is_symlink()
    assert real.read_bytes().startswith(MINE)


_SECTIONS = st.sampled_from(
    [
        b"[default]",
        b"[profile prod]",
        b'[profile "two words"]',
        b"[sso-session acme]",
        b"[services local]",
        b"[plugins]",
        b"[preview]",
    ]
)
_LINES = st.sampled_from(
    [
        b"region = eu-west-1",
        b"region=us-east-1 # no comment",
        b"# [profile smtui-ops]",
        b"; region = none",
        b"ssm =\n  endpoint_url = http://127.0.0.1:1",
        b"s3 =\n    addressing_style = path",
        b"credential_process = /bin/x \"a b\" '%d'",
        b"cli_pager=",
        b"",
        b"output = \xc3\xa9\xe2\x9c\x93",
        b"key: colon",
    ]
)
_ENDS = st.sampled_from([b"\n", b"\r\n", b"\n\n", b"\n  \n"])


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A configuration that botocore can read: sections once each, settings once each, any line ends."""
    content = draw(st.sampled_from([b"", b"\n", b"# first\n"]))
    for section in draw(st.lists(_SECTIONS, unique=True, max_size=5)):
        content += section + draw(_ENDS)
        seen: set[bytes] = set()
        for line in draw(st.lists(_LINES, max_size=5)):
            key = line.replace(b":", b"=").partition(b"=")[0].strip()
            if b"#" in line[:1] or b";" in line[:1] or key not in seen:
                seen.add(key)
                content += line + draw(_ENDS)
    return content.rstrip(b"\r\n \t") if draw(st.booleans()) else content


@given(content=files())
def test_botocore_reads_exactly_the_new_profile_and_all_else_as_before(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "property-config"
    path.write_bytes(content)
    before = read(path)
    add(path)
    after = read(path)
    assert path.read_bytes().startswith(content)
    assert after["profiles"] == {
        **before["profiles"],
        "smtui-ops": {
            "sso_session": "smtui-corp",
            "sso_account_id": "111122223333",
            "sso_role_name": "OpsEngineer",
            "region": "eu-central-1",
        },
    }
    new = {
        "sso_start_url": NEW.start_url,
        "sso_region": NEW.region,
        "sso_registration_scopes": "sso:account:access",
    }
    assert after["sso_sessions"] == {**before["sso_sessions"], "smtui-corp": new}
    assert {name: held for name, held in after.items() if name not in {"profiles", "sso_sessions"}} == {
        name: held for name, held in before.items() if name not in {"profiles", "sso_sessions"}
    }


def refusal(path: Path) -> str:
    content = path.read_bytes() if path.is_file() else b""
    with pytest.raises(ProfileRefused) as refused:
        add(path)
    assert not path.is_file() or path.read_bytes() == content
    return str(refused.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"region = x\n", "cannot be read (line 1)"),
        (b"[profile a]\nregion\n", "cannot be read (line 2)"),
        (b"[profile a]\nx = 1\n[profile a]\n", "cannot be read (line 3)"),
        (b"[profile a]\nx = 1\nx = 2\n", "cannot be read (line 3)"),
        (b"\xff\xfe[\x00", "is not UTF-8 text"),
        (b"[profile smtui-ops]\nregion = x\n", "cannot be read"),
    ],
)
def test_a_file_that_botocore_cannot_read_is_left_alone(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "config"
    path.write_bytes(content)
    assert said in refusal(path)
    assert [each.name for each in tmp_path.iterdir()] == ["config"]


def test_a_file_that_changed_since_the_preview_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "config"
    for before in (None, MINE):
        if before is not None:
            path.write_bytes(before)
        seen, lines = AwsConfigFile().look(str(path), LINES)
        path.write_bytes(MINE + b"x = 1\n")
        with pytest.raises(ProfileRefused, match="has changed since the lines were shown"):
            AwsConfigFile().add(str(path), lines, seen)
        assert path.read_bytes() == MINE + b"x = 1\n"


def test_lines_that_would_change_what_is_there_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(b"[profile a]\nx = 1\n")
    for lines in (("y = 2",), ("  z",), ("# nothing",), ("[profile a]",)):
        with pytest.raises(ProfileRefused):
            AwsConfigFile().look(str(path), lines)
    path.write_bytes(b"[DEFAULT]\nregion = eu-west-1\n")
    assert "would read differently" in refusal(path), "botocore adds these settings to every section"


def test_a_write_protected_file_and_a_full_disk_leave_it_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config"
    path.write_bytes(MINE)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert "No space left on device" in refusal(path)
    monkeypatch.undo()
    monkeypatch.setattr("os.access", lambda *_: False)
    assert "write-protected" in refusal(path)


def test_a_folder_or_a_pipe_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert "it is a folder, not a file" in refusal(tmp_path / "folder")
    assert "it is a pipe, not a file" in refusal(tmp_path / "pipe")
