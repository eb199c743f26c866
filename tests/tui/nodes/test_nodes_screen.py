"""The list's screen, driven by keys and mouse, over the real engine and an AWS in memory."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from textual.app import App
from textual.selection import SELECT_ALL

from smtui.domain.fault import FaultKind
from smtui.domain.node import ConnectionFact, ConnectionStatus
from smtui.domain.outcome import PluginRun, PluginWord, PluginWords
from smtui.domain.place import Place
from smtui.engine.launcher_parts import PreparationFailed, Setup
from smtui.plugin.handoff import RunningPlugin
from smtui.tui.app import SmtuiApp
from smtui.tui.help.help_screen import HelpScreen
from smtui.tui.lists.filter_bar import FilterBar
from smtui.tui.messages_screen import MessagesScreen
from smtui.tui.nodes import row_feed
from smtui.tui.nodes.node_table import NodeTable
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.palette.topic_screen import TopicScreen
from smtui.tui.session.session_starter import NotReadyScreen
from smtui.tui.troubleshoot.troubleshoot_screen import TroubleshootScreen
from tests.domain.build import ec2_facts, ssm_facts
from tests.engine.fakes import FakeAws, FakeRunning, fault
from tests.tui.looking import screen_text, told
from tests.tui.world import READ_AT, GradedPlugins, World, node_id, nodes_screen, palette_filled, settled, story_aws
from tests.waiting import PATIENCE, let_loop_run, until

BROKEN = PluginRun(exit_status=255, spoke=True, tail="boom\n", words=PluginWords(PluginWord.PANIC, "boom"))


def current(app: App[None]) -> str:
    row = nodes_screen(app)._rows.current
    assert row is not None
    return row.node.name


async def go_to(pilot_app: App[None], name: str) -> None:
    screen = nodes_screen(pilot_app)
    index = next(index for index, row in enumerate(screen._rows.view) if row.node.name == name)
    screen.table.move_to(index)


def line_of(app: App[None], name: str) -> int:
    return next(number for number, line in enumerate(screen_text(app).splitlines()) if f" {name} " in line)


# What is listed --------------------------------------------------------------------------------


async def test_every_node_is_listed_with_its_badge() -> None:
    app = World().app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        lines = {line[19:33].strip(): line for line in screen_text(app).splitlines()}
        assert "● Ready" in lines["web-1"]
        assert "◐ Limited" in lines["web-old"]
        assert "◌ Not connected" in lines["web-lost"]
        assert "○ Offline" in lines["web-stopped"]
        assert "✕ Unmanaged" in lines["web-new"]
        assert "39 nodes · 0 s ago" in screen_text(app)


async def test_a_denied_side_is_named_and_the_other_side_stays() -> None:
    world = World()
    world.aws.failing["ec2:DescribeInstances"] = fault("ec2:DescribeInstances")
    app = world.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        shown = screen_text(app)
        assert "! ec2:DescribeInstances was denied." in shown
        assert "● Ready" in shown
        assert "Unmanaged" not in shown


async def test_a_denied_systems_manager_makes_rows_unknown() -> None:
    world = World()
    world.aws.managed = []
    world.aws.failing["ssm:DescribeInstanceInformation"] = fault("ssm:DescribeInstanceInformation")
    app = world.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        assert "? Unknown" in screen_text(app)
        assert "Unmanaged" not in screen_text(app)


@pytest.mark.parametrize("kind", [FaultKind.EXPIRED_CREDENTIALS, FaultKind.NO_CREDENTIALS, FaultKind.NO_REGION])
async def test_where_nothing_can_be_read_the_list_says_why(kind: FaultKind) -> None:
    world = World(aws=FakeAws())
    for action in ("sts:GetCallerIdentity", "ssm:DescribeInstanceInformation", "ec2:DescribeInstances"):
        world.aws.failing[action] = fault(action, kind)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        text = " ".join(screen_text(app).split())
        assert world.aws.failing["sts:GetCallerIdentity"].sentence() in text
        assert "No nodes" not in text


SIGN_IN = ("aws", "sso", "login", "--profile", "ops")


def signed_out(aws: FakeAws) -> FakeAws:
    for action in ("sts:GetCallerIdentity", "ssm:DescribeInstanceInformation", "ec2:DescribeInstances"):
        aws.failing[action] = replace(fault(action, FaultKind.SSO_SIGN_IN), sign_in=SIGN_IN)
    return aws


@dataclass
class SigningIn(GradedPlugins):
    """The AWS CLI's sign-in goes well: from then on AWS answers."""

    aws: FakeAws = field(default_factory=FakeAws)

    def start_program(self, argv: Sequence[str], more: Mapping[str, str]) -> RunningPlugin:
        self.aws.failing.clear()
        self.running.run = PluginRun(exit_status=0)
        return super().start_program(argv, more)


