"""A mkdocs hook: adds the pictures, the policies, SECURITY.md and CHANGELOG.md to the site, and rewrites links.

The pages in docs/pages are also read on the repository's host, so they link to other files of the project by relative
path. What the hook adds is part of the site; links to any other file lead to the repository's host.
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PICTURES = "screens"
POLICIES = "docs/policies"
TAKEN = {"SECURITY.md": "security.md", "CHANGELOG.md": "changelog.md"}
"""The files that become pages of the site, and the names of these pages."""

_LINK = re.compile(r"(\]\()(?!\w+:|#)([^)#\s]+)")
_FOREIGN = re.compile(r"<(?:script|img|iframe|source|link)\b[^>]*?\b(?:src|href)=[\"']?(?:https?:)?//[^>]*>")


def on_files(files: Any, config: Any) -> Any:
    """Add what lies outside docs/pages."""
    from mkdocs.structure.files import File

    for path in sorted((ROOT / PICTURES).iterdir()):
        files.append(File.generated(config, f"{PICTURES}/{path.name}", content=without_fonts(path.read_text("utf-8"))))
    for path in sorted((ROOT / POLICIES).iterdir()):
        files.append(File.generated(config, f"policies/{path.name}", abs_src_path=str(path)))
    for name, page in TAKEN.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Make links lead to pages and files of the site, or else to the file on the host."""
    taken = {page: name for name, page in TAKEN.items()}
    where = taken.get(page.file.src_uri, f"docs/pages/{page.file.src_uri}")
    return with_site_links(markdown, where, page.file.src_uri)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Refuse a page that makes the browser load something from another host."""
    if found := foreign(output):
        from mkdocs.exceptions import PluginError

        raise PluginError(f"{page.file.src_uri} loads from another host: {found}")
    return output


def without_fonts(picture: str) -> str:
    """The picture without the fonts that it would load from another host when it is opened by itself."""
    return re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)


def foreign(html: str) -> list[str]:
    """The tags that load something from another host. Ordinary links load nothing."""
    return [tag for tag in _FOREIGN.findall(html) if 'rel="canonical"' not in tag]


def with_site_links(markdown: str, where: str, page: str) -> str:
    """Rewrite the links of the file `where` of the project, which is `page` on the site."""

    def mended(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(where), link[2]))
        if path in TAKEN or path.startswith(f"{PICTURES}/"):
            target = TAKEN.get(path, path)
        elif path.startswith(("docs/pages/", f"{POLICIES}/")):
            target = path.removeprefix("docs/").removeprefix("pages/")
        else:
            return f"{link[1]}{home()}/blob/main/{path}"
        return link[1] + posixpath.relpath(target, posixpath.dirname(page) or ".")

    return _LINK.sub(mended, markdown)


def home() -> str:
    """The project's address, from pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return str(project["tool"]["hatch"]["metadata"]["hooks"]["custom"]["home"])
