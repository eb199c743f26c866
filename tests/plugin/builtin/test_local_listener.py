"""Listening on this machine."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from smtui.plugin.builtin.local_listener import CannotListen, listen_on_port, listen_on_socket


def test_a_free_port_of_loopback_alone() -> None:
    local = listen_on_port(0)
    assert local.listening.getsockname() == ("127.0.0.1", local.port)
    assert local.address == f"127.0.0.1:{local.port}"
    local.close()


def test_a_port_that_is_taken_in_the_official_words() -> None:
    local = listen_on_port(0)
    with pytest.raises(CannotListen) as failed:
        listen_on_port(local.port)
    assert str(failed.value) == f"listen tcp 127.0.0.1:{local.port}: bind: address already in use"
    local.close()
    listen_on_port(local.port).close()


@pytest.mark.parametrize("host", ["nowhere.invalid", "999.1.1.1", "a b", "x" * 300])
def test_a_host_that_is_none(host: str) -> None:
    with pytest.raises(CannotListen, match="no such host"):
        listen_on_port(0, host)


def test_an_address_that_is_not_ours() -> None:
    with pytest.raises(CannotListen, match=r"listen tcp 192\.0\.2\.1:0: bind: cannot assign requested address"):
        listen_on_port(0, "192.0.2.1")


def test_a_socket_that_somebody_serves_is_left_alone(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    first = listen_on_socket(path)
    with pytest.raises(CannotListen, match=f"listen unix {path}: bind: address already in use"):
        listen_on_socket(path)
    first.close()
    assert not Path(path).exists()


def test_a_socket_that_nobody_serves_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    listen_on_socket(str(path)).close()
    assert not path.exists()


def test_what_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.write_text("precious")
    with pytest.raises(CannotListen, match="address already in use"):
        listen_on_socket(str(path))
    assert path.read_text() == "precious"


def test_what_took_its_place_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s"
    local = listen_on_socket(str(path))
    path.unlink()
    path.write_text("precious")
    local.close()
    assert path.read_text() == "precious"


@pytest.mark.parametrize("name", ["x" * 200, "no/such/folder/s", "nul\0"])
def test_a_path_that_cannot_be(tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotListen):
        listen_on_socket(str(tmp_path / name))
