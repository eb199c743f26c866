"""Sessions that are encrypted with a KMS key, from the program that the user starts to a real shell and back."""

from __future__ import annotations

import json
import subprocess

import pytest

from smtui.demo.story.story_nodes import story
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import AWS_CLI, PLUGIN, SMTUI
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_aws_cli import with_plugin
from tests.end_to_end.test_aws_cli_forward import fetched, forwarding
from tests.end_to_end.test_forward import download, forward
from tests.end_to_end.test_screen import at_the_list, cursor_line
from tests.waiting import wait_until

NODES = {node.name: node.node_id for node in story()}
OLDER, NEWER = "batch-1", "web-1"
"""Nodes whose agents are older and newer than the KMS challenge."""
ENCRYPTED = "This session is encrypted using AWS KMS."
INTERACTIVE, COMMANDS = "AWS-StartInteractiveCommand", "AWS-StartNonInteractiveCommand"
COMMAND = "sh -c 'echo out; echo err >&2; exit 7'"


@pytest.fixture
def keyed(world: World) -> World:
    world.region.faults.apply({"switch": ["kms"]})
    return world


def assert_encrypted(world: World, keys: int = 1) -> None:
    """So many data keys were made, and nothing is left."""
    assert world.region.faults.calls("kms:GenerateDataKey") == keys
    wait_until(lambda: world.active_sessions() == [])
    wait_until(lambda: world.plugins() == [])


@pytest.mark.parametrize("node", [OLDER, NEWER])
@pytest.mark.parametrize("document", ["", INTERACTIVE], ids=["shell", "interactive"])
@pytest.mark.parametrize("through", ["smtui", "cli"])
def test_on_a_terminal(keyed: World, through: str, document: str, node: str) -> None:
    words, around = [SMTUI, "connect", node], keyed.environment
    given = ["--parameter", "command=sh"]
    if through == "cli":
        words, around = [AWS_CLI, "ssm", "start-session", "--target", NODES[node]], with_plugin(keyed, PLUGIN)
        given = ["--parameters", json.dumps({"command": ["sh"]})]
    if document:
        words += ["--document-name", document, *given]
    with Terminal(words, around) as terminal:
        terminal.wait_for(ENCRYPTED)
        terminal.wait_for(lambda text: text.rstrip().endswith(("$", "#")))
        terminal.press("echo $((6*7))\r")
        terminal.wait_for("\n42")
        terminal.press("stty size\r")
        terminal.wait_for("\n30 100")
        terminal.press("exit\r")
        terminal.wait_for("Exiting session with sessionId")
        assert terminal.wait_for_end() == 0
    assert_encrypted(keyed)


def run(words: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """On pipes, with an input that has not ended before the output has."""
    with subprocess.Popen(
        words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        output = running.stdout.read()
        _, errors = running.communicate(timeout=60)
        return subprocess.CompletedProcess(words, running.returncode, output, errors)


@pytest.mark.parametrize("node", [OLDER, NEWER])
@pytest.mark.parametrize("separate", ["True", "False"])
def test_a_command_through_smtui(keyed: World, separate: str, node: str) -> None:
    parameters = [f"command={COMMAND}", f"separateOutputStream={separate}"]
    words = [SMTUI, "connect", node, "--document-name", COMMANDS]
    done = run([*words, *(word for pair in parameters for word in ("--parameter", pair))], keyed.environment)
    expected = (7, "out\n") if separate == "True" else (0, "out\nerr\n")
    assert (done.returncode, done.stdout) == expected, "the agent's notice is not among the command's output"
    assert ENCRYPTED in done.stderr
    assert ("err\n" in done.stderr) == (separate == "True")
    assert_encrypted(keyed)


@pytest.mark.parametrize("node", [OLDER, NEWER])
@pytest.mark.parametrize("separate", ["True", "False"])
def test_a_command_through_the_cli(keyed: World, separate: str, node: str) -> None:
    parameters = json.dumps({"command": [COMMAND], "separateOutputStream": [separate]})
    words = [AWS_CLI, "ssm", "start-session", "--target", NODES[node], "--document-name", COMMANDS]
    done = run([*words, "--parameters", parameters], with_plugin(keyed, PLUGIN))
    assert done.returncode == 0, done.stderr
    for said in (ENCRYPTED, "out\n", "err\n"):
        assert said in done.stdout, "the official plugin has everything on stdout"
    assert ("EXIT_CODE: 7" in done.stdout) == (separate == "True")
    assert_encrypted(keyed)


def test_a_port_through_smtui_needs_no_key(keyed: World) -> None:
    with forward(keyed, NEWER, "80") as running:
        assert download(running.port(), 100_000)
        assert running.end() == 0
    assert_encrypted(keyed, keys=0)


def test_a_port_through_the_cli_needs_no_key(keyed: World) -> None:
    with forwarding(with_plugin(keyed, PLUGIN)) as port:
        assert len(fetched(f"http://127.0.0.1:{port}/bytes/100000")) == 100_000
    assert_encrypted(keyed, keys=0)


def test_a_shell_from_the_screen(keyed: World) -> None:
    with Terminal([SMTUI], keyed.environment) as terminal:
        at_the_list(terminal)
        terminal.press(f"/{NEWER}\r")
        terminal.wait_for(lambda text: "bastion-1" not in text and NEWER in cursor_line(terminal))
        terminal.press("\r")
        terminal.wait_for(f"[{NEWER} ~]$")
        assert ENCRYPTED in terminal.text()
        terminal.press("echo $((6*7))\r")
        terminal.wait_for("\n42")
        terminal.press("exit\r")
        terminal.wait_for(lambda _: NEWER in cursor_line(terminal))
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert_encrypted(keyed)


def test_a_node_whose_role_may_not_decrypt(keyed: World) -> None:
    keyed.region.faults.apply({"switch": ["kms", "host-management"]})
    with Terminal([SMTUI, "connect", "no-profile-1"], keyed.environment, columns=200, rows=60) as terminal:
        told = terminal.wait_for("(kms-role)")
        assert terminal.wait_for_end() == 1
    assert "AWSSystemsManagerDefaultEC2InstanceManagementRole" in told
    assert "is not authorized to perform: kms:Decrypt" in told.replace("\n", " ")
    assert "No policy of the node's role allows kms:Decrypt" in told
    assert_encrypted(keyed)
