"""Lists every setting in one table, from which the page, the schema, the checks, the help and the screen are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtui.domain.settings.kinds import choice, flag, path, seconds, text, word_or_path
from smtui.domain.settings.list_kinds import command, hosts, keys, names, paths
from smtui.domain.settings.setting import Group, Setting, Variable

FILE_NAME = "config.toml"
MOST_BYTES = 1 << 18
"""Of the file: one with more is not read, since every start would wait for it."""
COLUMN_NAMES = (
    "status", "name", "place", "profile", "region", "node", "address", "platform", "agent", "state", "ping", "why",
    "zone", "type", "vpc", "tags",
)  # fmt: skip
"""The columns of the node list, by the words that stand over them."""

THEME_NAMES = (
    "smtui-dark", "smtui-light", "smtui-contrast-dark", "smtui-contrast-light", "smtui-colour-blind-dark",
    "smtui-colour-blind-light", "smtui-plain",
)  # fmt: skip
"""The themes of smtui."""

THEME = Setting(
    "theme",
    Group.SCREEN,
    choice(
        "auto",
        *THEME_NAMES,
        what=f"auto, {', '.join(THEME_NAMES)}, or the name of another theme",
        is_open=True,
    ),
    "auto",
    "The colours of the screen; auto takes those that fit the terminal.",
    example='"smtui-light"',
)
COLUMNS = Setting(
    "columns",
    Group.SCREEN,
    names("columns", COLUMN_NAMES),
    (),
    "The columns of the node list, in this order, as far as they fit.",
    default_words="those that fit",
    example='["status", "name", "address", "tags"]',
)
SORT = Setting(
    "sort",
    Group.SCREEN,
    choice(
        *COLUMN_NAMES,
        *(f"-{name}" for name in COLUMN_NAMES),
        what=f"a column: {', '.join(COLUMN_NAMES)}; or one with - in front",
    ),
    "status",
    "The column that the node list is sorted by when smtui starts; with - in front, the other way round.",
    live=False,
    example='"-ping"',
)
PINNED_FIRST = Setting(
    "pinned_first",
    Group.SCREEN,
    flag(),
    False,
    "Whether pinned nodes and those used last stand above all others in the node list.",
    example="true",
)
REFRESH = Setting(
    "refresh",
    Group.SCREEN,
    seconds(10, 86_400),
    60.0,
    "How often lists are read; off leaves it to the key r.",
    "SMTUI_REFRESH",
    example="30",
)
MOUSE = Setting(
    "mouse",
    Group.SCREEN,
    flag(),
    True,
    "Whether the screen takes the mouse; if not, the terminal selects text with it.",
    live=False,
    example="false",
)
CLIPBOARD = Setting(
    "clipboard",
    Group.SCREEN,
    choice("auto", "native", "osc52", "command"),
    "auto",
    "How smtui copies: by the system's clipboard, by the terminal (osc52), by clipboard_command, or as fits (auto).",
    example='"osc52"',
)
CLIPBOARD_COMMAND = Setting(
    "clipboard_command",
    Group.SCREEN,
    command("wl-copy"),
    (),
    "The command that gets what is copied on its standard input, if clipboard is command.",
    default_words="none",
    example='["wl-copy"]',
)
NEW_TAB = Setting(
    "new_tab",
    Group.SCREEN,
    command("tmux", "split-window", "{command}", needs=("{command}", "{line}")),
    (),
    "The command that opens a new tab; {command} stands for the words of the session, {line} for one text, "
    "{title} for the node.",
    "SMTUI_NEW_TAB",
    default_words="as this terminal does",
    example='["tmux", "split-window", "{command}"]',
)
KEYS = Setting(
    "keys",
    Group.SCREEN,
    keys(),
    {},
    "Your own keys of commands, by their ids; an empty list takes the keys of a command away.",
    default_words="those of smtui",
    example='{ refresh = "f5", "presets.start" = ["s", "f2"] }',
)
DEFAULT_DOCUMENT = Setting(
    "default_document",
    Group.SESSIONS,
    text("the name of a session document", r"[A-Za-z0-9_.:/-]{3,128}"),
    "",
    "The document that a shell is started with in place of the account's own; shell comes first where both are set.",
    option="--document-name",
    default_words="the account's",
    example='"Acme-Shell"',
)
SHELL = Setting(
    "shell",
    Group.SESSIONS,
    text("a program by name or path, without arguments", r"/?[A-Za-z0-9_.+][A-Za-z0-9_.+/-]*"),
    "",
    "The shell that sessions run on nodes other than Windows, by AWS-StartInteractiveCommand.",
    option="--shell",
    default_words="the account's",
    example='"/bin/zsh"',
)
READ_ONLY = Setting(
    "read_only",
    Group.SESSIONS,
    flag(),
    False,
    "Whether smtui refuses everything that starts or changes something.",
    option="--read-only",
    live=False,
    example="true",
    if_wrong=True,
)
RECORD = Setting(
    "record",
    Group.SESSIONS,
    path(),
    "",
    "The folder in which every session on this terminal is recorded.",
    "SMTUI_RECORD",
    option="--record",
    default_words="nothing is recorded",
    live=False,
    example='"~/recordings"',
)
BEFORE_SESSION = Setting(
    "hooks.before_session",
    Group.SESSIONS,
    command("notify-send", "smtui"),
    (),
    "The command that runs before a session or forward, without a shell; if it fails, none is started.",
    default_words="none",
    example='["notify-send", "session starts"]',
)
AFTER_SESSION = Setting(
    "hooks.after_session",
    Group.SESSIONS,
    command("notify-send", "smtui"),
    (),
    "The command that runs after a session or forward has ended, without a shell.",
    default_words="none",
    example='["notify-send", "session over"]',
)
PLUGIN = Setting(
    "plugin",
    Group.PLUGIN,
    word_or_path("auto", "builtin", what="auto, builtin, or the absolute path of one"),
    "auto",
    "Which plugin carries sessions: the official one if it is good enough (auto), smtui's own (builtin), or this one.",
    "SMTUI_PLUGIN",
    example='"builtin"',
)
PLUGIN_LOG = Setting(
    "plugin_log",
    Group.PLUGIN,
    path(),
    "",
    "The file that smtui's own plugin logs to, for bug reports.",
    "SMTUI_PLUGIN_LOG",
    default_words="none",
    live=False,
    example='"~/plugin.log"',
)
STREAM_HOSTS = Setting(
    "stream_hosts",
    Group.PLUGIN,
    hosts(),
    (),
    "Further hosts that smtui's own plugin may connect to.",
    "SMTUI_STREAM_HOSTS",
    default_words="only those of AWS",
    live=False,
    example='["sessions.example.com"]',
)
SSMMESSAGES_ENDPOINT = Setting(
    "ssmmessages_endpoint",
    Group.PLUGIN,
    text("an address such as https://HOST", r"(?:https?|wss?)://[^\s/?#@]+/?"),
    "",
    "Where the data channels of sessions go, such as to a VPC endpoint; a profile's own section may say the same.",
    "SMTUI_ENDPOINT_URL_SSMMESSAGES",
    default_words="where AWS says",
    live=False,
    example='"https://vpce-0c2d.ssmmessages.eu-west-1.vpce.amazonaws.com"',
)
INCLUDES = Setting(
    "includes",
    Group.PRESETS,
    paths(),
    (),
    "Files and folders of presets that others keep, such as a team's repository; smtui reads them and never writes "
    "them.",
    default_words="none",
    example='["~/work/team/presets"]',
)

SETTINGS: tuple[Setting[Any], ...] = (
    THEME, COLUMNS, SORT, PINNED_FIRST, REFRESH, MOUSE, CLIPBOARD, CLIPBOARD_COMMAND, NEW_TAB, KEYS,
    DEFAULT_DOCUMENT, SHELL, READ_ONLY, RECORD, BEFORE_SESSION, AFTER_SESSION,
    PLUGIN, PLUGIN_LOG, STREAM_HOSTS, SSMMESSAGES_ENDPOINT,
    INCLUDES,
)  # fmt: skip
"""In the order of the page and of the screen, group by group."""

BY_KEY: Mapping[str, Setting[Any]] = {setting.key: setting for setting in SETTINGS}

VARIABLES = (
    Variable("SMTUI_CONFIG_DIR", "Folder of config.toml and presets.toml"),
    Variable("SMTUI_CACHE_DIR", "Folder of the last known list", "readable only by you"),
    Variable("SMTUI_STATE_DIR", "Folder of reports", "of saved filters and of the journal of sessions"),
    Variable("NO_COLOR", "No colours"),
    Variable("AWS_PROFILE", "The profile", "AWS_REGION and all others work as in boto3"),
)
"""Only the environment can set these."""
