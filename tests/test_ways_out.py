"""Every way out of our programs is known: what prints, and what makes a text of an exception that is not ours."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

from tests import house

ROOT = Path(__file__).parents[1]

PRINTERS = {
    "cli/__init__.py": "flushes stdout",
    "cli/output.py": "prints everything of the command line",
    "cli/cp.py": "asks whether stderr is a terminal",
    "cli/left_behind.py": "asks whether the user is at the terminal, and reads the answer",
    "cli/places/code_prompt.py": "asks for a code on stderr, after the rules of `domain.text`",
    "cli/doctor.py": "asks whether stderr is a terminal",
    "cli/places/login.py": "asks whether stderr is a terminal",
    "cli/launcher_context.py": "asks whether stderr is a terminal",
    "cli/run_nodes.py": "asks whether the user is at the terminal",
    "cli/run_output.py": "prints the nodes' output: through the gate on a terminal, unchanged into a pipe",
    "cli/start_screen.py": "asks whether stdout is a terminal, and flushes",
    "demo/__main__.py": "hands stdout to demo/serve.py",
    "demo/serve.py": "prints how the Region is reached, and through the gate why it cannot be served",
    "engine/configuration/bug_facts.py": "asks for stdout's terminal and encoding",
    "plugin/builtin/__init__.py": "prints the plugin's version",
    "cli/upkeep/answer.py": "answers a shell that completes a line: with words of visible characters only",
    "cli/wait.py": "asks whether stderr is a terminal",
    "plugin/builtin/official_words.py": "prints what our plugin says outside of a session's loop",
    "tui/terminal/enter.py": "prints one sentence on a lent terminal",
    "wiring.py": "hands stdout to demo/serve.py",
}
"""Modules that print or touch a standard stream, and what for."""

FAR_END = ("demo/",)
"""Plays the node: its texts come to us like any node's."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    yield from ((module.path, module.tree) for module in house.modules(ROOT))


def touches_a_stream(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="sys"), attr="stdout" | "stderr" | "__stdout__" | "__stderr__"):
            return True
        case ast.Call(func=called):
            return ast.unparse(called) in ("print", "click.echo", "click.secho", "warnings.warn", "traceback.print_exc")
    return False


def test_only_these_modules_print() -> None:
    found = {name for name, module in modules() if any(map(touches_a_stream, ast.walk(module)))}
    assert found == set(PRINTERS)


def own_exceptions() -> set[str]:
    """Names of the exceptions that smtui defines: their texts are ours."""
    defined = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for _, module in modules()
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef)
    }
    foreign = {name for name in dir(builtins) if isinstance(getattr(builtins, name), type)}
    found = {name for name, bases in defined.items() if any("Error" in base or base == "Exception" for base in bases)}
    while more := {name for name, bases in defined.items() if bases & found} - found:
        found |= more
    return found - foreign


def texts_made_of(name: str, handler: ast.ExceptHandler) -> Iterator[ast.AST]:
    """Where the caught exception itself becomes a text: str(error), f"{error}", "%s" % error."""
    for node in ast.walk(handler):
        match node:
            case ast.Call(func=ast.Name(id="str" | "repr" | "format"), args=[ast.Name(id=used)]) if used == name:
                yield node
            case ast.FormattedValue(value=value) if made_of(name, value):
                yield node


def made_of(name: str, value: ast.expr) -> bool:
    """`error`, or `error.strerror or error`."""
    if isinstance(value, ast.BoolOp):
        return any(made_of(name, each) for each in value.values)
    return isinstance(value, ast.Name) and value.id == name


def test_no_text_is_made_of_a_librarys_exception_but_by_the_gate() -> None:
    ours = own_exceptions()
    found = []
    for name, module in modules():
        if name.startswith(FAR_END):
            continue
        for handler in ast.walk(module):
            if not isinstance(handler, ast.ExceptHandler) or handler.name is None or handler.type is None:
                continue
            caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
            if all(ast.unparse(kind).rpartition(".")[2] in ours for kind in caught):
                continue
            found += [f"{name}:{node.lineno}" for node in texts_made_of(handler.name, handler)]  # type: ignore[attr-defined]
    assert found == []


OF_THE_SCREEN = ("tui/", "demo/")
"""What the command line prints comes from elsewhere, and cannot name a key; the demo's texts are of its nodes."""
NAMES_A_KEY = re.compile(
    r"\b[Pp]ress(es)? [a-zA-Z?/]( |$|\.)|\b(hit|type) [a-zA-Z?/]( |$|\.)|\b[b-zB-Z] on (the|it|a node)\b"
)


def sentences(module: ast.Module) -> Iterator[str]:
    """Its texts but for docstrings."""
    told = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def test_no_sentence_for_the_command_line_names_a_key() -> None:
    said = [
        (name, text) for name, module in modules() if not name.startswith(OF_THE_SCREEN) for text in sentences(module)
    ]
    assert [(name, text) for name, text in said if NAMES_A_KEY.search(text)] == []
    assert [text for _, module in modules() for text in sentences(module) if NAMES_A_KEY.search(text)], "screens do"
