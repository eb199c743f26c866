"""`smtui presets` with a configuration folder of its own; no AWS is needed for any of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from smtui.domain.preset import STARTERS
from tests.cli.conftest import Run


@pytest.fixture
def path(environment: dict[str, str | None]) -> Path:
    return Path(str(environment["SMTUI_CONFIG_DIR"])) / "presets.toml"


def listed(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("presets", "list", "--json").stdout)
    return found


def test_the_built_in_ones_need_no_file(run: Run, path: Path) -> None:
    found = listed(run)
    assert [preset["name"] for preset in found["presets"]] == [starter.name for starter in STARTERS]
    assert all(preset["builtin"] for preset in found["presets"])
    assert found["problems"] == []
    result = run("presets", "list")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "built in" in result.stdout
    assert not path.parent.exists(), "looking writes nothing"


def test_add_list_and_remove(run: Run, path: Path) -> None:
    words = ("Orders", "db.internal:5432", "--target", "tag:role=bastion", "--local-port", "15432", "--pick", "any")
    command = "psql -h {local_host} -p {local_port} 'dbname=my orders'"
    assert run("presets", "add", *words, "--command", command, "--note", "read only").exit_code == 0
    first = listed(run)["presets"][0]
    assert first == {
        "name": "Orders",
        "target": "tag:role=bastion",
        "host": "db.internal",
        "port": 5432,
        "local_port": 15432,
        "document": "",
        "note": "read only",
        "command": ["psql", "-h", "{local_host}", "-p", "{local_port}", "dbname=my orders"],
        "pick": "any",
        "builtin": False,
        "source": "yours",
        "file": str(path),
        "replaces": "",
    }
    assert "db.internal:5432" in run("presets", "list").stdout
    assert run("presets", "remove", "orders").exit_code == 0
    assert len(listed(run)["presets"]) == len(STARTERS)
    assert path.read_text() == ""


def test_a_name_is_replaced_only_by_force(run: Run, path: Path) -> None:
    path.parent.mkdir()
    path.write_text('# mine\n[[preset]]\nname = "Web" # the name\nport = 80\nextra = 1\n')
    refused = run("presets", "add", "web", "81")
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert run("presets", "add", "web", "81", "--force").exit_code == 0
    assert path.read_text() == '# mine\n[[preset]]\nname = "web" # the name\nport = 81\nextra = 1\n'
    assert run("presets", "add", "new", "82", "--force").exit_code == 0


def test_a_built_in_one_is_overridden_and_comes_back(run: Run) -> None:
    assert run("presets", "add", "ssh", "2222").exit_code == 0
    ours = [preset for preset in listed(run)["presets"] if preset["name"].casefold() == "ssh"]
    assert [(preset["port"], preset["builtin"]) for preset in ours] == [(2222, False)]
    assert run("presets", "remove", "SSH").exit_code == 0
    refused = run("presets", "remove", "SSH")
    assert refused.exit_code == 1
    assert "built in" in refused.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("x", "0"), "1 to 65535"),
        (("x", "65536"), "1 to 65535"),
        (("x", "abc"), "'abc'"),
        (("x", "db internal:80"), "'db internal'"),
        (("x", "::1:80"), "brackets"),
        (("", "80"), "name"),
        (("a\nb", "80"), "line break"),
        (("x", "80", "--local-port", "0x50"), "--local-port"),
        (("x", "80", "--local-port", "65536"), "--local-port"),
        (("x", "80", "--command", "psql 'x"), "quote"),
        (("x", "80", "--command", "psql {prot}"), "{port}"),
        (("x", "80", "--pick", "all"), "--pick"),
        (("x", "80", "--target", "tag:role"), "tag:KEY=VALUE"),
        (("x",), "[HOST:]PORT"),
    ],
)
def test_wrong_words_are_status_2_and_write_nothing(run: Run, path: Path, words: tuple[str, ...], told: str) -> None:
    result = run("presets", "add", *words)
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())
    assert not path.exists()


def test_removing_what_is_not_there(run: Run) -> None:
    result = run("presets", "remove", "nothing")
    assert result.exit_code == 1
    assert "'nothing'" in result.stderr


BROKEN = '[[preset]]\nname = "Web"\nport = \n'


@pytest.mark.parametrize("words", [("add", "x", "80"), ("add", "Web", "80", "--force"), ("remove", "Web")])
def test_a_broken_file_is_never_written(run: Run, path: Path, words: tuple[str, ...]) -> None:
    path.parent.mkdir()
    path.write_text(BROKEN)
    result = run("presets", *words)
    assert result.exit_code == 1
    assert f"{path}, line 3, key port" in result.stderr
    assert path.read_text() == BROKEN


def test_a_broken_file_is_reported_and_the_built_in_ones_stay(run: Run, path: Path) -> None:
    path.parent.mkdir()
    path.write_text(BROKEN)
    result = run("presets", "list", "--json")
    assert result.exit_code == 3
    assert len(json.loads(result.stdout)["presets"]) == len(STARTERS)
    [problem] = json.loads(result.stdout)["problems"]
    assert "line 3, key port" in problem
    assert problem in result.stderr


def test_a_broken_entry_is_reported_beside_the_others(run: Run, path: Path) -> None:
    path.parent.mkdir()
    path.write_text('[[preset]]\nname = "Web"\nprt = 80\n[[preset]]\nname = "Api"\nport = 443\nnot = "x"\n')
    result = run("presets", "list")
    assert result.exit_code == 3
    assert "Api" in result.stdout
    assert "port is missing" in result.stderr
    assert "Did you mean port?" in result.stderr
    assert "line 7: the key not is not known and is ignored. Did you mean note?" in result.stderr


def test_names_are_shown_harmlessly(run: Run, path: Path) -> None:
    path.parent.mkdir()
    path.write_text('[[preset]]\nname = "\u202ex"\nport = 80\nnote = "\\u009b31m"\n', encoding="utf-8")
    result = run("presets", "list")
    assert "\u202e" not in result.output
    assert "\x9b" not in result.output


def test_the_demo_leaves_the_users_file_alone(run: Run, path: Path) -> None:
    names = [preset["name"] for preset in json.loads(run("presets", "list", "--json", "--demo").stdout)["presets"]]
    assert names[:2] == ["Demo web", "Demo database"]
    result = run("presets", "add", "x", "80", "--demo")
    assert result.exit_code == 0
    assert "demo" in result.stderr
    assert not path.parent.exists()


def test_reading_presets_imports_nothing_heavy() -> None:
    heavy = ("tomlkit", "boto3", "botocore", "textual", "websockets", "cryptography")
    modules = "smtui.store.presets.preset_file, smtui.cli.presets"
    program = f"import sys, {modules}; print([x for x in {heavy!r} if x in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_included_ones_say_where_they_are_and_stay(run: Run, path: Path) -> None:
    team = path.parent / "team" / "infra.toml"
    team.parent.mkdir(parents=True)
    team.write_text(
        '[[preset]]\nname = "Grafana"\nhost = "grafana.int"\nport = 443\n[[preset]]\nname = "Bad"\nport = 0\n'
    )
    (path.parent / "config.toml").write_text('includes = ["team", "gone"]\n')
    result = run("presets", "list", "--json")
    assert result.exit_code == 3
    found = json.loads(result.stdout)
    assert (found["presets"][0]["source"], found["presets"][0]["file"]) == ("included", str(team))
    assert [problem.removeprefix(str(path.parent)).partition(":")[0] for problem in found["problems"]] == [
        "/team/infra.toml, line 7",
        "/gone, which config.toml line 1 includes, is not there.",
    ]
    refused = run("presets", "remove", "grafana")
    assert refused.exit_code == 1
    assert f"it is in {team}, which smtui only reads." in refused.stderr.replace("\n", " ")
    assert run("presets", "add", "Grafana", "9443").exit_code == 0
    [mine] = [preset for preset in listed(run)["presets"] if preset["name"] == "Grafana"]
    assert (mine["source"], mine["replaces"]) == ("yours", str(team))
    assert "yours, replaces the team's" in run("presets", "list").stdout
    assert run("presets", "remove", "Grafana").exit_code == 0
    assert "team: " in run("presets", "list").stdout


def test_a_file_that_says_read_only_keeps_the_presets(run: Run, path: Path) -> None:
    assert run("presets", "add", "Mine", "80").exit_code == 0
    path.with_name("config.toml").write_text("read_only = true")
    for words in (("add", "Other", "81"), ("remove", "Mine")):
        told = run("presets", *words)
        assert (told.exit_code, told.stderr) == (1, "smtui: smtui is read-only, so it changes no presets.\n")
    assert listed(run)["presets"][0]["name"] == "Mine"
