"""`python -m tests.site_pages` writes the pages of the site that are made from tables.

These are keys, settings, commands, and the troubleshooting texts by symptom.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from smtui.cli.upkeep.command_table import Described, Entry, described
from smtui.cli.upkeep.examples import EXAMPLES
from smtui.domain.settings.settings_page import settings_page
from smtui.topics.library import all_topics
from smtui.topics.machines import Machines
from smtui.topics.topic import (
    PLACE_WORD,
    PLACEHOLDERS,
    Link,
    Topic,
    TopicCommand,
    placeholders,
    ready,
    shell_of,
    terraform_ready,
)
from smtui.topics.topic_text import LOOKING, consequences, fitting_commands, headed, step_texts
from smtui.tui.commands import Command, Scope, commands_of
from smtui.tui.parts.shown_keys import shown_keys

FOLDER = Path(__file__).parents[1] / "docs" / "pages"
ANYWHERE = Machines()
VALUES = {name: name.upper() for name in PLACEHOLDERS}
"""What stands in a command of a page for a value that smtui would fill in."""


def pages() -> dict[Path, str]:
    """Each page's path and text."""
    topics = all_topics()
    texts = {
        "keys": keys_page(),
        "settings": settings_page(),
        "commands": commands_page(),
        "symptoms": symptoms_page(topics),
        **{f"topics/{topic.id}": topic_page(topic) for topic in topics},
    }
    return {FOLDER / f"{name}.md": text for name, text in texts.items()}


def keys_page() -> str:
    return _joined(
        (
            "# Keys",
            "",
            "Every command of the screen by the screen that it is on, with its default key. `?` shows the keys in "
            'force. The id is the name that a key has in `[keys]` of `config.toml`, as in `refresh = "f5"`; see '
            "[Settings](settings.md#keys). A command without a key is in the palette (`:`).",
        ),
        *(_keys(scope) for scope in Scope),
    )


def _keys(scope: Scope) -> Iterator[str]:
    commands = commands_of(scope)
    if not commands:
        return
    yield from ("", f"## {plain(scope.value)}", "", "| key | does | id |", "|---|---|---|")
    for command in commands:
        yield f"| {_keys_of(command)} | {plain(_does(command))} | `{command.id}` |"


def _keys_of(command: Command) -> str:
    return " ".join(code(each) for each in shown_keys(command.keys).split())


def _does(command: Command) -> str:
    return f"{command.name}: {command.help}" if command.help else command.name


def commands_page() -> str:
    table = described()
    return _joined(
        (
            "# Commands",
            "",
            "The same stands in `smtui COMMAND --help` and, with `man`, in `smtui man COMMAND`. `--demo`, `--profile`, "
            "`--region`, `--filter`, `--read-only` and `--log-file` work before and after every subcommand; a "
            "subcommand refuses an option that it cannot use.",
        ),
        *(_command(command) for command in table),
    )


def _command(command: Described) -> Iterator[str]:
    name = " ".join(["smtui", *command.path])
    yield from ("", f"## {name}", "", "```text", f"{name} {command.usage}".rstrip(), "```")
    for paragraph in command.text:
        yield from ("", plain(paragraph))
    if command.subcommands:
        yield from ("", "| subcommand | does |", "|---|---|")
        for below, about in command.subcommands:
            yield f"| [`{below}`](#{'-'.join(['smtui', *command.path, below])}) | {plain(about)} |"
    if command.options:
        yield from ("", "| option | does |", "|---|---|", *map(_option, command.options))
    for example in EXAMPLES[" ".join(command.path)]:
        yield from ("", f"{plain(example.does)}:", "", "```sh", example.command, "```")


def _option(entry: Entry) -> str:
    names = ", ".join(entry.names) + (f" {entry.metavar}" if entry.metavar else "")
    return f"| {code(names)} | {plain(entry.about)} |"


