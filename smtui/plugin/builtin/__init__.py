"""Runs our own session-manager-plugin, with the official one's argv, environment and words."""

from __future__ import annotations

import io
import os
import signal
import sys

CLIENT_VERSION = "1.2.896.0"
"""The version that our plugin reports to the AWS CLI, the agent and the service, which all expect four numbers.

Towards AWS it behaves like this version of the official plugin.
"""


_STDOUT = 1


def main() -> int:
    """Run the program and return its exit status.

    The AWS CLI asks for the version before each session, so that answer imports nothing.
    """
    if sys.argv[1:] != ["--version"]:
        return _run()
    try:  # noqa: SIM105 - without an import
        os.write(_STDOUT, f"{CLIENT_VERSION}{os.linesep}".encode())
    except OSError:
        pass  # closed, full, or nobody reads: as elsewhere, this is no failure
    return 0


def _run() -> int:
    _allow_no_core_dump()
    from smtui.plugin.builtin.signals import hold_back

    hold_back()
    from smtui.plugin.builtin.awaited_launch import AWAIT_LAUNCH, awaited_launch

    if sys.argv[1:] == [AWAIT_LAUNCH] and not awaited_launch():
        return 0
    from smtui.domain.text import KNOWN_SECRETS
    from smtui.plugin.builtin.invocation import Answer, log_path, read, take_secrets
    from smtui.plugin.builtin.official_words import say
    from smtui.plugin.builtin.signals import ParentProcess
    from smtui.strays import keep_strays_off_terminal

    parent = ParentProcess(os.environ)
    # The AWS CLI ignores Ctrl-C, and ignoring is inherited; our plugin needs it. On Windows, where the event loop
    # handles no signals, this raises KeyboardInterrupt, which ends the session; SIG_DFL would end the process alone.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    keep_strays_off_terminal()
    KNOWN_SECRETS.learn_environment(os.environ)
    if parent.socket >= 0:
        sys.stderr = open(parent.socket, "w", closefd=False)  # noqa: SIM115 - for the life of the process
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a character must not end the session
    environment = take_secrets(sys.argv[1:], os.environ)
    try:
        invocation = read(sys.argv[1:], environment, by_aws_cli=parent.is_aws_cli)
    except Answer as answer:
        say(answer.text, on_stderr=answer.wrong or bool(answer.status and environment.from_smtui))
        return answer.status if answer.wrong or environment.from_smtui else 0
    KNOWN_SECRETS.learn(invocation.token)
    from smtui.plugin.builtin.run import run
    from smtui.plugin.builtin.session import SessionOptions

    options = SessionOptions(
        environment.from_smtui,
        environment.local_host,
        invocation.destination,
        invocation.target,
        invocation.expected,
        serves_program=parent.socket >= 0,
        resumes=environment.resumes,
    )
    if not environment.from_smtui:
        from smtui.plugin.builtin.user_settings import add_settings

        add_settings(os.environ)
    path = log_path(os.environ)
    if not path:
        return run(invocation, options, parent)
    from smtui.plugin.builtin.plugin_log import PluginLog

    log = PluginLog(path, invocation.session_id)
    try:
        return run(invocation, options, parent, log)
    finally:
        say(log.close(), on_stderr=True)


def _allow_no_core_dump() -> None:
    """Write no core file: it would hold the session's token."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
