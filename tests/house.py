"""Reads a source tree of smtui: its modules, who imports whom, what lacks a docstring, which contracts have holes.

Nothing here imports smtui, so that any commit's tree can be read. `tests/test_house.py` holds today's tree to rules,
`tests/house_figures.py` prints the figures of any.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from configparser import ConfigParser
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

PACKAGE = "smtui"
_DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Module:
    """One file of smtui/; `name` is dotted, and a package is called by its own name, without `__init__`."""

    name: str
    path: str
    """Relative to smtui/, with slashes."""
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @property
    def lines(self) -> int:
        """Lines of the file, blank ones and comments included."""
        return len(self.text.splitlines())

    @property
    def stem(self) -> str:
        """The file's name without its suffix: `__init__` for a package."""
        return self.path.rpartition("/")[2].removesuffix(".py")

    @property
    def room(self) -> str:
        """The folder that the file is in, relative to smtui/; empty for smtui/ itself."""
        return self.path.rpartition("/")[0]

    @property
    def is_package(self) -> bool:
        """Whether it only marks, or opens, a folder."""
        return self.stem == "__init__"


@cache
def modules(root: Path) -> Sequence[Module]:
    """All modules of `root`/smtui, by path; read once a process."""
    folder = root / PACKAGE
    return tuple(_module(folder, path) for path in sorted(folder.rglob("*.py")))


def _module(folder: Path, path: Path) -> Module:
    inside = path.relative_to(folder).as_posix()
    dotted = ".".join((PACKAGE, *inside.removesuffix(".py").removesuffix("__init__").strip("/").split("/")))
    return Module(dotted.rstrip("."), inside, path.read_text("utf-8"))


def imports(module: Module, names: set[str]) -> set[str]:
    """Modules of `names` that it imports anywhere: at its top, inside functions, and for types alone."""
    found = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inside & names) or {node.module}
            if not inside <= names:
                found.add(node.module)
    return (found & names) - {module.name}


def importers(house: Sequence[Module]) -> Mapping[str, set[str]]:
    """For each module the names of those that import it."""
    names = {module.name for module in house}
    found: dict[str, set[str]] = {name: set() for name in names}
    for module in house:
        for name in imports(module, names):
            found[name].add(module.name)
    return found


def imported_once(house: Sequence[Module]) -> list[str]:
    """Modules, packages aside, that exactly one other module imports."""
    packages = {module.name for module in house if module.is_package}
    return sorted(name for name, by in importers(house).items() if len(by) == 1 and name not in packages)


def repeated_names(house: Sequence[Module]) -> Mapping[str, list[str]]:
    """File names, without `__init__` and `__main__`, that more than one module has; with the modules' paths."""
    found = defaultdict(list)
    for module in house:
        if not module.stem.startswith("__"):
            found[module.stem].append(module.path)
    return {stem: paths for stem, paths in sorted(found.items()) if len(paths) > 1}


def rooms(house: Sequence[Module]) -> Mapping[str, int]:
    """How many modules lie in each folder itself, `__init__.py` not counted."""
    found: dict[str, int] = defaultdict(int)
    for module in house:
        found[module.room] += not module.is_package
    return dict(found)


def public_names(module: Module) -> Iterator[tuple[str, bool]]:
    """The module, its public classes, functions and methods, and whether each has a docstring.

    What Python calls by itself (`__len__`), overloads, setters and what is inside functions needs none.
    """
    yield module.name, ast.get_docstring(module.tree, clean=False) is not None
    yield from _public(module.name, module.tree)


def _public(prefix: str, scope: ast.Module | ast.ClassDef) -> Iterator[tuple[str, bool]]:
    for node in _definitions(scope.body):
        if node.name.startswith("_") or _needs_none(node):
            continue
        name = f"{prefix}.{node.name}"
        yield name, ast.get_docstring(node, clean=False) is not None
        if isinstance(node, ast.ClassDef):
            yield from _public(name, node)


def _definitions(body: list[ast.stmt]) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Those of this level, also under `if`, `try` and `with`."""
    for node in body:
        if isinstance(node, _DEFINITIONS):
            yield node
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from _definitions([*node.body, *getattr(node, "orelse", [])])


def _needs_none(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    decorators = {ast.unparse(each).rpartition(".")[2] for each in node.decorator_list}
    return not decorators.isdisjoint({"overload", "override", "setter"})


def undocumented(house: Sequence[Module]) -> list[str]:
    """Public names without a docstring."""
    return [name for module in house for name, documented in public_names(module) if not documented]


@dataclass(frozen=True)
class Hole:
    """What a contract of .importlinter lets through: whether anything, and the comment beside it."""

    open: bool
    reason: str


def contracts(root: Path) -> Mapping[str, Hole]:
    """Each import contract by its id; one that allows indirect imports, or ignores some, has a hole."""
    text = (root / ".importlinter").read_text("utf-8")
    config = ConfigParser()
    config.read_string(text)
    found = {}
    for part in text.split("[importlinter:contract:")[1:]:
        name, _, body = part.partition("]")
        contract = config[f"importlinter:contract:{name}"]
        is_open = contract.getboolean("allow_indirect_imports", False) or bool(contract.get("ignore_imports"))
        comments = [line.strip("#; ") for line in body.splitlines() if line.startswith(("#", ";"))]
        found[name] = Hole(is_open, " ".join(comments))
    return found
