"""scp gets the options of ssh, and nodes and files stay apart."""

from __future__ import annotations

from smtui.ssh.scp_command import scp_command
from smtui.ssh.ssh_command import SshCommand

SSH = SshCommand(("ssh", "-o", "ProxyCommand=smtui ssh-proxy %h %p", "-l", "ana", "-i", "~/k", "i-0"), {"A": "b"})


def test_an_upload() -> None:
    made = scp_command(SSH, "i-0", ["a:b", "-x", "/c:d"], "two words", ["-r"], is_upload=True)
    options = ("-o", "ProxyCommand=smtui ssh-proxy %h %p", "-i", "~/k", "-r")
    assert made.argv == ("scp", *options, "--", "./a:b", "-x", "/c:d", "ana@i-0:two words")
    assert made.environment == {"A": "b"}


def test_a_download() -> None:
    made = scp_command(SshCommand(("ssh", "i-0")), "i-0", ["/var/log/x"], "c:d", [], is_upload=False)
    assert made.argv == ("scp", "--", "i-0:/var/log/x", "./c:d")
