"""Builds the scp command that copies to or from a node the way ssh gets there."""

from __future__ import annotations

from collections.abc import Sequence

from smtui.ssh.ssh_command import SshCommand

_WITH_VALUE = frozenset({"-o", "-i", "-F"})


def scp_command(
    ssh: SshCommand, node_id: str, sources: Sequence[str], destination: str, flags: Sequence[str], *, is_upload: bool
) -> SshCommand:
    """Return what runs scp with the options of this `ssh`, in which the node is the last word."""
    user, options, words = "", [], iter(ssh.argv[1:])
    for word in words:
        if word == node_id:
            break
        if word == "-l":  # to scp that is a limit of its speed
            user = f"{next(words)}@"
        else:
            options += [word, *([next(words)] if word in _WITH_VALUE else [])]
    far = [f"{user}{node_id}:{path}" for path in ((destination,) if is_upload else sources)]
    near = [_local(path) for path in (sources if is_upload else (destination,))]
    ends = [*near, *far] if is_upload else [*far, *near]
    return SshCommand(("scp", *options, *flags, "--", *ends), ssh.environment)


def _local(path: str) -> str:
    """A path that scp takes for no node."""
    return path if path.startswith(("/", ".")) or ":" not in path.split("/", maxsplit=1)[0] else f"./{path}"
