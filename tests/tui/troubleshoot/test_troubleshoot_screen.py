"""The troubleshooting pane, driven by keys over examinations that find what they are told to."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from smtui.diagnosis.check_result import CheckResult, CheckStatus, Verdict
from smtui.diagnosis.diagnosis_report import ReportNotSaved
from smtui.domain.fault import FaultKind
from smtui.domain.outcome import PluginRun, PluginWord, PluginWords
from smtui.engine.automation_runs import Automations
from smtui.engine.launcher_parts import Setup
from smtui.engine.offloop import OffLoop
from smtui.store.report_folder import ReportFolder
from smtui.topics.library import topic
from smtui.tui.commands import Scope
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.session.session_starter import NotReadyScreen
from smtui.tui.troubleshoot.automation_screen import AutomationQuestionScreen, AutomationScreen
from smtui.tui.troubleshoot.check_rows import ALL, OVERVIEW
from smtui.tui.troubleshoot.page_lines import Page
from smtui.tui.troubleshoot.report_saved import ReportSavedScreen
from smtui.tui.troubleshoot.troubleshoot_screen import TroubleshootScreen
from smtui.tui.tunnels.tunnels_screen import TunnelsScreen
from tests.engine.fakes import FakeRunning, fault
from tests.engine.test_automation_runs import FAST, FakeAutomation
from tests.tui import test_snapshots as snapshots
from tests.tui.looking import screen_text, sheet_text, told
from tests.tui.nodes.test_nodes_screen import go_to
from tests.tui.troubleshoot.fake_examinations import CODES, Script
from tests.tui.troubleshoot.opening import ACL, CONNECTION, POLICY, broken
from tests.tui.world import World, is_drawn, node_id, settled
from tests.waiting import until

WIDE, NARROW = (140, 45), (80, 24)
CRASH = PluginRun(exit_status=2, spoke=True, tail="banner\npanic: boom\n", words=PluginWords(PluginWord.PANIC, "boom"))


def pane(app: App[Any]) -> TroubleshootScreen:
    assert isinstance(app.screen, TroubleshootScreen)
    return app.screen


def page(app: App[Any]) -> str:
    return " ".join(pane(app)._page.text().split())


async def drawn(pilot: Pilot[Any]) -> None:
    """Until the pane shows all that has come."""
    await until(lambda: is_drawn(pane(pilot.app)))
    await pilot.pause()


@asynccontextmanager
async def opened(world: World, node: str = "web-lost", size: tuple[int, int] = WIDE) -> AsyncIterator[Pilot[Any]]:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await go_to(app, node)
        await pilot.press("t")
        await until(lambda: isinstance(app.screen, TroubleshootScreen))
        await drawn(pilot)
        yield pilot


@asynccontextmanager
async def failed(world: World, size: tuple[int, int] = WIDE) -> AsyncIterator[Pilot[Any]]:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, TroubleshootScreen))
        await drawn(pilot)
        yield pilot


# Opening ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "number", "prefix"),
    [("web-1", 1, "i-"), ("web-old", 3, "i-"), ("web-lost", 4, "i-"), ("web-stopped", 5, "i-"), ("web-new", 6, "i-"),
     ("factory-gateway", 8, "mi-")],
)  # fmt: skip
async def test_t_examines_any_row(name: str, number: int, prefix: str) -> None:
    world = World(script=broken())
    async with opened(world, name) as pilot:
        assert [subject.node_id for subject in world.script.examined] == [node_id(number, prefix)]  # type: ignore[union-attr]
        assert name in screen_text(pilot.app)
        await pilot.press("escape")
        await until(lambda: isinstance(pilot.app.screen, NodesScreen))


async def test_t_examines_an_unknown_row() -> None:
    world = World(script=broken())
    world.aws.managed = []
    world.aws.failing["ssm:DescribeInstanceInformation"] = fault("ssm:DescribeInstanceInformation")
    async with opened(world, "db-1") as pilot:
        assert "✕ identity.policy" in screen_text(pilot.app)


async def test_t_on_the_question_before_a_hopeless_start() -> None:
    world = World(script=broken())
    app = world.app()
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        await go_to(app, "web-new")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, NotReadyScreen))
        await pilot.press("t")
        await until(lambda: isinstance(app.screen, TroubleshootScreen))
        await pilot.press("escape")
        await until(lambda: isinstance(app.screen, NodesScreen))
        assert "ssm:StartSession" not in world.aws.calls


async def test_the_real_checks_over_what_aws_says() -> None:
    world = World()
    world.evidence.denied.add("network_acls")
    async with opened(world, "web-1") as pilot:
        app = pilot.app
        await until(lambda: not pane(app)._examined.running)
        await drawn(pilot)
        pane(app).chain.go_to("path.network_acl")
        await pilot.pause()
        assert pane(app).chain.row.word == "UNKNOWN"
        assert "ec2:DescribeNetworkAcls was denied." in page(app)


# Results come in -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_marks_fill_in_and_a_check_that_hangs_holds_up_nothing(size: tuple[int, int]) -> None:
    world = World(script=broken(hanging={"path.route"}))
    async with opened(world, size=size) as pilot:
        chain = pane(pilot.app).chain
        assert pane(pilot.app)._examined.diagnosis.pending == ("path.route",)
        shown = screen_text(pilot.app)
        assert "… Checking" in shown
        assert "37 of 38 checks: 1 fail, 1 warn, 1 not seen" in shown
        chain.go_to("path.route")
        await pilot.pause()
        assert (chain.row.mark, chain.row.word) == ("…", "waiting")
        assert page(pilot.app) == "… EVIDENCE …"


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_cursor_and_the_picture_stay_while_results_come_in(size: tuple[int, int]) -> None:
    gates = {code: asyncio.Event() for code in CODES}
    world = World(script=broken(gates=gates))
    async with opened(world, size=size) as pilot:
        await pilot.press(*(["j", "j"] if size == WIDE else ["j"]))
        chain = pane(pilot.app).chain
        chosen = chain.current
        assert chosen == ("node" if size == WIDE else ALL)

        def lines() -> list[str]:
            return [line.split("▏")[0] for line in screen_text(pilot.app).splitlines()]

        def places() -> list[tuple[int, str]]:
            found = [(at, line.split()[2:3]) for at, line in enumerate(lines()) if line[1:2] in "▸▌" and line.strip()]
            return [(at, words[0]) for at, words in found if words]

        before, at = places(), next(at for at, line in enumerate(lines()) if "▌" in line)
        for code in reversed(CODES):
            gates[code].set()
            await asyncio.sleep(0)
        await until(lambda: not pane(pilot.app)._examined.running)
        await drawn(pilot)
        assert chain.current == chosen, "the user moved it: it is not led to the cause"
        assert size == NARROW or places() == before
        assert "▌" in lines()[at]


async def test_many_problems_move_neither_the_cursor_nor_its_line() -> None:
    wrong = [CheckResult(code, CheckStatus.FAIL, "It is broken.") for code in CODES[:12]]
    gates = {code: asyncio.Event() for code in CODES[:12]}
    async with opened(World(script=Script(wrong, gates=gates)), size=(140, 20)) as pilot:
        chain = pane(pilot.app).chain
        await pilot.press("j", "space", *["j"] * 20)
        await drawn(pilot)
        chosen, line = chain.row.key, chain.index - chain.scroll_offset.y
        for gate in gates.values():
            gate.set()
        await until(lambda: not pane(pilot.app)._examined.running)
        await drawn(pilot)
        assert (chain.row.key, chain.index - chain.scroll_offset.y) == (chosen, line)


async def test_without_a_touch_the_cursor_goes_to_the_cause() -> None:
    async with opened(World(script=broken())) as pilot:
        assert pane(pilot.app).chain.current == "identity.policy"
        assert "aws iam attach-role-policy --role-name web-role" in page(pilot.app)


async def test_a_scrollbar_takes_nothing_from_lines_that_are_broken_already() -> None:
    async with opened(World(script=broken())) as pilot:
        detail, long = pane(pilot.app).detail, pane(pilot.app)._page
        assert detail.show_vertical_scrollbar
        short = Page(0)
        short.write("short")
        detail.show("short", short)
        await until(lambda: not detail.show_vertical_scrollbar)
        width = detail.page_width
        detail.show("long", long)
        await until(lambda: detail.show_vertical_scrollbar)
        assert (detail.page_width, detail._text.content_size.width) == (width, width)


async def test_another_theme_colours_the_page_that_is_open() -> None:
    def drawn() -> list[object]:
        page = pane(pilot.app).detail._text
        return [
            segment.style and segment.style.color for y in range(page.size.height) for segment in page.render_line(y)
        ]

    async with opened(World(script=broken())) as pilot:
        before = drawn()
        pilot.app.theme = "smtui-light"
        await until(lambda: not set(drawn()) & set(before))


async def test_leaving_gives_up_the_readings() -> None:
    script = broken(hanging={"node.ping"})
    async with opened(World(script=script)) as pilot:
        await pilot.press("escape")
        await until(lambda: script.cancelled == 1)


async def test_coming_back_shows_the_last_results_with_their_age_and_later_reads_anew() -> None:
    from datetime import timedelta

    script = broken()
    world = World(script=script)
    async with opened(world) as pilot:
        await pilot.press("escape")
        world.now += timedelta(seconds=90)
        await pilot.press("t")
        await until(lambda: isinstance(pilot.app.screen, TroubleshootScreen))
        await drawn(pilot)
        assert "90 s ago" in screen_text(pilot.app)
        assert pane(pilot.app).chain.current == "identity.policy"
        assert len(script.runs) == 1
        await pilot.press("escape")
        world.now += timedelta(seconds=400)
        await pilot.press("t")
        await until(lambda: len(script.runs) == 2)


async def test_what_was_left_unfinished_is_read_anew() -> None:
    script = broken(hanging={"node.ping"})
    async with opened(World(script=script)) as pilot:
        await pilot.press("escape")
        await until(lambda: script.cancelled == 1)
        script.hanging.clear()
        await pilot.press("t")
        await until(lambda: isinstance(pilot.app.screen, TroubleshootScreen) and not pane(pilot.app)._examined.running)
        await drawn(pilot)
        assert pane(pilot.app).chain.current == "identity.policy"


# Keys ------------------------------------------------------------------------------------------


async def test_one_check_again_and_all_again() -> None:
    script = broken()
    async with opened(World(script=script)) as pilot:
        await pilot.press("r")
        await until(lambda: script.runs[1:] == [("identity.policy",)])
        await drawn(pilot)
        assert pane(pilot.app).chain.current == "identity.policy", "its row stays while it is read again"
        await pilot.press("R")
        await until(lambda: script.runs[2:] == [()])


async def test_one_check_is_not_run_beside_all() -> None:
    script = broken(hanging={"node.ping"})
    async with opened(World(script=script)) as pilot:
        await pilot.press("j", "r")
        await until(lambda: told(pilot.app))
        assert told(pilot.app) == ["The checks are still running."]
        assert script.runs == [()]


async def test_n_goes_from_problem_to_problem() -> None:
    async with opened(World(script=broken())) as pilot:
        seen = []
        for _ in range(4):
            await pilot.press("n")
            seen.append(pane(pilot.app).chain.current)
        assert seen == ["path.network_acl", "node.connection", "identity.policy", "path.network_acl"]


async def test_a_click_chooses_a_row_and_folds_in_both_forms() -> None:
    async with opened(World(script=broken())) as pilot:
        chain = pane(pilot.app).chain
        await pilot.click("CheckChain", offset=(15, 1))
        assert chain.current == "path.network_acl"
        await pilot.click("CheckChain", offset=(15, 5))
        assert (chain.current, chain.row.is_open) == ("node", True)
        await pilot.click("CheckChain", offset=(15, 3))
        assert chain.current == "node", "an empty line is no row"
        await pilot.resize_terminal(*NARROW)
        await pilot.pause()
        await pilot.click("CheckChain", offset=(25, 0))
        assert chain.current == "path.network_acl"
        await pilot.click("CheckChain", offset=(70, 0))
        assert (chain.current, chain.compact) == (ALL, False)


async def test_space_opens_and_closes_a_group() -> None:
    async with opened(World(script=broken())) as pilot:
        chain = pane(pilot.app).chain
        folded = len(chain.rows)
        await pilot.press("j", "j", "j", "space")
        assert (chain.current, len(chain.rows)) == ("local", folded + 8)
        await pilot.press("j", "j")
        assert chain.current == "local.plugin_version"
        assert page(pilot.app).startswith("The plugin version is as it should be.")
        await pilot.press("space")
        assert (chain.current, len(chain.rows)) == ("local", folded)
        assert "✓ plugin_found" in page(pilot.app)


async def test_on_a_problem_space_opens_its_group_and_the_cursor_stays() -> None:
    async with opened(World(script=broken())) as pilot:
        chain = pane(pilot.app).chain
        await pilot.press("space")
        assert chain.current == "identity.policy"
        assert [row.code for row in chain.rows if row.is_open] == ["identity"]


async def test_on_a_small_screen_space_opens_the_list_and_closes_it() -> None:
    async with opened(World(script=broken()), size=NARROW) as pilot:
        chain = pane(pilot.app).chain
        assert chain.size.height == 1
        await pilot.press("G", "space")
        await pilot.pause()
        assert chain.size.height > 4
        assert "▸ ✓ local" in screen_text(pilot.app)
        await pilot.press("space")
        await pilot.pause()
        assert (chain.size.height, chain.current) == (1, ALL)


@pytest.mark.parametrize("size", [WIDE, NARROW, (60, 20), (200, 50)])
async def test_a_finding_stands_once_on_the_screen(size: tuple[int, int]) -> None:
    async with opened(World(script=broken()), size=size) as pilot:
        for finding in (POLICY.finding, ACL.finding, CONNECTION.finding):
            shown = [line.rpartition("▏")[2].strip() for line in screen_text(pilot.app).splitlines()]
            assert " ".join(" ".join(shown).split()).count(finding) == 1
            await pilot.press("n")
            await drawn(pilot)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_words_of_a_failure_stand_once_on_the_screen(size: tuple[int, int]) -> None:
    async with failed(snapshots.not_connected(), size) as pilot:
        for _ in range(2):
            shown = " ".join(screen_text(pilot.app).split())
            assert shown.count("is not connected.") == 1
            assert shown.count("The session on db-1 did not start") == 1
            await pilot.press("g")
            await drawn(pilot)
        assert pane(pilot.app).chain.current == OVERVIEW


async def test_page_keys_scroll_what_stands_beside_the_chain() -> None:
    async with opened(World(script=broken()), size=NARROW) as pilot:
        await pilot.press("pagedown")
        await pilot.pause()
        assert pane(pilot.app).detail.scroll_offset.y > 0
        assert pane(pilot.app).chain.current == "identity.policy"


async def test_a_bunch_of_keys_acts_one_by_one() -> None:
    world = World(script=broken(hanging={"node.ping"}))
    app = world.app()
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        await go_to(app, "web-lost")
        await pilot.press("t", "j", "j", "escape", "j")
        await until(lambda: isinstance(app.screen, NodesScreen))
        await settled(pilot)
        assert "ssm:StartSession" not in world.aws.calls


async def test_help_begins_with_the_keys_of_the_pane() -> None:
    async with opened(World(script=broken()), size=NARROW) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        assert sheet_text(pilot.app).startswith(Scope.TROUBLESHOOT.value)


# Copying ---------------------------------------------------------------------------------------


async def test_c_copies_the_fix_and_arrows_choose_another() -> None:
    world = World(script=broken())
    async with opened(world, size=NARROW) as pilot:
        await pilot.press("c")
        await until(lambda: world.copied)
        policy = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
        fix = f"aws iam attach-role-policy --role-name web-role --policy-arn {policy} --profile ops --region eu-west-1"
        assert world.copied == [fix]
        await pilot.press("right", "c")
        await until(lambda: len(world.copied) == 2)
        assert world.copied[1].startswith("aws iam list-attached-role-policies --role-name web-role")
        await pilot.press("left", "left", "c")
        await until(lambda: len(world.copied) == 3)
        assert world.copied[2] == fix
        assert "{" not in "".join(world.copied)


@pytest.mark.parametrize(
    ("role", "copied"),
    [
        ("web role; rm -rf ~", "'web role; rm -rf ~'"),
        ("$(reboot)", "'$(reboot)'"),
        ("a'b", "'a'\\''b'"),
    ],
)
async def test_a_hostile_name_is_quoted(role: str, copied: str) -> None:
    world = World(script=Script([replace(POLICY, values={"role": role, "partition": "aws"})], Verdict("", POLICY.code)))
    async with opened(world) as pilot:
        await pilot.press("c")
        await until(lambda: world.copied)
        assert f"--role-name {copied} " in world.copied[0]


async def test_a_control_character_is_not_copied_and_not_obeyed() -> None:
    role = "x\x1b[2J\nrm -rf ~"
    result = replace(POLICY, finding=f"The role {role} lacks it.", values={"role": role, "partition": "aws"})
    world = World(script=Script([result], Verdict(f"It is {role}", POLICY.code)))
    async with opened(world) as pilot:
        await pilot.press("c")
        await until(lambda: told(pilot.app))
        assert "control character" in told(pilot.app)[0]
        assert world.copied == []
        assert "\x1b" not in screen_text(pilot.app)
        assert "␛" in screen_text(pilot.app)


async def test_markup_in_evidence_is_text() -> None:
    result = replace(POLICY, evidence=("iam: [red]x[/] [/]",))
    async with opened(World(script=Script([result], Verdict("[bold]v", POLICY.code)))) as pilot:
        assert "iam: [red]x[/] [/]" in page(pilot.app)
        assert "[bold]v" in screen_text(pilot.app)


async def test_y_copies_the_page_under_the_checks_name() -> None:
    world = World(script=broken())
    async with opened(world) as pilot:
        await pilot.press("y")
        await until(lambda: world.copied)
        assert world.copied[0].startswith("identity.policy FAIL\nThe role web-role allows none of")


async def test_where_there_is_no_command_none_is_offered() -> None:
    world = World(script=Script())
    async with opened(world) as pilot:
        await pilot.press("c", "n")
        await pilot.pause()
        assert not world.copied
        assert pane(pilot.app).check_action("copy_fix", ()) is pane(pilot.app).check_action("next_problem", ()) is None


# After a failed session ------------------------------------------------------------------------


def not_starting(script: Script) -> World:
    world = World(script=script)
    world.aws.failing["ssm:StartSession"] = fault("ssm:StartSession")
    return world


async def test_a_failed_start_opens_on_its_own_words_and_its_topic_while_the_checks_run() -> None:
    async with failed(not_starting(broken(hanging={"path.route"})), NARROW) as pilot:
        shown = screen_text(pilot.app)
        assert "The session on db-1 did not start: AccessDeniedException: no" in shown
        assert "ssm:StartSession, " in shown
        assert "… Looking for the cause, nothing yet" in shown
        assert pane(pilot.app).chain.current == ""
        assert "LIKELY" in page(pilot.app)


async def test_then_the_found_cause_is_chosen_and_the_words_stay() -> None:
    async with failed(snapshots.not_connected()) as pilot:
        assert pane(pilot.app).chain.current == "identity.policy"
        assert "TargetNotConnected: i-" in screen_text(pilot.app)
        assert "✕ Its cause · likely · identity.policy" in screen_text(pilot.app)
        assert "▸ 4 general causes of TargetNotConnected space opens" in page(pilot.app)
        await pilot.press("space")
        assert "▾ 4 general causes of TargetNotConnected 1 The instance is stopped" in page(pilot.app)
        await pilot.pause()
        lines = screen_text(pilot.app).splitlines()
        [(x, y)] = [(line.index("▾ 4 general"), y) for y, line in enumerate(lines) if "▾ 4 general" in line]
        await pilot.click(offset=(x + 4, y))
        await until(lambda: "▸ 4 general" in screen_text(pilot.app))


async def test_a_result_that_comes_with_the_key_does_not_take_the_cursor_back() -> None:
    async with failed(snapshots.not_connected()) as pilot:
        troubleshoot = pane(pilot.app)
        troubleshoot.chain.action_first()
        troubleshoot._draw()  # before any message of the key is handled
        assert troubleshoot.chain.current == ""


async def test_a_start_that_wants_a_sign_in_is_tried_again_after_it() -> None:
    world = World(script=broken())
    argv = ("aws", "sso", "login", "--profile", "ops")
    world.aws.failing["ssm:StartSession"] = replace(fault("ssm:StartSession", FaultKind.SSO_SIGN_IN), sign_in=argv)
    async with failed(world) as pilot:
        assert "smtui login --profile ops" in page(pilot.app)
        await pilot.press("C")
        await until(lambda: world.copied == ["aws sso login --profile ops"])
        del world.aws.failing["ssm:StartSession"]
        await pilot.press("L")
        await until(lambda: isinstance(pilot.app.screen, NodesScreen))
        await until(lambda: world.plugins.started == 1)
        assert world.plugins.programs == [argv]
        assert world.aws.calls.count("ssm:StartSession") == 2


async def test_a_fault_elsewhere_does_not_explain_a_denied_start() -> None:
    async with failed(not_starting(broken())) as pilot:
        assert pane(pilot.app).chain.current == ""
        assert f"LIKELY {topic('no-permission-to-start').title} (" in page(pilot.app)
        assert "! No check explains it · Cannot be reached · likely" in screen_text(pilot.app)


async def test_a_failure_is_always_examined_anew() -> None:
    script = broken()
    world = not_starting(script)
    async with failed(world) as pilot:
        await pilot.press("s")
        await until(lambda: len(script.runs) == 2)
        assert world.aws.calls.count("ssm:StartSession") == 2
        await until(lambda: isinstance(pilot.app.screen, TroubleshootScreen))


@pytest.mark.parametrize(("key", "screen"), [("1", NodesScreen), ("2", TunnelsScreen), ("escape", NodesScreen)])
async def test_whichever_way_it_is_left_another_session_can_start(key: str, screen: type) -> None:
    world = not_starting(broken())
    async with failed(world) as pilot:
        await pilot.press(key)
        await until(lambda: isinstance(pilot.app.screen, screen))
        await pilot.press("1")
        await until(lambda: isinstance(pilot.app.screen, NodesScreen))
        await pilot.press("enter")
        await until(lambda: isinstance(pilot.app.screen, TroubleshootScreen))
        assert world.aws.calls.count("ssm:StartSession") == 2


async def test_the_plugins_last_words_are_shown() -> None:
    world = World(script=Script())
    world.plugins.running = FakeRunning(CRASH)
    async with failed(world) as pilot:
        assert "LAST OUTPUT OF THE PLUGIN banner panic: boom" in page(pilot.app)


@pytest.mark.parametrize(
    ("world", "topic_id"),
    [
        (snapshots.not_connected, "target-not-connected"),
        (snapshots.denied_start, "no-permission-to-start"),
        (snapshots.expired_start, "expired-credentials"),
        (snapshots.bad_plugin, "plugin-too-old"),
        (snapshots.blank_screen, "blank-screen"),
        (snapshots.idle, "idle-timeout"),
    ],
)
async def test_a_failure_opens_on_its_topic(world: Callable[[], World], topic_id: str) -> None:
    opened_on = world()
    opened_on.script = broken(hanging={"path.route"})
    async with failed(opened_on) as pilot:
        title = topic(topic_id).title
        assert title != topic("unknown-failure").title
        assert f"LIKELY {title} (" in page(pilot.app)


async def test_what_does_not_explain_the_failure_is_not_gone_to() -> None:
    warned = CheckResult("preferences.log_group", CheckStatus.WARN, "The log group has no retention.")
    world = World(script=Script([warned], Verdict("A warning.", warned.code)))
    world.plugins.running = FakeRunning(CRASH)
    async with failed(world) as pilot:
        await until(lambda: not pane(pilot.app)._examined.running)
        await drawn(pilot)
        assert pane(pilot.app).chain.current == ""
        assert f"LIKELY {topic('plugin-too-old').title} (" in page(pilot.app)
        assert "! No check explains it · A warning." in screen_text(pilot.app)


# Reports ---------------------------------------------------------------------------------------


async def test_w_saves_a_report_that_only_the_owner_can_read(tmp_path: Path) -> None:
    world = World(script=broken(), reports=ReportFolder(tmp_path))
    world.plugins.running = FakeRunning(CRASH)
    async with failed(world, NARROW) as pilot:
        await pilot.press("w")
        await until(lambda: isinstance(pilot.app.screen, ReportSavedScreen))
        (path,) = (tmp_path / "reports").iterdir()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        text = path.read_text()
        assert "identity.policy  FAIL" in text
        assert "panic: boom" not in text
        assert path.name in sheet_text(pilot.app).replace(" ", "")
        await pilot.press("c")
        await until(lambda: world.copied == [str(path)])
        await pilot.press("W")
        await until(lambda: len(list((tmp_path / "reports").iterdir())) == 2)
        (second,) = set((tmp_path / "reports").iterdir()) - {path}
        await until(lambda: "panic: boom" in second.read_text())  # the file is there before its lines


async def test_a_full_disk_is_a_sentence() -> None:
    class Full:
        def save(self, name: str, parts: Iterable[str]) -> str:
            raise ReportNotSaved("The report could not be saved: No space left on device.")

    async with opened(World(script=broken(), reports=Full())) as pilot:
        await pilot.press("w")
        await until(lambda: told(pilot.app))
        assert "No space left" in told(pilot.app)[0]


# AWS's own automation --------------------------------------------------------------------------


def automating(aws: FakeAutomation, *, read_only: bool = False) -> World:
    automations = Automations(aws, OffLoop(2), read_only=read_only, looking=FAST)
    arguments = {"automations": automations, "setup": Setup(read_only=read_only)}
    return World(script=broken(), launcher_arguments=arguments)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_automation_asks_runs_can_be_left_and_come_back_to(size: tuple[int, int]) -> None:
    aws = FakeAutomation(script=["InProgress"])
    async with opened(automating(aws), size=size) as pilot:
        app = pilot.app
        await pilot.press("a")
        await until(lambda: isinstance(app.screen, AutomationQuestionScreen))
        await pilot.pause()
        assert aws.calls == [], "nothing is started before it is asked"
        question = sheet_text(app)
        for words in ("It examines i-", "may cost", "16 permissions of yours"):
            assert words in question
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, AutomationScreen))
        await until(lambda: "Step 1 of 1, One" in sheet_text(app))
        await pilot.press("escape")
        await until(lambda: isinstance(app.screen, TroubleshootScreen))
        await until(lambda: "The automation runs" in page(app))
        aws.script = ["Success"]
        await until(lambda: "The automation is done" in page(app))
        await pilot.press("a")
        await until(lambda: isinstance(app.screen, AutomationScreen))
        await pilot.pause()
        assert "no warnings, no errors" in sheet_text(app)
        assert "✓ One" not in sheet_text(app)
        await pilot.press("space")
        await until(lambda: "✓ One" in sheet_text(app))
        assert aws.calls.count("start") == 1
        await pilot.press("r")
        await until(lambda: isinstance(app.screen, AutomationQuestionScreen))
        await pilot.press("enter")
        await until(lambda: aws.calls.count("start") == 2)


async def test_no_is_no() -> None:
    aws = FakeAutomation()
    async with opened(automating(aws)) as pilot:
        await pilot.press("a")
        await until(lambda: isinstance(pilot.app.screen, AutomationQuestionScreen))
        await pilot.press("escape")
        await until(lambda: isinstance(pilot.app.screen, TroubleshootScreen))
        assert aws.calls == []


async def test_an_automation_can_be_stopped() -> None:
    aws = FakeAutomation(script=["InProgress"])
    async with opened(automating(aws)) as pilot:
        await pilot.press("a")
        await until(lambda: isinstance(pilot.app.screen, AutomationQuestionScreen))
        await pilot.press("enter")
        await until(lambda: "look" in aws.calls)
        await until(lambda: isinstance(pilot.app.screen, AutomationScreen))
        await pilot.press("x")
        await until(lambda: "stopped" in sheet_text(pilot.app))


async def test_an_automation_that_aws_refuses_says_so() -> None:
    aws = FakeAutomation(refused={"start": FaultKind.DENIED})
    async with opened(automating(aws)) as pilot:
        await pilot.press("a")
        await until(lambda: isinstance(pilot.app.screen, AutomationQuestionScreen))
        await pilot.press("enter")
        await until(lambda: isinstance(pilot.app.screen, AutomationScreen))
        await until(lambda: "did not start" in sheet_text(pilot.app))


@pytest.mark.parametrize(
    ("read_only", "node", "words"),
    [(True, "web-lost", "read-only"), (False, "factory-gateway", "hybrid node")],
)
async def test_where_no_automation_may_run_a_sentence_says_why(read_only: bool, node: str, words: str) -> None:
    aws = FakeAutomation()
    async with opened(automating(aws, read_only=read_only), node) as pilot:
        await pilot.press("a")
        await until(lambda: told(pilot.app))
        assert words in told(pilot.app)[0]
        assert isinstance(pilot.app.screen, TroubleshootScreen)
        assert aws.calls == []


async def test_what_still_comes_in_when_the_pane_has_been_left_draws_nothing() -> None:
    async with opened(World(script=broken())) as pilot:
        left = pane(pilot.app)
        await pilot.press("q")
        await until(lambda: not left.query("CheckChain"))

        left._something_came()
        left._draw()
        left._tick()
        left._lead()

        assert isinstance(pilot.app.screen, NodesScreen)
