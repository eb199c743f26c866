"""Every capability that AWS's five texts name has a test that is there, runs and asserts; no heading is left out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from smtui.demo.story.account_facts import SWITCHES
from tests.capabilities import CAPABILITIES, COMPLETE, DOCUMENTS
from tests.capabilities.capability import FIX_MENDS_ACCOUNT, FIX_MENDS_NODE, ISSUE_14, Capability, Document
from tests.demo.planted import CAUSES, MORE_CAUSES
from tests.topics.statements import SOURCES

ROOT = Path(__file__).parents[1]
TEXTS = tuple(above / "shared" / "reference" / "aws-docs" for above in ROOT.parents[:2])
"""Where the texts are, if they are on this machine; they are not in the repository."""

NOT_RUN = {"skip", "xfail", "slow", "official_plugin", "real_agent"}
"""Marks of tests that do not run everywhere by default. `skipif` is none: it is for want of a program."""

Function = ast.FunctionDef | ast.AsyncFunctionDef

EACH_DOCUMENT = pytest.mark.parametrize("document", [pytest.param(each, id=each.source) for each in DOCUMENTS])


# A test, read as text ----------------------------------------------------------------------------


class TestFile:
    """One file of tests: which it has, how they are marked, and whether they assert."""

    __test__ = False

    def __init__(self, text: str) -> None:
        self.tree = ast.parse(text)
        named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        self.top = {node.name: node for node in self.tree.body if isinstance(node, named)}

    def find(self, name: str) -> Function | None:
        """The function `name`, or `Class::name`; None if there is none."""
        outer, _, inner = name.partition("::")
        found = self.top.get(outer)
        if not inner:
            return None if isinstance(found, ast.ClassDef) else found
        methods = found.body if isinstance(found, ast.ClassDef) else []
        return next((each for each in methods if isinstance(each, Function) and each.name == inner), None)

    def marks(self, name: str) -> set[str]:
        """The names of the marks of a test, of its class and of the file; aliases are followed."""
        outer = self.top[name.partition("::")[0]]
        found = self.find(name)
        assert found
        decorators = [*outer.decorator_list, *found.decorator_list, *self._assigned("pytestmark")]
        return {mark for each in decorators for mark in self._marks_of(each)}

    def _marks_of(self, expression: ast.expr) -> Iterator[str]:
        if isinstance(expression, ast.List | ast.Tuple):
            for each in expression.elts:
                yield from self._marks_of(each)
            return
        plain = expression.func if isinstance(expression, ast.Call) else expression
        if isinstance(plain, ast.Attribute):
            yield plain.attr
        elif isinstance(plain, ast.Name):
            for value in self._assigned(plain.id):
                yield from self._marks_of(value)

    def _assigned(self, name: str) -> list[ast.expr]:
        return [
            node.value
            for node in self.tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name) and target.id == name
        ]

    def asserts(self, function: Function, seen: frozenset[str] = frozenset()) -> bool:
        """Whether it asserts, by itself or by a function of the same file that it calls."""
        for node in ast.walk(function):
            if isinstance(node, ast.Assert) or _expects_an_error(node):
                return True
            called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            helper = self.top.get(called)
            if isinstance(helper, Function) and called not in seen and self.asserts(helper, seen | {called}):
                return True
        return False


def _expects_an_error(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and ast.unparse(called) == "pytest.raises"


@cache
def read(path: str) -> TestFile:
    return TestFile((ROOT / path).read_text("utf-8"))


def complaint(test: str) -> str:
    """What is wrong with a named test; empty if nothing is."""
    path, _, name = test.partition("::")
    if not (ROOT / path).is_file():
        return f"{test}: there is no such file"
    function = read(path).find(name)
    if function is None or not function.name.startswith("test_"):
        return f"{test}: there is no such test"
    if unrun := read(path).marks(name) & NOT_RUN:
        return f"{test}: it is marked {', '.join(sorted(unrun))}"
    return "" if read(path).asserts(function) else f"{test}: it asserts nothing"


# The list ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("capability", [pytest.param(each, id=each.id) for each in CAPABILITIES])
def test_a_capability_has_tests_that_run_and_assert(capability: Capability) -> None:
    assert [said for test in capability.tests if (said := complaint(test))] == []
    assert len(set(capability.tests)) == len(capability.tests)
    if not capability.tests:
        assert capability.issue_14, "only what issue 14 brings may wait for its test"
        assert not COMPLETE, f"issue 14 is done: name the test of {capability.issue_14}"


def test_a_capability_is_told_in_a_sentence() -> None:
    for capability in CAPABILITIES:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*", capability.id)
        assert re.fullmatch(r"[A-Z][^\n]+\.", capability.can), capability.id
        assert capability.issue_14 in ("", *ISSUE_14), capability.id


def test_ids_are_unique() -> None:
    ids = [capability.id for capability in CAPABILITIES]
    assert [each for each in ids if ids.count(each) > 1] == []
    assert len({capability.can for capability in CAPABILITIES}) == len(ids)


def test_the_demo_has_the_faults_that_are_named() -> None:
    assert {each for capability in CAPABILITIES for each in capability.nodes} <= {*CAUSES, *MORE_CAUSES}
    switches = {each for capability in CAPABILITIES for each in capability.switches}
    assert switches <= {name for name, code in SWITCHES.items() if code}


def test_faults_are_mended_where_the_list_says_so_and_nowhere_else() -> None:
    mended = {*_keys(FIX_MENDS_NODE, "MENDED"), *_keys(FIX_MENDS_ACCOUNT, "SWITCHED")}
    for capability in CAPABILITIES:
        faults = {*capability.nodes, *capability.switches}
        assert faults & mended == (faults if capability.is_mended else set()), capability.id


def _keys(test: str, name: str) -> Iterator[str]:
    """The keys of a dictionary of the test's file."""
    for value in read(test.partition("::")[0])._assigned(name):
        assert isinstance(value, ast.Dict)
        for key in value.keys:
            assert isinstance(key, ast.Constant)
            yield str(key.value)


