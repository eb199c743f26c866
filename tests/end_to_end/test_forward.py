"""`smtui forward` against the Region: the right bytes, the same port after every trouble, nothing left behind."""

from __future__ import annotations

import hashlib
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.waiting import PATIENCE, wait_until

SIZE = 3_000_000


class Running:
    """A `smtui forward` and what it says."""

    def __init__(self, world: World, *words: str) -> None:
        self.world = world
        self.errors = world.home / f"errors-{time.monotonic_ns()}"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [SMTUI, "forward", *words], env=world.environment, stdout=subprocess.PIPE, stderr=errors, text=True
            )

    def opened(self) -> str:
        """Its one line on stdout."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.said()
        return line.rstrip("\n")

    def port(self) -> int:
        found = re.match(r"127\.0\.0\.1:(\d+) → ", self.opened())
        assert found is not None
        return int(found[1])

    def said(self) -> str:
        return self.errors.read_text()

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@contextmanager
def forward(world: World, *words: str) -> Iterator[Running]:
    running = Running(world, *words)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
        running.process.communicate()


def assert_nothing_left(world: World, port: int) -> None:
    wait_until(lambda: world.plugins() == [])
    wait_until(lambda: world.active_sessions() == [])
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))
    assert not list((world.home / "state").glob("sessions-*"))


def download(port: int, size: int = SIZE) -> str:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", f"/bytes/{size}")
    body = connection.getresponse().read()
    connection.close()
    assert len(body) == size
    return hashlib.sha256(body).hexdigest()


def greeting(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.settimeout(5)
        return connection.recv(100)


def greets(port: int) -> bool:
    try:
        return greeting(port).startswith(b"db.internal ready")
    except OSError:
        return False


def test_the_same_bytes_and_ctrl_c_ends_it_well(world: World) -> None:
    with forward(world, "web-1", "80") as running:
        line = running.opened()
        assert re.fullmatch(r"127\.0\.0\.1:\d+ → port 80 of web-1", line)
        port = int(line.split(":")[1].split()[0])
        assert download(port) == download(port)
        assert running.end() == 0
        assert running.said() == ""
    assert_nothing_left(world, port)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_to_a_remote_host_on_a_port_of_choice(world: World, number: signal.Signals, status: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        wanted = free.getsockname()[1]
    with forward(world, "bastion-1", "db.internal:5432", "--local-port", str(wanted)) as running:
        assert running.opened() == f"127.0.0.1:{wanted} → db.internal:5432 through bastion-1"
        assert greeting(wanted).startswith(b"db.internal ready")
        assert running.end(number) == status
    assert_nothing_left(world, wanted)


def test_a_local_socket(world: World) -> None:
    path = Path(f"/tmp/smtui-{time.monotonic_ns()}.sock")
    with forward(world, "web-1", "7", "--local-socket", str(path)) as running:
        assert running.opened() == f"{path} → port 7 of web-1"
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(path))
            connection.sendall(b"a line\n")
            assert connection.recv(100) == b"a line\n"
        assert running.end() == 0
    assert not path.exists()


def kill_plugin(running: Running) -> None:
    [plugin] = running.world.plugins()
    plugin.kill()


def cut_for_good(running: Running) -> None:
    world = running.world
    world.region.faults.apply({"drop_for_good": True, "deny": ["ssm:ResumeSession"], "drop_now": True})
    wait_until(lambda: world.plugins() == [])
    world.region.faults.apply({"reset": True})


def expire(running: Running) -> None:
    """The keys no longer count under a running tunnel, which is then cut; later they count again."""
    running.world.region.faults.apply({"expired": True, "drop_now": True})
    wait_until(lambda: "reconnecting: The AWS credentials have expired" in running.said())
    assert len(running.world.active_sessions()) == 1, "which nobody was allowed to end"
    running.world.region.faults.apply({"reset": True})


@pytest.mark.parametrize("trouble", [kill_plugin, cut_for_good, expire])
def test_it_comes_back_on_the_same_port(world: World, trouble: Callable[[Running], None]) -> None:
    with forward(world, "bastion-1", "db.internal:5432") as running:
        port = running.port()
        assert greets(port)
        trouble(running)
        wait_until(lambda: greets(port))
        assert "reconnecting:" in running.said()
        wait_until(lambda: len(world.active_sessions()) == 1)
        wait_until(lambda: "open again." in running.said())
        assert running.end() == 0
    assert_nothing_left(world, port)


def test_kill_9_of_smtui_leaves_no_process_and_the_next_one_ends_the_session(world: World) -> None:
    with forward(world, "bastion-1", "db.internal:5432") as running:
        port = running.port()
        [session] = world.active_sessions()
        running.process.kill()
    wait_until(lambda: world.plugins() == [])
    with forward(world, "web-1", "80") as running:
        other = running.port()
        assert session not in world.active_sessions()
        if "left behind" in running.said():
            assert session in running.said()
        assert running.end() == 0
    assert_nothing_left(world, other)
    assert_nothing_left(world, port)


def test_what_a_stopped_smtui_left_is_ended_by_the_next_one(world: World) -> None:
    """Its plugin cannot end itself: it is stopped, as one that hangs would be."""
    with forward(world, "bastion-1", "db.internal:5432") as running:
        port = running.port()
        [session] = world.active_sessions()
        [plugin] = world.plugins()
        plugin.suspend()
        running.process.kill()
        running.process.wait()
        with forward(world, "web-1", "80") as after:
            other = after.port()
            assert session in after.said()
            assert not plugin.is_running() or plugin.status() == "zombie"
            assert session not in world.active_sessions()
            assert after.end() == 0
    assert_nothing_left(world, other)
    assert_nothing_left(world, port)


def test_a_living_smtui_is_left_alone(world: World) -> None:
    with forward(world, "bastion-1", "db.internal:5432") as first:
        port = first.port()
        with forward(world, "web-1", "80") as second:
            other = second.port()
            assert second.end() == 0
        assert greets(port)
        assert first.said() == ""
        assert first.end() == 0
    assert_nothing_left(world, port)
    assert_nothing_left(world, other)


def test_a_taken_port_names_its_holder_and_starts_nothing(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with forward(world, "web-1", "80", "--local-port", str(port)) as running:
            assert running.process.wait(PATIENCE) == 1
            assert re.search(rf"Local port {port} is taken by process \d+", running.said())
    assert world.region.faults.calls("ssm:StartSession") == 0


def test_a_refusing_port_is_named(world: World) -> None:
    with forward(world, "web-1", "81") as running:
        port = running.port()
        wait_until(lambda: "port 81 of web-1" in running.said())
        assert running.end() == 0
    assert_nothing_left(world, port)


def test_a_node_that_is_not_connected_fails_by_name(world: World) -> None:
    with forward(world, "stopped-1", "80") as running:
        assert running.process.wait(PATIENCE) == 1
        assert "failed:" in running.said()
        assert "TargetNotConnected" in running.said()
        wait_until(lambda: "(target-not-connected)" in running.said())
        assert "Traceback" not in running.said()
    assert world.region.faults.calls("ssm:StartSession") == 1


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("web-1", "0"), 2, "'0' is not a port"),
        (("web-1", "65536"), 2, "'65536' is not a port"),
        (("web-1", "abc"), 2, "'abc' is not a port"),
        (("web-1", "a host:80"), 2, "not a host name"),
        (("web-1", "80", "--local-port", "70000"), 2, "'70000' is not a port"),
        (("web-1", "80", "--local-port", "1", "--local-socket", "x"), 2, "or --local-port and --local-host, not both"),
        (("web-1",), 2, "Give TARGET and [HOST:]PORT"),
        ((), 2, "Give TARGET and [HOST:]PORT"),
        (("web-1", "80", "--preset", "SSH"), 2, "[HOST:]PORT or --preset, not both"),
        (("--preset", "SSH"), 2, "names no target"),
        (("web-1", "80", "--reason", "x" * 257), 2, "256"),
        (("--preset", "nope"), 1, "no preset named 'nope'. To list them: smtui presets list"),
        (("nothing-of-the-kind", "80"), 1, "nothing-of-the-kind"),
        (("tag:env=prod", "80"), 1, "Give one of these as TARGET"),
    ],
)
def test_bad_input_is_a_sentence_and_starts_nothing(
    world: World, words: tuple[str, ...], status: int, told: str
) -> None:
    with forward(world, *words) as running:
        assert running.process.wait(PATIENCE) == status
        assert told in running.said()
        assert "Traceback" not in running.said()
    assert world.region.faults.calls("ssm:StartSession") == 0


def test_a_preset(world: World) -> None:
    with forward(world, "web-1", "--preset", "http", "--local-port", str(free_port())) as running:
        port = running.port()
        assert download(port, 10) == download(port, 10)
        assert running.end() == 0
    assert_nothing_left(world, port)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 1), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_being_ended_while_it_is_starting_leaves_nothing_and_is_no_success(
    world: World, number: signal.Signals, status: int
) -> None:
    world.region.faults.apply({"mute": True})
    with forward(world, "web-1", "80") as running:
        wait_until(lambda: bool(world.plugins()))
        assert running.end(number) == status
        assert ("smtui: the forward was stopped before it opened." in running.said()) is (number is signal.SIGINT)
        assert "Traceback" not in running.said()
    wait_until(lambda: world.plugins() == [])
    wait_until(lambda: world.active_sessions() == [])


def test_kill_9_of_a_demo_takes_everything_with_it(world: World) -> None:
    with forward(world, "--demo", "bastion-1", "db.internal:5432") as running:
        assert greets(running.port())
        running.process.kill()
        running.process.wait()
        wait_until(lambda: world.processes() == [])


def test_ctrl_c_before_startsession_has_answered_is_no_success(world: World) -> None:
    world.region.faults.apply({"hang": ["ssm:StartSession"]})
    with forward(world, "web-1", "80") as running:
        wait_until(lambda: world.region.faults.calls("ssm:StartSession") == 1)
        assert running.end() == 1
        assert "a session may have begun" in running.said()
        assert "the forward was stopped before it opened." in running.said()
        assert "Traceback" not in running.said()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 1), (signal.SIGTERM, 143)])
def test_a_session_that_cannot_be_ended_is_named_and_is_no_success(
    world: World, number: signal.Signals, status: int
) -> None:
    with forward(world, "web-1", "80") as running:
        running.port()
        [session] = world.active_sessions()
        world.region.faults.apply({"deny": ["ssm:TerminateSession"]})
        assert running.end(number) == status
        assert f"aws ssm terminate-session --session-id {session}" in running.said()
        assert "before it opened" not in running.said()
        assert "Traceback" not in running.said()
