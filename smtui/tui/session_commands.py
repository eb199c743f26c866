"""Lists the commands of the account's sessions (list, logs, rules, requests for access) and of the plugins."""

from __future__ import annotations

from smtui.tui.command import Command, Scope

_LIST: tuple[Command, ...] = (
    Command("sessions.log", "enter,l", "Show its log", "where the account keeps it", "log", Scope.SESSIONS,
            footer="Log", palette=True),
    Command("sessions.audit", "a", "Show its audit", "what CloudTrail has of it", "audit", Scope.SESSIONS,
            footer="Audit", palette=True),
    Command("sessions.terminate", "x", "Terminate", "it, or the marked ones; asks first", "terminate", Scope.SESSIONS,
            footer="Terminate", palette=True),
    Command("sessions.resume", "s", "Resume", "a shell of yours", "resume", Scope.SESSIONS, footer="Resume",
            palette=True),
    Command("sessions.mark", "space", "Mark", "and go down", "mark", Scope.SESSIONS, footer="Mark", spare=True,
            palette=True),
    Command("sessions.mark-all", "*", "Mark all that are shown", "again: none", "mark_all", Scope.SESSIONS,
            palette=True),
    Command("sessions.past", "h", "Show or hide the past 30 days", "", "past", Scope.SESSIONS, footer="Past",
            palette=True),
    Command("sessions.preferences", "p", "Preferences in words", "what the account logs, encrypts and ends",
            "preferences", Scope.SESSIONS, footer="Preferences", spare=True, palette=True),
    Command("sessions.requests", "A", "Requests for access", "just-in-time node access", "requests", Scope.SESSIONS,
            footer="Requests", spare=True, palette=True),
    Command("sessions.filter", "/", "Filter", "words in any column, who:, node:, status:, kind:", "filter",
            Scope.SESSIONS, footer="Filter", spare=True, palette=True),
    Command("sessions.sort", "o", "Sort by the next column", "after the last: yours first, then the newest",
            "sort_next", Scope.SESSIONS, palette=True),
    Command("sessions.sort-reverse", "O", "Turn the order round", "", "sort_reverse", Scope.SESSIONS, palette=True),
    Command("sessions.refresh", "r", "Refresh", "now; also automatic", "refresh_sessions", Scope.SESSIONS,
            palette=True),
    Command("sessions.copy-id", "y", "Copy the session's id", "", "copy_id", Scope.SESSIONS, palette=True),
    Command("sessions.copy-command", "c", "Copy as an aws command", "that terminates it, or describes a past one",
            "copy_command", Scope.SESSIONS, palette=True),
    Command("sessions.copy-resume", "", "Copy the command that resumes it", "", "copy_resume", Scope.SESSIONS,
            palette=True),
    Command("sessions.copy-describe", "", "Copy the aws command that describes it", "", "copy_describe",
            Scope.SESSIONS, palette=True),
)  # fmt: skip
"""Of the list of sessions, `Scope.SESSIONS`."""
_LOG: tuple[Command, ...] = (
    Command("log.find", "/", "Find", "words in a line, in the whole log", "find", Scope.SESSION_LOG, footer="Find"),
    Command("log.next", "n", "Next", "line that has them", "find_next(1)", Scope.SESSION_LOG, footer="Next"),
    Command("log.previous", "N", "Previous", "line that has them", "find_next(-1)", Scope.SESSION_LOG,
            footer="Previous", spare=True),
    Command("log.follow", "f", "Follow", "while the session runs; again: stay", "follow", Scope.SESSION_LOG,
            footer="Follow"),
    Command("log.open", "o", "Open in the browser", "its page in the AWS console", "open_link", Scope.SESSION_LOG,
            footer="Open", spare=True),
    Command("log.save", "w", "Save", "the whole log as text, readable only by you", "save", Scope.SESSION_LOG,
            footer="Save", spare=True),
    Command("log.copy", "y", "Copy the link", "of its page in the AWS console", "copy_link", Scope.SESSION_LOG,
            footer="Copy link", spare=True),
    Command("log.find-done", "enter,down", "Find", "the next line with the words", "keep", Scope.LOG_FIND,
            footer="Find"),
    Command("log.find-clear", "escape", "Find nothing", "", "clear_or_leave", Scope.LOG_FIND, footer="Find nothing"),
    Command("audit.copy-rule", "c", "Copy the rule", "that notifies somebody of sessions", "copy_rule",
            Scope.SESSION_AUDIT, footer="Copy the rule"),
)  # fmt: skip
"""Of a log and of the audit."""
_OF_A_NODE: tuple[Command, ...] = (
    Command("preferences", "", "Session preferences in words", "of the account and Region of the node", "preferences",
            Scope.NODES, palette=True),
)  # fmt: skip
"""Of the list of nodes, in the palette alone."""
_RULES: tuple[Command, ...] = (
    Command("rules.fix", "enter", "What helps", "against what is wrong, or not seen", "fix", Scope.RULES,
            footer="The fix", palette=True),
    Command("rules.change", "e", "Change", "shows the document's difference and asks", "change", Scope.RULES,
            footer="Change", palette=True),
    Command("rules.undo", "z", "Undo the last change", "or go back to any earlier version; asks", "undo", Scope.RULES,
            footer="Undo the last change", palette=True),
    Command("rules.copy", "c", "Copy as an aws command", "that writes them as they are", "copy_command", Scope.RULES,
            footer="Copy as aws command", palette=True),
    Command("rules.again", "r", "Read again", "", "again", Scope.RULES, footer="Read again", palette=True),
)  # fmt: skip
"""Of the preferences in words, `Scope.RULES`."""
_REQUESTS: tuple[Command, ...] = (
    Command("requests.approve", "enter", "Approve", "asks first; of your own ones: open it", "approve",
            Scope.REQUESTS, footer="Approve", palette=True),
    Command("requests.reject", "x", "Reject", "asks first; of your own ones: withdraw it", "reject", Scope.REQUESTS,
            footer="Reject", palette=True),
    Command("requests.refresh", "r", "Refresh", "now", "refresh_requests", Scope.REQUESTS, footer="Refresh",
            palette=True),
    Command("requests.copy-id", "y", "Copy the request's id", "", "copy_id", Scope.REQUESTS, footer="Copy id",
            spare=True, palette=True),
)  # fmt: skip
"""Of the requests for access, `Scope.REQUESTS`."""
_ACCESS: tuple[Command, ...] = (
    Command("ask-access", "A", "Ask for access", "just-in-time, with a reason", "ask_access", Scope.NODES,
            palette=True),
    Command("access.withdraw", "x", "Withdraw", "the request that waits", "withdraw", Scope.ACCESS, footer="Withdraw"),
    Command("access.help", "ctrl+t", "What helps", "", "help_on_it", Scope.ACCESS, footer="What helps"),
)  # fmt: skip
"""Of asking for access."""

