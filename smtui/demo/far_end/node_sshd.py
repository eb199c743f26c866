"""Runs this machine's sshd as the SSH server of the demo's nodes, where one is installed.

It listens nowhere: each connection of a session has a process of its own (`sshd -i`) at the other end of a socket
pair. Only the demo's own key gets in, as the user who runs the demo; a login is at home in a scratch folder of its node
and reads none of the user's start-up files. Run by root, sshd also needs the folder /run/sshd, and records logins as
it always does.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from smtui.channel.transport import SocketStream
from smtui.demo.far_end.node_programs import environment, greeting, spawn

KEY, HOST_KEY, KNOWN_HOSTS = "key", "host_key", "known_hosts"
"""Files in the folder: the private key that gets in, that of every node, and what ssh may know of the nodes."""
SSH_VARIABLE = "SMTUI_DEMO_SSH"
"""The path of the folder for the keys of a Region, from whoever starts it; the Region removes it at its end."""
REFUSED = "dial tcp localhost:22: connect: connection refused"
_PROGRAMS = ("sshd", "/usr/sbin/sshd", "/usr/local/sbin/sshd", "/opt/homebrew/sbin/sshd")
_SFTP_SERVERS = (
    "/usr/lib/openssh/sftp-server",
    "/usr/libexec/openssh/sftp-server",
    "/usr/lib/ssh/sftp-server",
    "/usr/libexec/sftp-server",
    "/opt/homebrew/opt/openssh/libexec/sftp-server",
)
_FOLDER_NAME = re.compile(r"smtui-demo-[0-9a-f]{16}-ssh")
"""No other folder is taken, since it is removed at the end."""
_ROOTS_FOLDER = Path("/run/sshd")
_MARKS = "smtui-demo-*"
_ENDING_SECONDS = 1.0


def find_sshd() -> str:
    """The path of this machine's sshd; empty where there is none."""
    if sys.platform == "win32" or shutil.which("ssh-keygen") is None:
        return ""
    return next((path for name in _PROGRAMS if (path := shutil.which(name))), "")


def ssh_folder() -> Path:
    """A path for the folder of one Region, which nothing has yet."""
    return Path(tempfile.gettempdir(), f"smtui-demo-{secrets.token_hex(8)}-ssh")


def make_ssh_folder(folder: Path) -> bool:
    """Make the keys and the configuration, unless they are there; blocks. False where there is no sshd."""
    if not find_sshd():
        return False
    if (folder / KNOWN_HOSTS).exists():
        return True
    draft = Path(tempfile.mkdtemp(prefix="smtui-demo-"))
    try:
        for name in (HOST_KEY, KEY):
            keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "smtui-demo", "-f", str(draft / name)]
            subprocess.run(keygen, check=True, stdin=subprocess.DEVNULL, capture_output=True)
        host_key = (draft / f"{HOST_KEY}.pub").read_text()
        (draft / KNOWN_HOSTS).write_text(f"i-*,mi-* {host_key}")
        (draft / "sshd_config").write_text(_configuration(folder))
        draft.rename(folder)
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(draft, ignore_errors=True)
        if not (folder / KNOWN_HOSTS).exists():  # another process may have been faster
            raise OSError(5, f"no keys for ssh could be made ({type(error).__name__})") from error
    return True


def claim_roots_folder(name: str) -> Path | None:
    """Make the folder that an sshd of root needs, and a mark in it with this name; returns the mark.

    None where it is not needed, or the system has it. Several Regions may need it at once; the last one removes it.
    """
    if os.geteuid() != 0 or (_ROOTS_FOLDER.exists() and not any(_ROOTS_FOLDER.glob(_MARKS))):
        return None
    mark = _ROOTS_FOLDER / name
    while True:
        with contextlib.suppress(FileNotFoundError):  # another Region has just removed the folder
            _ROOTS_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
            mark.touch()
            return mark


def release_roots_folder(mark: Path) -> None:
    """Remove the mark, and the folder with the last one."""
    mark.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        _ROOTS_FOLDER.rmdir()


def _configuration(folder: Path) -> str:
    lines = [
        f'HostKey "{folder / HOST_KEY}"',
        "AuthenticationMethods publickey",
        "PasswordAuthentication no",
        "UsePAM no",
        "StrictModes no",
        "PermitRootLogin prohibit-password",
        "PermitUserRC no",
        "AllowAgentForwarding no",
        "X11Forwarding no",
        "PrintMotd no",
        "PrintLastLog no",
        "UseDNS no",
        "PidFile none",
        "LogLevel ERROR",
    ]
    server = next((path for path in _SFTP_SERVERS if Path(path).exists()), "internal-sftp")
    return "\n".join([*lines, f"Subsystem sftp {server}", ""])


