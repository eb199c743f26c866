"""The journal: real processes, several smtui at once, and nothing of a living one touched."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from smtui.domain.place import Place
from smtui.domain.request import StartedSession
from smtui.store.journal import SessionJournal
from smtui.store.processes import ProcessId, identify, is_running, kill

PLACE = Place("ops", "")
SMTUI = """
import sys, time
from pathlib import Path
from smtui.domain.place import Place
from smtui.domain.request import StartedSession
from smtui.store.journal import SessionJournal
journal = SessionJournal(Path(sys.argv[1]))
for number, pid in enumerate(sys.argv[2:]):
    session = StartedSession(f"s-{number}", "wss://x", "SECRET-TOKEN", "eu-west-1", "https://ssm")
    journal.opened(session, Place("ops", ""), "port 80 of web-1", int(pid))
print("ready", flush=True)
time.sleep(100)
"""


def session(session_id: str) -> StartedSession:
    return StartedSession(session_id, "wss://x", "SECRET-TOKEN", "eu-west-1", "https://ssm")


Sleepers = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def sleeper() -> Iterator[Sleepers]:
    """Processes that stand for plugins."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(100)"], stdout=subprocess.PIPE
            )
        )
        assert started[-1].stdout is not None
        started[-1].stdout.readline()
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def smtui(folder: Path, *pids: int) -> subprocess.Popen[str]:
    """Another smtui with a session for each plugin."""
    process = subprocess.Popen(
        [sys.executable, "-c", SMTUI, str(folder), *map(str, pids)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_a_killed_smtui_leaves_its_sessions_and_plugins_to_be_found(tmp_path: Path, sleeper: Sleepers) -> None:
    plugin = sleeper()
    other = smtui(tmp_path, plugin.pid, 0)
    journal = SessionJournal(tmp_path)
    assert journal.leftovers() == ()
    end(other)
    with_plugin, without = journal.leftovers()
    assert (with_plugin.session_id, with_plugin.plugin_pid, with_plugin.plugin_runs) == ("s-0", plugin.pid, True)
    assert (without.session_id, without.plugin_pid, without.plugin_runs) == ("s-1", 0, False)
    assert with_plugin.place == Place("ops", "eu-west-1")
    assert with_plugin.endpoint == "https://ssm"
    assert with_plugin.label == "port 80 of web-1"
    journal.end_plugin(with_plugin)
    assert plugin.wait(10) == -9
    journal.settle(with_plugin)
    assert journal.leftovers() == (without,)
    journal.settle(without)
    assert journal.leftovers() == ()
    assert list(tmp_path.iterdir()) == []


def test_an_id_that_was_given_to_another_process_is_left_alone(tmp_path: Path, sleeper: Sleepers) -> None:
    for name in ("started", "executable"):
        plugin = sleeper()
        other = smtui(tmp_path, plugin.pid)
        end(other)
        rewrite(tmp_path, partial(change_plugin, name))
        journal = SessionJournal(tmp_path)
        [leftover] = journal.leftovers()
        assert not leftover.plugin_runs
        journal.end_plugin(leftover)
        assert plugin.poll() is None
        journal.settle(leftover)


def test_a_smtui_id_that_was_given_to_another_process_is_gone(tmp_path: Path) -> None:
    other = smtui(tmp_path, 0)
    rewrite(tmp_path, lambda told: told["smtui"].update(started="another"))
    assert len(SessionJournal(tmp_path).leftovers()) == 1
    end(other)


def test_another_machine_is_left_alone(tmp_path: Path) -> None:
    end(smtui(tmp_path, 0))
    rewrite(tmp_path, lambda told: told.update(system="elsewhere"))
    assert SessionJournal(tmp_path).leftovers() == ()


def change_plugin(name: str, told: dict[str, Any]) -> None:
    told["sessions"]["s-0"]["plugin"][name] = "another"


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    [path] = folder.glob("sessions-*.json")
    told = json.loads(path.read_text())
    change(told)
    path.write_text(json.dumps(told))


def test_what_is_long_over_is_dropped(tmp_path: Path, sleeper: Sleepers) -> None:
    end(smtui(tmp_path, sleeper().pid, 0))
    tomorrow = SessionJournal(tmp_path, lambda: datetime.now(UTC) + timedelta(days=2))
    assert [left.session_id for left in tomorrow.leftovers()] == ["s-0"]
    assert [left.session_id for left in SessionJournal(tmp_path).leftovers()] == ["s-0"]


def test_it_is_the_owners_alone_and_holds_no_token(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    journal = SessionJournal(folder)
    journal.opened(session("s-1"), PLACE, "web-1", os.getpid())
    [path] = folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert "SECRET" not in path.read_text()
    assert journal.leftovers() == ()
    journal.closed("s-1")
    journal.closed("s-1")
    assert list(folder.iterdir()) == []


def test_many_threads_lose_nothing(tmp_path: Path) -> None:
    journal = SessionJournal(tmp_path)

    def some(first: int) -> None:
        for number in range(first, first + 5):
            journal.opened(session(f"s-{number}"), PLACE, "web-1", 0)

    threads = [threading.Thread(target=some, args=(number * 5,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [path] = tmp_path.iterdir()
    assert len(json.loads(path.read_text())["sessions"]) == 30


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "{}", '{"format": 2}', '{"format": 1, "system": "x", "sessions": {}, "smtui": {"pid": 1}}'],
)
def test_a_broken_file_is_no_leftover_and_stays(tmp_path: Path, text: str) -> None:
    path = tmp_path / "sessions-1-x.json"
    path.write_text(text)
    assert SessionJournal(tmp_path).leftovers() == ()
    assert path.read_text() == text


def test_a_folder_that_cannot_be_written_costs_the_journal_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    journal = SessionJournal(tmp_path / "file")
    journal.opened(session("s-1"), PLACE, "web-1", 0)
    journal.closed("s-1")
    assert journal.leftovers() == ()


def test_processes_are_told_apart(sleeper: Sleepers) -> None:
    process = sleeper()
    identity = identify(process.pid)
    assert identity is not None
    assert identity.pid == process.pid
    assert is_running(identity)
    assert not kill(ProcessId(identity.pid, identity.started, "/bin/other"))
    assert process.poll() is None
    assert kill(identity)
    process.wait(10)
    assert identify(process.pid) is None
    assert not kill(identity)