@pytest.mark.parametrize("size", [(80, 24), (140, 45)])
async def test_a_sign_in_is_named_whole_copied_and_run_and_everything_goes_on(size: tuple[int, int]) -> None:
    aws = signed_out(story_aws())
    aws.managed, aws.machines, nodes = [], [], (aws.managed, aws.machines)
    world = World(aws=aws, plugins=SigningIn(aws=aws), places=(Place("ops"),))
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        shown = screen_text(app)
        words = " ".join(shown.split())
        assert "L Sign in C Copy: aws sso login --profile ops" in words
        assert "ops · eu-west-1" in shown, "who and where stay in the header"
        assert "L Sign in" in shown
        for key in ("C", "c"):
            world.copied.clear()
            await pilot.press(key)
            await until(lambda: world.copied == ["aws sso login --profile ops"])
        aws.managed, aws.machines = nodes
        await pilot.press("L")
        await until(lambda: "● Ready" in screen_text(app))
        assert world.plugins.programs == [SIGN_IN]
        assert world.handover.times == 1
        assert "L Sign in" not in screen_text(app)


async def test_after_a_sign_in_the_list_is_read_anew_though_it_was_still_being_read() -> None:
    aws, gate = signed_out(story_aws()), threading.Event()
    del aws.failing["ec2:DescribeInstances"]  # else it would not wait
    aws.gates["ec2:DescribeInstances"] = gate
    aws.managed, nodes = [], aws.managed
    world = World(aws=aws, plugins=SigningIn(aws=aws), places=(Place("ops"),))
    app = world.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await until(lambda: "L Sign in" in screen_text(app) and aws.held == 1 and len(aws.calls) == 3)
        await pilot.press("L")
        await until(lambda: world.handover.times == 1)
        aws.managed = nodes
        await let_loop_run(0.2)  # the list could be read by now
        gate.set()
        await until(lambda: "● Ready" in screen_text(app))


async def test_a_sign_in_that_fails_says_so_and_the_list_stays() -> None:
    world = World(aws=signed_out(FakeAws()))
    world.plugins.running.run = PluginRun(exit_status=255, tail="The SSO session acme does not exist")
    app = world.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        await pilot.press("L")
        await until(lambda: any("status 255" in sentence for sentence in told(app)))
        assert "The SSO session acme does not exist" in " ".join(told(app))


async def test_without_a_sign_in_to_offer_its_keys_do_nothing() -> None:
    world = World()
    app = world.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        await pilot.press("L", "C")
        await pilot.pause()
        assert world.plugins.programs == []
        assert world.copied == []


async def test_t_without_a_node_shows_the_local_checks() -> None:
    app = World(aws=signed_out(FakeAws())).app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        await pilot.press("t")
        await until(lambda: isinstance(app.screen, TroubleshootScreen))
        await until(lambda: "credentials" in screen_text(app))
        shown = screen_text(app)
        assert "Troubleshoot this machine" in shown
        assert "security group" not in shown
        assert "L Sign in" in shown


