"""Every kind of failed start or session that the demo can make: the topic that is named, the check that is gone to."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.story.story_nodes import more_causes, story
from smtui.topics.causes import UNCHECKED
from smtui.topics.library import topic
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI, region_environment
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_forward import forward
from tests.waiting import PATIENCE, wait_until

WEB_1 = "i-0a1b2c3d4e5f60718"
LISTED = "web-1"
_IDS = {node.name: node.node_id for node in (*story(), *more_causes())}


@dataclass(frozen=True)
class Kind:
    """One way to fail: what is wrong, on which node, and the topic that has to be named."""

    topic: str
    node: str = LISTED
    faults: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    """The check that finds the cause, on which the pane ends up; empty where no check can."""
    plugin: str = ""
    """A script in place of the Session Manager plugin."""
    is_blank: bool = False
    """Nothing comes: Ctrl-C, once smtui has said so."""
    later: bool = False
    """The faults come once the shell is there."""


def switched(name: str, topic_id: str, code: str, node: str = LISTED, *, is_blank: bool = False) -> Kind:
    return Kind(topic_id, node, {"switch": [name]}, code, is_blank=is_blank)


def unconnected(node: str, code: str) -> Kind:
    return Kind("target-not-connected", node, code=code)


def session_of(topic_id: str, words: str, status: int = 0) -> Kind:
    """A plugin of a version that is fine, and what it says of a session."""
    script = f'[ "$1" = --version ] && {{ echo 1.2.764.0; exit; }}\n{words}\nexit {status}'
    return Kind(topic_id, plugin=script)


def service_says(words: str) -> str:
    banner = "\\nStarting session with SessionId: ops-1\\n$ "
    return f"printf '{banner}\\n\\nSessionId: ops-1 : {words}\\n\\n'"


KINDS: dict[str, Kind] = {
    "stopped": unconnected("stopped-1", "node.state"),
    "agent stopped": unconnected("agent-stopped-1", "node.ping"),
    "no instance profile": unconnected("no-profile-1", "identity.instance_profile"),
    "no policy": unconnected("no-policy-1", "identity.policy"),
    "wrong trust": unconnected("wrong-trust-1", "identity.trust"),
    "no egress": unconnected("no-egress-1", "path.security_group"),
    "network ACL": unconnected("acl-closed-1", "path.network_acl"),
    "no way out": unconnected("no-nat-1", "path.route"),
    "no ssmmessages endpoint": unconnected("no-ssmmessages-1", "path.endpoint_ssmmessages"),
    "private DNS off": unconnected("private-dns-off-1", "path.private_dns"),
    "endpoint's group": unconnected("endpoint-sg-closed-1", "path.endpoint_security_group"),
    "endpoint's policy": unconnected("endpoint-policy-1", "path.endpoint_policy"),
    "metadata off": unconnected("metadata-off-1", "handshake.metadata"),
    "hop limit": unconnected("hop-limit-1", "handshake.hop_limit"),
    "agent below the minimum": unconnected("agent-too-old-1", "node.agent_version"),
    "hybrid and lost": unconnected("onprem-lost-1", "node.ping"),
    "denied": Kind("no-permission-to-start", faults={"deny": ["ssm:StartSession"]}, code="local.permission"),
    "expired": Kind("expired-credentials", faults={"expired": True}, code="local.credentials"),
    "throttled": Kind("throttled", faults={"throttle": {"ssm:StartSession": 1000}}),
    "server error": Kind("aws-service-error", faults={"server_error": {"ssm:StartSession": 1000}}),
    "no answer": Kind("aws-unreachable", faults={"hang": ["ssm:StartSession"]}),
    "standard tier": switched("standard-tier", "advanced-tier", "node.tier", "onprem-1"),
    "bucket deleted": switched("bucket-deleted", "blank-screen", "preferences.s3_bucket", is_blank=True),
    "log group deleted": switched("log-group-deleted", "blank-screen", "preferences.log_group", is_blank=True),
    "no s3 endpoint": switched(
        "no-s3-endpoint", "blank-screen", "preferences.endpoints", "endpoints-elsewhere-1", is_blank=True
    ),
    "no logs endpoint": switched(
        "no-logs-endpoint", "blank-screen", "preferences.endpoints", "endpoints-elsewhere-1", is_blank=True
    ),
    "bucket unencrypted": switched("bucket-unencrypted", "encryption-mismatch", "preferences.s3_encryption"),
    "log group unencrypted": switched("log-group-unencrypted", "encryption-mismatch", "preferences.log_encryption"),
    "key disabled": switched("key-disabled", "kms-key", "preferences.kms_key"),
    "key pending deletion": switched("key-pending-deletion", "kms-key", "preferences.kms_key"),
    "key deleted": switched("key-deleted", "kms-key", "preferences.kms_key"),
    "key for signing": switched("key-for-signing", "kms-key", "preferences.kms_key"),
    "may not use the key": Kind(
        "kms-permission", faults={"switch": ["preferences"], "deny": ["kms:GenerateDataKey", "kms:Decrypt"]}
    ),
    "KMS throttles": Kind("throttled", faults={"switch": ["kms"], "throttle": {"kms:GenerateDataKey": 1000}}),
    "KMS does not answer": Kind("aws-unreachable", faults={"switch": ["kms"], "hang": ["kms:GenerateDataKey"]}),
    "node has no way to KMS": switched("kms", "handshake-timed-out", "preferences.endpoints", "isolated-1"),
    "mute": Kind("blank-screen", faults={"mute": True}, is_blank=True),
    "cut, and may not resume": Kind(
        "no-permission-to-start", faults={"deny": ["ssm:ResumeSession"], "drop_now": True}, later=True
    ),
    "cut, and expired meanwhile": Kind(
        "expired-credentials", faults={"expired": True, "drop_now": True}, code="local.credentials", later=True
    ),
    "plugin too old": Kind("plugin-too-old", plugin="echo 1.1.10.0", code="local.plugin_version"),
    "plugin without a word": Kind("plugin-unresponsive", plugin="exit 1", code="local.plugin_version"),
    "plugin crashed": session_of("plugin-too-old", "echo 'panic: boom'; echo; echo 'goroutine 1 [running]:'", 2),
    "idle": session_of("idle-timeout", service_says("Your session timed out due to inactivity.")),
    "longest time": session_of("session-limit", service_says("Session ended: maximum session duration reached.")),
    "disk full": session_of("disk-full", service_says("write /var/lib/amazon/ssm/x: no space left on device")),
    "unknown": session_of("unknown-failure", "echo 'Something that nobody knows'", 3),
}

_ALIKE_IN_THE_SCREEN = frozenset(
    {
        *("agent stopped", "no instance profile", "wrong trust", "no egress", "network ACL", "no ssmmessages endpoint"),
        *("private DNS off", "endpoint's group", "endpoint's policy", "agent below the minimum"),
        *("no policy", "no way out", "metadata off", "hop limit", "hybrid and lost", "throttled"),
        *("no logs endpoint", "log group unencrypted", "key pending deletion", "key deleted", "key for signing"),
        *("log group deleted", "no s3 endpoint", "bucket unencrypted", "may not use the key", "KMS throttles"),
        *("KMS does not answer", "cut, and expired meanwhile", "plugin without a word", "longest time", "disk full"),
    }
)
"""They come to the pane as another kind does; that their cause is found, tests/cli/test_doctor_table.py tests, and that
their topic is named, the tests of `connect` below."""
every_kind = pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, id=name, marks=pytest.mark.slow if name in _ALIKE_IN_THE_SCREEN else ())
        for name, kind in KINDS.items()
    ],
)

_UNCONNECTED = [name for name, kind in KINDS.items() if kind.topic == "target-not-connected"]
every_kind_to_connect = pytest.mark.parametrize(
    "kind", [pytest.param(kind, id=name) for name, kind in KINDS.items() if name not in _UNCONNECTED[1:]]
)
"""`connect` looks for no cause: for it, all nodes that are not connected are one kind."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """With the nodes of the switch `causes` as well."""
    with SimulatedRegion(demo_fleet(causes=True)) as region:
        home = tmp_path / "home"
        there = World(region, home, region_environment(region, home))
        yield there
        for process in there.processes():
            process.kill()


def environment(world: World, kind: Kind) -> dict[str, str]:
    if not kind.plugin:
        return world.environment
    program = world.home / "session-manager-plugin"
    program.write_text(f"#!/bin/sh\n{kind.plugin}\n")
    program.chmod(0o755)
    return world.environment | {"SMTUI_PLUGIN": str(program)}


def named(topic_id: str) -> str:
    return f"Topic: {topic(topic_id).title} ({topic_id})."


def assert_nothing_left(world: World, kind: Kind) -> None:
    """A plugin that only says so has ended no session, and smtui takes its word that the service did."""
    if not kind.plugin:
        wait_until(lambda: world.active_sessions() == [] or world.region.faults.expired)
    wait_until(lambda: world.plugins() == [])


def fail(terminal: Terminal, world: World, kind: Kind) -> None:
    """What the user does, and what befalls the session, after it was asked for."""
    if kind.is_blank:
        terminal.wait_for("Ctrl-C leaves", PATIENCE)
        terminal.press("\x03")
    if kind.later:
        terminal.wait_for("~]$", PATIENCE)
        world.region.faults.apply(kind.faults)


@every_kind_to_connect
def test_connect_names_the_topic(world: World, kind: Kind) -> None:
    if not kind.later:
        world.region.faults.apply(kind.faults)
    with Terminal([SMTUI, "connect", kind.node], environment(world, kind), columns=200, rows=60) as terminal:
        fail(terminal, world, kind)
        terminal.wait_for("Topic: ", PATIENCE)
        assert terminal.wait_for_end(PATIENCE) in ((130,) if kind.is_blank else (1,))
        assert named(kind.topic) in terminal.text()
        assert f"To read it: smtui topics {kind.topic}" in terminal.text()
        doctor = "To find the cause and its fix: smtui doctor" in terminal.text()
        assert doctor == (kind.topic not in UNCHECKED), "a diagnosis that finds nothing is not offered"
    assert_nothing_left(world, kind)


@every_kind
def test_the_pane_opens_on_the_topic_and_goes_to_the_cause(world: World, kind: Kind) -> None:
    argv = [SMTUI, "--filter", _IDS[kind.node]]
    with Terminal(argv, environment(world, kind), columns=140, rows=45) as terminal:
        terminal.wait_for(lambda text: f"{kind.node} " in text and "reading" not in text)
        if not kind.later:
            world.region.faults.apply(kind.faults)
        terminal.press("\r")
        if kind.topic == "target-not-connected":
            asked = terminal.wait_for(lambda text: "Start anyway" in text or "The session on" in text)
            if "Start anyway" in asked:  # it does not ask while the connection status has not come
                terminal.press("\r")
        fail(terminal, world, kind)
        terminal.wait_for("The session on", 2 * PATIENCE)  # some take 20 s where nothing else runs
        if kind.code:
            terminal.wait_for(lambda text: "Its cause · " in text and f" · {kind.code} " in text, PATIENCE)
            terminal.press("g")
            # It stands in the place of the topic's guesses; a long path goes below the label.
            terminal.wait_for(lambda text: re.search(r"CAUSE\s", text) is not None)
        else:
            terminal.wait_for(lambda text: "LIKELY  " in text and topic(kind.topic).title in text, PATIENCE)
        assert left_by_q(terminal) == 0
    assert_nothing_left(world, kind)


def left_by_q(terminal: Terminal) -> int:
    """A key in the first moments after a session may be taken for a terminal's late answer: it is pressed again."""
    for _ in range(60):
        terminal.press("q")
        with contextlib.suppress(AssertionError):
            return terminal.wait_for_end(1.0)
    return terminal.wait_for_end()


