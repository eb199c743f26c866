"""OpenSSH to this machine's own sshd through the real agent: login, exit status, and files both ways."""

from __future__ import annotations

import getpass
import hashlib
import random
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtui.demo.demo_ssh import ssh_options
from smtui.demo.far_end.node_sshd import KEY, claim_roots_folder, find_sshd, make_ssh_folder, release_roots_folder
from tests.end_to_end.shells import SMTUI
from tests.real_agent.conftest import NODE, Bed
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(not find_sshd(), reason="no sshd is installed")


@pytest.fixture
def port(bed: Bed) -> Iterator[int]:
    """Of an sshd that this test starts, on loopback."""
    folder = keys(bed)
    bed.home.mkdir(parents=True, exist_ok=True)
    make_ssh_folder(folder)
    roots_mark = claim_roots_folder("smtui-demo-real-agent")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        number = int(found.getsockname()[1])
    options = (f"ListenAddress 127.0.0.1:{number}", f"AuthorizedKeysFile {folder / KEY}.pub")
    words = [word for option in options for word in ("-o", option)]
    server = subprocess.Popen([find_sshd(), "-D", "-f", folder / "sshd_config", "-E", folder / "log", *words])
    try:
        wait_until(lambda: is_open(number))
        yield number
    finally:
        server.terminate()
        server.wait()
        if roots_mark is not None:
            release_roots_folder(roots_mark)


def keys(bed: Bed) -> Path:
    return bed.home / "keys"


def is_open(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def run(bed: Bed, port: int, program: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    argv = [program, *ssh_options(keys(bed)), "-o", f"ProxyCommand={SMTUI} ssh-proxy %h %p", "-o", f"Port={port}"]
    argv += ["-o", f"User={getpass.getuser()}", "-o", f"HostKeyAlias={NODE}", *words]
    return subprocess.run(argv, env=bed.environment(), capture_output=True, check=False, timeout=300)


def test_login_and_exit_status(bed: Bed, port: int) -> None:
    began = time.monotonic()
    done = run(bed, port, "ssh", NODE, "echo out; echo err >&2; exit 7")
    print(f"\nlogin: {time.monotonic() - began:.1f} s")
    assert (done.returncode, done.stdout, done.stderr) == (7, b"out\n", b"err\n")
    wait_until(lambda: bed.active_sessions() == [])


def test_scp_both_ways(bed: Bed, port: int, tmp_path: Path) -> None:
    here, there, back = tmp_path / "here", tmp_path / "there", tmp_path / "back"
    here.write_bytes(random.Random(20).randbytes(20 << 20))
    for source, destination in ((str(here), f"{NODE}:{there}"), (f"{NODE}:{there}", str(back))):
        began = time.monotonic()
        done = run(bed, port, "scp", "-q", source, destination)
        assert (done.returncode, done.stderr) == (0, b"")
        print(f"\nscp of 20 MB: {time.monotonic() - began:.1f} s")
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (here, there, back)}
    assert len(digests) == 1
    wait_until(lambda: bed.active_sessions() == [])


def test_a_cut_in_the_middle(bed: Bed, port: int) -> None:
    data = random.Random(2).randbytes(2 << 20)
    argv = ["ssh", *ssh_options(keys(bed)), "-o", f"ProxyCommand={SMTUI} ssh-proxy %h %p", "-p", str(port)]
    argv += ["-l", getpass.getuser(), "-o", f"HostKeyAlias={NODE}", NODE, "sha256sum"]
    with subprocess.Popen(argv, env=bed.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(data[: 1 << 20])
        process.stdin.flush()
        [session] = bed.active_sessions()
        bed.tell("drop", session=session, side="client", how="abort")
        process.stdin.write(data[1 << 20 :])
        process.stdin.close()
        assert process.stdout.read().split()[0] == hashlib.sha256(data).hexdigest().encode()
    wait_until(lambda: bed.active_sessions() == [])