async def test_an_unprepared_launcher_says_so_and_r_tries_again() -> None:
    attempts = []

    async def prepare() -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise PreparationFailed("The simulated Region did not start.")

    app = World(launcher_arguments={"prepare": prepare}).app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: "The simulated Region did not start." in screen_text(app))
        await pilot.press("r")
        await settled(pilot)
        assert "db-1" in screen_text(app)


async def test_a_fault_in_the_background_costs_a_sentence_not_the_program() -> None:
    async def prepare() -> None:
        raise ZeroDivisionError("oops")

    app = World(launcher_arguments={"prepare": prepare}).app()
    async with app.run_test(size=(80, 24)):
        await until(lambda: told(app))
        [sentence] = told(app)
    assert sentence.startswith("A fault in smtui itself (ZeroDivisionError, test_nodes_screen.py:")
    assert "oops" not in sentence, "words of an error may hold anything"


async def test_names_that_try_to_be_more_than_text_are_shown_as_text() -> None:
    names = ["[red]x[/]", "[/]", "\x1b[31mred", "a\x07b", "two\nlines", "\u202eabc", "w" * 400, "漢字漢字"]
    machines = [ec2_facts(node_id(n), name=name, seen_at=READ_AT) for n, name in enumerate(names)]
    app = World(aws=FakeAws([[]], [machines])).app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        shown = screen_text(app)
        assert "[red]x[/]" in shown
        assert "␛[31mred" in shown
        assert "\x1b" not in shown
        assert "\x07" not in shown
        strips = nodes_screen(app).table.render_lines(nodes_screen(app).table.size.region)
        assert {strip.cell_length for strip in strips} == {80}
        await pilot.press("i", *"jjjjjjj")


# The cursor ------------------------------------------------------------------------------------


async def test_the_cursor_and_the_picture_stay_when_nodes_arrive_above() -> None:
    world = World()
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("pagedown", "k", "k")
        table = nodes_screen(app).table
        line = nodes_screen(app)._rows.cursor - table.scroll_offset.y
        world.aws.machines[0] += [ec2_facts(node_id(500 + n), name=f"a-{n}", seen_at=READ_AT) for n in range(30)]
        await pilot.press("r")
        await settled(pilot)
        assert current(app) == "db-18"
        assert nodes_screen(app)._rows.cursor - table.scroll_offset.y == line


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        (["j"], "db-2"),
        (["down", "down", "k"], "db-2"),
        (["G"], "web-new"),
        (["G", "g"], "db-1"),
        (["end", "home"], "db-1"),
        (["ctrl+d"], "db-11"),
        (["pagedown"], "db-20"),
        (["pagedown", "pageup"], "db-1"),
        (["ctrl+d", "ctrl+u"], "db-1"),
    ],
)
async def test_moving(keys: list[str], name: str) -> None:
    app = World().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(*keys)
        assert current(app) == name


async def test_sorting_goes_through_the_columns_and_keeps_the_cursors_node_and_line() -> None:
    app = World().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("pagedown")
        line = line_of(app, "db-20")
        await pilot.press("o")
        assert "NAME ▲" in screen_text(app)
        assert current(app) == "db-20"
        assert line_of(app, "db-20") == line


async def test_o_turned_round_keeps_the_cursors_node_and_line() -> None:
    app = World().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("o", *"jjjjj" * 4)
        name = current(app)
        line = line_of(app, name)
        await pilot.press("O")
        await pilot.pause()
        assert "NAME ▼" in screen_text(app)
        assert (current(app), line_of(app, name)) == (name, line)
        names = [row.node.name for row in nodes_screen(app)._rows.view]
        await pilot.press("O")
        assert [row.node.name for row in nodes_screen(app)._rows.view] == names[::-1]
        assert (current(app), line_of(app, name)) == (name, line)


