"""Copies through a shell session against `scp` through the same Region, and against base64 in commands."""

from __future__ import annotations

import base64
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from smtui.demo.demo_ssh import ssh_options
from smtui.demo.far_end.node_sshd import make_ssh_folder
from tests.benchmarks.timing import Bench, Figure, medians
from tests.end_to_end.shells import AWS_CLI, SMTUI

ROUNDS = 3
SIZE = 50_000_000
NODE = "i-0a1b2c3d4e5f60718"
BASE64_CHUNK = 15_000
BASE64_CHUNKS = 5
"""A parameter of a session document takes some 20,000 characters."""


def upload(bench: Bench) -> Figure:
    """50 MB of random bytes to a node: `smtui cp` against `scp`, in seconds from start to end."""
    return _against_scp(bench, is_upload=True)


def download(bench: Bench) -> Figure:
    """The same from a node."""
    return _against_scp(bench, is_upload=False)


def _against_scp(bench: Bench, *, is_upload: bool) -> Figure:
    make_ssh_folder(bench.region.ssh_folder)
    config = bench.folder / "ssh-config"
    words = iter(ssh_options(bench.region.ssh_folder)[2:])
    config.write_text("".join(f"{option.replace('=', ' ', 1)}\n" for _, option in zip(words, words, strict=True)))
    write = [SMTUI, "ssh-config", "--write", "--file", str(config), "web-1"]
    subprocess.run(write, env=bench.environment, check=True, capture_output=True)
    here, there = bench.folder / "here", bench.folder / "there"
    here.write_bytes(os.urandom(SIZE))
    near, far = (here, there) if is_upload else (there, here)

    def timed(*argv: str | Path) -> float:
        there.unlink(missing_ok=True)
        began = time.monotonic()
        subprocess.run(list(map(str, argv)), env=bench.environment, check=True, stdout=subprocess.DEVNULL)
        taken = time.monotonic() - began
        if there.read_bytes() != here.read_bytes():
            raise RuntimeError("the copy differs")
        return taken

    def ends(node: str) -> tuple[str, str]:
        return (str(near), f"{node}:{far}") if is_upload else (f"{node}:{far}", str(near))

    def ours() -> float:
        return timed(SMTUI, "cp", *ends(NODE))

    def theirs() -> float:
        return timed("scp", "-q", "-F", config, *ends("web-1"))

    return Figure(*medians(ROUNDS, ours, theirs), against="scp")


def base64_in_commands(bench: Bench) -> Figure:
    """Seconds a megabyte to a node: `smtui cp` of 5 MB against base64 in commands, a session for each piece."""
    here, there = bench.folder / "here", bench.folder / "there"

    def ours() -> float:
        here.write_bytes(os.urandom(5_000_000))
        began = time.monotonic()
        subprocess.run([SMTUI, "cp", "-q", here, f"{NODE}:{there}"], env=bench.environment, check=True)
        return (time.monotonic() - began) / 5

    def theirs() -> float:
        began = time.monotonic()
        for _ in range(BASE64_CHUNKS):
            text = base64.b64encode(os.urandom(BASE64_CHUNK)).decode()
            command = f"sh -c 'echo {text} | base64 -d >> {there}'"
            argv = [AWS_CLI, "ssm", "start-session", "--target", NODE]
            argv += [
                "--document-name",
                "AWS-StartNonInteractiveCommand",
                "--parameters",
                f'{{"command":["{command}"]}}',
            ]
            subprocess.run(argv, env=bench.environment, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        return (time.monotonic() - began) / (BASE64_CHUNKS * BASE64_CHUNK / 1_000_000)

    return Figure(*medians(1, ours, theirs), against="base64-in-commands")


FIGURES: dict[str, Callable[[Bench], Figure]] = {
    "copy-upload": upload,
    "copy-download": download,
    "copy-base64": base64_in_commands,
}
