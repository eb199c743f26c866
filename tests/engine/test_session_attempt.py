"""Every session that was started is ended or told of; nothing escapes the loan of the terminal."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any

import pytest

from smtui.domain.document import SessionDocument, SessionType
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.outcome import PluginRun, PluginWord, PluginWords
from smtui.domain.place import Place
from smtui.domain.plugin_grade import PluginGrade
from smtui.domain.records.account_session import AccountSession
from smtui.domain.request import SessionRequest, StartedSession
from smtui.engine.fleet import Fleet
from smtui.engine.launcher import Launcher
from smtui.engine.offloop import OffLoop
from smtui.engine.session_attempt import AttemptFailed, SessionAttempt, SessionResult
from smtui.engine.terminal_sessions import Sessions
from smtui.plugin.handoff import PluginNotStarted, RunningPlugin
from tests.engine.fakes import NOW, FakeAws, FakePlaces, FakePlugins, FakeRunning, fault
from tests.engine.launcher_parts import launcher_over
from tests.tunnels.tunnel_fakes import FakeJournal
from tests.waiting import until

REQUEST = SessionRequest("i-0000000000000000a", Place())


def launcher_of(aws: FakeAws, plugins: FakePlugins) -> Launcher:
    off_loop = OffLoop()
    return launcher_over(Fleet(FakePlaces(aws), [Place()], off_loop, clock=lambda: NOW), plugins, off_loop)


async def test_a_session_that_ends_by_itself_is_not_terminated() -> None:
    aws, plugins = FakeAws(), FakePlugins()
    result = await launcher_of(aws, plugins).open_session(REQUEST, "web-1", nullcontext)
    assert result.sentence == "The session on web-1 ended after 3 min 5 s."
    assert (result.failure, result.exit_status) == (None, 0)
    assert aws.terminated == []


@pytest.mark.parametrize(
    ("run", "status", "fails"),
    [
        (PluginRun(signal=9, spoke=True), 1, True),
        (PluginRun(exit_status=0, left=True), 130, False),
        (PluginRun(exit_status=0, left=True, duration=9), 130, True),
        (PluginRun(signal=15, stopped=True), 143, False),
        (PluginRun(signal=1, hung_up=True), 1, True),
        (PluginRun(exit_status=0, words=PluginWords(PluginWord.TIMED_OUT)), 1, True),
        (PluginRun(exit_status=0, words=PluginWords(PluginWord.CANNOT_START, "dial tcp")), 1, True),
    ],
)
async def test_any_other_ending_is_terminated(run: PluginRun, status: int, fails: bool) -> None:
    aws = FakeAws()
    result = await launcher_of(aws, FakePlugins(FakeRunning(run))).open_session(REQUEST, "web-1", nullcontext)
    assert aws.terminated == ["s-i-0000000000000000a"]
    assert result.exit_status == status
    assert (result.failure is not None) == fails


async def test_the_services_words_reach_the_user_without_a_second_termination() -> None:
    aws = FakeAws()
    run = PluginRun(exit_status=0, tail="a\nlast line", words=PluginWords(PluginWord.CLOSED, "idle time-out"))
    result = await launcher_of(aws, FakePlugins(FakeRunning(run))).open_session(REQUEST, "web-1", nullcontext)
    assert result.failure is not None
    assert "idle time-out" in result.failure.words
    assert result.failure.tail == ("a", "last line")
    assert aws.terminated == []


async def test_a_refused_start_is_reported_in_awss_own_words() -> None:
    aws = FakeAws(failing={"ssm:StartSession": fault("ssm:StartSession", FaultKind.TARGET_NOT_CONNECTED, "TNC")})
    plugins = FakePlugins()
    result = await launcher_of(aws, plugins).open_session(REQUEST, "web-1", nullcontext)
    assert result.failure is not None
    assert result.failure.title == "The session on web-1 did not start"
    assert result.failure.words == "TNC: no"
    assert "ssm:StartSession, 12:00:00 UTC" in result.failure.context
    assert result.failure.topic == "target-not-connected"
    assert "node.state" in result.failure.look_at
    assert (plugins.started, aws.terminated, result.exit_status) == (0, [], 1)


@pytest.mark.parametrize("grade", [PluginGrade.CANNOT_HIDE_TOKEN, PluginGrade.MISSING, PluginGrade.TOO_OLD])
async def test_an_unusable_plugin_costs_no_session(grade: PluginGrade) -> None:
    aws = FakeAws()
    result = await launcher_of(aws, FakePlugins(grade=grade)).open_session(REQUEST, "web-1", nullcontext)
    assert result.failure is not None
    assert "ssm:StartSession" not in aws.calls
    assert result.exit_status == 1


@pytest.mark.parametrize("error", [FileNotFoundError(2, "No such file"), ValueError("odd")])
async def test_a_plugin_that_cannot_be_started_leaves_no_session(error: Exception) -> None:
    aws = FakeAws()
    result = await launcher_of(aws, FakePlugins(error=error)).open_session(REQUEST, "web-1", nullcontext)
    assert aws.terminated == ["s-i-0000000000000000a"]
    assert result.failure is not None


async def test_a_session_that_cannot_be_ended_is_accounted_for() -> None:
    aws = FakeAws(failing={"ssm:TerminateSession": fault("ssm:TerminateSession")})
    run = PluginRun(signal=9, spoke=True)
    result = await launcher_of(aws, FakePlugins(FakeRunning(run))).open_session(REQUEST, "web-1", nullcontext)
    assert result.failure is not None
    assert "aws ssm terminate-session --session-id s-i-0000000000000000a" in result.failure.next_step


COMMAND = SessionDocument("Acme-Exit", "1", SessionType.NON_INTERACTIVE_COMMANDS, separate_output=True)


NOT_TOLD = "Acme-Exit does not report the command's exit status: 0 means that it ended, not that it succeeded."


def command_run(**parts: Any) -> PluginRun:
    words = PluginWords(PluginWord.EXITED, exit_code=parts.pop("exit_code", None))
    return PluginRun(words=words, duration=3, **{"exit_status": 0, "spoke": True, **parts})


@pytest.mark.parametrize(
    ("grade", "run", "status"),
    [
        (PluginGrade.BUILTIN, command_run(exit_status=7), 7),
        (PluginGrade.BUILTIN, command_run(exit_status=0), 0),
        (PluginGrade.FINE, command_run(exit_code=7), 7),
        (PluginGrade.FINE, command_run(exit_code=-1), 255),
    ],
)
async def test_a_commands_status_is_ours(grade: PluginGrade, run: PluginRun, status: int) -> None:
    aws, plugins = FakeAws(), FakePlugins(FakeRunning(run), grade=grade)
    result = await launcher_of(aws, plugins).open_session(REQUEST, "web-1", nullcontext, COMMAND)
    assert (result.exit_status, result.failure, result.note) == (status, None, "")
    assert result.sentence == f"The command on web-1 ended with status {status} after 3 s."
    assert plugins.on_pipes
    assert plugins.session_type == "NonInteractiveCommands", "our plugin accepts nothing else"
    assert aws.terminated == []


@pytest.mark.parametrize(
    ("grade", "document", "note"),
    [
        (PluginGrade.BUILTIN, replace(COMMAND, separate_output=False), ""),  # our plugin has said so itself
        (PluginGrade.FINE, replace(COMMAND, separate_output=False), NOT_TOLD),
        (PluginGrade.FINE, COMMAND, NOT_TOLD),  # the official plugin was not told one, or its words were lost
    ],
)
async def test_a_status_that_nobody_reported_is_not_claimed(
    grade: PluginGrade, document: SessionDocument, note: str
) -> None:
    plugins = FakePlugins(FakeRunning(command_run()), grade=grade)
    result = await launcher_of(FakeAws(), plugins).open_session(REQUEST, "web-1", nullcontext, document)
    assert (result.exit_status, result.failure, result.note) == (0, None, note)
    assert result.sentence == "The command on web-1 ended after 3 s; its exit status is not known."


async def test_a_parameter_decides_whether_there_is_a_status() -> None:
    document = replace(COMMAND, separate_output=False, separate_output_parameter="apart")
    request = replace(REQUEST, parameters={"apart": ("True",)})
    plugins = FakePlugins(FakeRunning(command_run(exit_status=7)), grade=PluginGrade.BUILTIN)
    result = await launcher_of(FakeAws(), plugins).open_session(request, "web-1", nullcontext, document)
    assert result.exit_status == 7


async def test_a_shell_in_which_somebody_prints_a_status_has_none() -> None:
    plugins = FakePlugins(FakeRunning(command_run(exit_code=7)))
    result = await launcher_of(FakeAws(), plugins).open_session(REQUEST, "web-1", nullcontext)
    assert (result.exit_status, plugins.on_pipes, plugins.session_type) == (0, False, "")


async def test_a_command_that_was_cut_off_has_no_status_of_its_own() -> None:
    run = PluginRun(signal=9, spoke=True)
    result = await launcher_of(FakeAws(), FakePlugins(FakeRunning(run))).open_session(
        REQUEST, "web-1", nullcontext, COMMAND
    )
    assert result.exit_status == 1
    assert result.failure is not None


async def test_nothing_escapes_the_handover() -> None:
    escaped: list[BaseException] = []

    @contextmanager
    def lend() -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            escaped.append(error)
            raise

    aws = FakeAws()
    running = FakeRunning(breaks=True)
    result = await launcher_of(aws, FakePlugins(running)).open_session(REQUEST, "web-1", lend)
    assert escaped == []
    assert running.stopped.is_set()
    assert aws.terminated == ["s-i-0000000000000000a"]
    assert result.failure is not None
    assert "relay broke" in result.failure.words


async def test_being_told_to_end_stops_the_running_session() -> None:
    aws, running = FakeAws(), FakeRunning(waits=True)
    launcher = launcher_of(aws, FakePlugins(running))
    attached = asyncio.Event()

    @contextmanager
    def lend() -> Iterator[None]:
        attached.set()
        yield

    opening = asyncio.create_task(launcher.open_session(REQUEST, "web-1", lend))
    await asyncio.wait_for(attached.wait(), 60)
    launcher.stop_sessions()
    result = await asyncio.wait_for(opening, 60)
    assert result.exit_status == 143
    assert aws.terminated == ["s-i-0000000000000000a"]


async def test_a_session_given_up_while_it_starts_is_ended_when_it_has_started() -> None:
    gate = threading.Event()
    aws, plugins = FakeAws(gates={"ssm:StartSession": gate}), FakePlugins()
    launcher = launcher_of(aws, plugins)
    opening = asyncio.create_task(launcher.open_session(REQUEST, "web-1", nullcontext))
    await until(lambda: "ssm:StartSession" in aws.calls)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    gate.set()
    await launcher.settle(patience=10)
    assert aws.terminated == ["s-i-0000000000000000a"]
    assert plugins.started == 0


async def start_hangs(aws: FakeAws, launcher: Launcher) -> asyncio.Task[SessionResult]:
    opening = asyncio.create_task(launcher.open_session(REQUEST, "web-1", nullcontext))
    await until(lambda: "ssm:StartSession" in aws.calls)
    return opening


async def test_a_start_that_was_not_answered_before_the_end_is_reported() -> None:
    gate = threading.Event()
    aws = FakeAws(gates={"ssm:StartSession": gate})
    launcher = launcher_of(aws, FakePlugins())
    opening = await start_hangs(aws, launcher)
    await launcher.settle(patience=0.01)
    [told] = launcher.left_open()
    assert "StartSession on web-1" in told
    gate.set()
    assert (await opening).failure is not None
    assert launcher.left_open() == ()


async def test_the_last_steps_of_a_session_that_began_are_waited_for() -> None:
    """Longer than a start that hangs: this session is ended for certain."""
    gate = threading.Event()
    aws = FakeAws(gates={"ssm:TerminateSession": gate})
    launcher = launcher_of(aws, FakePlugins(FakeRunning(PluginRun(signal=9, spoke=True))))
    opening = asyncio.create_task(launcher.open_session(REQUEST, "web-1", nullcontext))
    await until(lambda: "ssm:TerminateSession" in aws.calls)
    asyncio.get_running_loop().call_later(0.2, gate.set)
    await launcher.settle(patience=0.01)
    assert launcher.left_open() == ()
    assert aws.terminated == ["s-i-0000000000000000a"]
    await opening


async def test_an_end_that_the_user_will_not_wait_for_is_reported() -> None:
    gate = threading.Event()
    aws = FakeAws(gates={"ssm:TerminateSession": gate})
    launcher = launcher_of(aws, FakePlugins(FakeRunning(PluginRun(signal=9, spoke=True))))
    opening = asyncio.create_task(launcher.open_session(REQUEST, "web-1", nullcontext))
    await until(lambda: "ssm:TerminateSession" in aws.calls)
    settling = asyncio.create_task(launcher.settle())
    launcher.hurry()
    await asyncio.wait_for(settling, 60)
    [told] = launcher.left_open()
    assert "aws ssm terminate-session --session-id s-i-0000000000000000a" in told
    gate.set()
    await opening


async def test_a_session_that_ended_well_and_stays_active_is_no_success() -> None:
    """SIGTERM for the plugin alone: it says goodbye, and does not wait to see the session ended."""
    run = PluginRun(exit_status=0, spoke=True, words=PluginWords(PluginWord.TERMINATED))
    aws = FakeAws(failing={"ssm:TerminateSession": fault("ssm:TerminateSession")})
    result = await launcher_of(aws, FakePlugins(FakeRunning(run))).open_session(REQUEST, "web-1", nullcontext)
    assert result.failure is not None
    assert result.failure.title == "The session on web-1 could not be ended"
    assert result.exit_status == 1


def test_given_up_while_its_plugin_starts_the_plugin_is_stopped() -> None:
    class GivenUp(FakePlugins):
        def start(self, *arguments: Any, **options: Any) -> RunningPlugin:
            attempt.cancel()
            return super().start(*arguments, **options)

    plugins = GivenUp()
    attempt = SessionAttempt(FakeAws(), plugins, FakeJournal(), REQUEST, "web-1")
    attempt.begin()
    assert plugins.running.stopped.is_set()


async def test_given_up_before_its_start_nothing_is_started() -> None:
    aws, plugins = FakeAws(), FakePlugins()
    attempt = SessionAttempt(aws, plugins, FakeJournal(), REQUEST, "web-1")
    attempt.cancel()
    with pytest.raises(AttemptFailed):
        attempt.begin()
    assert aws.calls == []
    assert attempt.left_open() == ""


async def test_a_start_without_an_answer_is_not_called_harmless() -> None:
    aws = FakeAws(failing={"ssm:StartSession": fault("ssm:StartSession", FaultKind.TIMED_OUT, "ReadTimeoutError")})
    result = await launcher_of(aws, FakePlugins()).open_session(REQUEST, "web-1", nullcontext)
    assert result.failure is not None
    assert "a session may have begun" in result.failure.meaning


async def test_what_nobody_waits_for_any_more_is_not_printed() -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    gate = threading.Event()
    aws = FakeAws(gates={"ssm:StartSession": gate})
    launcher = launcher_of(aws, FakePlugins())
    opening = await start_hangs(aws, launcher)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    gate.set()
    await launcher.settle(patience=10)
    await asyncio.sleep(0)
    gc.collect()
    assert complaints == []


# Resumed sessions --------------------------------------------------------------------------------

OLD = AccountSession(Place(), "s-old", "i-0000000000000000a")
RESUMED = StartedSession("s-old", "wss://x", "token", "eu-west-1", "https://ssm")


def resuming(
    answer: StartedSession | None = RESUMED, refusal: Fault | None = None
) -> Callable[[], StartedSession | None]:
    def call() -> StartedSession | None:
        if refusal is not None:
            raise AwsCallFailed(refusal)
        return answer

    return call


class ResumeBench:
    """A session that is there already, and what becomes of it."""

    def __init__(self, run: PluginRun | None = None) -> None:
        self.aws, self.journal = FakeAws(), FakeJournal()
        self.plugins = FakePlugins(FakeRunning(run)) if run is not None else FakePlugins()
        self.sessions = Sessions(lambda _: self.aws, self.plugins, self.journal, OffLoop())

    async def resume(self, call: Callable[[], StartedSession | None]) -> SessionResult:
        return await self.sessions.resume(OLD, "web-1", nullcontext, call)


async def test_a_resumed_session_starts_none_and_ends_like_any_other() -> None:
    bench = ResumeBench()
    result = await bench.resume(resuming())
    assert result.sentence == "The session on web-1 ended after 3 min 5 s."
    assert "ssm:StartSession" not in bench.aws.calls
    assert bench.plugins.resumes
    assert bench.aws.terminated == []
    assert bench.journal.events[0] == "opened 0", "recorded before its plugin is started"
    assert bench.journal.open == {}


@pytest.mark.parametrize(
    "run",
    [
        PluginRun(signal=9, spoke=True),
        PluginRun(exit_status=0, escaped=True, spoke=True),
        PluginRun(signal=15, stopped=True),
        PluginRun(signal=1, hung_up=True),
    ],
)
async def test_a_resumed_session_that_is_cut_or_left_is_terminated(run: PluginRun) -> None:
    bench = ResumeBench(run)
    await bench.resume(resuming())
    assert bench.aws.terminated == ["s-old"]


@pytest.mark.parametrize(
    "run",
    [
        PluginRun(exit_status=0, left=True),
        PluginRun(exit_status=0, left=True, duration=9),
        PluginRun(exit_status=0, words=PluginWords(PluginWord.CANNOT_START, "it is encrypted"), spoke=True),
    ],
)
async def test_a_session_that_was_not_resumed_after_all_goes_on(run: PluginRun) -> None:
    bench = ResumeBench(run)
    result = await bench.resume(resuming())
    assert bench.aws.terminated == []
    assert bench.journal.open == {}, "it is no longer ours to account for"
    if result.failure is not None:
        assert result.failure.meaning == "The session goes on as it was."


async def test_a_plugin_that_cannot_be_started_leaves_the_resumed_session() -> None:
    bench = ResumeBench()
    bench.plugins.error = PluginNotStarted("no pty")
    result = await bench.resume(resuming())
    assert result.failure is not None
    assert result.failure.meaning == "The session goes on as it was."
    assert bench.aws.terminated == []


async def test_a_session_that_has_ended_is_one_clear_sentence() -> None:
    bench = ResumeBench()
    result = await bench.resume(resuming(None))
    assert result.failure is not None
    assert result.sentence == "The session on web-1 was not resumed"
    assert result.failure.words == "The session has ended, and one that has ended cannot be resumed."
    assert (bench.plugins.started, bench.aws.terminated, result.exit_status) == (0, [], 1)


@pytest.mark.parametrize("kind", [FaultKind.DENIED, FaultKind.TIMED_OUT])
async def test_a_failed_resume_is_reported_in_awss_own_words(kind: FaultKind) -> None:
    bench = ResumeBench()
    result = await bench.resume(resuming(refusal=fault("ssm:ResumeSession", kind)))
    assert result.failure is not None
    assert "AccessDeniedException: no" in result.failure.words
    assert "ssm:ResumeSession" in result.failure.context
    assert "may have begun" not in result.failure.meaning, "it was there before"
    assert (bench.plugins.started, bench.aws.terminated) == (0, [])
