"""Gives the package index the project's addresses, and the README with absolute links: a build hook of hatchling."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_PICTURE = re.compile(r"(!\[[^\]]*\]\()(?!\w+:)([^)\s]+)")
_LINK = re.compile(r"(\]\()(?!\w+:)([^)\s]+)")


class AddressesHook(MetadataHookInterface):
    """Derives every address from the one setting `home` in pyproject.toml."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Fill in the dynamic fields `urls` and `readme`."""
        home, version = self.config["home"], metadata["version"]
        readme = Path(self.root, "README.md").read_text("utf-8")
        metadata["urls"] = urls(home)
        metadata["readme"] = {"content-type": "text/markdown", "text": with_absolute_links(readme, home, f"v{version}")}


def urls(home: str) -> dict[str, str]:
    """The addresses under the names that package indexes know."""
    return {
        "Homepage": home,
        "Documentation": f"{home}#readme",
        "Source": home,
        "Issues": f"{home}/issues",
        "Changelog": f"{home}/blob/main/CHANGELOG.md",
    }


def with_absolute_links(readme: str, home: str, tag: str) -> str:
    """Link to the files at `tag`. Anchors as well, because a package index gives headings no anchors."""
    pictured = _PICTURE.sub(rf"\g<1>{home}/raw/{tag}/\g<2>", readme)
    anchored = re.sub(r"\]\(#", "](README.md#", pictured)
    return _LINK.sub(rf"\g<1>{home}/blob/{tag}/\g<2>", anchored)
