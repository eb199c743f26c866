"""`smtui presets` as installed: a file that the user and several programs write, and no AWS anywhere."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI, clean_environment
from tests.end_to_end.terminal import Terminal


def smtui(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SMTUI, "presets", *words],
        env=clean_environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def own(home: Path) -> list[dict[str, Any]]:
    presets = json.loads(smtui(home, "list", "--json").stdout)["presets"]
    return [preset for preset in presets if not preset["builtin"]]


def test_there_and_back(tmp_path: Path) -> None:
    path = tmp_path / "config" / "presets.toml"
    assert own(tmp_path) == []
    assert smtui(tmp_path, "add", "Orders", "db.internal:5432", "--target", "tag:role=bastion").returncode == 0
    path.write_text(f"# by hand\n{path.read_text()}colour = 'blue' # mine\n")
    changed = smtui(tmp_path, "add", "orders", "db.internal:5433", "--local-port", "15433", "--force")
    assert (changed.returncode, changed.stdout) == (0, "")
    assert path.read_text() == (
        "# by hand\n"
        '[[preset]]\nname = "orders"\nhost = "db.internal"\nport = 5433\n'
        "colour = 'blue' # mine\nlocal_port = 15433\n"
    )
    [preset] = own(tmp_path)
    assert (preset["host"], preset["port"], preset["local_port"]) == ("db.internal", 5433, 15433)
    assert smtui(tmp_path, "remove", "ORDERS").returncode == 0
    assert path.read_text() == "# by hand\n"
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["presets.toml"]


def test_programs_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    environment = clean_environment(tmp_path)
    started = [
        subprocess.Popen([SMTUI, "presets", "add", f"web-{number}", "80"], env=environment) for number in range(6)
    ]
    assert [process.wait(60) for process in started] == [0] * 6
    assert sorted(preset["name"] for preset in own(tmp_path)) == [f"web-{number}" for number in range(6)]


def test_a_broken_file_is_a_sentence_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "config" / "presets.toml"
    path.parent.mkdir(parents=True)
    path.write_text('[[preset]]\nname = "Web\nport = 80\n')
    for words, status in ((("list",), 3), (("add", "x", "80"), 1), (("remove", "Web"), 1)):
        done = smtui(tmp_path, *words)
        assert done.returncode == status
        assert f"{path}, line 2, key name" in done.stderr
        assert "Traceback" not in done.stderr
    assert path.read_text() == '[[preset]]\nname = "Web\nport = 80\n'


def test_an_included_preset_is_asked_about_before_its_first_start_and_after_a_change(world: World) -> None:
    config = world.home / "config"
    config.mkdir()
    (config / "config.toml").write_text('includes = ["infra/smtui.toml"]\n')
    (config / "infra").mkdir()
    team = config / "infra" / "smtui.toml"
    team.write_text('[[preset]]\nname = "Page"\ntarget = "web-1"\nport = 80\ncommand = "curl {local_port}"\n')
    argv = [SMTUI, "forward", "--preset", "page"]
    refused = subprocess.run(
        argv, env=world.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
    )
    assert refused.returncode == 1
    assert "Nothing was started. It comes from ~/config/infra/smtui.toml and was not started here" in refused.stderr
    with Terminal(argv, world.environment) as terminal:
        terminal.wait_for("then run: curl PORT")
        terminal.wait_for("Start Page? [y/N]")
        terminal.press("\r")
        assert terminal.wait_for_end() == 1
    assert world.region.faults.calls("ssm:StartSession") == 0
    for question in (True, False):
        with Terminal(argv, world.environment) as terminal:
            if question:
                terminal.wait_for("Start Page? [y/N]")
                terminal.press("y\r")
            terminal.wait_for(" → port 80 of web-1")
            terminal.press("\x03")
            assert terminal.wait_for_end() == 0
    team.write_text(team.read_text().replace("curl", "wget"))
    with Terminal(argv, world.environment) as terminal:
        terminal.wait_for("was changed since you last started it.")
        terminal.press("n\r")
        assert terminal.wait_for_end() == 1
