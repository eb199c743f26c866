"""The plugin without a terminal: scripts and pipelines."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtui.channel.handshake import SessionType
from smtui.demo.far_end.agent import RemoteProgram
from smtui.demo.far_end.channel_service import SessionWork
from tests.channel.wires import ScriptedProgram
from tests.plugin.builtin.service import PLUGIN, SESSION, Service, service

VERSION = "1.2.896.0"


def run(far: Service, stdin: bytes, **options: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        far.argv, env=far.environment(**options), input=stdin, capture_output=True, check=False, timeout=60  # type: ignore[arg-type]
    )  # fmt: skip


def test_the_end_of_stdin_ends_the_session_with_the_official_words(far: Service) -> None:
    result = run(far, b"echo hello\n")
    assert result.stdout.decode().endswith("Cannot perform start session: EOF\n")
    assert (result.returncode, result.stderr) == (0, b"")
    far.book.wait_for("ended")


def test_started_by_smtui_what_was_piped_in_is_run_to_the_end(far: Service) -> None:
    result = run(far, b"echo $((6*7))\nstty size\n", from_smtui=True)
    assert b"42\r\n" in result.stdout
    assert b"100 300\r\n" in result.stdout, "the size without a terminal"
    assert b"Starting session" not in result.stdout
    assert b"Starting session" in result.stderr
    assert f"Exiting session with sessionId: {SESSION}." in result.stderr.decode()
    assert result.returncode == 0


def test_much_input_arrives_whole(far: Service, tmp_path: Path) -> None:
    target = tmp_path / "typed"
    lines = b"".join(b"%d\n" % n for n in range(60_000))
    result = run(far, b"stty -echo; cat > %s\n" % os.fsencode(target) + lines, from_smtui=True)
    assert result.returncode == 0
    assert target.read_bytes() == lines


@pytest.fixture
def command() -> Iterator[Service]:
    """A service whose sessions are one command, not on a terminal."""

    async def start(_: str) -> RemoteProgram:
        program = ScriptedProgram()
        program.say(b"half ")
        program.say(b"whole\n")
        program.exit()
        return program

    with service(work_for=lambda _: SessionWork(start, SessionType.NON_INTERACTIVE_COMMANDS)) as running:
        running.request = {"Target": "i-0123456789abcdef0", "DocumentName": "AWS-StartNonInteractiveCommand"}
        yield running


def test_a_commands_output_is_unchanged(command: Service) -> None:
    result = run(command, b"", from_smtui=True)
    assert result.stdout == b"half whole\n"
    assert result.returncode == 0


def test_nobody_reading_ends_the_plugin(far: Service) -> None:
    plugin = subprocess.Popen(
        far.argv,
        env=far.environment(from_smtui=True),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert plugin.stdout
    assert plugin.stdin
    with plugin:
        plugin.stdout.read(1)
        plugin.stdout.close()
        plugin.stdin.write(b"yes\n")
        plugin.stdin.flush()
        assert plugin.wait(60) == 255
    far.book.wait_for("disconnected")


def test_output_into_a_file_is_whole(far: Service, tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        subprocess.run(
            far.argv, env=far.environment(from_smtui=True), input=b"seq 1 50000\n", stdout=out, timeout=60, check=True
        )  # fmt: skip
    assert b"49999\r\n50000\r\n" in (tmp_path / "out").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="the closed streams of a POSIX shell")
@pytest.mark.parametrize("arguments", [["--version"], [], ["x"], ["[", "us-east-1", "StartSession"]])
@pytest.mark.parametrize("output", [">&-", ">/dev/full", "2>&-"])
def test_output_that_goes_nowhere_is_no_failure(arguments: list[str], output: str) -> None:
    argv = ["sh", "-c", f'"$@" {output}', "sh", *PLUGIN, *arguments]
    result = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--version"], f"{VERSION}\n"),
        (
            [],
            "\nThe Session Manager plugin was installed successfully. Use the AWS CLI to start a session.\n\n",
        ),
        (
            ["version"],
            "\nUnknown operation version. \nUse session-manager-plugin --version to check the version.\n\n",
        ),
        (["{}", "us-east-1", "ListSessions"], "Invalid Operation"),
        (
            ["nonsense", "us-east-1", "StartSession"],
            "Cannot perform start session: invalid response: Expecting value\n",
        ),
        (
            ["AWS_SSM_START_SESSION_RESPONSE_X", "us-east-1", "StartSession"],
            "Cannot perform start session: invalid response: Expecting value\n",
        ),
    ],
)
def test_without_a_session_it_answers_as_the_official_one_does(arguments: list[str], said: str) -> None:
    result = subprocess.run([*PLUGIN, *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert (result.stdout, result.stderr, result.returncode) == (said, "", 0)


def test_a_response_that_lacks_something_is_said_on_stderr() -> None:
    argv = [*PLUGIN, '{"SessionId":"s","StreamUrl":"u"}', "us-east-1", "StartSession"]
    result = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert (result.stdout, result.stderr, result.returncode) == (
        "", "The StartSession response has no TokenValue.\n", 2,
    )  # fmt: skip


def test_the_version_is_reported_without_importing_anything_heavy() -> None:
    probe = (
        "import sys; sys.argv[1:] = ['--version']\n"
        "from smtui.plugin.builtin import main; main()\n"
        "heavy = {'asyncio', 'websockets', 'botocore', 'json', 'smtui.channel', 'ssl'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    result = subprocess.run(
        [sys.executable, "-c", probe], env=unmeasured, capture_output=True, text=True, check=False, timeout=60
    )
    assert (result.stdout, result.stderr) == (f"{VERSION}\n", "")


def test_the_response_may_be_on_argv_and_in_the_case_that_ecs_uses(far: Service) -> None:
    import json

    response = json.loads(far.environment()["AWS_SSM_START_SESSION_RESPONSE"])
    argument = json.dumps({name[0].lower() + name[1:]: value for name, value in response.items()})
    environment = far.environment(from_smtui=True)
    del environment["AWS_SSM_START_SESSION_RESPONSE"]
    arguments = [*PLUGIN, argument, "us-east-1", "StartSession"]
    result = subprocess.run(
        arguments, env=environment, input=b"echo $((6*7))\n", capture_output=True, check=False, timeout=60
    )
    assert b"42\r\n" in result.stdout


def test_a_shell_starts_without_what_only_other_sessions_and_calls_need() -> None:
    probe = (
        "import sys, smtui.plugin.builtin.invocation, smtui.plugin.builtin.run\n"
        "from smtui.channel.websocket import import_websockets; import_websockets()\n"
        "needless = {'botocore', 'urllib3', 'click', 'textual', 'rich', 'psutil', 'cryptography', 'zipfile',\n"
        "  'smtui.channel.smux', 'smtui.channel.encryption', 'smtui.plugin.builtin.port_session',\n"
        "  'smtui.domain.shellquote', 'smtui.domain.outcome', 'smtui.domain.fault'} & set(sys.modules)\n"
        "assert not needless, needless\n"
        "import importlib.metadata\n"
        "assert importlib.metadata.version('websockets')\n"
        "from importlib.metadata import PackageNotFoundError\n"
        "assert sys.modules['importlib.metadata'].__spec__ is not None"
    )
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False, timeout=60)
    assert (result.stdout, result.stderr) == ("", "")


def test_the_data_channel_is_at_the_configured_endpoint(far: Service) -> None:
    aws = "wss://ssmmessages.us-east-1.amazonaws.com"
    here = far.server.stream_url(SESSION)
    endpoint = here.partition("/v1")[0].replace("ws:", "http:")
    url = aws + here.removeprefix(here.partition("/v1")[0])
    result = run(far, b"echo $((6*7))\n", from_smtui=True, url=url, SMTUI_ENDPOINT_URL_SSMMESSAGES=endpoint)
    assert b"42\r\n" in result.stdout
    refused = run(far, b"", from_smtui=True, url=url, SMTUI_ENDPOINT_URL_SSMMESSAGES="http://x.example")
    assert b"must begin with https://" in refused.stderr
