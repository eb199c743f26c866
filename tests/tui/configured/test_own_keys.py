"""The user's own keys: what can be used, what clashes, and that footer, help, palette and sentences follow."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from textual.dom import DOMNode

import smtui.tui
from smtui.tui.commands import BY_ID, COMMANDS
from smtui.tui.configured.own_keys import SITUATIONS, OwnKeys, judged, named
from smtui.tui.parts.confirm import QuitScreen
from smtui.tui.parts.header_layout import HeaderFacts, header_line
from smtui.tui.parts.shown_keys import key_of, keys_of, use_keys
from tests.tui.looking import screen_text
from tests.tui.world import World, settled
from tests.waiting import until

TUI = Path(smtui.tui.__path__[0])


def judge(wanted: Mapping[str, Sequence[str]]) -> OwnKeys:
    return judged({name: tuple(keys) for name, keys in wanted.items()})


def mistake(own: OwnKeys) -> str:
    [(_, sentence)] = own.mistakes
    return sentence


# What can be used ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "keys"),
    [
        ({"sort": ["S"]}, {"sort": "S"}),
        ({"refresh": ["f5", "ctrl+r"]}, {"refresh": "f5,ctrl+r"}),
        ({"palette": ["semicolon", "?"], "help": ["f1"]}, {"palette": "semicolon,question_mark", "help": "f1"}),
        ({"palette": [","], "settings": []}, {"palette": "comma", "settings": ""}),
        ({"help": []}, {"help": ""}),
        ({"shell": ["f"], "forward": ["s"]}, {"shell": "f", "forward": "s"}),
        ({"forward": ["s"], "shell": ["enter"]}, {"forward": "s", "shell": "enter"}),
        ({"refresh": ["x"], "ssh": []}, {"refresh": "x", "ssh": ""}),
        ({"sessions.log": ["enter"]}, {"sessions.log": "enter"}),
        ({"tunnels.log": ["w"]}, {"tunnels.log": "w"}),
        ({"filter.save": ["ctrl+t"]}, {"filter.save": "ctrl+t"}),
        ({"refresh": ["r", "r"]}, {"refresh": "r"}),
        ({"quit.close": ["z"]}, {"quit.close": "z,ctrl+c"}),
        ({"refresh": ["é"], "mark": ["Ö"]}, {"refresh": "é", "mark": "Ö"}),
        ({"quit.close": []}, {"quit.close": "ctrl+c"}),
    ],
)
def test_keys_that_can_be_used(wanted: Mapping[str, list[str]], keys: Mapping[str, str]) -> None:
    assert judge(wanted) == OwnKeys(keys, ())


@pytest.mark.parametrize(
    ("command", "keys", "said"),
    [
        ("refesh", ["f5"], "there is no command refesh. Did you mean refresh?"),
        ("zzzz", ["f5"], "there is no command zzzz."),
        ("refresh", ["contrl+x"], "there is no key contrl+x. Did you mean ctrl+x?"),
        ("refresh", ["f55"], "there is no key f55. Did you mean f5?"),
        ("refresh", ["F5"], "there is no key F5. Did you mean f5?"),
        ("refresh", ["ctrl+é"], "there is no key ctrl+é."),
        ("filter.save", ["ä"], "ä is typed into the field there: filter.save needs a key such as ctrl+t or f5."),
        ("refresh", ["ctrl+i"], "ctrl+i is tab to a terminal: write tab."),
        ("filter.save", ["w"], "w is typed into the field there: filter.save needs a key such as ctrl+t or f5."),
        ("form.start", ["?"], "? is typed into the field there: form.start needs a key such as ctrl+t or f5."),
        ("interrupt", ["x"], "interrupt keeps its key: ctrl+c always leads out."),
        ("interrupt", [], "interrupt keeps its key: ctrl+c always leads out."),
        (
            "shell",
            ["f"],
            "f is the key of forward (Forward a port, in “The nodes”), so shell (Start a shell) cannot have it. "
            "shell keeps enter, s.",
        ),
        (
            "details",
            ["j"],
            "j is the key of down (Down, in “Moving in the list”), so details (Show or hide details) "
            "cannot have it. details keeps i.",
        ),
        (
            "sort-name",
            ["1"],
            "1 is the key of go-nodes (Nodes, in “Anywhere”), so sort-name (Sort by name) cannot have it. "
            "sort-name has no key.",
        ),
    ],
)
def test_what_is_wrong_is_said_and_costs_no_other_key(command: str, keys: list[str], said: str) -> None:
    own = judge({command: keys, "messages": ["f9"]})
    assert own.keys == {"messages": "f9"}
    assert own.mistakes == ((command, said),)


def test_a_wrong_key_leaves_the_commands_other_own_keys() -> None:
    own = judge({"refresh": ["f5", "R"]})
    assert own.keys == {"refresh": "f5"}
    assert mistake(own).endswith("refresh keeps f5.")


def test_of_two_own_keys_the_later_one_is_at_fault() -> None:
    own = judge({"shell": ["z"], "forward": ["z"]})
    assert own.keys == {"shell": "z"}
    assert mistake(own).startswith("z is the key of shell (Start a shell")
    assert mistake(own).endswith("forward keeps f.")


def test_who_gets_the_own_key_back_may_clash_with_another() -> None:
    own = judge({"shell": ["f"], "forward": ["1"]})
    assert own.keys == {}
    assert [command for command, _ in own.mistakes] == ["forward", "shell"]


def test_no_default_key_is_a_mistake() -> None:
    wanted = {
        command.id: command.keys.split(",") for command in COMMANDS if command.keys and "interrupt" not in command.id
    }
    assert judge(wanted).mistakes == ()
    assert all(judge({name: keys}).mistakes == () for name, keys in list(wanted.items())[::7])


def test_situations_hold_every_scope_that_meets_another() -> None:
    for found in pkgutil.walk_packages(smtui.tui.__path__, "smtui.tui."):
        importlib.import_module(found.name)

    def below(kind: type[DOMNode]) -> Iterator[type[DOMNode]]:
        for each in kind.__subclasses__():
            yield each
            yield from below(each)

    for kind in below(DOMNode):
        if kind.__module__.startswith("smtui."):
            bound = (binding for each in kind._merge_bindings().key_to_bindings.values() for binding in each)
            scopes = {BY_ID[binding.id].scope for binding in bound if binding.id in BY_ID}
            assert any(scopes <= together for together in SITUATIONS), (kind, scopes)
    assert set().union(*SITUATIONS) == {command.scope for command in COMMANDS}


# What follows --------------------------------------------------------------------------------------


def test_sentences_name_the_key_in_force() -> None:
    assert key_of("refresh") == "r"
    use_keys({"refresh": "f5,ctrl+r", "help": "", "palette": "question_mark"})
    assert (key_of("refresh"), key_of("help"), keys_of("help")) == ("f5", "? Help", "")
    use_keys({"palette": "", "help": ""})
    assert key_of("help") == "Help"


def test_tabs_of_the_header_name_the_keys_in_force() -> None:
    use_keys({"go-tunnels": "f2", "go-presets": ""})
    drawn = "".join(piece.text for piece in header_line(HeaderFacts("Nodes", ()), 120))
    assert " 1 Nodes  f2 Tunnels  3 Sessions  Presets " in drawn


async def test_footer_help_palette_and_keys_follow() -> None:
    app = World().app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        wrong = app.use_own_keys(
            {"details": ("w",), "wait": ("f8",), "shell": ("f9", "Q"), "troubleshoot": (), "oops": ("z",)}
        )
        assert [command for command, _ in wrong] == ["oops"]
        await pilot.pause()
        footer = screen_text(app).splitlines()[-1]
        assert "w Details" in footer
        assert "f9 Shell" in footer
        assert "Troubleshoot" not in footer
        await pilot.press("i")
        assert not app.screen.has_class("-details")
        await pilot.press("w")
        assert app.screen.has_class("-details")
        await pilot.press("t")
        assert app.screen is app.screen_stack[0]
        await pilot.press("question_mark")
        await until(lambda: "Show or hide details" in screen_text(app))
        assert re.search(r"\bw +Show or hide details", screen_text(app))
        await pilot.press("escape", "colon", *"show or hide")
        await until(lambda: re.search(r"Show or hide details .* w\b", screen_text(app)))
        await pilot.press("escape")
        app.use_own_keys({})
        await pilot.pause()
        assert "i Details" in screen_text(app).splitlines()[-1]


async def test_a_letter_of_another_keyboard_is_a_key() -> None:
    app = World().app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        assert not app.use_own_keys({"details": ("é",)})
        await pilot.press("é")
        await until(lambda: app.screen.has_class("-details"))
        assert "é Details" in screen_text(app)


@pytest.mark.parametrize("keys", [("z",), ()])
async def test_ctrl_c_leads_out_of_the_question_before_quitting_whatever_its_keys(keys: tuple[str, ...]) -> None:
    app, answers = World().app(), list[bool | None]()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert not app.use_own_keys({"quit.close": keys})
        app.push_screen(QuitScreen("Quit and close 1 tunnel?", ["●  web-1"]), answers.append)
        await pilot.pause()
        await pilot.press("ctrl+c")
        await until(lambda: answers == [True])


# No sentence names a key by itself -----------------------------------------------------------------

_VERBS = "(?:[a-z]+s|goes on|goes|again|tells|still)[ )]"
_KEY = r"(?:[b-zA-Z]|[/:?@*!]|enter|space|esc|ctrl\+[a-z])"
_NAMES_A_KEY = re.compile(
    rf"(?:^|[.:;,(] ?|    )(?:[Pp]ress )?{_KEY} {_VERBS}|[Pp]ress [a-zA-Z/:?!] |[.,:;] ?{_KEY}$|\bwith [b-z](?: |$)"
)
_OTHERS = {"enter.py", "new_tab.py", "own_keys.py"}
"""Two speak of a bare terminal, on which no command is bound, and one of the key that cannot be changed."""


def sentences(path: Path) -> Iterator[str]:
    """Every text of a module that is no docstring; what is put into it is left out."""
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)  # that of a lambda is no list
        if isinstance(body, list):
            docstrings |= {id(each.value) for each in body if isinstance(each, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


@pytest.mark.parametrize(
    "said",
    ["L signs in.", "gone. t: why, r reads again", "(i tells which)", " (i tells)", "Press a to see it.", "no: t"],
)
def test_a_key_in_a_sentence_is_found(said: str) -> None:
    assert _NAMES_A_KEY.search(said)


def test_no_sentence_of_the_screen_names_a_key_by_itself() -> None:
    found = {
        (path.name, said)
        for path in TUI.rglob("*.py")
        if path.name not in _OTHERS and not path.name.endswith("commands.py")
        for said in sentences(path)
        if " " in said.strip() and "{ " not in said and _NAMES_A_KEY.search(said)
    }
    assert found == set()


def test_keys_have_textuals_names() -> None:
    assert (named("?"), named("x"), named("f5"), named(",")) == ("question_mark", "x", "f5", "comma")
