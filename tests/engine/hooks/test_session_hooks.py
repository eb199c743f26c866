"""The user's hooks: what they are told, what they cannot do, and what becomes of the session."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.forward import Destination, Forward
from smtui.domain.place import Caller, Place
from smtui.domain.request import SessionRequest
from smtui.domain.settings.settings_values import Settings
from smtui.engine.configuration.settings_book import SettingsBook
from smtui.engine.hooks import session_hooks
from smtui.engine.hooks.hook_runner import HookRun
from smtui.engine.hooks.session_facts import HookEvent, SessionFacts, before
from smtui.engine.hooks.session_hooks import SessionHooks, tunnel_hooks, with_hooks
from smtui.engine.launcher_parts import Setup
from smtui.engine.offloop import OffLoop
from smtui.engine.session_attempt import SessionResult
from smtui.plugin.companions import NOBODY, Companions
from smtui.store.settings_file import SettingsFile
from tests.domain.build import NOW
from tests.waiting import until

pytestmark = pytest.mark.integration

REQUEST = SessionRequest("i-1", Place("prod", "eu-west-1"), "Acme-Shell", {}, "ticket 7")
FACTS = before(REQUEST, "web-1", account="111122223333")
WENT_WELL = SessionResult("The session on web-1 ended after 3 min.")


def python(code: str, *words: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code, *words)


def run(argv: tuple[str, ...], facts: SessionFacts = FACTS, seconds: float = 30.0) -> str:
    return HookRun(argv, facts, os.environ, seconds).run()


# What a hook is told -------------------------------------------------------------------------------


def test_a_hook_has_the_facts_as_variables_and_as_json(tmp_path: Path) -> None:
    code = "import os, sys; open(sys.argv[1], 'w').write(sys.stdin.read() + repr(dict(os.environ)))"
    assert run(python(code, str(tmp_path / "told"))) == ""
    line, variables = (tmp_path / "told").read_text().split("\n")
    told = json.loads(line)
    assert told == {
        "event": "before_session",
        "node": "i-1",
        "name": "web-1",
        "profile": "prod",
        "region": "eu-west-1",
        "account": "111122223333",
        "document": "Acme-Shell",
        "destination": "",
        "reason": "ticket 7",
    }
    assert all(f"'SMTUI_HOOK_{name.upper()}': {text!r}" in variables for name, text in told.items())


def test_a_hook_after_a_session_is_told_how_it_ended() -> None:
    facts = SessionFacts(HookEvent.AFTER, "i-1", "web-1", outcome="ended", said="It ended.", seconds=7)
    assert facts.variables()["SMTUI_HOOK_SECONDS"] == "7"
    assert facts.variables()["SMTUI_HOOK_OUTCOME"] == "ended"
    assert "SMTUI_HOOK_SECONDS" not in FACTS.variables()


def test_what_a_name_holds_is_one_harmless_line() -> None:
    told = before(REQUEST, "web\x1b]0;x\x07\n1\u202e").variables()["SMTUI_HOOK_NAME"]
    assert told.isprintable()
    assert "\x1b" not in told


def test_variables_of_an_outer_hook_are_not_passed_on(tmp_path: Path) -> None:
    code = "import os, sys; open(sys.argv[1], 'w').write(os.environ.get('SMTUI_HOOK_SECONDS', 'none'))"
    outer = {**os.environ, "SMTUI_HOOK_SECONDS": "9"}
    assert HookRun(python(code, str(tmp_path / "told")), FACTS, outer).run() == ""
    assert (tmp_path / "told").read_text() == "none"


# What goes wrong -----------------------------------------------------------------------------------


def test_a_failing_hook_is_said_with_its_last_line() -> None:
    code = "print('first'); print('no \\x1b[31mticket'); raise SystemExit(3)"
    assert run(python(code)) == "ended with exit status 3: no ␛[31mticket"
    assert run(python("raise SystemExit(3)")) == "ended with exit status 3"


def test_a_hook_that_is_no_program() -> None:
    assert run(("/nowhere/hook",)) == "cannot be started: No such file or directory"


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_hook_that_a_signal_ends() -> None:
    assert run(python("import os, signal; os.kill(os.getpid(), signal.SIGTERM)")) == "was ended by signal 15"


def test_a_hook_that_takes_too_long_is_killed() -> None:
    child = (
        "import subprocess, sys; subprocess.Popen(['sleep', '600']); print(1, flush=True); input_ = sys.stdin.read()"
    )
    code = f"{child}; import time; time.sleep(600)"
    assert run(python(code), seconds=0.0) == "took longer than 0 s and was ended"


def test_a_hook_that_leaves_a_program_behind_is_over(tmp_path: Path) -> None:
    code = "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); open(sys.argv[1], 'w').write(str(p.pid))"
    assert run(python(code, str(tmp_path / "pid"))) == ""
    os.kill(int((tmp_path / "pid").read_text()), 9)  # it runs on: it was not waited for


@pytest.mark.skipif(os.name == "nt", reason="terminals")
def test_a_hook_has_no_terminal(tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "out = open(sys.argv[1], 'w')\n"
        "out.write(' '.join(str(os.isatty(fd)) for fd in (0, 1, 2)))\n"
        "try: os.open('/dev/tty', os.O_RDWR); out.write(' tty')\n"
        "except OSError: out.write(' none')\n"
    )
    assert run(python(code, str(tmp_path / "told"))) == ""
    assert (tmp_path / "told").read_text() == "False False False none"


# What becomes of the session -----------------------------------------------------------------------


async def around(
    tmp_path: Path, before_it: tuple[str, ...], after_it: tuple[str, ...] = ()
) -> tuple[SessionResult, str]:
    settings = Settings({"hooks.before_session": before_it, "hooks.after_session": after_it})
    log = tmp_path / "log"
    log.touch()

    async def session() -> SessionResult:
        with log.open("a") as file:
            file.write("session ")
        return WENT_WELL

    hooks = SessionHooks(settings, FACTS, OffLoop(), {**os.environ, "LOG": str(log)})
    return await hooks.around(session), log.read_text()


NOTES = """
import os
with open(os.environ["LOG"], "a") as log:
    log.write(os.environ["SMTUI_HOOK_EVENT"] + os.environ.get("SMTUI_HOOK_OUTCOME", "") + " ")
