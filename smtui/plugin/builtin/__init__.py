"""Our own session-manager-plugin: the official one's argv, environment and words."""

from __future__ import annotations

import os
import signal
import sys


def main() -> int:
    """The program; returns its exit status. The AWS CLI asks for the version before each session, so that is quick."""
    if sys.argv[1:] != ["--version"]:
        return _run()
    from smtui.plugin.builtin.version import CLIENT_VERSION

    sys.stdout.write(f"{CLIENT_VERSION}\n")
    return 0


def _run() -> int:
    _allow_no_core_dump()
    # Until the session minds it, Ctrl-C ends the process as it ends any other, without a traceback. A parent that
    # ignores it, as the AWS CLI does, would otherwise make us ignore it as well.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from smtui.plugin.builtin.invocation import Answer, read, take_secrets
    from smtui.plugin.builtin.parent import end_with_parent

    end_with_parent(os.environ)
    environment = take_secrets(sys.argv[1:], os.environ)
    try:
        invocation = read(sys.argv[1:], environment)
    except Answer as answer:
        stream = sys.stderr if answer.wrong or (answer.status and environment.from_smtui) else sys.stdout
        stream.write(answer.text)
        return answer.status if answer.wrong or environment.from_smtui else 0
    from smtui.plugin.builtin.run import run
    from smtui.plugin.builtin.session import Manner

    return run(invocation, Manner(environment.from_smtui, environment.local_host, invocation.destination))


def _allow_no_core_dump() -> None:
    """A core file would hold the session's token."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
