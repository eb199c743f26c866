"""`smtui cp` as a program, against a node whose files are those of this machine."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from smtui.demo.far_end.node_sshd import find_sshd
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.waiting import wait_until

MB = 1_000_000


@pytest.fixture
def far(tmp_path: Path) -> Path:
    """A folder on the node."""
    folder = tmp_path / "far"
    folder.mkdir()
    return folder


@pytest.fixture
def near(tmp_path: Path) -> Path:
    """A folder here."""
    folder = tmp_path / "near"
    folder.mkdir()
    return folder


def cp(world: World, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SMTUI, "cp", *map(str, words)],
        env=world.environment,
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def part_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.smtui-part")


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def test_a_session_that_could_not_be_ended_is_named(world: World, near: Path, far: Path) -> None:
    (near / "data").write_bytes(b"data")
    world.region.faults.apply({"deny": ["ssm:TerminateSession"]})
    sent = cp(world, near / "data", f"web-1:{far}/")
    assert (sent.returncode, (far / "data").read_bytes()) == (0, b"data")
    assert "smtui: ssm:TerminateSession was denied. The session on web-1 may still be open. End it by" in sent.stderr
    world.region.faults.apply({"reset": True})
    assert "ending what an earlier smtui left behind: web-1" in cp(world, near / "data", f"web-1:{far}/").stderr


def test_there_and_back(world: World, near: Path, far: Path) -> None:
    (near / "data").write_bytes(bytes(range(256)) * 12_000)
    sent = cp(world, near / "data", f"web-1:{far}/")
    assert (sent.returncode, sent.stderr) == (0, "")
    assert digest(near / "data") in sent.stdout
    fetched = cp(world, f"web-1:{far}/data", near / "back")
    assert (fetched.returncode, fetched.stderr) == (0, "")
    assert digest(near / "back") == digest(near / "data")
    assert sorted(os.listdir(far)) == ["data"]
    assert world.active_sessions() == []
    assert world.plugins() == []


@pytest.mark.parametrize("up", [True, False])
def test_killed_in_the_middle_the_same_command_sends_only_the_rest(
    up: bool, world: World, near: Path, far: Path
) -> None:
    source, target = (near / "data", far / "data") if up else (far / "data", near / "data")
    source.write_bytes(os.urandom(10 * MB))
    words = [str(source), f"web-1:{target}"] if up else [f"web-1:{source}", str(target)]
    first = subprocess.Popen([SMTUI, "cp", *words], env=world.environment, stdin=subprocess.DEVNULL)
    wait_until(lambda: size_of(part_of(target)) > 2 * MB)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert not target.exists()
    wait_until(lambda: not world.plugins() and not world.active_sessions())
    there = size_of(part_of(target))
    second = cp(world, *words)
    assert second.returncode == 0, second.stderr
    assert re.search(r", [\d.]+ MB were there from before", second.stdout), second.stdout
    assert digest(target) == digest(source)
    assert not part_of(target).exists()
    assert there >= 2 * MB


def test_a_cut_of_the_connection_is_survived(world: World, near: Path, far: Path) -> None:
    (near / "data").write_bytes(os.urandom(9 * MB))
    running = subprocess.Popen([SMTUI, "cp", near / "data", f"web-1:{far}/"], env=world.environment)
    for at in (2 * MB, 6 * MB):
        wait_until(lambda at=at: size_of(part_of(far / "data")) > at)  # type: ignore[misc]
        world.region.faults.apply({"drop_now": True})
    assert running.wait() == 0
    assert digest(far / "data") == digest(near / "data")


def test_ctrl_c_keeps_the_part_and_says_how_to_go_on(world: World, near: Path, far: Path) -> None:
    (near / "data").write_bytes(os.urandom(40 * MB))
    with Terminal([SMTUI, "cp", str(near / "data"), f"web-1:{far}/"], world.environment) as terminal:
        terminal.wait_for("%")
        wait_until(lambda: size_of(part_of(far / "data")) > MB)
        terminal.press("\x03")
        assert terminal.wait_for_end() == 130
        assert "Give the same command again" in terminal.text()
    assert not (far / "data").exists()
    assert size_of(part_of(far / "data")) > MB
    assert world.active_sessions() == []


def test_a_full_disk_is_a_sentence(world: World, near: Path, far: Path) -> None:
    """/dev/shm of a container is small; where it is not, there is nothing to see."""
    free = os.statvfs("/dev/shm").f_bavail * os.statvfs("/dev/shm").f_frsize
    if free > 200 * MB:
        pytest.skip("no small file system")
    with (near / "data").open("wb") as file:
        file.truncate(free + MB)
    full = cp(world, near / "data", "web-1:/dev/shm/smtui-data")
    assert full.returncode == 1
    assert "No room on web-1: /dev/shm has" in full.stderr
    assert not Path("/dev/shm/smtui-data").exists()


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("a", "b"), 2, "One side must be NODE:PATH"),
        (("web-1:a", "db-1:b"), 2, "both on nodes"),
        (("nothing-like-it:a", "."), 1, "no listed node"),
        (("no-profile-1:/etc/hostname", "."), 1, "TargetNotConnected"),
        (("web-1:/none", "."), 1, "web-1 has no /none"),
        (("--read-only", "web-1:/etc/hostname", "."), 1, "smtui is read-only"),
    ],
)
def test_what_fails_is_said(words: tuple[str, ...], status: int, sentence: str, world: World) -> None:
    failed = cp(world, *words)
    assert failed.returncode == status
    assert sentence in failed.stderr
    assert failed.stdout == ""


@pytest.mark.skipif(not find_sshd() or not shutil.which("scp"), reason="no OpenSSH server and client here")
def test_scp_does_it_when_asked(world: World, near: Path) -> None:
    (near / "data").write_bytes(b"content")
    sent = cp(world, "--demo", "--through", "ssh", near / "data", "web-1:data")
    assert (sent.returncode, sent.stdout) == (0, ""), sent.stderr


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("up", [True, False])
def test_200_mb_through_cuts_and_kills(up: bool, world: World, near: Path, far: Path) -> None:
    source, target = (near / "data", far / "data") if up else (far / "data", near / "data")
    source.write_bytes(os.urandom(200 * MB))
    words = [str(source), f"web-1:{target}"] if up else [f"web-1:{source}", str(target)]
    first = subprocess.Popen([SMTUI, "cp", *words], env=world.environment, stdin=subprocess.DEVNULL)
    wait_until(lambda: size_of(part_of(target)) > 30 * MB)
    world.region.faults.apply({"drop_now": True})
    wait_until(lambda: size_of(part_of(target)) > 80 * MB)
    first.send_signal(signal.SIGKILL)
    first.wait()
    wait_until(lambda: not world.plugins() and not world.active_sessions())
    second = cp(world, *words)
    print(second.stdout)
    assert second.returncode == 0, second.stderr
    assert "were there from before" in second.stdout
    assert digest(target) == digest(source)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ten_thousand_small_files(world: World, near: Path, far: Path) -> None:
    for number in range(10_000):
        file = near / "many" / f"{number % 100}" / f"file {number}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"%d" % number * 50)
    sent = cp(world, "-r", near / "many", f"web-1:{far}/")
    print(sent.stdout)
    assert sent.returncode == 0, sent.stderr
    fetched = cp(world, "-r", f"web-1:{far}/many", near / "back")
    print(fetched.stdout)
    assert fetched.returncode == 0, fetched.stderr
    for folder in (far / "many", near / "back"):
        subprocess.run(["diff", "-r", near / "many", folder], check=True)