PLUGIN_COMMANDS: tuple[Command, ...] = (
    Command("plugin.use", "enter", "Use it", "from the next session on; again: smtui chooses", "use", Scope.PLUGIN,
            footer="Use it", palette=True),
    Command("plugin.install", "i", "Install, update or uninstall", "the commands for this system", "install",
            Scope.PLUGIN, footer="Install, update", palette=True),
    Command("plugin.verify", "v", "Verify it", "its file, package and signature", "verify", Scope.PLUGIN,
            footer="Verify", palette=True),
    Command("plugin.test", "t", "Run a test session", "in a simulated Region", "test", Scope.PLUGIN, footer="Test",
            palette=True),
    Command("plugin.debug", "d", "Switch its debug logging", "", "debug", Scope.PLUGIN, footer="Debug logging",
            palette=True),
    Command("plugin.log", "l", "Show its log", "the end, followed", "log", Scope.PLUGIN, footer="Log", palette=True),
    Command("plugin.steps", "c", "Copy the steps", "that install the newest", "copy_steps", Scope.PLUGIN,
            footer="Copy steps", spare=True, palette=True),
    Command("plugin.copy-path", "y", "Copy its path", "", "copy_path", Scope.PLUGIN, palette=True),
    Command("plugin.again", "r", "Look for plugins again", "", "again", Scope.PLUGIN, palette=True),
    Command("plugin-steps.copy", "enter,c", "Copy the commands", "", "copy_text", Scope.PLUGIN_STEPS, footer="Copy"),
)  # fmt: skip

SESSION_COMMANDS: tuple[Command, ...] = (*_OF_A_NODE, *_LOG, *_LIST, *_RULES, *_REQUESTS, *_ACCESS)