async def test_probes_move_no_row_within_a_second_of_a_key_and_then_all_but_the_cursors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        screen = nodes_screen(app)

        def probed(*numbers: int) -> None:
            for number in numbers:
                screen._fleet._probed(
                    world.places[0], node_id(20 + number), ConnectionFact(ConnectionStatus.NOT_CONNECTED, world.now)
                )

        def shown() -> list[str]:
            return [row.node.name for row in screen._rows.view]

        monkeypatch.setattr(row_feed, "REST_SECONDS", 1.0)
        await pilot.press(*"jjjjjjjj")
        before, line = shown(), line_of(app, "db-9")
        probed(1, 2, 3)
        await until(lambda: screen_text(app).count("◌ Not connected") == 3)
        assert shown() == before
        world.now += timedelta(seconds=1)
        probed(4)
        await until(lambda: shown() != before)
        await pilot.pause()
        assert shown()[0] == "db-5"
        assert (current(app), line_of(app, "db-9")) == ("db-9", min(line, 3 + shown().index("db-9")))


# The mouse -------------------------------------------------------------------------------------


async def test_a_click_selects_and_a_double_click_opens_a_shell() -> None:
    world = World()
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.click(NodeTable, offset=(20, 1))
        await pilot.click(NodeTable, offset=(20, 3))
        await settled(pilot)
        assert current(app) == "db-3"
        assert world.handover.times == 0
        await pilot.click(NodeTable, offset=(20, 4), times=2)
        await until(lambda: world.handover.times == 1)
        assert current(app) == "db-4"


async def test_a_click_on_a_title_sorts_and_again_turns_round() -> None:
    app = World().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.click(NodeTable, offset=(20, 0))
        assert "NAME ▲" in screen_text(app)
        await pilot.click(NodeTable, offset=(20, 0))
        assert "NAME ▼" in screen_text(app)


async def test_the_wheel_scrolls_and_leaves_the_cursor() -> None:
    app = World().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        table = nodes_screen(app).table
        table.scroll_down(animate=False)
        await pilot.pause()
        assert current(app) == "db-1"
        assert "db-1 " not in screen_text(app).splitlines()[3]


async def test_a_click_in_the_footer_is_its_command() -> None:
    app = World().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.click("KeyFooter", offset=(70, 0))
        assert isinstance(app.screen, HelpScreen)


# The filter ------------------------------------------------------------------------------------


@pytest.mark.parametrize("keep", ["enter", "down"])
async def test_the_filter_is_live_and_keeping_it_never_starts_a_session(keep: str) -> None:
    world = World()
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("/", *"web-old")
        await pilot.pause()
        assert "1 of 39" in screen_text(app)
        await pilot.press(keep)
        await settled(pilot)
        assert app.focused is nodes_screen(app).table
        assert current(app) == "web-old"
        assert "/ web-old" in screen_text(app)
        assert "ssm:StartSession" not in world.aws.calls


async def test_command_keys_can_be_typed_into_the_filter() -> None:
    app = World().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("/", *"qsycior?:/jkgG")
        assert nodes_screen(app).filter_bar.text == "qsycior?:/jkgG"
        assert isinstance(app.screen, NodesScreen)


async def test_escape_clears_the_filter_then_leaves_it() -> None:
    app = World().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("/", *"web", "escape")
        screen = nodes_screen(app)
        assert screen.filter_bar.text == ""
        assert screen.filter_bar.input.has_focus
        await pilot.press("escape")
        assert screen.table.has_focus
        assert not screen.filter_bar.has_class("-used")


async def test_escape_in_the_list_clears_a_kept_filter() -> None:
    app = World(initial_filter="web-old").app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "1 of 39" in screen_text(app)
        await pilot.press("escape")
        await settled(pilot)
        assert "39 nodes" in screen_text(app)
        assert current(app) == "db-1"


