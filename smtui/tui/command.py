"""Declares what a command is and where it applies; `commands` lists them all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """Where a command applies; the words head its part of the help."""

    NODES = "The nodes"
    LIST = "Moving in the list"
    FILTER = "While typing a filter"
    READING = "Moving in details and in text"
    WHERE = "Other profiles and Regions"
    NOT_READY = "A node that is not ready"
    TROUBLESHOOT = "Troubleshooting"
    RETRY = "After a failed session"
    SIGN_IN = "When credentials have failed"
    REPORT = "A saved report"
    AUTOMATION_QUESTION = "Before AWS's own automation"
    AUTOMATION = "AWS's own automation"
    FORM = "While filling in a form"
    FORWARD = "Forwarding a port"
    PICK = "Presets by their number"
    TUNNELS = "The tunnels"
    COMMAND = "A tunnel's command"
    CHOICE = "A choice in a form"
    TRANSFER = "A transfer"
    SESSIONS = "The account's sessions"
    SESSION_LOG = "A session's log"
    LOG_FIND = "While searching a log"
    SESSION_AUDIT = "A session's audit"
    RULES = "The account's session preferences"
    REQUESTS = "Requests for access"
    ACCESS = "Asking for access"
    PLACES = "Profiles and Regions"
    LOGIN = "Signing in"
    MFA = "An MFA code"
    BROWSE = "The accounts and roles of a session"
    PROFILE_LINES = "Before a profile is written"
    SETTINGS = "The settings"
    SETTING_FORM = "While changing a setting"
    SETTING_FIND = "While searching the settings"
    PLUGIN = "The plugins"
    PLUGIN_STEPS = "Commands for a plugin"
    PRESETS = "The presets"
    PRESET_FORM = "A preset's form"
    WAIT = "Waiting for a node"
    RUN_FORM = "Before a command runs on nodes"
    RUN = "A command on many nodes"
    RUN_FIND = "While searching its output"
    CONFIRM = "A question"
    QUIT = "Quitting while something runs"
    LEFTOVERS = "What an earlier smtui left behind"
    HELP = "In the help"
    PALETTE = "In the palette"
    INNER = "In an inner screen"
    ANYWHERE = "Anywhere"


@dataclass(frozen=True, slots=True)
class Command:
    """One thing the user can do. Users rebind it by its `id`, which never changes."""

    id: str
    keys: str
    """As Textual binds them, separated by commas; empty for a command of the palette alone."""
    name: str
    help: str
    action: str
    """Textual's name for it, looked up where the command applies."""
    scope: Scope
    footer: str = ""
    """Its short name in the footer; empty to leave it out there."""
    footer_keys: str = ""
    """Shown there in place of its first key, for two commands that share an entry."""
    spare: bool = False
    """Leaves the footer first where there is no room."""
    palette: bool = False
    """Whether the palette finds it, on the screen whose `SCOPE` it has."""