def forwarded(world: World, *words: str, **variables: str) -> str:
    """What `smtui forward` says on stderr when it fails."""
    argv, around = [SMTUI, "forward", *words], world.environment | variables
    done = subprocess.run(argv, env=around, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 1, done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("words", "faults", "topic_id"),
    [
        (("agent-no-forward-1", "80"), {}, "agent-too-old"),
        (("agent-no-remote-host-1", "db.internal:5432"), {}, "agent-too-old"),
        (("no-nat-1", "80"), {}, "target-not-connected"),
        (("onprem-1", "80"), {"switch": ["standard-tier"]}, "advanced-tier"),
        (("web-1", "80"), {"deny": ["ssm:StartSession"]}, "no-permission-to-start"),
        ((WEB_1, "80"), {"expired": True}, "expired-credentials"),
        (("nothing-of-that-name", "80"), {"expired": True}, "expired-credentials"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else None,
)
def test_forward_names_the_topic(world: World, words: tuple[str, ...], faults: dict[str, Any], topic_id: str) -> None:
    world.region.faults.apply(faults)
    assert named(topic_id) in forwarded(world, *words)
    assert world.active_sessions() == []


@pytest.mark.parametrize("words", [("web-1", "9"), ("bastion-1", "nowhere.internal:5432")], ids="-".join)
def test_a_forward_whose_destination_refuses_names_the_topic(world: World, words: tuple[str, ...]) -> None:
    with forward(world, *words) as running:
        running.opened()
        wait_until(lambda: named("remote-port-refused") in running.said())
        assert running.end() == 0
        assert running.said().count("Topic: ") == 1
        assert "smtui topics remote-port-refused" in running.said()
        assert "smtui doctor" not in running.said(), "it would say that a session can start"


def test_forward_to_a_local_port_in_use_names_the_topic(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        assert named("local-port-in-use") in forwarded(world, "web-1", "80", "--local-port", port)
    assert world.region.faults.calls("ssm:StartSession") == 0


def test_a_plugin_that_is_not_there(world: World) -> None:
    nowhere = {"SMTUI_PLUGIN": "/nowhere/session-manager-plugin"}
    assert named("plugin-not-found") in forwarded(world, "web-1", "80", **nowhere)
    with Terminal([SMTUI, "connect", WEB_1], world.environment | nowhere, columns=200) as terminal:
        terminal.wait_for(named("plugin-not-found"))
    assert world.region.faults.calls("ssm:StartSession") == 0


def test_a_document_that_is_not_there(world: World) -> None:
    with Terminal([SMTUI, "connect", WEB_1, "--document-name", "Nope"], world.environment, columns=200) as terminal:
        terminal.wait_for(named("invalid-document"))
        assert terminal.wait_for_end() == 1
    assert world.region.faults.calls("ssm:StartSession") == 0


def test_a_node_that_cannot_be_looked_up_names_what_is_in_the_way(world: World) -> None:
    world.region.faults.apply({"expired": True})
    with Terminal([SMTUI, "connect", "web-1"], world.environment, columns=200) as terminal:
        terminal.wait_for(named("expired-credentials"))
        assert terminal.wait_for_end() == 1