@EACH_DOCUMENT
def test_advice_is_that_of_the_texts_own_statements(document: Document) -> None:
    named = {topic_id for capability in document.capabilities for topic_id in capability.advice}
    assert named == {statement.topic_id for statement in SOURCES[document.source]}


# The texts ---------------------------------------------------------------------------------------


def test_every_text_is_there() -> None:
    assert {document.source for document in DOCUMENTS} == set(SOURCES)


@EACH_DOCUMENT
def test_a_heading_has_a_capability_or_a_reason_why_not(document: Document) -> None:
    covered = {capability.heading for capability in document.capabilities}
    assert len(set(document.headings)) == len(document.headings)
    assert covered | set(document.nothing) == set(document.headings)
    assert covered & set(document.nothing) == set()
    assert all(document.nothing.values())


@EACH_DOCUMENT
def test_the_headings_are_those_of_the_text(document: Document) -> None:
    found = headings(text_of(document))
    assert [heading.rpartition(" > ")[2] for heading in document.headings] == found


@EACH_DOCUMENT
def test_a_release_has_its_capability_or_a_reason_why_not(document: Document) -> None:
    ids = {capability.id for capability in document.capabilities}
    assert {each for each in document.releases.values() if not each.startswith("nothing: ")} <= ids


@EACH_DOCUMENT
def test_the_releases_are_those_of_the_text(document: Document) -> None:
    rows = re.findall(r"^\| +([\d\\.]+) +\|", text_of(document), re.MULTILINE)
    assert list(document.releases) == [row.replace("\\", "") for row in rows]


def text_of(document: Document) -> str:
    """The text; skips the test if it is not on this machine."""
    file = f"{document.source.replace(' ', '-')}.md"
    found = next((folder / file for folder in TEXTS if (folder / file).is_file()), None)
    if found is None:
        pytest.skip("the texts are not on this machine")
    return found.read_text("utf-8")


LONGEST_HEADING = 110
PROCEDURES = ("To ", "[ ")
"""How the heading of a procedure or of a tab begins: they repeat the heading above."""
NO_HEADINGS = {"Note", "Tip", "Topics", "Skip to main content", "In the navigation pane, choose Instances"}


def headings(text: str) -> list[str]:
    """The headings of a text, in Markdown or, as three texts have lost their marks, by their looks."""
    marked = re.findall(r"^#+ (.+?)(?:<a name|$)", text, re.MULTILINE)
    plain = [line.replace("\\", "") for line in marked] or list(_by_looks(text))
    return [line for line in plain if line not in NO_HEADINGS and not line.startswith(PROCEDURES)]


def _by_looks(text: str) -> Iterator[str]:
    """Short lines that begin at the margin, and what stands before the dash of a point of a list; no full stop."""
    for line in text.splitlines():
        is_point = line.lstrip().startswith("• ")
        words = line.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").lstrip("• ").partition(" \N{EN DASH} ")[0]
        if (is_point or line[:1].isupper()) and len(words) <= LONGEST_HEADING and words[-1:] not in ".:,;{}[":
            yield words


# The reading of tests ----------------------------------------------------------------------------

SAMPLE = TestFile(
    """
import pytest
needs_it = pytest.mark.skipif(True, reason="")
broken = pytest.mark.xfail
def helper(): deeper()
def deeper(): assert 1
def test_asserts(): assert 1
def test_raises():
    with pytest.raises(ValueError): int("x")
def test_by_helper(): helper()
def test_nothing(): print(1)
def test_itself(): test_itself()
@needs_it
@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.slow)])
def test_for_want_of_a_program(): assert 1
@broken
def test_fails(): assert 1
@pytest.mark.skip(reason="")
class TestAll:
    def test_method(self): assert 1
"""
)


@pytest.mark.parametrize(
    ("name", "asserts"),
    [
        ("test_asserts", True),
        ("test_raises", True),
        ("test_by_helper", True),
        ("test_nothing", False),
        ("test_itself", False),
        ("TestAll::test_method", True),
    ],
)
def test_what_asserts_is_told_from_what_does_not(name: str, asserts: bool) -> None:
    found = SAMPLE.find(name)
    assert found
    assert SAMPLE.asserts(found) is asserts


@pytest.mark.parametrize(
    ("name", "marks"),
    [
        ("test_asserts", set()),
        ("test_for_want_of_a_program", {"skipif", "parametrize"}),
        ("test_fails", {"xfail"}),
        ("TestAll::test_method", {"skip"}),
    ],
)
def test_marks_are_read(name: str, marks: set[str]) -> None:
    assert SAMPLE.marks(name) == marks


def test_what_is_not_there_is_not_found() -> None:
    assert [SAMPLE.find(name) for name in ("test_no", "TestAll", "TestAll::test_no", "test_asserts::x")] == [None] * 4
    assert complaint("tests/test_no.py::test_x").endswith("no such file")
    assert complaint("tests/test_house.py::feature_of").endswith("no such test")


def test_headings_are_found_by_their_looks() -> None:
    text = (
        "A title\n\nA sentence of it.\n  indented\nNote\nTo do it\n  • A point – and more.\n  • A long point.\nCode {\n"
    )
    assert headings(text) == ["A title", "A point"]
    assert headings("# One\nText\n## Two<a name='x'></a>\n") == ["One", "Two"]
