"""Works out how this terminal opens a new tab or window with a command in it: from the environment to an argv.

Nothing secret is put into an argv, which other programs can read. A node's Name comes from outside, and tmux runs what
`#(…)` in a title says, so titles are cut down to plain characters.

Sources: the manuals of tmux, zellij, screen, WezTerm (`cli spawn`), kitty (`@ launch`), iTerm2 (AppleScript) and
Windows Terminal (`wt`).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from smtui.domain.shellquote import Shell, join

TEMPLATE_VARIABLE = "SMTUI_NEW_TAB"
"""The user's own opener: words, of which `{command}` becomes the command's, and `{line}` and `{title}` one text."""
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_TITLE = 30
_STAYS = '"$@" || { s=$?; printf "\\n[exit status %s] enter closes this. " "$s"; read -r _; exit "$s"; }'
"""What a shell runs, so that the words of a session that failed can be read: most terminals close the tab at once."""
_ITERM = (
    "on run argv",
    'tell application "iTerm2" to tell current window to create tab with default profile command (item 1 of argv)',
    "end run",
)
HANDED_ON = (
    "AWS_CA_BUNDLE",
    "AWS_CONFIG_FILE",
    "AWS_DATA_PATH",
    "AWS_ENDPOINT_URL",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "SMTUI_CACHE_DIR",
    "SMTUI_CONFIG_DIR",
    "SMTUI_PLUGIN",
    "SMTUI_RECORD",
    "SMTUI_STATE_DIR",
)
"""Variables without a secret that decide where a session goes: a new tab has the terminal's environment, not ours."""
_SECRET = ("AWS_ACCESS_KEY_ID", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE")
"""Where one of these is set and no profile is named, the credentials are in our environment alone."""


class Opener(Enum):
    """The program that opens the tab."""

    OWN = "your own command"
    TMUX = "tmux"
    ZELLIJ = "zellij"
    SCREEN = "screen"
    WEZTERM = "WezTerm"
    KITTY = "kitty"
    ITERM = "iTerm2"
    WINDOWS_TERMINAL = "Windows Terminal"


class NoTab(Exception):
    """No tab can be opened here; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class NewTab:
    """How a tab is opened."""

    opener: Opener
    argv: tuple[str, ...]


def opener_here(environ: Mapping[str, str]) -> Opener:
    """Return the program that can open a tab of this terminal; the innermost one wins. Raises `NoTab`."""
    if environ.get(TEMPLATE_VARIABLE):
        return Opener.OWN
    for variable, opener in (("TMUX", Opener.TMUX), ("ZELLIJ", Opener.ZELLIJ), ("STY", Opener.SCREEN)):
        if environ.get(variable):
            return opener
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        raise NoTab("Over SSH a new tab can be opened in tmux, zellij or screen only, and smtui runs in none of them.")
    if environ.get("WEZTERM_PANE") and environ.get("WEZTERM_UNIX_SOCKET"):
        return Opener.WEZTERM
    if environ.get("KITTY_WINDOW_ID"):
        if environ.get("KITTY_LISTEN_ON"):
            return Opener.KITTY
        raise NoTab("kitty opens tabs for programs only with allow_remote_control and listen_on in its kitty.conf.")
    if environ.get("TERM_PROGRAM") == "iTerm.app":
        return Opener.ITERM
    if environ.get("WT_SESSION"):
        return Opener.WINDOWS_TERMINAL
    raise NoTab(f"This terminal is not known to open tabs. {TEMPLATE_VARIABLE} can name a command that does.")


def new_tab(environ: Mapping[str, str], command: Sequence[str], title: str, *, has_profile: bool) -> NewTab:
    """Return how to open a tab that runs `command`; `title` may hold anything. Raises `NoTab`.

    `has_profile` tells whether the command names a profile, from which the tab can get its credentials.
    """
    opener, name = opener_here(environ), plain_title(title)
    if not has_profile and any(environ.get(variable) for variable in _SECRET):
        raise NoTab("A new tab would not have this environment's AWS credentials. Choose a profile: --profile P.")
    kept = [f"{variable}={environ[variable]}" for variable in HANDED_ON if environ.get(variable)]
    whole = ["env", *kept, *command] if kept and opener is not Opener.WINDOWS_TERMINAL else list(command)
    if any(not word.isprintable() for word in whole):
        raise NoTab("The command holds a control character, so no tab is opened with it.")
    if opener is Opener.OWN:
        return NewTab(opener, _expanded(environ[TEMPLATE_VARIABLE], whole, name))
    return NewTab(opener, _ARGV[opener](whole, name))


def _staying(command: Sequence[str]) -> list[str]:
    return ["sh", "-c", _STAYS, "sh", *command]


def _tmux(command: Sequence[str], title: str) -> tuple[str, ...]:
    """A word that ends in a semicolon would end tmux's own command; such a one is written with a backslash."""
    words = (f"{word[:-1]}\\;" if word.endswith(";") else word for word in _staying(command))
    return ("tmux", "new-window", "-n", title, "--", *words)


def _iterm(command: Sequence[str], _: str) -> tuple[str, ...]:
    """The command is an argument of the script, not a part of its text."""
    script = [word for text in _ITERM for word in ("-e", text)]
    return ("osascript", *script, join(_staying(command), Shell.POSIX))


def _windows_terminal(command: Sequence[str], title: str) -> tuple[str, ...]:
    """A semicolon would begin another command of `wt`."""
    return ("wt", "-w", "0", "nt", "--title", title, *(word.replace(";", "\\;") for word in command))


_ARGV: Mapping[Opener, Callable[[Sequence[str], str], tuple[str, ...]]] = {
    Opener.TMUX: _tmux,
    Opener.ZELLIJ: lambda command, title: ("zellij", "run", "--name", title, "--", *command),
    Opener.SCREEN: lambda command, title: ("screen", "-t", title, *_staying(command)),
    Opener.WEZTERM: lambda command, _: ("wezterm", "cli", "spawn", "--", *_staying(command)),
    Opener.KITTY: lambda command, title: (
        *("kitty", "@", "launch", "--type=tab", f"--tab-title={title}"),
        *_staying(command),
    ),
    Opener.ITERM: _iterm,
    Opener.WINDOWS_TERMINAL: _windows_terminal,
}


def plain_title(text: str) -> str:
    """Return a title that no terminal reads as anything but text; never empty, never an option."""
    return _PLAIN.sub("-", text).strip("-")[:_LONGEST_TITLE].rstrip("-") or "smtui"


def _expanded(template: str, command: Sequence[str], title: str) -> tuple[str, ...]:
    """Return the user's own command with the session's in it; raises `NoTab`."""
    try:
        words = shlex.split(template)
    except ValueError:
        raise NoTab(f"{TEMPLATE_VARIABLE} cannot be split into words: look for a quote that is not closed.") from None
    if not any("{command}" in word or "{line}" in word for word in words):
        raise NoTab(f"{TEMPLATE_VARIABLE} must hold {{command}} or {{line}}, where the session's command goes.")
    if any("{command}" in word and word != "{command}" for word in words):
        raise NoTab(f"In {TEMPLATE_VARIABLE} {{command}} must stand alone as a word; within one use {{line}}.")
    line = join(command, Shell.POSIX)
    expanded: list[str] = []
    for word in words:
        texts = command if word == "{command}" else [word.replace("{title}", title).replace("{line}", line)]
        expanded += texts
    return tuple(expanded)