"""


async def test_hooks_run_before_and_after(tmp_path: Path) -> None:
    result, log = await around(tmp_path, python(NOTES), python(NOTES))
    assert result == WENT_WELL
    assert log == "before_session session after_sessionended "


async def test_a_failing_hook_before_starts_no_session(tmp_path: Path) -> None:
    result, log = await around(tmp_path, python("print('no ticket'); raise SystemExit(1)"), python(NOTES))
    assert log == ""
    assert result.sentence == (
        f"No session was started on web-1: the hook before it, {sys.executable}, ended with exit status 1: no ticket."
    )
    assert (result.refused, result.has_started, result.exit_status) == (True, False, 1)


async def test_a_failing_hook_after_is_only_said(tmp_path: Path) -> None:
    result, log = await around(tmp_path, (), python("raise SystemExit(2)"))
    assert log == "session "
    assert result.sentence == WENT_WELL.sentence
    assert result.note == f"The hook after the session, {sys.executable}, ended with exit status 2."
    assert result.has_started


async def test_a_hook_ends_when_smtui_does(tmp_path: Path) -> None:
    code = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"
    running = asyncio.ensure_future(around(tmp_path, python(code, str(tmp_path / "pid"))))
    await until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text()}").exists()


def answering(account: str) -> Caller:
    return Caller(account, "", "", "eu-west-1")


def denied() -> Caller:
    raise AwsCallFailed(Fault(FaultKind.TIMED_OUT, "sts:GetCallerIdentity", "", "", NOW))


def silent() -> Caller:
    threading.Event().wait(2)
    return answering("too late")


@pytest.mark.parametrize(
    ("ask", "account"), [(lambda: answering("111122223333"), "111122223333"), (denied, ""), (silent, "")]
)
async def test_a_hook_gets_the_account_that_no_list_has_named(
    ask: Callable[[], Caller], account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_hooks, "_ACCOUNT_SECONDS", 0.2)
    code = "import os, sys; open(sys.argv[1], 'w').write('=' + os.environ['SMTUI_HOOK_ACCOUNT'])"
    settings = SettingsBook(options={"hooks.before_session": python(code, str(tmp_path / "log"))})
    launcher: Any = SimpleNamespace(
        setup=Setup(settings=settings),
        fleet=SimpleNamespace(
            caller=lambda _: None, region=lambda place: place.region, aws=lambda _: SimpleNamespace(caller=ask)
        ),
        off_loop=OffLoop(),
    )

    async def session() -> SessionResult:
        return WENT_WELL

    assert await with_hooks(launcher, REQUEST, "web-1", NOBODY, session) == WENT_WELL
    assert (tmp_path / "log").read_text() == f"={account}"


async def test_the_hook_of_a_tunnel_is_told_where_it_leads(tmp_path: Path) -> None:
    code = "import os, sys; open(sys.argv[1], 'w').write(os.environ['SMTUI_HOOK_DESTINATION'])"
    settings = SettingsBook(options={"hooks.before_session": python(code, str(tmp_path / "log"))})
    launcher: Any = SimpleNamespace(
        setup=Setup(settings=settings),
        fleet=SimpleNamespace(caller=lambda _: answering("111122223333"), region=lambda place: place.region),
        off_loop=OffLoop(),
    )
    forward = Forward("i-1", Place("prod", "eu-west-1"), "web-1", Destination(5432, "db.internal"))
    hooks = await tunnel_hooks(launcher, forward)
    assert hooks is not None
    assert await hooks.before() == ""
    assert (tmp_path / "log").read_text() == "db.internal:5432"


@pytest.mark.parametrize(("demo", "starts"), [(False, False), (True, True)])
async def test_the_demo_has_no_hooks(*, demo: bool, starts: bool) -> None:
    settings = SettingsBook(options={"hooks.before_session": python("raise SystemExit(1)")})
    launcher: Any = SimpleNamespace(
        setup=Setup(demo=demo, settings=settings),
        fleet=SimpleNamespace(caller=lambda _: answering("111122223333"), region=lambda place: place.region),
        off_loop=OffLoop(),
    )
    started = []

    async def session() -> SessionResult:
        started.append(1)
        return WENT_WELL

    closed: Any = SimpleNamespace(close=lambda: "Recorded.")
    result = await with_hooks(launcher, REQUEST, "web-1", Companions(closed), session)
    assert bool(started) is starts
    assert result.recording == ("" if starts else "Recorded.")


@pytest.mark.parametrize("text", ['before_session = "ticket"', "before_session = [ticket]"])
async def test_no_session_starts_while_what_runs_before_it_is_not_known(text: str, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f"[hooks]\n{text}\n")
    book = SettingsBook(of_file=SettingsFile(tmp_path).load())
    launcher: Any = SimpleNamespace(setup=Setup(settings=book), off_loop=OffLoop())

    async def session() -> SessionResult:
        raise AssertionError

    closed: Any = SimpleNamespace(close=lambda: "Recorded.")
    result = await with_hooks(launcher, REQUEST, "web-1", Companions(closed), session)
    assert (result.refused, result.recording) == (True, "Recorded.")
    assert "config.toml line 2: " in result.sentence
