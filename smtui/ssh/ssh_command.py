"""Builds the ssh command that reaches a node through `smtui ssh-proxy`.

ssh gives ProxyCommand to the user's shell, after it has replaced its own `%` tokens. The host that ssh is given is the
node's id: names repeat, and a ControlPath or known_hosts entry of one node must never serve another.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from smtui.domain.request import place_argv
from smtui.domain.shellquote import Shell, Unquotable, join

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.ssh.ssh_login import SshLogin
    from smtui.ssh.ssh_words import SshWords

SSH_DOCUMENT = "AWS-StartSSHSession"
SSH_TOPIC = "ssh-over-sessions"
_TOKENS = ("%h", "%p")


@dataclass(frozen=True, slots=True)
class SshSurroundings:
    """What ssh is given besides the node; nothing with AWS itself."""

    options: tuple[str, ...] = ()
    """Options of ssh."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Variables that are added for ssh and its ProxyCommand."""


@dataclass(frozen=True, slots=True)
class SshMeans:
    """How ssh gets to the node and in, where it is not by a session and with the user's own keys."""

    through_endpoint: bool = False
    """Through an EC2 Instance Connect Endpoint."""
    tunnel_seconds: int = 0
    """How long that connection may last; 0 for the usual hour."""
    pushed_key: str = ""
    """The file of a private key that the node accepts for a minute."""


USUAL_MEANS = SshMeans()


@dataclass(frozen=True, slots=True)
class SshCommand:
    """One ssh to start."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Variables to add to our own."""


def proxy_command(program: Sequence[str], place: Place, means: SshMeans = USUAL_MEANS) -> str:
    """Return the value of ProxyCommand; raises `Unquotable`. `program` starts smtui."""
    through = ["--through", "endpoint"] if means.through_endpoint else []
    limit = ["--max-duration", str(means.tunnel_seconds)] if means.tunnel_seconds else []
    argv = [*program, "ssh-proxy", *_TOKENS, *through, *limit, *place_argv(place)]
    return " ".join(word if word in _TOKENS else _quoted(word).replace("%", "%%") for word in argv)


def _quoted(word: str) -> str:
    if sys.platform == "win32":
        # OpenSSH for Windows starts the program without a shell, by the rules of the C run time.
        if '"' in word or word.endswith("\\"):
            raise Unquotable('a word holds a " or ends in a backslash')
        return f'"{word}"' if " " in word else word
    return join([word], Shell.POSIX)


def ssh_command(
    program: Sequence[str],
    node_id: str,
    place: Place,
    login: SshLogin,
    words: SshWords,
    surroundings: SshSurroundings,
    means: SshMeans = USUAL_MEANS,
) -> SshCommand:
    """Return what runs ssh to the node; raises `Unquotable`.

    What the words name themselves counts before the login: of two values ssh takes the first.
    """
    argv = ["ssh", "-o", f"ProxyCommand={proxy_command(program, place, means)}", "-o", f"HostKeyAlias={node_id}"]
    argv += surroundings.options
    if login.user and not words.user:
        argv += ["-l", login.user]
    if means.pushed_key:
        # No other key may use up the server's patience, which lasts for six of them.
        argv += ["-o", "IdentitiesOnly=yes", "-i", means.pushed_key.replace("%", "%%")]
    elif login.key and not words.key:
        argv += ["-i", login.key.replace("%", "%%")]
    if means.through_endpoint:
        # The endpoint's wire has no pings of its own, so that ssh has to notice a dead one. What words say comes first.
        return SshCommand((*argv, node_id, *_with_pings(words)), surroundings.environment)
    return SshCommand((*argv, node_id, *words.all), surroundings.environment)


def _with_pings(words: SshWords) -> tuple[str, ...]:
    """Add what the AWS CLI adds, behind the user's own options, which count first."""
    return replace(words, options=(*words.options, "-o", "ServerAliveInterval=5")).all
