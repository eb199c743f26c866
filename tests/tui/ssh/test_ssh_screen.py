"""`x` on the list: ssh on the terminal that is handed over, and the form where nothing is remembered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.outcome import PluginRun
from smtui.engine.launcher_parts import Setup
from smtui.engine.offloop import OffLoop
from smtui.engine.ssh_access import SshAccess
from smtui.ssh.ssh_login import SshLogin
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.session.session_starter import NotReadyScreen
from smtui.tui.ssh.ssh_screen import SshScreen
from tests.domain.build import ssm_facts
from tests.engine.fakes import FakeRunning
from tests.engine.launcher_parts import LoginsInMemory
from tests.engine.test_instance_connect import ConnectAws, over
from tests.tui.driving import at, running
from tests.tui.looking import sheet_text, told
from tests.tui.world import READ_AT, WEB_1, GradedPlugins, World, node_id, used
from tests.waiting import until

ROOT = SshLogin("root", "")


def world_of(logins: LoginsInMemory, *runs: PluginRun, **launcher: Any) -> World:
    plugins = GradedPlugins(FakeRunning(runs[0] if runs else PluginRun(exit_status=0, spoke=True)))
    return World(plugins=plugins, launcher_arguments={"ssh": SshAccess(OffLoop(), logins), **launcher})


async def on(pilot: Pilot[Any], name: str) -> None:
    """Leave that node alone in the list."""
    await pilot.press("slash", *name.replace("-", " ").split()[0], "minus", *name.partition("-")[2], "enter", "g")
    await pilot.pause()


async def test_the_first_time_it_asks_and_then_it_knows() -> None:
    logins = LoginsInMemory()
    world = world_of(logins)
    async with running(world) as pilot:
        await on(pilot, "web-1")
        await pilot.press("x")
        await at(pilot, SshScreen)
        assert "SSH to web-1" in str(pilot.app.screen.query_one("#sheet").border_title)
        assert f"smtui ssh --profile ops --region eu-west-1 ec2-user@{WEB_1}" in sheet_text(pilot.app)
        await pilot.press("enter", "enter", "enter")
        await at(pilot, NodesScreen)
        await until(lambda: "ssh on web-1 ended." in told(pilot.app))
        assert logins.logins == {WEB_1: SshLogin("ec2-user", "")}
        assert used(pilot.app) == [WEB_1]
        [argv] = world.plugins.programs
        assert argv[0] == "ssh"
        assert argv[-3:] == ("-l", "ec2-user", WEB_1)
        await pilot.press("x")
        await until(lambda: len(world.plugins.programs) == 2)
        assert world.handover.times == 2
        assert world.plugins.programs[1] == argv


async def test_who_did_not_get_in_is_asked_again_with_the_words_of_ssh() -> None:
    tail = "root@i-1: Permission denied (publickey).\n"
    logins = LoginsInMemory(**{WEB_1: ROOT})
    world = world_of(logins, PluginRun(exit_status=255, spoke=True, tail=tail))
    async with running(world) as pilot:
        await on(pilot, "web-1")
        await pilot.press("x")
        await at(pilot, SshScreen)
        assert "Permission denied (publickey)." in sheet_text(pilot.app)
        assert world.handover.paused == ["ssh ended with status 255."]
        await pilot.press("escape")
        await at(pilot, NodesScreen)
        assert logins.logins == {WEB_1: ROOT}


async def test_what_cannot_be_is_said_at_its_field(tmp_path: Path) -> None:
    world = world_of(LoginsInMemory())
    async with running(world) as pilot:
        await on(pilot, "web-1")
        await pilot.press("x")
        await at(pilot, SshScreen)
        await pilot.press("ctrl+u", *"a b", "enter", *str(tmp_path / "none"), "ctrl+s")
        await pilot.pause()
        assert "no blanks" in sheet_text(pilot.app)
        assert "no such file" in sheet_text(pilot.app)
        assert world.plugins.programs == []


async def test_an_old_agent_and_read_only_are_told_before_the_start() -> None:
    world = world_of(LoginsInMemory())
    world.aws.managed = [[ssm_facts(WEB_1, agent_version="2.3.100.0", seen_at=READ_AT)]]
    async with running(world) as pilot:
        await on(pilot, "web-1")
        await pilot.press("x")
        await until(lambda: "SSH needs SSM Agent 2.3.672.0 or later; web-1 has 2.3.100.0." in told(pilot.app))
    async with running(world_of(LoginsInMemory(), setup=Setup(read_only=True))) as pilot:
        await pilot.press("x")
        await until(lambda: any("read-only" in news for news in told(pilot.app)))


async def test_a_node_that_is_not_ready_is_asked_about_first() -> None:
    async with running(world_of(LoginsInMemory())) as pilot:
        await on(pilot, "web-lost")
        await pilot.press("x")
        await at(pilot, NotReadyScreen)


@pytest.mark.parametrize(("error", "words"), [(FileNotFoundError(), "ssh is not on PATH"), (OSError("no"), "no")])
async def test_an_ssh_that_does_not_start_says_why(error: Exception, words: str) -> None:
    world = world_of(LoginsInMemory(**{WEB_1: ROOT}))
    world.plugins.error = error
    async with running(world) as pilot:
        await on(pilot, "web-1")
        await pilot.press("x")
        await at(pilot, SshScreen)
        assert words in sheet_text(pilot.app)


async def test_the_palette_asks_for_another_user() -> None:
    async with running(world_of(LoginsInMemory(**{WEB_1: ROOT}))) as pilot:
        await on(pilot, "web-1")
        await pilot.press("colon", *"another user")
        await pilot.pause()
        await pilot.press("enter")
        await at(pilot, SshScreen)
        assert "root@" in sheet_text(pilot.app)


# EC2 Instance Connect ------------------------------------------------------------------------------


def fields(pilot: Pilot[Any]) -> dict[str, str]:
    assert isinstance(pilot.app.screen, SshScreen)
    return pilot.app.screen.texts()


async def test_where_no_session_can_start_the_endpoint_is_offered_and_named() -> None:
    aws = ConnectAws()
    world = world_of(LoginsInMemory(**{node_id(4): ROOT}), instance_connect=over(aws))
    async with running(world) as pilot:
        await on(pilot, "web-lost")
        await pilot.press("x")
        await at(pilot, SshScreen)
        assert fields(pilot) == {"user": "root", "key": "", "through": "endpoint"}
        assert "Systems Manager cannot reach web-lost." in sheet_text(pilot.app)
        assert "eice-0b7c1d2e3f4a59680 can, for an hour at most." in sheet_text(pilot.app)
        assert "smtui ssh --through endpoint" in sheet_text(pilot.app)
        await pilot.press("ctrl+s")
        await at(pilot, NodesScreen)
        await until(lambda: world.plugins.programs)
        [argv] = world.plugins.programs
        [proxy] = [word for word in argv if word.startswith("ProxyCommand=")]
        assert "ssh-proxy %h %p --through endpoint" in proxy
        assert aws.asked == [node_id(4), "vpc-1"], "no key is pushed, and no tunnel opened, by the screen"


async def test_a_new_key_is_pushed_and_no_other_is_tried() -> None:
    aws = ConnectAws()
    logins = LoginsInMemory(**{WEB_1: ROOT})
    world = world_of(logins, instance_connect=over(aws))
    async with running(world) as pilot:
        await on(pilot, "web-1")
        await pilot.press("colon", *"another user")
        await pilot.pause()
        await pilot.press("enter")
        await at(pilot, SshScreen)
        assert fields(pilot)["through"] == "session"
        await pilot.press("enter", *"push")
        await pilot.pause()
        assert "gives the node a new key" in sheet_text(pilot.app)
        assert "smtui ssh --push-key" in sheet_text(pilot.app)
        await pilot.press("ctrl+s")
        await at(pilot, NodesScreen)
        await until(lambda: world.plugins.programs)
        [(node, user, key)] = aws.asked
        assert (node, user, key.split()[0]) == (WEB_1, "root", "ssh-ed25519")
        [argv] = world.plugins.programs
        file = Path(argv[argv.index("-i") + 1])
        assert "IdentitiesOnly=yes" in argv
        await until(lambda: not file.parent.exists())
        assert logins.logins == {WEB_1: ROOT}, "a key for one login is not remembered"


async def test_a_denied_push_is_told_and_ssh_goes_on() -> None:
    class Denied(ConnectAws):
        def push_key(self, node_id: str, user: str, public_key: str) -> None:
            raise AwsCallFailed(Fault(FaultKind.DENIED, "ec2-instance-connect:SendSSHPublicKey", "", "", READ_AT))

    world = world_of(LoginsInMemory(), instance_connect=over(Denied()))
    async with running(world) as pilot:
        await on(pilot, "web-1")
        await pilot.press("x")
        await at(pilot, SshScreen)
        await pilot.press("enter", *"push", "ctrl+s")
        await until(lambda: any("ssh goes on with your own keys." in news for news in told(pilot.app)))
        assert any("Ask for ec2-instance-connect:SendSSHPublicKey" in news for news in told(pilot.app))
        await until(lambda: world.plugins.programs)
        assert "-i" not in world.plugins.programs[0]


async def test_another_way_than_the_two_is_refused() -> None:
    async with running(world_of(LoginsInMemory())) as pilot:
        await on(pilot, "web-1")
        await pilot.press("x")
        await at(pilot, SshScreen)
        await pilot.press("enter", "enter", "ctrl+u", *"bus", "ctrl+s")
        await pilot.pause()
        assert "Either session or endpoint." in sheet_text(pilot.app)


async def test_an_agent_that_is_too_old_is_no_matter_for_an_endpoint() -> None:
    world = world_of(LoginsInMemory(), instance_connect=over(ConnectAws()))
    world.aws.managed = [[ssm_facts(WEB_1, agent_version="2.3.100.0", seen_at=READ_AT)]]
    async with running(world) as pilot:
        await on(pilot, "web-1")
        await pilot.press("x")
        await at(pilot, SshScreen)
        assert fields(pilot)["through"] == "endpoint"
