"""`smtui cp` through the real agent, whose shells run on this machine: every byte, both ways, through resets."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import tempfile
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.shells import SMTUI
from tests.real_agent.conftest import NODE, Bed
from tests.waiting import wait_until

EVERY_BYTE = bytes(range(256)) * 20_000
PATIENCE = 300.0


@pytest.fixture
def far() -> Iterator[Path]:
    """A folder that the agent's user may write to; those of pytest are closed to others."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


def cp(bed: Bed, *words: str | Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [SMTUI, "cp", *map(str, words)],
        env=bed.environment(),
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    print(done.stdout, done.stderr)
    return done


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def test_every_byte_in_both_directions(bed: Bed, tmp_path: Path, far: Path) -> None:
    (tmp_path / "data").write_bytes(EVERY_BYTE)
    assert cp(bed, tmp_path / "data", f"{NODE}:{far}/").returncode == 0
    assert digest(far / "data") == digest(tmp_path / "data")
    assert cp(bed, f"{NODE}:{far}/data", tmp_path / "back").returncode == 0
    assert digest(tmp_path / "back") == digest(tmp_path / "data")


def test_a_folder(bed: Bed, tmp_path: Path, far: Path) -> None:
    folder = tmp_path / "many"
    for number in range(300):
        (folder / str(number % 7)).mkdir(parents=True, exist_ok=True)
        (folder / str(number % 7) / f"file {number}").write_bytes(os.urandom(number))
    assert cp(bed, "-r", folder, f"{NODE}:{far}/").returncode == 0
    assert cp(bed, "-r", f"{NODE}:{far}/many", tmp_path / "back").returncode == 0
    subprocess.run(["diff", "-r", folder, tmp_path / "back"], check=True)


@pytest.mark.parametrize("side", ["client", "agent"])
@pytest.mark.parametrize("up", [True, False])
def test_resets_in_the_middle(up: bool, side: str, bed: Bed, tmp_path: Path, far: Path) -> None:
    near = tmp_path / "near"
    near.mkdir()
    source, target = (near / "data", far / "data") if up else (far / "data", near / "data")
    source.write_bytes(os.urandom(12_000_000 if up else 3_000_000))
    source.chmod(0o644)
    words = [str(source), f"{NODE}:{target}"] if up else [f"{NODE}:{source}", str(target)]
    part = target.with_name(".data.smtui-part")
    with (tmp_path / "said").open("w") as said:
        running = subprocess.Popen([SMTUI, "cp", *words], env=bed.environment(), stdout=said, stderr=said)
        for at in (0.2, 0.5, 0.7):
            wait_until(lambda at=at: size_of(part) > at * source.stat().st_size or running.poll() is not None)  # type: ignore[misc]
            for session in bed.active_sessions():
                # On a busy machine so much may be on its way that a side is still away from the time before.
                with contextlib.suppress(urllib.error.HTTPError):
                    bed.tell("drop", session=session, side=side, how="abort")
        assert running.wait(PATIENCE) == 0, (tmp_path / "said").read_text()
    print((tmp_path / "said").read_text())
    assert digest(target) == digest(source)
