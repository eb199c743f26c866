"""Checks that a tag can be released, and cuts its notes from CHANGELOG.md.

usage: python .ci/release.py check TAG [--repository ADDRESS]
       python .ci/release.py notes [VERSION]
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
UNRELEASED = "Unreleased"
_HEADING = re.compile(r"^## \[(?P<version>[^\]]+)\](?: - (?P<date>\d{4}-\d\d-\d\d))?$", re.MULTILINE)


def version() -> str:
    """The version in smtui/__init__.py, which the build uses as well."""
    (found,) = re.findall(r'^__version__ = "(.+)"$', (ROOT / "smtui/__init__.py").read_text("utf-8"), re.MULTILINE)
    return str(found)


def home() -> str:
    """The project's address, from pyproject.toml."""
    hooks = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["metadata"]["hooks"]
    return str(hooks["custom"]["home"])


def notes(changelog: str, wanted: str, address: str) -> str:
    """Return the changelog's text on one version, in Markdown, with a link to all changes since the version before it.

    Raises LookupError if the changelog has no such version, or nothing to say about it.
    """
    headings = list(_HEADING.finditer(changelog))
    found = [number for number, heading in enumerate(headings) if heading["version"] == wanted]
    if not found:
        raise LookupError(f"CHANGELOG.md has no heading for {wanted}.")
    here, after = headings[found[0]], headings[found[0] + 1 :]
    text = changelog[here.end() : after[0].start() if after else None].strip()
    if not text:
        raise LookupError(f"CHANGELOG.md says nothing about {wanted}.")
    newest = "HEAD" if wanted == UNRELEASED else f"v{wanted}"
    return f"{text}\n\nAll changes: {address}/compare/v{after[0]['version']}...{newest}" if after else text


def problems(changelog: str, tag: str, ours: str, addresses: tuple[str, str]) -> list[str]:
    """Why `tag` cannot be released; empty if it can. `addresses` are pyproject.toml's and the repository's."""
    found = []
    if tag != f"v{ours}":
        found.append(f"The tag is {tag}, but smtui/__init__.py has the version {ours}.")
    dated = {heading["version"]: heading["date"] for heading in _HEADING.finditer(changelog)}
    if ours not in dated:
        found.append(f"CHANGELOG.md has no heading for {ours}.")
    elif not dated[ours]:
        found.append(f"CHANGELOG.md has no date for {ours}.")
    if addresses[0] != addresses[1]:
        found.append(f"pyproject.toml says that the project is at {addresses[0]}, but this is {addresses[1]}.")
    return found


def main() -> int:
    """Print the notes, or what stands in the way of a release."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="exit with 1 and the reasons if the tag cannot be released")
    check.add_argument("tag")
    check.add_argument("--repository", default=home(), help="the address that the tag was pushed to")
    cut = commands.add_parser("notes", help="print what the changelog says of a version")
    cut.add_argument("version", nargs="?", default=UNRELEASED)
    asked = parser.parse_args()

    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    if asked.command == "check":
        found = problems(changelog, asked.tag, version(), (home(), asked.repository))
    else:
        try:
            sys.stdout.write(notes(changelog, asked.version, home()) + "\n")
            return 0
        except LookupError as error:
            found = [str(error)]
    sys.stderr.writelines(f"{each}\n" for each in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
