"""Keeps the site true: its generated pages, its navigation, its links and the commands that it shows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import click
import pytest
import yaml

from smtui.domain.readiness import Badge
from smtui.tui.commands import BY_ID
from smtui.tui.parts.shown_keys import shown_keys
from tests import site_pages
from tests.command_line import reached
from tests.packaging.ci_scripts import ci_script

ROOT = Path(__file__).parents[1]
GENERATED = site_pages.pages()
WRITTEN = sorted({*site_pages.FOLDER.rglob("*.md")} - set(GENERATED))
SITE = yaml.safe_load((ROOT / "docs/mkdocs.yml").read_text("utf-8"))


HOOK = ci_script("site_hook")


def name_of(path: Path) -> str:
    return path.relative_to(site_pages.FOLDER).as_posix()


def test_every_generated_page_is_current() -> None:
    stale = [name_of(path) for path, text in GENERATED.items() if not path.exists() or path.read_text("utf-8") != text]
    assert stale == [], "Run: python -m tests.site_pages"
    assert {*(site_pages.FOLDER / "topics").iterdir()} <= set(GENERATED)


def test_the_navigation_has_every_page() -> None:
    pages = {name_of(path) for path in (*GENERATED, *WRITTEN) if path.parent == site_pages.FOLDER}
    named = list(_named(SITE["nav"]))
    assert sorted(named) == sorted(pages | set(HOOK.TAKEN.values()))


def _named(entries: list[dict[str, object]]) -> Iterator[str]:
    for entry in entries:
        for below in entry.values():
            if isinstance(below, list):
                yield from _named(below)
            else:
                yield str(below)


def test_the_site_asks_other_hosts_for_nothing() -> None:
    assert SITE["theme"]["font"] is False
    assert "repo_url" not in SITE, "the theme would ask the host for the stars"
    assert (
        HOOK.foreign('<a href="https://example.com">there</a> <link rel="canonical" href="https://example.com/">') == []
    )
    for tag in ('<script src="https://example.com/a.js">', "<img alt=x src=//example.com/a.png>"):
        assert HOOK.foreign(f"<p>{tag}</p>") == [tag]


@pytest.mark.parametrize(
    ("where", "page", "link", "on_the_site"),
    [
        ("docs/pages/find.md", "find.md", "../../screens/nodes.svg", "screens/nodes.svg"),
        ("docs/pages/topics/a.md", "topics/a.md", "../../../screens/nodes.svg", "../screens/nodes.svg"),
        ("docs/pages/find.md", "find.md", "shell.md#x", "shell.md#x"),
        ("docs/pages/topics/a.md", "topics/a.md", "../find.md", "../find.md"),
        ("docs/pages/find.md", "find.md", "../../SECURITY.md", "security.md"),
        ("SECURITY.md", "security.md", "CHANGELOG.md", "changelog.md"),
        ("SECURITY.md", "security.md", "docs/pages/install.md", "install.md"),
        ("docs/pages/find.md", "find.md", "../policies/minimal.json", "policies/minimal.json"),
        ("docs/pages/find.md", "find.md", "../../LICENSE", f"{HOOK.home()}/blob/main/LICENSE"),
        ("docs/pages/find.md", "find.md", "https://example.com", "https://example.com"),
    ],
)
def test_a_link_leads_to_the_same_on_the_site(where: str, page: str, link: str, on_the_site: str) -> None:
    assert HOOK.with_site_links(f"[it]({link})", where, page) == f"[it]({on_the_site})"


@pytest.mark.parametrize("path", [*GENERATED, *WRITTEN], ids=name_of)
def test_every_file_that_a_page_links_to_exists(path: Path) -> None:
    linked = [link for link in re.findall(r"\]\(([^)#\s]+)", path.read_text("utf-8")) if "://" not in link]
    assert [link for link in linked if not (path.parent / link).exists()] == []


def test_a_picture_loads_no_font() -> None:
    drawn = (ROOT / "screens/nodes.svg").read_text("utf-8")
    assert "url(" in drawn
    shown = HOOK.without_fonts(drawn)
    assert "https://cdn" not in shown
    assert shown.partition(".terminal-matrix")[2] == drawn.partition(".terminal-matrix")[2]


def commands(text: str) -> Iterator[str]:
    """The command lines of smtui in a page: those of its shell blocks, and those between backticks."""
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        yield from (line.strip() for line in block.splitlines() if line.strip().startswith("smtui "))
    without_blocks = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    yield from re.findall(r"`(smtui [^`]+)`", without_blocks)


@pytest.mark.parametrize("path", [ROOT / "README.md", *WRITTEN], ids=lambda path: path.name)
def test_the_command_line_understands_each_command_of_a_page(path: Path) -> None:
    assert [wrong for line in commands(path.read_text("utf-8")) if (wrong := _wrong(line))] == []


def _wrong(line: str) -> str:
    """What is wrong with a command, up to a pipe; it may end in `…`, which stands for more words."""
    words = [word for word in takewhile("|".__ne__, shlex.split(line, comments=True)) if word != "…"]
    try:
        reached(words[1:])
    except (click.exceptions.Exit, click.MissingParameter, click.exceptions.NoArgsIsHelpError):
        return ""  # --version, or a subcommand that is named alone
    except click.ClickException as wrong:
        return f"{line}: {wrong.format_message()}"
    return ""


KEYS_OF_PAGES = {
    "index": {"enter": "shell", "t": "troubleshoot", "f": "forward", "2": "go-tunnels", "/": "filter", "q": "quit"},
    "find": {"o": "sort", "O": "sort-reverse", "p": "pin", "-": "last-node", "e": "not-ready-only", "space": "mark"},
    "shell": {"enter": "shell", "t": "troubleshoot", "w": "wait", "T": "new-tab"},
    "forward": {"f": "forward", "2": "go-tunnels"},
    "documents": {"d": "document"},
    "troubleshoot": {"t": "troubleshoot"},
    "ssh": {"x": "ssh"},
    "files": {"u": "transfer", "2": "go-tunnels"},
    "run": {"space": "mark", "*": "mark-all", "!": "run"},
    "wait": {"w": "wait"},
    "access": {"A": "ask-access"},
}
"""By page: the keys that its own sentences name, and the command of each."""
NAMES = {"/": "slash", "-": "minus", "*": "asterisk", "!": "exclamation_mark"}


@pytest.mark.parametrize("page", KEYS_OF_PAGES)
def test_the_keys_that_a_page_names_are_those_of_the_commands(page: str) -> None:
    text = (site_pages.FOLDER / f"{page}.md").read_text("utf-8")
    for key, command in KEYS_OF_PAGES[page].items():
        assert f"`{key}`" in text
        assert {key, NAMES.get(key)} & set(BY_ID[command].keys.split(",")), (key, BY_ID[command].keys)


def test_the_keys_of_the_readme_are_bound() -> None:
    section = (ROOT / "README.md").read_text("utf-8").partition("| key | does | key")[2].partition("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines()[2:]]
    named = {key for row in rows for cell in row[::2] for key in re.findall(r"`([^`]+)`", cell)}
    bound = {key for command in BY_ID.values() for key in shown_keys(command.keys).split()}
    assert len(named) > 30
    assert named - bound == set()


@pytest.mark.parametrize("page", ["README.md", "docs/pages/find.md"])
def test_the_statuses_are_those_of_the_screen(page: str) -> None:
    named = re.findall(r"^\| `(. [A-Z][a-z ]+)` \|", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    assert named == [f"{badge.mark} {badge.word}" for badge in Badge]


def test_every_page_of_a_task_has_its_picture() -> None:
    (tasks,) = (entry["Tasks"] for entry in SITE["nav"] if "Tasks" in entry)
    without = [
        name for name in _named(tasks) if "](../../screens/" not in (site_pages.FOLDER / name).read_text("utf-8")
    ]
    assert without == []


def test_a_wrong_command_is_found() -> None:
    text = "`smtui lst` and `smtui list --jsn`\n```sh\nsmtui connect web-1 --strt  # x\n```\n`smtui list --json`"
    assert len([line for line in commands(text) if _wrong(line)]) == 3


def test_ci_builds_the_site_and_takes_a_warning_for_a_fault() -> None:
    run = (ROOT / ".ci/run").read_text("utf-8")
    (build,) = re.findall(r"mkdocs\" build (.*)", run)
    assert build == '--strict -f docs/mkdocs.yml -d "$work/site"', "with -q, mkdocs does not count its warnings"
    published = yaml.safe_load((ROOT / ".readthedocs.yaml").read_text("utf-8"))
    assert published["mkdocs"] == {"configuration": "docs/mkdocs.yml", "fail_on_warning": True}
