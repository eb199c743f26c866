"""Names the folder of the demo's own AWS configuration.

It is laid out like a home, so that a program that gets it as HOME finds everything below `.aws`, and keeps its tokens
and sessions there. It goes with the Region.
"""

from __future__ import annotations

import re
import secrets
import shutil
import site
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "SMTUI_DEMO_HOME"
"""The path of the folder, from whoever starts the Region; the Region makes it, and removes it at its end."""
_FOLDER_NAME = re.compile(r"smtui-demo-[0-9a-f]{16}-home")
"""No other folder is taken, since it is removed at the end."""


def config_home() -> Path:
    """A path for the folder of one Region, which nothing has yet."""
    return Path(tempfile.gettempdir(), f"smtui-demo-{secrets.token_hex(8)}-home")


@dataclass(frozen=True, slots=True)
class DemoConfig:
    """The paths of one demo's AWS configuration."""

    home: Path

    @property
    def folder(self) -> Path:
        """What `~/.aws` is to a user."""
        return self.home / ".aws"

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "config"

    @property
    def credentials(self) -> Path:
        """The credentials file."""
        return self.folder / "credentials"

    def environment(self, ours: Mapping[str, str]) -> dict[str, str]:
        """Our own variables, with which a program uses this configuration instead of the user's."""
        kept = {name: value for name, value in ours.items() if not name.upper().startswith("AWS_")}
        return kept | {
            "AWS_CONFIG_FILE": str(self.config),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.credentials),
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def home_variables(self) -> dict[str, str]:
        """What lets the AWS CLI keep its tokens in this folder; Python finds the user's own packages all the same."""
        return {"HOME": str(self.home), "USERPROFILE": str(self.home), "PYTHONUSERBASE": site.getuserbase()}

    def remove(self) -> None:
        """Remove the folder with what was kept in it since; does nothing if there is none."""
        shutil.rmtree(self.home, ignore_errors=True)


def config_from(environment: Mapping[str, str]) -> DemoConfig | None:
    """The configuration that `SMTUI_DEMO_HOME` asks for; None if it asks for none, or names another kind of folder."""
    home = Path(environment.get(HOME_VARIABLE, ""))
    return DemoConfig(home) if home.is_absolute() and _FOLDER_NAME.fullmatch(home.name) else None
