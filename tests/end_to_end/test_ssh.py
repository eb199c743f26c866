"""Real OpenSSH against the demo's nodes, where its server and client are installed."""

from __future__ import annotations

import hashlib
import http.server
import os
import random
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
import pytest

from smtui.demo.demo_ssh import ssh_options
from smtui.demo.far_end.node_sshd import find_sshd, make_ssh_folder
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.waiting import wait_until

ID = "i-0a1b2c3d4e5f60718"
needs_sshd = pytest.mark.skipif(not find_sshd() or not shutil.which("ssh"), reason="no OpenSSH server and client here")
needs_rsync = pytest.mark.skipif(not shutil.which("rsync"), reason="rsync is not installed")


@dataclass(frozen=True)
class Ssh:
    """ssh and its relatives, with a configuration that `smtui ssh-config` wrote."""

    world: World
    config: Path

    def run(self, *words: str | Path, sent: bytes = b"", check: bool = True) -> subprocess.CompletedProcess[bytes]:
        """`ssh`, `scp` or another program of OpenSSH with this configuration and these words."""
        program, *rest = map(str, words)
        return subprocess.run(
            [program, "-F", str(self.config), *rest],
            env=self.world.environment, input=sent, capture_output=True, check=check, timeout=120,
        )  # fmt: skip

    def popen(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["ssh", "-F", str(self.config), *words],
            env=self.world.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    @property
    def node_home(self) -> Path:
        """Where web-1's logins are at home."""
        return self.world.region.ssh_folder / "nodes" / ID / "home"


@pytest.fixture
def ssh(world: World) -> Iterator[Ssh]:
    make_ssh_folder(world.region.ssh_folder)
    config = world.home / "ssh_config"
    words = iter(ssh_options(world.region.ssh_folder)[2:])
    config.write_text("".join(f"{option.replace('=', ' ', 1)}\n" for _, option in zip(words, words, strict=True)))
    done = subprocess.run(
        [SMTUI, "ssh-config", "--write", "--file", config, "web-1"],
        env=world.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    yield Ssh(world, config)
    wait_until(lambda: not world.active_sessions(), world.active_sessions)
    wait_until(lambda: not world.processes("ssh-proxy"))


def is_as_large(path: Path, size: int) -> bool:
    return path.exists() and path.stat().st_size >= size


def content(megabytes: int) -> bytes:
    return random.Random(megabytes).randbytes(megabytes << 20)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@needs_sshd
def test_login_and_exit_status(ssh: Ssh) -> None:
    done = ssh.run("ssh", "web-1", "cat; echo to stderr >&2; exit 7", sent=b"through\x00\xff", check=False)
    assert (done.returncode, done.stdout, done.stderr) == (7, b"through\x00\xff", b"to stderr\n"), "not one word more"
    assert ssh.run("ssh", ID, "pwd").stdout.strip() == str(ssh.node_home).encode()


@needs_sshd
@needs_rsync
@pytest.mark.parametrize("megabytes", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_scp_and_rsync_both_ways(ssh: Ssh, tmp_path: Path, megabytes: int) -> None:
    here, back = tmp_path / "file", tmp_path / "back"
    here.write_bytes(content(megabytes))
    took = []
    for copy in (("scp", "-q"), ("rsync", "-e", f"ssh -F {ssh.config}")):
        for source, destination in ((str(here), f"web-1:{copy[0]}"), (f"web-1:{copy[0]}", str(back))):
            began = time.monotonic()
            if copy[0] == "scp":
                ssh.run(*copy, source, destination)
            else:
                subprocess.run([*copy, source, destination], env=ssh.world.environment, check=True, timeout=120)
            took.append(f"{copy[0]} {megabytes / (time.monotonic() - began):.1f} MB/s")
        assert digest(ssh.node_home / copy[0]) == digest(here) == digest(back)
        back.unlink()
    print("\n", ", ".join(took))


@needs_sshd
def test_forwards_of_ssh(ssh: Ssh) -> None:
    """-L and -D, through one connection."""
    page = b"a page of this test"

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(page)

        def log_request(self, code: object = "-", size: object = "-") -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        local, socks = free_port(), free_port()
        to = f"127.0.0.1:{local}:127.0.0.1:{server.server_port}"
        with ssh.popen("-L", to, "-D", f"127.0.0.1:{socks}", "web-1", "echo ready; cat") as process:
            assert process.stdout
            assert process.stdout.readline() == b"ready\n"
            with urllib.request.urlopen(f"http://127.0.0.1:{local}/", timeout=20) as answer:
                assert answer.read() == page
            with socket.create_connection(("127.0.0.1", socks), timeout=20) as proxy:
                proxy.sendall(b"\x05\x01\x00")
                assert proxy.recv(2) == b"\x05\x00"
                proxy.sendall(b"\x05\x01\x00\x01\x7f\x00\x00\x01" + server.server_port.to_bytes(2, "big"))
                assert proxy.recv(10)[:2] == b"\x05\x00"
                proxy.sendall(b"GET / HTTP/1.0\r\n\r\n")
                assert b"".join(iter(lambda: proxy.recv(4096), b"")).endswith(page)
            process.communicate(timeout=20)
            assert process.returncode == 0
        server.shutdown()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@needs_sshd
def test_one_connection_serves_several_logins(ssh: Ssh) -> None:
    """ControlMaster with ControlPersist; the last `exit` ends the session too."""
    control = ("-o", f"ControlPath={ssh.world.home}/c", "-o", "ControlMaster=auto", "-o", "ControlPersist=60")
    for number in range(3):
        assert ssh.run("ssh", *control, "web-1", f"echo {number}").stdout.strip() == str(number).encode()
    assert len(ssh.world.active_sessions()) == 1
    ssh.run("ssh", *control, "-O", "exit", "web-1")


@needs_sshd
def test_a_cut_in_the_middle_is_survived(ssh: Ssh) -> None:
    data = content(4)
    with ssh.popen("web-1", "tee copy | sha256sum; echo done") as process:
        assert process.stdin
        for start in range(0, len(data), 1 << 20):
            ssh.world.region.faults.apply({"drop_now": True})
            process.stdin.write(data[start : start + (1 << 20)])
            process.stdin.flush()
            size = start + (1 << 19)
            wait_until(partial(is_as_large, ssh.node_home / "copy", size))
        process.stdin.close()
        assert process.stdout
        assert process.stdout.read().split()[0] == hashlib.sha256(data).hexdigest().encode()
        assert process.wait(60) == 0
    ssh.world.region.faults.apply({"drop_after_bytes": 1 << 20})
    assert ssh.run("ssh", "web-1", "cat copy").stdout == data


@needs_sshd
@pytest.mark.slow
@pytest.mark.parametrize("rate", [0, 3])
def test_twenty_logins_at_once(ssh: Ssh, rate: int) -> None:
    """Also where AWS takes no more than three starts a second."""
    ssh.world.region.faults.apply({"rate": {"ssm:StartSession": rate} if rate else {}})
    began = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda number: ssh.run("ssh", ID, f"echo {number}; exit 3", check=False), range(20)))
    print(f"\n20 logins at once, rate {rate}: {time.monotonic() - began:.1f} s")
    assert [(int(done.stdout), done.returncode) for done in answers] == [(number, 3) for number in range(20)]


@needs_sshd
@pytest.mark.parametrize("end", ["kill ssh", pytest.param("remote kill", marks=pytest.mark.slow)])
def test_no_session_stays_when_either_end_goes(ssh: Ssh, end: str) -> None:
    with ssh.popen("web-1", "echo $PPID; exec sleep 1000") as process:
        assert process.stdout
        server = int(process.stdout.readline())
        assert ssh.world.active_sessions()
        if end == "kill ssh":
            process.kill()
        else:
            os.kill(server, 9)
        process.wait(60)


@needs_sshd
def test_smtui_ssh_on_a_terminal(world: World) -> None:
    """In a demo of its own: no key, user or known host is asked for, and nothing is left of it."""
    environment = world.environment | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    with Terminal([SMTUI, "--demo", "ssh", "web-1"], environment) as terminal:
        terminal.wait_for("[web-1 ~]")
        terminal.press("stty size; echo $((6*7))\r")
        terminal.wait_for("\n42")
        terminal.press("sh -c 'echo it runs; exec cat'\r")
        terminal.wait_for("\nit runs")  # a Ctrl-C before that would be the shell's
        terminal.press("\x03")
        terminal.wait_for("^C")
        terminal.press("echo $?; exit 7\r")
        terminal.wait_for("\n130")
        assert terminal.wait_for_end() == 7
    left = [path.name for path in world.home.iterdir() if path.name.startswith("smtui-demo-")]
    assert left == []
    assert world.processes() == []


@needs_sshd
def test_smtui_ssh_remembers_who_got_in(world: World) -> None:
    make_ssh_folder(world.region.ssh_folder)
    given = [option for option in ssh_options(world.region.ssh_folder) if option not in ("-F", "none", "-o")]
    options = [f"-o{option}" for option in [*given, "BatchMode=yes"] if not option.startswith("IdentityFile")]
    user = psutil.Process().username()

    def ssh(target: str, *words: str) -> subprocess.CompletedProcess[str]:
        argv = [SMTUI, "ssh", target, *words, "-F", "none", *options, "--region", world.region.region, "exit 7"]
        return subprocess.run(argv, env=world.environment, capture_output=True, text=True, check=False, timeout=60)

    assert ssh("web-1").returncode == 255, "no key"
    key = str(world.region.ssh_folder / "key")
    assert ssh(f"{user}@web-1", "-i", key).returncode == 7
    assert ssh("web-1").returncode == 7
    assert ssh("nobody@web-1", "-i", "/no/such/key", "-G").returncode == 0
    assert ssh("web-1").returncode == 7, "-G logs nobody in"
    wait_until(lambda: not world.active_sessions())


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"deny": ["ssm:StartSession@document/AWS-StartSSHSession"]}, "You may not start SSH on"),
        ({}, "Nothing takes connections on port 2222 of"),
    ],
)
def test_what_keeps_ssh_from_a_node_is_said_in_one_sentence(world: World, fault: dict[str, object], words: str) -> None:
    world.region.faults.apply(fault)
    done = subprocess.run(
        [SMTUI, "ssh-proxy", ID, "2222"], env=world.environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr.splitlines()[0]
    assert "Topic:" in done.stderr


def test_an_old_agent_is_told_before_anything_is_sent(world: World) -> None:
    argv = [SMTUI, "ssh-proxy", "agent-no-forward-1", "22"]
    done = subprocess.run(argv, env=world.environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "2.3.672.0" in done.stderr
    assert "agent-too-old" in done.stderr
    assert world.active_sessions() == []


def test_half_close_and_silence(world: World) -> None:
    """What comes after the end of our input still arrives; neither stdout nor stderr has a word of smtui's."""
    argv = [SMTUI, "ssh-proxy", "web-1", "7"]
    sent = b"\x00all of it\xff"
    done = subprocess.run(argv, env=world.environment, input=sent, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, sent, b"")
    assert world.active_sessions() == []


def test_no_ssh_on_path_and_read_only(world: World) -> None:
    for words, reason, environment in (
        (["ssh", "web-1"], "not on PATH", world.environment | {"PATH": str(world.home)}),
        (["--read-only", "ssh", "web-1"], "smtui is read-only", world.environment),
        (["ssh-proxy", "web-1", "22", "--read-only"], "smtui is read-only", world.environment),
    ):
        done = subprocess.run([SMTUI, *words], env=environment, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 1
        assert reason in done.stderr


@needs_sshd
def test_x_in_the_list_hands_the_terminal_to_ssh_and_takes_it_back(world: World) -> None:
    """In a demo of its own, whose key is known, so that nothing is asked."""
    with Terminal([SMTUI, "--demo", "--filter", "web-1"], world.environment) as terminal:
        terminal.wait_for("● Ready")
        terminal.press("x")
        terminal.wait_for("[web-1 ~]")
        terminal.press("tty && exit 3\r")
        terminal.wait_for("ssh on web-1 ended with status 3.")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
        assert terminal.modes_left_on() == set()
    assert [path.name for path in world.home.iterdir() if path.name.startswith("smtui-demo-")] == []
