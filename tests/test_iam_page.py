"""Compares the IAM actions that the page of permissions lists with those of the calls that smtui makes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "pages" / "permissions.md"
ACTION = re.compile(r"[a-z0-9-]+:[A-Z][A-Za-z0-9]+")
NO_PERMISSION_NEEDED = {"sts:GetCallerIdentity"}
CONDITION_KEYS = {"ssm:AccessRequestId", "ssm:SessionDocumentAccessCheck"}
"""They look like actions, and are asked of the policy simulator."""


def rows() -> dict[str, set[str]]:
    """The actions of each row of the page's table, by its first cell."""
    section = PAGE.read_text("utf-8").partition("## What each permission is for\n")[2]
    cells = [line.strip("| ").split(" | ", 1) for line in section.splitlines() if line.startswith("| ")]
    return {name: set(re.findall(rf"`({ACTION.pattern})`", actions)) for name, actions in cells[1:]}


def called() -> Iterator[str]:
    """The actions that the adapters name with their calls."""
    for path in sorted((ROOT / "smtui" / "aws").rglob("*.py")):
        texts = (node.value for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant))
        for text in texts:
            if isinstance(text, str) and ACTION.fullmatch(text) and not text.startswith("aws:"):
                yield text


def test_the_page_lists_each_action_that_is_called_and_no_other() -> None:
    listed = set().union(*rows().values())
    assert len(listed) > 40
    assert listed == set(called()) - NO_PERMISSION_NEEDED - CONDITION_KEYS
