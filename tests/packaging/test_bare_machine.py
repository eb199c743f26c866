"""Runs the README's two commands, word for word, on a machine that has Python and sh alone.

The machine is a root folder that holds `sh`, the C library and the libraries that Python itself loads; Python's own
folder is seen read-only, without its packages. The network is this machine's, with its package index.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.end_to_end.terminal import Terminal
from tests.packaging.ci_scripts import ROOT
from tests.packaging.installing import PATIENCE, build

PREFIX = Path(sys.base_prefix)
ISOLATED = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
SCRIPT = str(Path(__file__).with_name("bare_machine.sh"))
COMMANDS = re.findall(r"^python3 -m venv .*$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
OF_THE_NETWORK = ("/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/ssl")
ALWAYS_BESIDE_C = ("libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "librt.so.1", "libstdc++.so.6")
"""Every Linux that wheels are made for has these."""


def can_be_made() -> bool:
    if sys.platform != "linux" or str(PREFIX) == "/usr" or not shutil.which("unshare"):
        return False
    return subprocess.run([*ISOLATED, "true"], capture_output=True, check=False).returncode == 0


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Its root folder, with the source in /smtui."""
    if not can_be_made():
        pytest.skip("needs root on Linux, and a Python in a folder of its own")
    root = tmp_path / "root"
    for file in (Path("/bin/sh"), *libraries()):
        (root / file.relative_to("/")).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, root / file.relative_to("/"))
    for folder in ("tmp", "root", "etc"):
        (root / folder).mkdir(exist_ok=True)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    for file in map(Path, OF_THE_NETWORK):
        if file.is_dir():
            shutil.copytree(file, root / file.relative_to("/"), symlinks=False, ignore_dangling_symlinks=True)
        elif file.exists():
            shutil.copy(file, root / file.relative_to("/"))
    with tarfile.open(build(ROOT, tmp_path / "dist").sdist) as archive:
        archive.extractall(tmp_path, filter="data")
        (tmp_path / archive.getnames()[0].partition("/")[0]).rename(root / "smtui")
    return root


def libraries() -> set[Path]:
    """What sh and Python with all of its own modules load."""
    loading = ["/bin/sh", str(Path(sys.executable).resolve()), *map(str, PREFIX.glob("lib/python3*/lib-dynload/*.so"))]
    listed = subprocess.run(["ldd", *loading], capture_output=True, text=True, check=False).stdout
    found = {Path(path) for path in re.findall(r"(/\S+\.so[.\d]*) \(0x", listed) if not path.startswith(str(PREFIX))}
    of_c = next(path.parent for path in found if path.name.startswith("libc.so"))
    return found | {path for name in ALWAYS_BESIDE_C if (path := of_c / name).exists()}


def configuration_of_pip() -> tuple[dict[str, str], list[str]]:
    """As variables, wherever it is written here; and the files and folders that it names."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    set_here = [line.partition("=") for line in listed.stdout.splitlines()]
    values = {name.rpartition(".")[2]: " ".join(ast.literal_eval(value).split()) for name, _, value in set_here}
    words = [word for value in values.values() for word in value.split()]
    # The pages of an index in a folder name files beside it.
    named = [str(Path(urlsplit(word).path).parent) if word.startswith("file:") else word for word in words]
    variables = {f"PIP_{name.upper().replace('-', '_')}": value for name, value in values.items()}
    return variables, [path for path in named if path.startswith("/") and not path.startswith("/etc/ssl")]


def started(machine: Path, command: str) -> tuple[list[str], dict[str, str]]:
    variables, paths = configuration_of_pip()
    outside = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    surroundings = {"HOME": "/root", "PATH": f"{PREFIX}/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
    there = sorted({path for path in paths if Path(path).exists()})
    return [
        *ISOLATED,
        "/bin/sh",
        SCRIPT,
        str(machine),
        str(PREFIX),
        command,
        *there,
    ], surroundings | variables | outside


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_first_command_shows_the_demo(machine: Path) -> None:
    argv, surroundings = started(machine, COMMANDS[0])
    with Terminal(argv, surroundings | {"TERM": "xterm-256color"}) as terminal:
        shown = terminal.wait_for(lambda text: "web-1" in text or "The command failed" in text, PATIENCE)
        assert "web-1" in shown, terminal.written()
        terminal.press("\r")
        terminal.wait_for("This is your own machine", PATIENCE)
        terminal.press("exit\r")
        terminal.wait_for("Ready", PATIENCE)
        terminal.press("q")
        assert terminal.wait_for_end(PATIENCE) == 0


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_second_command_passes_the_tests(machine: Path) -> None:
    """Those that need nothing but Python: a variable of pytest leaves the others out, and the command as it is."""
    argv, surroundings = started(machine, COMMANDS[1])
    surroundings["PYTEST_ADDOPTS"] = "-m unit -q"
    done = subprocess.run(
        argv, check=False, env=surroundings, capture_output=True, text=True, encoding="utf-8", timeout=3500
    )
    assert done.returncode == 0, (done.stdout[-4000:], done.stderr[-4000:])
    assert int(re.findall(r"(\d+) passed", done.stdout)[-1]) > 1000
