"""Port forwarding from a local socket to the demo's services, through a real plugin process."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from tests.plugin.builtin.forward import TO_HOST, TO_NODE, forward, hash_of, is_free, received
from tests.plugin.builtin.service import SESSION, Service

WEB = {"portNumber": ("80",)}
ECHO = {"portNumber": ("7",)}
CLOSED = {"portNumber": ("81",)}
ENDED = f"Terminate signal received, exiting.\n\n\nExiting session with sessionId: {SESSION}.\n\n"
OLD_AGENT = "3.0.196.0"


def test_ten_downloads_at_once_arrive_whole_and_are_reported(far: Service) -> None:
    with forward(far, WEB) as web, ThreadPoolExecutor(10) as pool:
        assert b"<h1>web-1</h1>" in web.get("/")
        bodies = list(pool.map(web.get, ["/bytes/5000000"] * 10))
        assert {sha256(body).hexdigest() for body in bodies} == {hash_of(5_000_000)}
        web.until(r"Waiting for connections\.\.\.\n\nConnection accepted for session \[" + SESSION + r"\]\n")
        told = web.until_told(now=0, total=11)
        assert told["in"] > 50_000_000
        assert (told["to"], told["local"]) == ("localhost:80", f"127.0.0.1:{web.port}")
        assert web.events[0]["event"] == "opened"
        port = web.port
        assert web.stop() == 0
        assert web.words.endswith(ENDED)
        assert is_free(port)
        assert web.process.stdout
        assert web.process.stdout.read() == b""
    far.book.wait_for("ended")


def test_the_official_contract_has_everything_on_stdout_and_no_events(far: Service) -> None:
    with forward(far, WEB, from_smtui=False) as web:
        web.get("/")
        port = web.port
        assert web.stop() == 0
        assert web.words == (
            f"\nStarting session with SessionId: {SESSION}\n"
            f"Port {port} opened for sessionId {SESSION}.\nWaiting for connections...\n"
            f"\nConnection accepted for session [{SESSION}]\n{ENDED}"
        )
        assert web.events == []
        assert web.process.stderr
        assert web.process.stderr.read() == b""
    far.book.wait_for("ended")


def test_bytes_are_left_alone(far: Service) -> None:
    """The official plugin turns a message that is one line feed into a carriage return."""
    with forward(far, ECHO) as echo, echo.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for text in (b"\n", b"x" * 1016 + b"\n", b"x" * 1024 + b"\n", bytes(range(256))):
            connection.sendall(text)
            assert received(connection, len(text)) == text


def test_uploads_arrive_whole(far: Service) -> None:
    data = os.urandom(3_000_000)
    with forward(far, ECHO) as echo, echo.connect() as connection, ThreadPoolExecutor(1) as pool:
        sending = pool.submit(connection.sendall, data)
        assert received(connection, len(data)) == data
        sending.result()


def test_a_remote_host_greets(far: Service) -> None:
    far.book.node_name = "bastion-1"
    with forward(far, {"host": ("db.internal",), "portNumber": ("5432",)}, document=TO_HOST) as database:
        with database.connect() as connection:
            assert received(connection, 18) == b"db.internal ready\n"
            connection.sendall(b"select 1;\n")
            assert received(connection, 10) == b"select 1;\n"
        assert database.until_told(total=1, now=0)["to"] == "db.internal:5432"


def test_a_refused_port_is_named_and_the_forward_stays(far: Service) -> None:
    with forward(far, CLOSED) as closed:
        for _ in range(2):
            with closed.connect() as connection:
                assert connection.recv(1) == b""
        closed.until(
            "\nConnection to destination port failed, check SSM Agent logs.\n"
            "The node could not connect to localhost:81.\n"
        )
        assert closed.until_told(event="refused")["to"] == "localhost:81"
        assert closed.process.poll() is None


def test_a_refused_port_in_the_official_words(far: Service) -> None:
    with forward(far, CLOSED, from_smtui=False) as closed:
        with closed.connect() as connection:
            assert connection.recv(1) == b""
        closed.until("\nConnection to destination port failed, check SSM Agent logs.\n")
        closed.stop()
        assert "could not connect" not in closed.words


def test_a_local_port_that_is_taken(far: Service) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with forward(far, {**WEB, "localPortNumber": (str(port),)}) as web:
            assert web.ended() == 255
            assert web.words.endswith(
                f"Cannot perform start session: listen tcp 127.0.0.1:{port}: bind: address already in use\n"
            )
    far.book.wait_for("ended")


def test_the_local_port_that_was_asked_for(far: Service) -> None:
    with socket.create_server(("127.0.0.1", 0)) as trial:
        port = trial.getsockname()[1]
    with forward(far, {**WEB, "localPortNumber": (str(port),)}) as web:
        assert web.port == port


def test_another_local_address(far: Service) -> None:
    with forward(far, WEB, SMTUI_LOCAL_HOST="127.0.0.2") as web:
        with socket.create_connection(("127.0.0.2", web.port), timeout=60):
            pass
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", web.port), timeout=60)


def test_a_local_unix_socket_is_the_owners_alone_and_goes_with_the_forward(far: Service, tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(path))
    parameters = {**ECHO, "localUnixSocket": (str(path),)}
    with forward(far, parameters, document="AWS-StartPortForwardingSessionToSocket") as echo:
        echo.until(f"Unix socket {path} opened for sessionId {SESSION}.\nWaiting for connections...\n")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            connection.sendall(b"hello")
            assert connection.recv(100) == b"hello"
        assert echo.stop(signal.SIGTERM) == 128 + signal.SIGTERM
    assert not path.exists()
    far.book.wait_for("ended")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_it_stops_when_asked(far: Service, number: signal.Signals) -> None:
    with forward(far, WEB) as web, web.connect():
        port = web.port
        assert web.stop(number) == (0 if number is signal.SIGQUIT else 128 + number)
        assert web.words.endswith(ENDED)
        assert is_free(port)
    far.book.wait_for("ended")


def test_under_nohup_a_hang_up_is_nothing(far: Service) -> None:
    with forward(far, WEB, from_smtui=False, wrapped_in=("/bin/sh", "-c", 'trap "" HUP; exec "$@"', "sh")) as web:
        assert web.port
        web.process.send_signal(signal.SIGHUP)
        assert b"<h1>web-1</h1>" in web.get("/")
        assert web.stop(signal.SIGTERM) == 128 + signal.SIGTERM


def test_the_far_ends_close_is_passed_on_and_so_is_ours(far: Service) -> None:
    with forward(far, WEB) as web:
        with web.connect() as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
            assert b"</p>\n" in received(connection, 100_000), "to the end, which comes"
        with web.connect() as connection:
            web.until_told(now=1)
        web.until_told(total=2, now=0)


def test_an_answer_after_a_half_close_still_comes(far: Service) -> None:
    with forward(far, ECHO) as echo, echo.connect() as connection:
        connection.sendall(b"question")
        connection.shutdown(socket.SHUT_WR)
        assert received(connection, 100) == b"question"


def test_a_session_that_is_ended_there_cuts_connections_off(far: Service) -> None:
    with forward(far, ECHO) as echo, echo.connect() as connection:
        connection.sendall(b"x")
        assert received(connection, 1) == b"x"
        far.book.terminate(SESSION)
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
        assert echo.ended() == 0
        assert echo.words.endswith(f"Exiting session with sessionId: {SESSION}.\n\n")


def test_ten_cuts_during_a_download(far: Service) -> None:
    size, cuts = 50_000_000, 10
    with forward(far, WEB) as web, web.connect() as connection:
        connection.sendall(f"GET /bytes/{size} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
        digest, read, cut = sha256(), -1, 0
        head = b""
        while data := connection.recv(65_536):
            if read < 0:
                head += data
                if b"\r\n\r\n" not in head:
                    continue
                data, read = head.partition(b"\r\n\r\n")[2], 0
            digest.update(data)
            read += len(data)
            if cut < cuts and read > size * (cut + 1) // (cuts + 1):
                cut += 1
                far.server.drop_now(SESSION)
        assert (read, cut) == (size, cuts)
        assert digest.hexdigest() == hash_of(size)
    assert far.resumed >= cuts - 1, "a cut while it reconnects is one with the one before"


def test_a_cut_during_an_upload(far: Service) -> None:
    data = os.urandom(2_000_000)
    with forward(far, ECHO) as echo, echo.connect() as connection, ThreadPoolExecutor(1) as pool:
        sending = pool.submit(connection.sendall, data)
        half = received(connection, len(data) // 2)
        far.server.drop_now(SESSION)
        assert half + received(connection, len(data) - len(half)) == data
        sending.result()


def test_an_old_agent_has_one_connection_after_the_other(far: Service) -> None:
    far.book.agent_version = OLD_AGENT
    with forward(far, ECHO, from_smtui=False) as echo:
        first, second = echo.connect(), echo.connect()
        with first, second:
            first.sendall(b"first")
            assert received(first, 5) == b"first"
            second.sendall(b"second")
            second.settimeout(0.3)
            with pytest.raises(TimeoutError):
                second.recv(1)
            second.settimeout(20)
            first.close()
            assert received(second, 6) == b"second"
        port = echo.port
        assert echo.stop() == 0
        assert echo.words == (
            f"\nStarting session with SessionId: {SESSION}\nPort {port} opened for sessionId {SESSION}.\n"
            f"Connection accepted for session {SESSION}.\n{ENDED}"
        )
    far.book.wait_for("ended")


def test_an_agent_that_knows_no_flag_is_ended_by_the_api(far: Service) -> None:
    far.book.agent_version = "2.3.722.0"
    with forward(far, ECHO, from_smtui=False) as echo:
        assert echo.port
        assert echo.stop() == 0
    assert SESSION not in far.book.tokens, "TerminateSession was called"
    far.book.wait_for("ended")


def test_an_agent_of_the_keepalive_era(far: Service) -> None:
    far.book.agent_version = "3.1.1511.0"
    with forward(far, WEB) as web:
        assert sha256(web.get("/bytes/100000")).hexdigest() == hash_of(100_000)


def test_an_old_agent_that_cannot_connect_ends_the_session_in_its_words(far: Service) -> None:
    far.book.agent_version = OLD_AGENT
    with forward(far, CLOSED) as closed:
        assert closed.ended() == 1
        assert "Unable to connect to specified port" in closed.words


def test_nothing_is_left_of_a_forward_whose_words_nobody_reads(far: Service) -> None:
    with forward(far, WEB, from_smtui=False) as web:
        web.get("/")
        assert web.process.stdout
        assert web.stop() == 0


def test_a_terminals_ctrl_c_ends_it(far: Service) -> None:
    far.book.documents[SESSION], far.book.parameters[SESSION] = TO_NODE, WEB
    plugin = far.spawn(from_smtui=True)
    plugin.expect_exact("Waiting for connections...")
    plugin.send("\x03")
    plugin.expect_exact("Terminate signal received, exiting.")
    plugin.expect_exact(f"Exiting session with sessionId: {SESSION}.")
    plugin.expect_exact("\r\n")
    plugin.wait()
    assert plugin.exitstatus == 0
    assert b'{"event"' not in (plugin.before or b"")


def test_ssh_has_standard_input_and_output(far: Service) -> None:
    far.book.documents[SESSION], far.book.parameters[SESSION] = "AWS-StartSSHSession", ECHO
    said = b"SSH-2.0-\x03\n" + bytes(range(256)) * 4000
    result = subprocess.run(
        far.argv, env=far.environment(from_smtui=True), input=said, capture_output=True, timeout=60, check=False
    )
    assert result.stdout == said
    assert result.returncode == 0
    far.book.wait_for("ended")


def test_ssh_ends_when_the_far_end_does(far: Service) -> None:
    far.book.documents[SESSION], far.book.parameters[SESSION] = "AWS-StartSSHSession", WEB
    plugin = subprocess.Popen(
        far.argv, env=far.environment(from_smtui=True), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with plugin:
        assert plugin.stdin
        assert plugin.stdout
        plugin.stdin.write(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        plugin.stdin.flush()
        assert plugin.stdout.read().endswith(b"</p>\n")
        assert plugin.wait(60) == 0


def test_a_connection_that_does_not_read_does_not_keep_it_from_ending(far: Service) -> None:
    with forward(far, WEB, from_smtui=False) as web, web.connect() as connection:
        connection.sendall(b"GET /bytes/100000000 HTTP/1.1\r\n\r\n")
        connection.recv(1)
        time.sleep(1.5)
        assert web.stop() == 0
    far.book.wait_for("ended")