def symptoms_page(topics: Iterable[Topic]) -> str:
    problems = [topic for topic in topics if not topic.guide]
    guides = [topic for topic in topics if topic.guide]
    rows = ((symptom, topic) for topic in problems for symptom in topic.symptoms)
    return _joined(
        (
            "# Symptoms",
            "",
            "What you see, and the text that explains it. `t` on a node and `smtui doctor` find the cause by "
            "themselves and fill in the values; `smtui topics` prints and searches these texts without a network.",
            "",
            "| you see | read |",
            "|---|---|",
        ),
        (f"| {plain(symptom)} | {_linked(topic)} |" for symptom, topic in rows),
        ("", "## To look up", "", "| when | read |", "|---|---|"),
        (f"| {plain(' '.join(topic.symptoms))} | {_linked(topic)} |" for topic in guides),
    )


def _linked(topic: Topic) -> str:
    return f"[{plain(topic.title)}](topics/{topic.id}.md)"


def topic_page(topic: Topic) -> str:
    commands = fitting_commands(topic, ANYWHERE)
    fixes = [command for command in commands if command.fixes]
    looks = [command for command in commands if not command.fixes]
    return _joined(
        (f"# {plain(topic.title)}", "", _where_else(topic)),
        _listed(topic.symptoms_heading, topic.symptoms, "-"),
        _listed(topic.causes_heading, topic.causes, "-" if topic.guide else "1."),
        _listed("What to do", step_texts(topic, ANYWHERE), "1."),
        _blocks("Fixes", fixes),
        _blocks(LOOKING, looks),
        ("", "## Terraform", "", "```terraform", terraform_ready(topic, VALUES).strip(), "```")
        if topic.terraform
        else (),
        _links(topic.links),
    )


def _where_else(topic: Topic) -> str:
    text = f"`smtui topics {topic.id}` prints this text."
    words = [word for command in topic.commands for argv in command.argvs for word in argv]
    has_values = PLACE_WORD in words or placeholders(topic.terraform) or any(map(placeholders, words))
    return f"{text} smtui fills in the words in capitals where it knows the node." if has_values else text


def _listed(heading: str, texts: Iterable[str], mark: str) -> Iterator[str]:
    yield from ("", f"## {heading}", "")
    for text in texts:
        yield f"{mark} {plain(text)}"


def _blocks(heading: str, commands: Iterable[TopicCommand]) -> Iterator[str]:
    for number, command in enumerate(commands):
        if not number:
            yield from ("", f"## {heading}")
        shown = ready(command, VALUES, shell_of(command, ANYWHERE.shell))
        assert shown is not None
        language = "powershell" if shown.shell is not ANYWHERE.shell else "sh"
        yield from ("", f"{plain(headed(shown, ANYWHERE))}:", "", f"```{language}", *shown.text.splitlines(), "```")
        for text in consequences(shown):
            yield from ("", plain(text))


def _links(links: Iterable[Link]) -> Iterator[str]:
    for number, link in enumerate(links):
        if not number:
            yield from ("", "## Read more", "")
        yield f"- [{plain(link.title)}]({link.url})"


def plain(text: str) -> str:
    """The text so that Markdown, its tables included, shows it as it is."""
    return re.sub(r"([\\*_<>\[\]|])", r"\\\1", text)


def code(text: str) -> str:
    """The text as code; in a table, Markdown's own marks cannot hold a backtick and a line."""
    return f"<code>{escape(text).replace('|', '&#124;')}</code>" if set(text) & {"`", "|"} else f"`{text}`"


def _joined(*parts: Iterable[str]) -> str:
    return "\n".join(line for part in parts for line in part) + "\n"


def write() -> None:
    wanted = pages()
    (FOLDER / "topics").mkdir(parents=True, exist_ok=True)
    for gone in {*(FOLDER / "topics").glob("*.md")} - set(wanted):
        gone.unlink()
    for path, text in wanted.items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    write()