async def test_a_filter_of_the_command_line_holds_from_the_first_row_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is pressed as soon as a row is seen means that row."""
    shown: set[str] = set()
    show = NodeTable.show_rows

    def seen(table: NodeTable, *still: Any) -> None:
        shown.update(row.node.name for row in table._rows.view)
        show(table, *still)

    monkeypatch.setattr(NodeTable, "show_rows", seen)
    app = World(initial_filter="web-old").app()
    monkeypatch.setattr(FilterBar, "set_text", lambda *_: None)  # its message comes late on a busy machine
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
    assert shown == {"web-old"}


async def test_a_filter_without_matches_says_how_to_clear_it() -> None:
    app = World(initial_filter="zzz").app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "No node matches  zzz" in screen_text(app)
        await pilot.press("enter", "y")
        assert told(app)[-1] == "No node is selected."


async def test_tab_takes_the_term_that_is_near_and_without_one_goes_on() -> None:
    app = World().app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        await pilot.press("/", *"web tag:env=tset")
        await settled(pilot)
        assert "tag:env=tset matches none of 39; test does." in screen_text(app)
        assert "tab  Take tag:env=test" in screen_text(app)
        await pilot.press("tab")
        await settled(pilot)
        assert nodes_screen(app).filter_bar.text == "web tag:env=test"
        assert current(app) == "web-old"
        await pilot.press("tab")
        assert app.focused is nodes_screen(app).table


async def test_the_keys_of_an_empty_list_stand_in_its_middle_and_can_be_clicked() -> None:
    app = World(initial_filter="zzz").app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        lines = screen_text(app).splitlines()
        at = next(number for number, line in enumerate(lines) if "esc  Clear the filter" in line)
        left = lines[at].index("esc")
        above = next(number for number, line in enumerate(lines) if "No node matches" in line)
        assert abs((above - 3) - (21 - at)) <= 2
        assert left == lines[above].index("No node")
        await pilot.click(offset=(left, at))
        await settled(pilot)
        assert nodes_screen(app).filter_bar.text == ""
        assert current(app) == "db-1"


async def test_on_a_low_screen_the_keys_of_an_empty_list_come_before_its_sentences() -> None:
    app = World(aws=FakeAws([[]], [[]])).app()
    async with app.run_test(size=(60, 8)) as pilot:
        await settled(pilot)
        shown = screen_text(app)
        assert "No nodes in eu-west-1 of ops." in shown
        assert "r  Try again" in shown
        assert "Neither Systems Manager" not in shown


async def test_at_60_columns_details_take_the_place_of_the_list_and_give_it_back() -> None:
    app = World().app()
    async with app.run_test(size=(60, 20)) as pilot:
        await settled(pilot)
        await pilot.press("j", "i")
        await settled(pilot)
        screen = nodes_screen(app)
        assert screen.details.has_focus
        assert "STATUS" not in screen_text(app)
        assert "i List" in screen_text(app)
        await pilot.press("escape")
        await settled(pilot)
        assert screen.table.has_focus
        assert current(app) == "db-2"
        await pilot.press("i", "/", *"web-old")
        await settled(pilot)
        assert screen.filter_bar.text == "web-old"
        assert "◐ Limited" in screen_text(app)


# Details ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (140, 45)])
async def test_details_show_the_reasons_and_follow_the_cursor(size: tuple[int, int]) -> None:
    app = World().app()
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("i")
        await go_to(app, "web-new")
        await settled(pilot)
        assert "Systems Manager does not list it" in " ".join(nodes_screen(app).details.text.render().plain.split())
        await pilot.press("escape")
        assert not nodes_screen(app).details.display


async def test_from_160_columns_details_are_open_until_the_user_closes_them() -> None:
    app = World().app()
    async with app.run_test(size=(160, 45)) as pilot:
        await settled(pilot)
        assert nodes_screen(app).details.display
        pane = nodes_screen(app).details.text.render().plain.splitlines()[:10]
        assert "● Ready" in pane[0]
        assert {"can", "tags", "address"} <= {line.split()[0] for line in pane if line.strip()}
        await pilot.press("i")
        assert not nodes_screen(app).details.display
        await pilot.resize_terminal(200, 45)
        assert not nodes_screen(app).details.display


async def test_a_single_problem_is_told_in_full_with_its_next_step() -> None:
    world = World()
    world.aws.failing["ec2:DescribeInstances"] = fault("ec2:DescribeInstances")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "or use another profile." in " ".join(screen_text(app).split())


async def test_the_details_tell_problems_in_full() -> None:
    world = World()
    world.aws.failing["ec2:DescribeInstances"] = fault("ec2:DescribeInstances")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("i", "tab", "G")
        await pilot.pause()
        assert "or use another profile." in " ".join(screen_text(app).split())


# Sessions --------------------------------------------------------------------------------------


async def test_enter_opens_a_shell_and_comes_back_to_the_same_row_and_filter() -> None:
    world = World(initial_filter="web")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await go_to(app, "web-2")
        await pilot.press("enter")
        await until(lambda: told(app) and "ended" in told(app)[-1])
        assert world.handover.times == 1
        assert told(app) == ["The session on web-2 ended after 3 min 5 s."]
        assert current(app) == "web-2"
        assert nodes_screen(app).filter_bar.text == "web"


async def test_one_session_at_a_time() -> None:
    world = World()
    world.plugins.running = FakeRunning(waits=True)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await until(lambda: world.handover.lent)
        await pilot.press("s")
        await until(lambda: told(app)[-1] == "A session on db-1 is being started.")
        assert world.plugins.started == 1
        assert told(app)[0] == "Starting a session on db-1 …"
        world.now += timedelta(minutes=5)
        await pilot.press("k")
        assert told(app) == ["Starting a session on db-1 …"], "a slow start is not forgotten"
        world.plugins.running.stopped.set()


async def test_a_node_that_is_not_ready_is_asked_about() -> None:
    world = World()
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await go_to(app, "web-new")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, NotReadyScreen))
        await pilot.press("escape")
        await pilot.pause()
        assert "ssm:StartSession" not in world.aws.calls
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, NotReadyScreen))
        await pilot.press("enter")
        await until(lambda: world.handover.times == 1)


async def test_an_unknown_node_is_not_asked_about() -> None:
    world = World()
    world.aws.managed = []
    world.aws.failing["ssm:DescribeInstanceInformation"] = fault("ssm:DescribeInstanceInformation")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await go_to(app, "db-1")
        await pilot.press("enter")
        await until(lambda: world.handover.times == 1)


async def test_a_failure_names_itself_can_be_copied_and_tried_again() -> None:
    world = World()
    world.plugins.running = FakeRunning(BROKEN)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, TroubleshootScreen))
        await pilot.pause()
        shown = screen_text(app)
        assert "The session on db-1 broke off" in shown
        assert "boom" in shown
        await pilot.press("g", "y")
        await until(lambda: world.copied)
        assert "The plugin crashed: boom" in world.copied[0]
        world.plugins.running = FakeRunning()
        await pilot.press("enter")
        await until(lambda: world.handover.times == 2)
        await until(lambda: isinstance(app.screen, NodesScreen))


async def test_escape_leaves_a_failure() -> None:
    world = World()
    world.aws.failing["ssm:StartSession"] = fault("ssm:StartSession")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, TroubleshootScreen))
        await pilot.press("escape")
        await until(lambda: isinstance(app.screen, NodesScreen))
        assert world.handover.times == 0


@pytest.mark.parametrize(
    ("world", "words"),
    [
        (World(launcher_arguments={"setup": Setup(read_only=True)}), "smtui is read-only"),
        (World(), "This terminal cannot"),
    ],
)
async def test_what_keeps_a_session_from_starting_is_said(world: World, words: str) -> None:
    world.handover.refused = "This terminal cannot be lent."
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("s")
        await until(lambda: told(app))
        assert words in told(app)[0]
        assert "ssm:StartSession" not in world.aws.calls


# Copying ---------------------------------------------------------------------------------------


async def test_facts_for_a_bug_report_are_copied_without_names() -> None:
    world = World()
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        nodes_screen(app).action_copy_info()
        await until(lambda: world.copied)
        assert world.copied[0].startswith("versions\n")
        assert "ops" not in world.copied[0].split()
        await until(lambda: any("for a bug report" in each for each in told(app)))


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("y", node_id(21)),
        ("c", f"aws ssm start-session --target {node_id(21)} --profile ops --region eu-west-1"),
    ],
)
async def test_copying_goes_both_ways_and_is_shown(key: str, text: str) -> None:
    world = World()
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(key)
        await until(lambda: world.copied)
        assert world.copied == [text]
        assert app.clipboard == text
        assert told(app) == [f"Copied  {text}"]


# Reading and probing ---------------------------------------------------------------------------


async def test_only_what_is_visible_is_probed() -> None:
    ids = [node_id(number) for number in range(500)]
    world = World(aws=FakeAws([[ssm_facts(one, seen_at=READ_AT) for one in ids]], [[]]))
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert world.aws.calls.count("ssm:GetConnectionStatus") == nodes_screen(app).table.page
        await pilot.press("pagedown", "pagedown", "pagedown")
        await settled(pilot)
        assert world.aws.calls.count("ssm:GetConnectionStatus") < 4 * nodes_screen(app).table.page


async def test_nothing_is_asked_while_the_terminal_is_lent() -> None:
    world = World()
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        before = len(world.aws.calls)
        world.now += timedelta(minutes=5)
        world.handover.lent = True
        nodes_screen(app)._tick()
        nodes_screen(app)._probe()
        await let_loop_run(0.2)
        assert len(world.aws.calls) == before
        world.handover.lent = False
        nodes_screen(app)._probe()
        await until(lambda: len(world.aws.calls) > before)


async def test_the_list_is_read_again_when_it_is_due() -> None:
    world = World()
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        world.now += timedelta(seconds=59)
        nodes_screen(app)._tick()
        await settled(pilot)
        assert world.aws.calls.count("ec2:DescribeInstances") == 1
        world.now += timedelta(seconds=2)
        nodes_screen(app)._tick()
        await settled(pilot)
        assert world.aws.calls.count("ec2:DescribeInstances") == 2


async def test_fifty_thousand_nodes_cost_a_page_of_lines_per_key(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [node_id(number) for number in range(50_000)]
    aws = FakeAws([[ssm_facts(one, seen_at=READ_AT) for one in ids]], [[]])
    app = World(aws=aws).app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot, patience=4 * PATIENCE)
        drawn = 0
        render_line = NodeTable.render_line

        def counted(table: NodeTable, y: int) -> object:
            nonlocal drawn
            drawn += 1
            return render_line(table, y)

        monkeypatch.setattr(NodeTable, "render_line", counted)
        for key in ("j", "G", "pageup", "/", "7"):
            drawn = 0
            await pilot.press(key)
            assert 0 < drawn <= 4 * 45, key


async def test_a_probe_that_comes_in_costs_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    app = World().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        table = nodes_screen(app).table
        refreshed: list[int] = []
        monkeypatch.setattr(table, "refresh_line", refreshed.append)
        rows = nodes_screen(app)._rows.view
        table.repaint([rows[2].key, rows[38].key])
        assert refreshed == [3]


# Anywhere --------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_quitting(key: str) -> None:
    app = World().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(key)
        await until(lambda: not app.is_running)


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c", "escape"])
async def test_leaving_an_inner_screen_does_not_quit(key: str) -> None:
    app = World().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("m")
        assert isinstance(app.screen, MessagesScreen)
        await pilot.press(key)
        assert isinstance(app.screen, NodesScreen)


async def test_quitting_does_not_wait_for_calls_that_hang() -> None:
    gate = threading.Event()
    world = World()
    world.aws.gates = {"sts:GetCallerIdentity": gate, "ec2:DescribeInstances": gate}
    app = world.app()
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(lambda: "ec2:DescribeInstances" in world.aws.calls)
            await pilot.press("q")
        assert world.aws.held == 2
    finally:
        gate.set()


async def test_users_rebind_keys_by_the_ids_of_the_table() -> None:
    app = World().app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        app.set_keymap({"details": "w"})
        await pilot.press("w")
        assert nodes_screen(app).details.display
        await pilot.press("i")
        assert nodes_screen(app).details.display
        await pilot.pause()
        assert " w Details " in screen_text(app)
        await pilot.press("?")
        await pilot.pause()
        assert "w                Show or hide details" in screen_text(app)


async def test_the_palette_runs_a_command_of_the_table() -> None:
    app = World().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(":", *"by agent")
        await palette_filled(pilot)
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, NodesScreen))
        await until(lambda: nodes_screen(app)._rows.sort.column.id == "agent")


async def test_the_palette_finds_texts_by_their_words() -> None:
    app = World().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(":", *"upstart override")
        await until(lambda: "proxy settings are wrong" in screen_text(app))
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, TopicScreen))
        await pilot.pause()
        assert "The agent's proxy settings are wrong" in screen_text(app)
        assert "Signs" in screen_text(app)
        await pilot.press("escape")
        await until(lambda: isinstance(app.screen, NodesScreen))


async def test_the_footer_counts_no_marks_of_nodes_that_are_gone() -> None:
    app = World().app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        await pilot.press("asterisk")
        await until(lambda: "Run on 39" in screen_text(app))
        screen = nodes_screen(app)
        screen._rows.keep_only([row.key for row in screen._rows.all_rows][:1])
        screen._rows_ready(None, True)
        await until(lambda: "Run on 1 " in screen_text(app))


async def test_several_places_have_a_column_and_a_header() -> None:
    from smtui.domain.place import Place

    app = World(places=(Place("ops", "eu-west-1"), Place("dev", "eu-west-1"))).app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        shown = screen_text(app)
        assert "2 profiles × eu-west-1" in shown
        assert "PROFILE" in shown
        assert "  dev  " in shown
        assert "REGION" not in shown, "it is the same everywhere: the header says it"
        assert "78 nodes" in shown


async def test_ctrl_c_copies_what_is_selected_and_does_not_quit() -> None:
    world = World()
    app = world.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        await pilot.press("i")
        nodes_screen(app).details.text.text_select_all()
        await pilot.press("ctrl+c")
        await until(lambda: world.copied)
        assert "111122223333" in world.copied[0]
        assert app.is_running


async def test_another_theme_applies_to_everything_at_once() -> None:
    app = World().app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        await pilot.press("i")
        app.theme = "smtui-light"
        await pilot.pause()
        await pilot.pause()
        dark = app.available_themes["smtui-dark"].primary.lower()
        assert dark not in app.export_screenshot().lower()


@pytest.mark.parametrize(("selected", "copied"), [("HeaderLine", 1), ("NodeTable", 0)])
async def test_ctrl_c_copies_a_selection_once_and_then_quits(
    selected: str, copied: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drag over the table selects no text; Ctrl-C must not be lost for that."""
    copies: list[str] = []
    monkeypatch.setattr(SmtuiApp, "copy_to_clipboard", lambda _, text: copies.append(text))
    app = World().app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        screen = nodes_screen(app)
        screen.selections = {screen.query_one(selected): SELECT_ALL}
        for _ in range(copied):
            await pilot.press("ctrl+c")
            assert app.is_running
        await pilot.press("ctrl+c")
        await until(lambda: app._exit)
    assert len(copies) == copied
