"""Completion in the real shells, in a real terminal: what a shell makes of a line is what a program would be given."""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from smtui.cli.upkeep import shell_setup
from smtui.cli.upkeep.shell_setup import ShellSetup, script
from smtui.store.node_words import save_node_words

HOSTILE = "it's $(touch pwned) `touch pwned`; touch pwned"
NODES = [
    ("i-0aaaaaaaaaaaaaaa1", "web 1"),
    ("i-0bbbbbbbbbbbbbbb1", "db:primary"),
    ("i-0ccccccccccccccc1", HOSTILE),
    ("i-0ddddddddddddddd1", 'q"uote \\back *?[x] {a,b} ~ #no !hist'),
    ("i-0eeeeeeeeeeeeeee1", "line\nbreak"),
    ("i-0fffffffffffffff1", "\x1b]0;title\x07"),
    ("mi-0123456789abcdef", "Zürich"),
]
_SHELLS = {
    "bash": ["--norc", "--noprofile", "-i"],
    "zsh": ["-f", "-i"],
    "fish": ["--no-config", "-i"],
}
_PROGRAM = """#!{python} -ISE
import json, os, sys
if "_SMTUI_COMPLETE" in os.environ:
    sys.path.insert(0, {root!r})
    from smtui.cli import main
    main()
with open({ran!r}, "a") as file:
    file.write(json.dumps(sys.argv[1:]) + chr(10))
print("RA" + "N", flush=True)
"""


class Shell:
    """A shell that completes a program which notes its arguments."""

    def __init__(self, name: str, folder: Path, *, installed: bool = False) -> None:
        """`installed`: the shell finds completion by itself."""
        self._ran = folder / "ran"
        program = folder / "bin" / "smtui"
        program.parent.mkdir()
        root = str(Path(__file__).parents[3])
        program.write_text(_PROGRAM.format(python=sys.executable, root=root, ran=str(self._ran)), "utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        loaded = folder / f"smtui.{name}"
        loaded.write_text(script(name), "utf-8")
        environment = {
            "HOME": str(folder),
            "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
            "TERM": "dumb" if name == "bash" else "xterm",
            "LANG": "C.UTF-8",
            "SMTUI_CACHE_DIR": str(folder / "cache"),
            "AWS_CONFIG_FILE": str(folder / "config"),
            "AWS_REGION": "eu-west-1",
            "SMTUI_CONFIG_DIR": str(folder / "own"),
        }
        if installed:
            ShellSetup(name, environment).install()
        self._child = pexpect.spawn(
            shutil.which(name) or name,
            ["-i"] if installed else _SHELLS[name],
            env=environment,
            cwd=str(folder),
            encoding="utf-8",
            timeout=60,
            dimensions=(40, 200),
        )
        if name == "zsh" and not installed:
            self._child.sendline("autoload -Uz compinit && compinit -u -D")
        self._child.sendline("smtui ready" if installed else f"source {loaded}; smtui ready")
        self._child.expect("RAN")

    def given(self, typed: str) -> list[str]:
        """Return the arguments that the program gets for what was typed, TAB and all, and a return."""
        self._child.send(typed + "\r")
        self._child.expect("RAN")
        last: list[str] = json.loads(self._ran.read_text("utf-8").splitlines()[-1])
        return last

    def close(self) -> None:
        """End it."""
        self._child.close(force=True)


@pytest.fixture(params=_SHELLS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    save_node_words(str(tmp_path / "cache"), "default", "eu-west-1", NODES)
    (tmp_path / "config").write_text("[profile 'night shift']\n[profile ops]\n", "utf-8")
    started = Shell(request.param, tmp_path)
    try:
        yield started
    finally:
        started.close()
    assert not (tmp_path / "pwned").exists()


def test_words_reach_the_program_as_they_are(shell: Shell) -> None:
    assert shell.given("smtui conn\tweb\t") == ["connect", "web 1"]
    assert shell.given("smtui connect db\t") == ["connect", "db:primary"]
    assert shell.given("smtui connect db:\t") == ["connect", "db:primary"]
    assert shell.given("smtui connect it\t") == ["connect", HOSTILE]
    assert shell.given("smtui connect q\t") == ["connect", NODES[3][1]]
    assert shell.given("smtui connect Z\t") == ["connect", "Zürich"]
    assert shell.given("smtui connect i-0e\t") == ["connect", NODES[4][0]]
    assert shell.given("smtui connect 'web\t") == ["connect", "web 1"]
    assert shell.given('smtui connect "it\t') == ["connect", HOSTILE]
    assert shell.given("smtui connect --prof\tnig\t") == ["connect", "--profile", "night shift"]
    assert shell.given("smtui connect --profile=op\t") == ["connect", "--profile=ops"]
    assert shell.given("smtui connect --profile 'night shift' i-0\t") == ["connect", "--profile", "night shift", "i-0"]
    assert shell.given("smtui ssh me@mi\t") == ["ssh", "me@mi-0123456789abcdef"]
    assert shell.given("smtui cp we\t") in (["cp", "we"], ["cp", "web 1:"])


@pytest.mark.parametrize("name", _SHELLS)
def test_a_new_shell_completes_once_it_is_installed(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    monkeypatch.setattr(shell_setup, "BASH_COMPLETION", ())
    save_node_words(str(tmp_path / "cache"), "default", "eu-west-1", NODES)
    shell = Shell(name, tmp_path, installed=True)
    try:
        assert shell.given("smtui conn\tweb\t") == ["connect", "web 1"]
    finally:
        shell.close()
