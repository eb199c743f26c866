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

import psutil
import pytest

from smtui.domain.place import Caller, Place
from smtui.domain.request import SessionRequest, StartedSession
from smtui.store.journal_file import ProcessId, identify, is_running, kill
from smtui.store.session_journal import SessionJournal

PLACE = Place("ops", "")
OPS = "arn:aws:iam::111122223333:user/ops"
SMTUI = """
import sys, time
from pathlib import Path
from smtui.domain.place import Caller, Place
from smtui.domain.request import SessionRequest, StartedSession
from smtui.store.session_journal import SessionJournal
journal = SessionJournal(Path(sys.argv[1]))
for number, pid in enumerate(sys.argv[2:]):
    session = StartedSession(f"s-{number}", "wss://x", "SECRET-TOKEN", "eu-west-1", "https://ssm")
    request = SessionRequest("i-1", Place("ops", ""), "Doc", {"password": ("SECRET",)}, "why")
    caller = Caller("111122223333", "arn:aws:iam::111122223333:user/ops", "AIDA", "eu-west-1")
    start_id = journal.asked(request, "port 80 of web-1", caller, "https://ssm")
    if pid != "unanswered":
        journal.opened(session, Place("ops", ""), "port 80 of web-1", int(pid), start_id)
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


def smtui(folder: Path, *pids: int | str) -> subprocess.Popen[str]:
    """Another smtui with a session for each plugin; "unanswered" is a start whose answer it waits for."""
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
    assert journal.remains().sessions == ()
    end(other)
    with_plugin, without = journal.remains().sessions
    assert (with_plugin.session_id, with_plugin.plugin_pid, with_plugin.plugin_runs) == ("s-0", plugin.pid, True)
    assert (without.session_id, without.plugin_pid, without.plugin_runs) == ("s-1", 0, False)
    assert with_plugin.place == Place("ops", "eu-west-1")
    assert with_plugin.endpoint == "https://ssm"
    assert with_plugin.owner == OPS
    assert with_plugin.label == "port 80 of web-1"
    journal.end_plugin(with_plugin)
    assert plugin.wait(60) == -9
    journal.settle(with_plugin)
    assert journal.remains().sessions == (without,)
    journal.settle(without)
    assert journal.remains().sessions == ()
    assert list(tmp_path.iterdir()) == []


def test_a_left_session_that_a_running_smtui_resumed_is_not_offered(tmp_path: Path) -> None:
    """Whoever is asked would end what is in use."""
    end(smtui(tmp_path, 0, 0))
    running, asking = SessionJournal(tmp_path), SessionJournal(tmp_path)
    running.opened(session("s-1"), PLACE, "web-1", 0)
    assert [orphan.session_id for orphan in asking.remains().sessions] == ["s-0"]
    running.closed("s-1")
    assert [orphan.session_id for orphan in asking.remains().sessions] == ["s-0", "s-1"]


def test_an_id_that_was_given_to_another_process_is_left_alone(tmp_path: Path, sleeper: Sleepers) -> None:
    for name in ("started", "executable"):
        plugin = sleeper()
        other = smtui(tmp_path, plugin.pid)
        end(other)
        rewrite(tmp_path, partial(change_plugin, name))
        journal = SessionJournal(tmp_path)
        [orphan] = journal.remains().sessions
        assert not orphan.plugin_runs
        journal.end_plugin(orphan)
        with pytest.raises(subprocess.TimeoutExpired):
            plugin.wait(0.2)
        journal.settle(orphan)


def test_a_smtui_id_that_was_given_to_another_process_is_gone(tmp_path: Path) -> None:
    other = smtui(tmp_path, 0)
    rewrite(tmp_path, lambda told: told["smtui"].update(started="another"))
    assert len(SessionJournal(tmp_path).remains().sessions) == 1
    end(other)


def test_another_machine_is_left_alone(tmp_path: Path) -> None:
    end(smtui(tmp_path, 0))
    rewrite(tmp_path, lambda told: told.update(system="elsewhere"))
    assert SessionJournal(tmp_path).remains().sessions == ()


def change_plugin(name: str, told: dict[str, Any]) -> None:
    told["sessions"]["s-0"]["plugin"][name] = "another"


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    [path] = folder.glob("sessions-*.json")
    told = json.loads(path.read_text())
    change(told)
    path.write_text(json.dumps(told))


def test_a_start_without_an_answer_is_found_when_its_smtui_is_gone(tmp_path: Path) -> None:
    other = smtui(tmp_path, "unanswered", 0)
    journal = SessionJournal(tmp_path)
    remains = journal.remains()
    assert remains.starts == ()
    assert remains.sessions == ()
    assert [start.label for start in remains.under_way] == ["port 80 of web-1"]
    assert remains.known == {"s-1"}
    end(other)
    remains = journal.remains()
    [start] = remains.starts
    assert remains.under_way == ()
    assert (start.target, start.owner, start.endpoint) == ("i-1", OPS, "https://ssm")
    assert (start.document_name, start.reason) == ("Doc", "why")
    assert start.place == Place("ops", "eu-west-1")
    assert datetime.now(UTC) - start.asked_at < timedelta(minutes=5)
    [path] = tmp_path.iterdir()
    assert "SECRET" not in path.read_text()
    journal.forget(start)
    assert journal.remains().starts == ()
    assert len(journal.remains().sessions) == 1


def test_a_start_becomes_a_session_or_nothing(tmp_path: Path) -> None:
    journal = SessionJournal(tmp_path)
    request, caller = SessionRequest("i-1", PLACE), Caller("", "", "", "eu-west-1")

    def ask() -> str:
        return journal.asked(request, "web-1", caller, "https://ssm")

    refused, opened, unanswered = ask(), ask(), ask()
    assert len(journal.remains().under_way) == 3
    journal.refused(refused)
    journal.identified(opened, OPS)
    journal.opened(session("s-1"), PLACE, "web-1", 0, opened)
    journal.identified(opened, OPS)
    journal.opened(session("s-1"), PLACE, "web-1", os.getpid())
    [left] = journal.remains().under_way
    assert left.start_id == unanswered
    assert left.owner == ""
    journal.identified(unanswered, OPS)
    assert journal.remains().under_way[0].owner == OPS
    [path] = tmp_path.iterdir()
    entry = json.loads(path.read_text())["sessions"]["s-1"]
    assert entry["owner"] == OPS, "also after its plugin was noted"
    assert entry["plugin"]["pid"] == os.getpid()
    journal.refused(unanswered)
    journal.closed("s-1")
    assert list(tmp_path.iterdir()) == []


def test_a_start_that_nothing_can_come_of_is_dropped(tmp_path: Path) -> None:
    end(smtui(tmp_path, "unanswered"))
    later = SessionJournal(tmp_path, lambda: datetime.now(UTC) + timedelta(minutes=71))
    assert later.remains().starts == ()
    assert list(tmp_path.iterdir()) == []


def test_what_is_long_over_is_dropped(tmp_path: Path, sleeper: Sleepers) -> None:
    end(smtui(tmp_path, sleeper().pid, 0))
    tomorrow = SessionJournal(tmp_path, lambda: datetime.now(UTC) + timedelta(days=2))
    assert [left.session_id for left in tomorrow.remains().sessions] == ["s-0"]
    assert [left.session_id for left in SessionJournal(tmp_path).remains().sessions] == ["s-0"]


def test_it_is_the_owners_alone_and_holds_no_token(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    journal = SessionJournal(folder)
    journal.opened(session("s-1"), PLACE, "web-1", os.getpid())
    [path] = folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert "SECRET" not in path.read_text()
    assert journal.remains().sessions == ()
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
    ["", "{", "[]", "null", "{}", '{"format": 1, "system": "x", "sessions": {}, "starts": {}, "smtui": {"pid": 1}}'],
)
def test_a_broken_file_is_no_leftover_and_is_renamed(tmp_path: Path, text: str) -> None:
    path = tmp_path / "sessions-1-x.json"
    path.write_text(text)
    told: list[str] = []
    assert SessionJournal(tmp_path, tell=told.append).remains().sessions == ()
    [sentence] = told
    assert sentence.startswith(f"{path} cannot be understood: ")
    assert "It was renamed to sessions-1-x.json.unusable." in sentence
    assert (tmp_path / "sessions-1-x.json.unusable").read_text() == text
    assert SessionJournal(tmp_path, tell=told.append).remains().sessions == ()
    assert len(told) == 1


def test_the_file_of_a_newer_smtui_stays(tmp_path: Path) -> None:
    path = tmp_path / "sessions-1-x.json"
    path.write_text('{"format": 2}')
    told: list[str] = []
    assert SessionJournal(tmp_path, tell=told.append).remains().sessions == ()
    assert path.exists()
    assert told == []


def test_an_entry_that_is_broken_costs_no_other(tmp_path: Path) -> None:
    end(smtui(tmp_path, 0, 0))
    rewrite(tmp_path, lambda told: told["sessions"]["s-0"].update(started_at="2026-11-22T12:00:00"))
    told: list[str] = []
    [orphan] = SessionJournal(tmp_path, tell=told.append).remains().sessions
    assert orphan.session_id == "s-1"
    assert told
    assert "an entry.started_at is a date without a time zone" in told[0]


def test_a_folder_that_cannot_be_written_costs_the_journal_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told: list[str] = []
    journal = SessionJournal(tmp_path / "file", tell=told.append)
    journal.opened(session("s-1"), PLACE, "web-1", 0)
    assert "cannot be written: " in told[0]
    journal.closed("s-1")
    assert journal.remains().sessions == ()
    assert "cannot be read: Not a directory" in told[-1]


def test_processes_are_distinguished(sleeper: Sleepers) -> None:
    process = sleeper()
    identity = identify(process.pid)
    assert identity is not None
    assert identity.pid == process.pid
    assert is_running(identity)
    assert not kill(ProcessId(identity.pid, identity.started, "/bin/other"))
    assert process.poll() is None
    assert kill(identity)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert identify(process.pid) is None, "a zombie"
    process.wait(60)
    assert identify(process.pid) is None
    assert not kill(identity)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_setting_the_clock_changes_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    identity, boot_time = identify(os.getpid()), psutil.boot_time()
    assert identity is not None
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    assert identity.started.split()[1] == fields[19], "journals of an earlier smtui stay comparable"
    for module in (psutil, psutil._psplatform):
        monkeypatch.setattr(module, "boot_time", lambda: boot_time + 3600)
    assert identify(os.getpid()) == identity
