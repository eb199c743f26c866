"""Puts completion where a shell looks for it, and takes it away again."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

SHELLS = ("bash", "zsh", "fish")
_MARK = "# smtui completion"
_MOST_BYTES = 1 << 20
BASH_COMPLETION = (
    "/usr/share/bash-completion/bash_completion",
    "/usr/local/share/bash-completion/bash_completion",
    "/opt/homebrew/share/bash-completion/bash_completion",
    "/opt/local/share/bash-completion/bash_completion",
)
"""Where the package bash-completion is, which reads completions from the user's own folder."""


def script(shell: str) -> str:
    """Return the text that teaches a shell to complete smtui."""
    return Path(__file__).with_name("scripts").joinpath(f"smtui.{shell}").read_text("utf-8")


class ShellSetup:
    """Completion of one shell in the user's own files. `change` methods return lines that say what was done."""

    def __init__(self, shell: str, environment: Mapping[str, str] = os.environ) -> None:
        from smtui.store.file_access import config_folder

        self.shell = shell
        home = Path(environment.get("HOME") or Path.home())
        self._startup: Path | None = None
        """The file with a line that loads the script; None where the shell finds the script by itself."""
        if shell == "fish":
            self._script = Path(environment.get("XDG_CONFIG_HOME") or home / ".config", "fish/completions/smtui.fish")
        elif shell == "bash" and any(Path(each).exists() for each in BASH_COMPLETION):
            data = Path(environment.get("XDG_DATA_HOME") or home / ".local/share", "bash-completion")
            self._script = Path(environment.get("BASH_COMPLETION_USER_DIR") or data, "completions/smtui")
        else:
            self._script = config_folder(environment) / "completion" / f"smtui.{shell}"
            folder = Path(environment.get("ZDOTDIR") or home) if shell == "zsh" else home
            self._startup = folder / f".{shell}rc"

    def install(self) -> list[str]:
        """Write the script and the line that loads it, where they are not there yet; raises OSError."""
        from smtui.store.file_access import read_bytes, replace_text

        text = script(self.shell)
        if read_bytes(self._script, _MOST_BYTES) == text.encode():
            said = [f"{self._script} is up to date."]
        else:
            replace_text(self._script, text)
            said = [f"Wrote {self._script}."]
        if self._startup is not None:
            said.append(self._change_startup(adds=True))
        again = f"To undo it: smtui completion {self.shell} --uninstall"
        return [*said, f"New {self.shell} shells complete smtui; this one does after: exec {self.shell}", again]

    def uninstall(self) -> list[str]:
        """Remove what `install` wrote; raises OSError."""
        was_there = os.path.lexists(self._script)
        self._script.unlink(missing_ok=True)
        said = [f"Removed {self._script}." if was_there else f"{self._script} is not there."]
        if self._startup is not None:
            said.append(self._change_startup(adds=False))
        return said

    def _change_startup(self, *, adds: bool) -> str:
        """Add or remove our line of the startup file; every other line stays."""
        from smtui.store.users_file import read_users_file, replace_users_file

        path, script_path = self._startup or Path(), shlex.quote(str(self._script))
        ours = f"[ -r {script_path} ] && . {script_path}  {_MARK}\n".encode()
        before = read_users_file(path)
        lines = (before or b"").splitlines(keepends=True)
        others = [line for line in lines if not line.rstrip().endswith(_MARK.encode())]
        if adds and others and not others[-1].endswith(b"\n"):
            others[-1] += b"\n"
        if adds and ours in lines:
            return f"{path} loads it already."
        if not adds and others == lines:
            return f"{path} does not load it."
        backup = replace_users_file(path, before, b"".join([*others, ours] if adds else others))
        kept = f" The file as it was: {backup.name}." if backup else ""
        return f"{'Added one line to' if adds else 'Removed our line from'} {path}.{kept}"
