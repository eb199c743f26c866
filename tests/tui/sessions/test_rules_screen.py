"""The preferences in words, their form and their undoing, driven by keys over an AWS in memory."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from textual.pilot import Pilot

from smtui.diagnosis.evidence.preference_facts import Bucket, LogGroup
from smtui.domain.place import Place
from smtui.engine.launcher_parts import Setup
from smtui.sessions.preferences.rules import LastChange
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.sessions.rules_form_screen import RulesFormScreen
from smtui.tui.sessions.rules_screen import RulesScreen
from smtui.tui.sessions.rules_sheets import DifferenceQuestion, RulesFixSheet, VersionsScreen
from smtui.tui.sessions.sessions_screen import SessionsScreen
from tests.sessions.preferences.rules_fakes import FakeRules, denied
from tests.tui.driving import at, running
from tests.tui.looking import screen_text, told
from tests.tui.sessions.rules_world import KEY, Ruled, document, rules
from tests.tui.sessions.test_sessions_screen import opened
from tests.waiting import PATIENCE, until


def screen(pilot: Pilot[Any]) -> RulesScreen:
    shown = next(each for each in reversed(pilot.app.screen_stack) if isinstance(each, RulesScreen))
    assert isinstance(shown, RulesScreen)
    return shown


def is_read(pilot: Pilot[Any]) -> bool:
    shown = pilot.app.screen
    busy = any(worker.group in ("rules", "change") and worker.is_running for worker in pilot.app.workers)
    return isinstance(shown, RulesScreen) and shown._read is not None and not shown._is_reading and not busy


async def rules_opened(pilot: Pilot[Any], *keys: str) -> None:
    await opened(pilot, "p")
    await until(lambda: is_read(pilot))
    await pilot.press(*keys)


def text(pilot: Pilot[Any]) -> str:
    return " ".join(screen_text(pilot.app).replace("│", " ").split())


def newest(held: FakeRules) -> dict[str, Any]:
    inputs: dict[str, Any] = json.loads(held.texts[-1])["inputs"]
    return inputs


def encrypted() -> FakeRules:
    return rules(groups={"/ssm/sessions": LogGroup("/ssm/sessions", exists=True, kms_key=KEY)})


async def form_with(pilot: Pilot[Any], **texts: str) -> RulesFormScreen:
    """Open the form and type these texts into its fields."""
    await pilot.press("e")
    await at(pilot, RulesFormScreen)
    form = pilot.app.screen
    assert isinstance(form, RulesFormScreen)
    for field in form.fields:
        name = field.field_name.replace(".", "_")
        if name in texts:
            field.input.focus()
            field.text = texts[name]
    await pilot.pause()
    return form


async def agreed(pilot: Pilot[Any]) -> None:
    """Show the difference of the form and agree to it."""
    await pilot.press("ctrl+s")
    await at(pilot, DifferenceQuestion)
    await pilot.press("enter")
    await until(lambda: is_read(pilot))


# What is shown -------------------------------------------------------------------------------------


async def test_the_rules_stand_in_words_the_verdict_first() -> None:
    async with running(Ruled()) as pilot:
        await rules_opened(pilot)
        shown = screen_text(pilot.app)
        assert "Session Manager preferences · ops/eu-west-1 · version 3 · read 0 s ago" in shown
        assert "✕ A shell would fail now: encryption is demanded of the log group /ssm/sessions" in shown
        assert "✓ logged      Shells and commands stream to the log group /ssm/sessions" in shown
        assert "! ends        After 20 min without input." in shown
        assert "enter The fix │ e Change │ z Undo the last change │ c Copy as aws command │ r Read again" in shown


async def test_the_palette_of_the_nodes_leads_there() -> None:
    world = Ruled()
    async with running(world) as pilot:
        await pilot.press(":", *"preferences in words")
        await pilot.press("enter")
        await at(pilot, RulesScreen)
        await until(lambda: is_read(pilot))
        assert "version 3" in screen_text(pilot.app)
        await pilot.press("escape")
        await at(pilot, NodesScreen)


async def test_each_denial_is_a_line_and_the_rest_stands() -> None:
    actions = ["s3:ListBucket", "s3:GetEncryptionConfiguration", "logs:DescribeLogGroups", "kms:DescribeKey"]
    for action in [*actions, "iam:SimulatePrincipalPolicy", "ssm:DescribeDocument"]:
        async with running(Ruled(rules(denied={action}))) as pilot:
            await rules_opened(pilot)
            shown = text(pilot)
            assert f"{action} was denied." in shown
            assert "? " in shown
            assert "✓ logged" in shown
            assert "! ends" in shown


async def test_a_document_that_may_not_be_read_says_so() -> None:
    async with running(Ruled(rules(denied={"ssm:GetDocument"}))) as pilot:
        await rules_opened(pilot)
        assert "What the account's preferences say was not seen: ssm:GetDocument was denied." in text(pilot)
        await pilot.press("c")
        assert pilot.app.screen is screen(pilot)


async def test_preferences_that_were_never_saved() -> None:
    async with running(Ruled(FakeRules())) as pilot:
        await rules_opened(pilot)
        assert "Session Manager preferences · ops/eu-west-1 · never saved" in screen_text(pilot.app)
        assert "The account never saved preferences in this Region: AWS's defaults below hold." in text(pilot)


async def test_they_are_read_again() -> None:
    world = Ruled()
    async with running(world) as pilot:
        await rules_opened(pilot)
        world.rules.groups["/ssm/sessions"] = LogGroup("/ssm/sessions", exists=True, kms_key=KEY)
        await pilot.press("r")
        await until(lambda: is_read(pilot) and "would fail" not in screen_text(pilot.app))


async def test_what_helps_is_shown_with_its_commands() -> None:
    held = rules(buckets={"acme-ssm-logs": Bucket("acme-ssm-logs", exists=False)})
    async with running(Ruled(held)) as pilot:
        await rules_opened(pilot, "enter")
        await at(pilot, RulesFixSheet)
        shown = text(pilot)
        assert "What helps · 2 topics" in shown
        assert "aws s3 mb s3://acme-ssm-logs --profile ops --region eu-west-1" in shown
        assert "(deleted-log-target)" in shown
        await pilot.press("escape")
        await at(pilot, RulesScreen)


async def test_there_is_no_help_where_nothing_is_wrong() -> None:
    async with running(Ruled(encrypted())) as pilot:
        await rules_opened(pilot, "enter")
        assert isinstance(pilot.app.screen, RulesScreen)


async def test_the_preferences_are_copied_as_a_command() -> None:
    world = Ruled()
    async with running(world) as pilot:
        await rules_opened(pilot, "c")
        await until(lambda: world.copied)
    (line,) = world.copied
    assert line.startswith('aws ssm update-document --name SSM-SessionManagerRunShell --content \'{"schemaVersion":')
    assert line.endswith("--document-format JSON --document-version '$LATEST' --profile ops --region eu-west-1")


# Changing ------------------------------------------------------------------------------------------


async def test_a_change_is_shown_asked_about_and_written() -> None:
    world = Ruled()
    async with running(world) as pilot:
        await rules_opened(pilot)
        await form_with(pilot, idleSessionTimeout="5", shellProfile_linux="cd /srv⏎exec zsh")
        assert "idleSessionTimeout" not in text(pilot)
        await pilot.press("ctrl+s")
        await at(pilot, DifferenceQuestion)
        shown = screen_text(pilot.app)
        assert "Write this as the new version? · ops/eu-west-1 · for everybody's next session" in shown
        assert '-    "idleSessionTimeout": "20",' in shown
        assert '+    "idleSessionTimeout": "5",' in shown
        assert len(world.rules.texts) == 3, "nothing is written before the answer"
        await pilot.press("enter")
        await until(lambda: is_read(pilot))
        assert "After 5 min without input." in text(pilot)
        assert "version 4" in screen_text(pilot.app)
        assert told(pilot.app) == ["Version 4 of the preferences of ops/eu-west-1 holds from the next session on."]
    assert newest(world.rules)["idleSessionTimeout"] == "5"
    assert newest(world.rules)["shellProfile"] == {"linux": "cd /srv\nexec zsh"}
    assert world.rules.default == 4


async def test_no_goes_back_to_the_form_with_what_was_typed() -> None:
    world = Ruled()
    async with running(world) as pilot:
        await rules_opened(pilot)
        form = await form_with(pilot, idleSessionTimeout="5")
        await pilot.press("ctrl+s")
        await at(pilot, DifferenceQuestion)
        await pilot.press("escape")
        await at(pilot, RulesFormScreen)
        assert form.texts()["idleSessionTimeout"] == "5"
        await pilot.press("escape")
        await at(pilot, RulesScreen)
    assert len(world.rules.texts) == 3


async def test_what_aws_would_refuse_is_said_at_its_field() -> None:
    async with running(Ruled()) as pilot:
        await rules_opened(pilot)
        await form_with(pilot, idleSessionTimeout="99", kmsKeyId="nope")
        assert "✕ Write whole minutes, 1 to 60." in text(pilot)
        await pilot.press("ctrl+s")
        await pilot.pause()
        form = pilot.app.screen
        assert isinstance(form, RulesFormScreen)
        assert form.focused_field == 6, "the first one that is wrong"


async def test_a_form_without_a_change_writes_nothing() -> None:
    async with running(Ruled()) as pilot:
        await rules_opened(pilot)
        await form_with(pilot)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert "✕ Nothing differs from the preferences as they are." in text(pilot)


async def test_the_form_says_what_a_field_takes_and_copies_its_command() -> None:
    world = Ruled()
    async with running(world) as pilot:
        await rules_opened(pilot)
        await form_with(pilot, idleSessionTimeout="5")
        assert "idleSessionTimeout: 1 to 60 minutes." in text(pilot)
        await pilot.press("ctrl+y")
        await until(lambda: world.copied)
    assert '"idleSessionTimeout":"5"' in world.copied[0]
    assert "update-document" in world.copied[0]


async def test_run_as_without_a_user_is_noted_before_it_is_written() -> None:
    async with running(Ruled()) as pilot:
        await rules_opened(pilot)
        await form_with(pilot, runAsEnabled="yes")
        await pilot.press("ctrl+s")
        await at(pilot, DifferenceQuestion)
        assert "! Run-as names no user: only IAM identities with a tag SSMSessionRunAs get a shell." in text(pilot)


async def test_the_first_preferences_of_an_account() -> None:
    world = Ruled(FakeRules())
    async with running(world) as pilot:
        await rules_opened(pilot)
        await form_with(pilot, maxSessionDuration="90")
        await agreed(pilot)
    assert world.rules.calls.count("ssm:CreateDocument") == 1
    assert newest(world.rules)["maxSessionDuration"] == "90"


async def test_a_change_that_takes_long_is_named_and_told_to_who_left_the_screen() -> None:
    world, go = Ruled(), threading.Event()
    update = world.rules.update_rules
    world.rules.update_rules = lambda *given: (go.wait(PATIENCE), update(*given))[1]  # type: ignore[method-assign]
    async with running(world) as pilot:
        await rules_opened(pilot)
        await form_with(pilot, idleSessionTimeout="5")
        await pilot.press("ctrl+s")
        await at(pilot, DifferenceQuestion)
        await pilot.press("enter")
        await until(lambda: "Session Manager preferences · writing …" in screen_text(pilot.app))
        await pilot.press("e")
        await until(lambda: "The last change is still being written." in told(pilot.app))
        await pilot.press("escape")
        await at(pilot, SessionsScreen)
        await pilot.pause()
        go.set()
        said = "Version 4 of the preferences of ops/eu-west-1 holds from the next session on."
        await until(lambda: said in told(pilot.app))
    assert newest(world.rules)["idleSessionTimeout"] == "5"


async def test_no_question_comes_up_over_another_screen_once_the_preferences_are_left() -> None:
    world, go = Ruled(), threading.Event()
    update = world.rules.update_rules
    world.rules.update_rules = lambda *given: (go.wait(PATIENCE), update(*given))[1]  # type: ignore[method-assign]
    async with running(world) as pilot:
        await rules_opened(pilot)
        await form_with(pilot, idleSessionTimeout="5")
        await pilot.press("ctrl+s")
        await at(pilot, DifferenceQuestion)
        await pilot.press("enter")
        await until(lambda: "writing …" in screen_text(pilot.app))
        await pilot.press("escape")
        await at(pilot, SessionsScreen)
        await pilot.pause()
        world.rules.texts.append(document(maxSessionDuration="90"))
        go.set()
        await until(lambda: any("Somebody else changed the preferences" in each for each in told(pilot.app)))
        await pilot.pause()
        assert isinstance(pilot.app.screen, SessionsScreen)
    assert len(world.rules.texts) == 4


async def test_somebody_elses_change_in_between_is_shown_and_asked_about_anew() -> None:
    world = Ruled()
    async with running(world) as pilot:
        await rules_opened(pilot)
        await form_with(pilot, idleSessionTimeout="5")
        await pilot.press("ctrl+s")
        await at(pilot, DifferenceQuestion)
        world.rules.texts.append(document(maxSessionDuration="90"))
        await pilot.press("enter")
        await until(lambda: "Somebody else changed the preferences meanwhile: version 4 is the newest" in text(pilot))
        assert "--- version 4" in screen_text(pilot.app)
        assert len(world.rules.texts) == 4
        await pilot.press("enter")
        await until(lambda: is_read(pilot))
    assert (newest(world.rules)["idleSessionTimeout"], newest(world.rules)["maxSessionDuration"]) == ("5", "90")
    assert len(world.rules.texts) == 5


async def test_no_after_somebody_elses_change_leaves_it() -> None:
    world = Ruled()
    async with running(world) as pilot:
        await rules_opened(pilot)
        await form_with(pilot, idleSessionTimeout="5")
        await pilot.press("ctrl+s")
        await at(pilot, DifferenceQuestion)
        world.rules.texts.append(document(maxSessionDuration="90"))
        await pilot.press("enter")
        await until(lambda: "Somebody else changed" in text(pilot))
        await pilot.press("escape")
        await until(lambda: is_read(pilot))
        assert "version 4" in screen_text(pilot.app), "what holds now is shown"
    assert len(world.rules.texts) == 4


async def test_a_denied_change_leads_to_its_topic() -> None:
    world = Ruled(rules(denied={"ssm:UpdateDocument"}, groups=encrypted().groups))
    async with running(world) as pilot:
        await rules_opened(pilot)
        await form_with(pilot, idleSessionTimeout="5")
        await agreed(pilot)
        assert "✕ Nothing was changed. ssm:UpdateDocument was denied." in text(pilot)
        await pilot.press("enter")
        await at(pilot, RulesFixSheet)
        assert "What helps · no-permission-for-preferences" in screen_text(pilot.app)
        assert "(no-permission-for-preferences)" in text(pilot)


async def test_a_version_that_may_not_become_the_default_one_leads_to_it_too() -> None:
    world = Ruled(rules(denied={"ssm:UpdateDocumentDefaultVersion"}))
    async with running(world) as pilot:
        await rules_opened(pilot)
        await form_with(pilot, idleSessionTimeout="5")
        await agreed(pilot)
        shown = text(pilot)
        assert "The console shows the earlier version: ssm:UpdateDocumentDefaultVersion was denied." in shown
        assert "Version 4 counts: sessions use the newest. Version 3 is the default one." in shown


async def test_a_change_without_an_answer_is_not_called_undone() -> None:
    from dataclasses import replace

    from smtui.domain.fault import AwsCallFailed, FaultKind

    fault = replace(denied("ssm:UpdateDocument").fault, kind=FaultKind.TIMED_OUT, code="ReadTimeoutError")
    world = Ruled(rules(fails={"ssm:UpdateDocument": AwsCallFailed(fault)}))
    async with running(world) as pilot:
        await rules_opened(pilot)
        await form_with(pilot, idleSessionTimeout="5")
        await agreed(pilot)
        assert "Whether it was changed is not known; r reads again." in text(pilot)


@pytest.mark.parametrize("key", ["e", "z"])
async def test_read_only_changes_nothing_and_says_so(key: str) -> None:
    world = Ruled(launcher_arguments={"setup": Setup(read_only=True)})
    async with running(world) as pilot:
        await rules_opened(pilot, key)
        await until(lambda: told(pilot.app))
        assert "read-only, so it changes no preferences" in told(pilot.app)[-1]
        assert isinstance(pilot.app.screen, RulesScreen)
        assert "e Change" not in screen_text(pilot.app)
    assert "ssm:UpdateDocument" not in world.rules.calls


# Undoing -------------------------------------------------------------------------------------------


async def test_the_last_change_is_undone_by_writing_what_was_before() -> None:
    world = Ruled()
    async with running(world) as pilot:
        await rules_opened(pilot)
        await form_with(pilot, idleSessionTimeout="5")
        await agreed(pilot)
        await pilot.press("z")
        await at(pilot, VersionsScreen)
        assert "before your last change" in screen_text(pilot.app)
        await pilot.press("enter")
        await at(pilot, DifferenceQuestion)
        assert '+    "idleSessionTimeout": "20",' in screen_text(pilot.app)
        assert "+++ new version, as version 3" in screen_text(pilot.app)
        await pilot.press("enter")
        await until(lambda: is_read(pilot))
        assert "version 5" in screen_text(pilot.app)
    assert newest(world.rules)["idleSessionTimeout"] == "20"
    assert (len(world.rules.texts), world.rules.default) == (5, 5)


async def test_any_earlier_version_can_be_gone_back_to() -> None:
    world = Ruled()
    async with running(world) as pilot:
        await rules_opened(pilot, "z")
        await at(pilot, VersionsScreen)
        await pilot.press("G", "enter")
        await at(pilot, DifferenceQuestion)
        await pilot.press("enter")
        await until(lambda: is_read(pilot))
    assert newest(world.rules)["idleSessionTimeout"] == "60"


async def test_the_first_preferences_are_undone_to_aws_defaults() -> None:
    world = Ruled(FakeRules())
    async with running(world) as pilot:
        await rules_opened(pilot)
        await form_with(pilot, maxSessionDuration="90")
        await agreed(pilot)
        await pilot.press("z")
        await at(pilot, DifferenceQuestion)
        await pilot.press("enter")
        await until(lambda: is_read(pilot))
    assert newest(world.rules)["maxSessionDuration"] == ""


async def test_the_own_change_is_undone_although_versions_may_not_be_listed() -> None:
    world = Ruled(rules(denied={"ssm:ListDocumentVersions"}))
    async with running(world) as pilot:
        await rules_opened(pilot, "z")
        await until(lambda: "ssm:ListDocumentVersions was denied." in text(pilot))
        await form_with(pilot, idleSessionTimeout="5")
        await agreed(pilot)
        place = Place("ops", "eu-west-1")
        assert isinstance(screen(pilot)._rules.last_change(place), LastChange)
        await pilot.press("z")
        await at(pilot, DifferenceQuestion)
        await pilot.press("enter")
        await until(lambda: is_read(pilot))
    assert newest(world.rules)["idleSessionTimeout"] == "20"


async def test_there_is_nothing_to_go_back_to() -> None:
    async with running(Ruled(FakeRules([document()]))) as pilot:
        await rules_opened(pilot, "z")
        await until(lambda: told(pilot.app))
        assert told(pilot.app) == ["There is no earlier version to go back to."]


@pytest.mark.parametrize("size", [(60, 20), (80, 24)])
async def test_small_screens_show_all_of_it_by_scrolling(size: tuple[int, int]) -> None:
    async with running(Ruled(), size=size) as pilot:
        await rules_opened(pilot)
        assert "A shell would fail now" in text(pilot)
        await pilot.press("G")
        await until(lambda: "Version 3 is the newest and" in text(pilot))
        assert "esc Back" in screen_text(pilot.app)
