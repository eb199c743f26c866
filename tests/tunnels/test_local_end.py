"""The local end: free, or named with its holder."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from smtui.domain.forward import Destination, Forward, LocalEnd, LocalPort, LocalSocket
from smtui.domain.place import Place
from smtui.tunnels import local_end
from smtui.tunnels.local_end import (
    LocalEndTaken,
    check_free,
    holder_of,
    remove_dead_socket,
    settled,
    usable_ports,
    warning,
)
from tests.closed_folder import close

pytestmark = pytest.mark.integration


def to(local: LocalEnd) -> Forward:
    return Forward("i-0000000000000000a", Place(), "web-1", Destination(80), local)


@pytest.fixture
def short(tmp_path: Path) -> Iterator[Path]:
    """A folder whose path leaves room for a socket's name."""
    folder = Path(f"/tmp/smtui-{os.getpid()}-{tmp_path.name[:20]}")
    folder.mkdir()
    yield folder
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1", "0.0.0.0"])
def test_a_free_port_is_chosen(address: str) -> None:
    local = settled(to(LocalPort(0, address)), set()).local
    assert isinstance(local, LocalPort)
    assert (local.port > 0, local.address) == (True, address)
    check_free(local)


def test_ports_of_our_other_tunnels_are_not_chosen() -> None:
    class AllButOne:
        asked = 0

        def __contains__(self, port: object) -> bool:
            self.asked += 1
            return self.asked < 4

    assert isinstance(settled(to(LocalPort()), AllButOne()).local, LocalPort)
    with pytest.raises(LocalEndTaken, match="No free port"):
        settled(to(LocalPort()), range(65536))


def test_a_taken_port_gives_way_to_the_next_that_nobody_wants() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        used = usable_ports([taken, taken + 1], {taken + 2})
        assert used[taken] > taken + 2 or used[taken] == 0, "one is wanted, the next one is our own tunnel's"
        assert used[taken + 1] != used[taken]
    assert usable_ports([taken], set()) == {taken: taken}
    assert usable_ports([taken], {taken, taken + 1})[taken] not in (taken, taken + 1)


def test_a_port_that_may_not_be_used_is_not_called_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: LocalPort) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(local_end, "_listen", refuse)
    assert usable_ports([80], set()) == {80: 80}


HOLDER = """
import socket, sys
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
sys.stdin.read()
"""


def test_the_holder_of_a_taken_port_is_named() -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        port = int(holder.stdout.readline())
        with pytest.raises(LocalEndTaken, match=rf"{port} is taken by process {holder.pid} \(python"):
            check_free(LocalPort(port))
        assert holder_of("127.0.0.2", port) == ""
        holder.kill()
    check_free(LocalPort(port))


def test_one_that_listens_everywhere_holds_every_address() -> None:
    with socket.create_server(("0.0.0.0", 0)) as server:
        assert f"process {os.getpid()} " in holder_of("127.0.0.1", server.getsockname()[1])
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        assert f"process {os.getpid()} " in holder_of("127.0.0.1", server.getsockname()[1])


def test_where_the_system_tells_nothing_the_port_is_named_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert holder_of("127.0.0.1", port)
        monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path))
        assert holder_of("127.0.0.1", port) == ""
        monkeypatch.undo()

        def denied(kind: str) -> None:
            raise psutil.AccessDenied

        monkeypatch.setattr(psutil, "net_connections", denied)
        assert holder_of("127.0.0.1", port) == ""


def test_lingering_connections_do_not_take_a_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            accepted, _ = server.accept()
            accepted.close()
    with socket.socket() as strict, pytest.raises(OSError, match="in use"):
        strict.bind(("127.0.0.1", port))
    check_free(LocalPort(port))


def test_an_address_that_is_not_this_machines() -> None:
    with pytest.raises(LocalEndTaken, match=r"no address 192\.0\.2\.1"):
        check_free(LocalPort(0, "192.0.2.1"))


@pytest.mark.parametrize(
    ("local", "others_can"),
    [
        (LocalPort(1), False),
        (LocalPort(1, "127.9.9.9"), False),
        (LocalPort(1, "::1"), False),
        (LocalPort(1, "localhost"), False),
        (LocalSocket("/tmp/x"), False),
        (LocalPort(1, "0.0.0.0"), True),
        (LocalPort(1, "::"), True),
        (LocalPort(1, "10.0.0.1"), True),
        (LocalPort(1, "some-host"), True),
    ],
)
def test_who_can_reach_it(local: LocalEnd, others_can: bool) -> None:
    assert bool(warning(local)) == others_can


def test_a_socket_path_becomes_absolute(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(short)
    assert settled(to(LocalSocket("s")), set()).local == LocalSocket(str(short / "s"))


def test_a_socket_that_is_in_the_way(short: Path) -> None:
    path = short / "s"
    with pytest.raises(LocalEndTaken, match="no folder"):
        check_free(LocalSocket(str(short / "none" / "s")))
    path.write_text("mine")
    with pytest.raises(LocalEndTaken, match="a file already"):
        check_free(LocalSocket(str(path)))
    remove_dead_socket(LocalSocket(str(path)))
    assert path.read_text() == "mine"
    path.unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        with pytest.raises(LocalEndTaken, match="in use"):
            check_free(LocalSocket(str(path)))
        remove_dead_socket(LocalSocket(str(path)))
        assert stat.S_ISSOCK(path.stat().st_mode)
    with pytest.raises(LocalEndTaken, match="left over"):
        check_free(LocalSocket(str(path)))
    remove_dead_socket(LocalSocket(str(path)))
    check_free(LocalSocket(str(path)))


def test_a_socket_below_no_folder_that_can_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LocalEndTaken, match="no folder"):
        settled(to(LocalSocket("~no-such-user/s")), set())
    (tmp_path / "file").touch()
    with pytest.raises(LocalEndTaken, match="no folder"):
        check_free(LocalSocket(str(tmp_path / "file" / "s")))
    close(tmp_path, monkeypatch)
    with pytest.raises(LocalEndTaken, match="cannot be used: Permission denied"):
        check_free(LocalSocket(str(tmp_path / "folder" / "s")))


def test_a_port_below_1024_names_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(self: socket.socket, address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", denied)
    with pytest.raises(LocalEndTaken, match="Use a port from 1024 up"):
        check_free(LocalPort(80))