class NodeSshd:
    """The SSH servers of one Region. `close` ends every login and what it left running, and removes the folder."""

    def __init__(self, pushed: Callable[[str], Mapping[str, Sequence[str]]] = lambda _: {}) -> None:
        """`pushed` returns the public keys that get into a node right now, by user."""
        self._pushed = pushed
        given = Path(os.environ.get(SSH_VARIABLE, ""))
        self.folder = given if _FOLDER_NAME.fullmatch(given.name) else ssh_folder()
        """Where keys and homes are, once the first of them is needed."""
        self._children: set[int] = set()
        self._roots_mark: Path | None = None

    async def dial(self, node_id: str, node_name: str) -> SocketStream:
        """Connect to the SSH server of a node; raises ConnectionRefusedError where no sshd is installed."""
        near = await asyncio.to_thread(self._begin, node_id, node_name)
        return await SocketStream.of(near)

    def _begin(self, node_id: str, node_name: str) -> socket.socket:
        if not make_ssh_folder(self.folder):
            raise ConnectionRefusedError(REFUSED)
        self._roots_mark = claim_roots_folder(self.folder.name) or self._roots_mark
        home, shell = self._node(node_id, node_name)
        keys = f'"{self.folder / KEY}.pub" "{self._pushed_keys(node_id)}/%u"'
        argv = [find_sshd(), "-i", "-f", str(self.folder / "sshd_config"), "-E", str(self.folder / "log")]
        argv += ["-o", f"AuthorizedKeysFile {keys}", "-o", f'SetEnv "HOME={home}"', "-o", f"ForceCommand {shell}"]
        near, far = socket.socketpair()
        try:
            actions = [
                (os.POSIX_SPAWN_DUP2, far.fileno(), 0),
                (os.POSIX_SPAWN_DUP2, far.fileno(), 1),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ]
            self._reap()
            self._children.add(spawn(argv, environment(os.environ, home, node_name), actions))
        except BaseException:
            near.close()
            raise
        finally:
            far.close()
        near.setblocking(False)
        return near

    def _pushed_keys(self, node_id: str) -> Path:
        """A folder with a file for each user to whom EC2 Instance Connect has given a key for the next minute."""
        folder, keys = self.folder / "nodes" / node_id / "pushed_keys", self._pushed(node_id)
        folder.mkdir(exist_ok=True)
        for file in folder.iterdir():
            if file.name not in keys:
                file.unlink(missing_ok=True)
        for user, lines in keys.items():
            (folder / user).write_text("".join(f"{line}\n" for line in lines))
        return folder

    def _node(self, node_id: str, node_name: str) -> tuple[Path, str]:
        """The home folder of a node's logins, and the command that they run."""
        node = self.folder / "nodes" / node_id
        home, shell = node / "home", node / "shell"
        if not shell.exists():
            home.mkdir(parents=True, exist_ok=True)
            shell.write_text(_login_shell(node_name))
        return home, f"/bin/sh {shlex.quote(str(shell))}"

    def _reap(self) -> None:
        for pid in list(self._children):
            with contextlib.suppress(ChildProcessError):
                if not os.waitpid(pid, os.WNOHANG)[0]:
                    continue
            self._children.discard(pid)

    def close(self) -> None:
        """End what runs, also what a login left behind; blocks. Safe to call twice."""
        if self._children:
            import psutil

            running = [process for process in psutil.process_iter() if self._is_ours(process)]
            for end in (psutil.Process.terminate, psutil.Process.kill):
                for process in running:
                    with contextlib.suppress(psutil.Error):
                        end(process)
                _, running = psutil.wait_procs(running, _ENDING_SECONDS)
            self._reap()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._roots_mark is not None:
            release_roots_folder(self._roots_mark)

    def _is_ours(self, process: Any) -> bool:
        import psutil

        with contextlib.suppress(psutil.Error, OSError):
            return str(process.environ().get("HOME", "")).startswith(f"{self.folder}{os.sep}")
        return False


def _login_shell(node_name: str) -> str:
    """What a login runs: the command that ssh was given, else a shell without its start-up files."""
    variables = environment({}, Path(), node_name)
    kept = {name: variables[name] for name in ("PS1", "HISTFILE", "BASH_SILENCE_DEPRECATION_WARNING")}
    exports = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in kept.items())
    bash = shutil.which("bash")
    shell = f"{shlex.quote(bash)} --noprofile --norc" if bash else "/bin/sh"
    return f"""cd "$HOME" || exit 1
if [ -n "$SSH_ORIGINAL_COMMAND" ]; then exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"; fi
[ -t 0 ] || exec {shell}
{exports}
printf '%s\\n' {shlex.quote(greeting(node_name))}
exec {shell} -i
"""
