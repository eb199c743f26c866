"""What completion offers, from files alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import botocore.session
import pytest

from smtui.cli.upkeep.answer import Completion
from smtui.cli.upkeep.last_words import MOST, LastWords
from smtui.domain.preset import STARTERS
from smtui.store import file_access
from smtui.store.node_words import node_words, save_node_words
from smtui.topics.library import topic_ids

ROOT = Path(__file__).parents[3]
_CONFIG = """\
[default]
region = eu-west-1
[profile ops]
region=us-east-1
[profile  spaced ]
[ profile not-one]
[profile not one]
[profile 'un"even']
[profile "unclosed]
[profile "two words"]
[sso-session acme]
[services private]
ssm =
  endpoint_url = [https://host]
"""
_PRESETS = '[[preset]]\nname = "Orders \\"db\\""\nport = 5432\nnote = "main"\n'


@pytest.fixture
def known(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who has used smtui."""
    cache = str(tmp_path / "cache")
    save_node_words(cache, "default", "eu-west-1", [("i-0a", "web"), ("i-0b", "web"), ("i-0c", "db:1")])
    save_node_words(cache, "ops", "us-east-1", [("i-0d", "queue")])
    save_node_words(cache, "ops", "us-west-2", [("i-0e", "cold")])
    (tmp_path / "aws").write_text(_CONFIG, "utf-8")
    (tmp_path / "credentials").write_text("[keys]\naws_access_key_id = AKIA\n", "utf-8")
    (tmp_path / "presets.toml").write_text(_PRESETS, "utf-8")
    (tmp_path / "filters.json").write_text(json.dumps({"saved": {"prod": "tag:env=prod"}}), "utf-8")
    (tmp_path / "documents.json").write_text(json.dumps({"recent": ["acme-shell"]}), "utf-8")
    (tmp_path / "document-names.txt").write_text("acme-listed\n", "utf-8")
    return {
        "HOME": str(tmp_path),
        "SMTUI_CACHE_DIR": cache,
        "SMTUI_CONFIG_DIR": str(tmp_path),
        "SMTUI_STATE_DIR": str(tmp_path),
        "AWS_CONFIG_FILE": str(tmp_path / "aws"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("pres", ["presets"]),
        ("presets ", ["add", "list", "remove"]),
        ("sessions rules ", ["set", "undo"]),
        ("connect --do", ["--document-name"]),
        ("connect --document-name acme", ["acme-listed", "acme-shell"]),
        ("connect w", ["web"]),
        ("connect i-", ["i-0a", "i-0b", "i-0c"]),
        ("connect --profile ops i-", ["i-0d"]),
        ("--profile ops connect ", ["i-0d", "queue"]),
        ("connect --profile=ops --region us-west-2 i", ["i-0e"]),
        ("connect --profile ops --region all i", ["i-0d", "i-0e"]),
        ("connect --region us-west-2 i", []),
        ("connect --profile spaced i", []),
        ("connect --demo i-", []),
        ("connect web i", []),
        ("connect -- -", []),
        ("list --profile ", ["default", "keys", "ops", "spaced", "two words", 'un"even']),
        ("list --profile=op", ["--profile=ops"]),
        ("list --region us-east", ["us-east-1", "us-east-2"]),
        ("list --filter @", ["@prod"]),
        ("list --filter tag:a=b @p", ["tag:a=b @prod"]),
        ("forward web --preset O", ['Orders "db"']),
        ("forward web --preset Kube", ["Kubernetes API"]),
        ("topics expired", ["expired-credentials"]),
        ("plugin logging o", ["off", "on"]),
        ("cp -p --through s", ["session", "ssh"]),
        ("cp we", ["web:"]),
        ("cp db", []),
        ("ssh ana@w", ["ana@web"]),
        ("ssh web -p ", []),
        ("run web i-0a ", ["db:1", "i-0a", "i-0b", "i-0c", "web"]),
        ("run web -- i", []),
        ("nonsense ", []),
        ("connect --nonsense w", ["web"]),
    ],
)
def test_offers(line: str, offered: list[str], known: dict[str, str]) -> None:
    *before, typed = _split(line)
    assert [word for word, _ in Completion(before, typed, known).words] == offered


def _split(line: str) -> list[str]:
    """Words are parted by blanks; the value of --filter may have one."""
    words = line.split(" ")
    if "--filter" in words:
        at = words.index("--filter") + 1
        return [*words[:at], " ".join(words[at:])]
    return words


def test_an_option_is_offered_again_only_if_it_may_be_repeated(known: dict[str, str]) -> None:
    found = {word for word, _ in Completion(["connect", "--wait", "--profile", "ops"], "--", known).words}
    assert "--profile" in found
    assert "--wait" not in found


@pytest.mark.parametrize(
    ("line", "head"),
    [
        ("play ", "files"),
        ("connect --record ", "files"),
        ("run web -- ", "files"),
        ("cp ", "files"),
        ("ssh w ", "files"),
    ],
)
def test_leaves_files_to_the_shell(line: str, head: str, known: dict[str, str]) -> None:
    *before, typed = line.split(" ")
    assert Completion(before, typed, known).head() == head


def test_knows_the_profiles_that_botocore_knows(known: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in known.items():
        monkeypatch.setenv(name, value)
    profiles = [name for name, _ in LastWords(known).of("profile", "")]
    assert profiles == sorted(botocore.session.Session().available_profiles)


def test_knows_the_regions_topics_and_presets_that_there_are(known: dict[str, str]) -> None:
    words = LastWords(known)
    regions = {name for name, _ in words.of("region", "")}
    assert set(botocore.session.Session().get_available_regions("ssm")) <= regions
    assert "aws-global" not in regions
    assert [name for name, _ in words.of("topic", "")] == sorted(topic_ids())
    assert {preset.name for preset in STARTERS} <= {name for name, _ in words.of("preset", "")}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere platformdirs is asked")
@pytest.mark.parametrize("base", [None, "", " ", "/elsewhere"])
def test_finds_the_folders_of_smtui(base: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SMTUI_CACHE_DIR", "SMTUI_STATE_DIR", "SMTUI_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
        if base is not None:
            monkeypatch.setenv(name, base)
    words = LastWords(os.environ)
    assert words._folder("cache") == str(file_access.cache_folder())
    assert words._folder("config") == str(file_access.config_folder())
    assert words._folder("state") == str(file_access.state_folder())


def test_knows_the_presets_of_included_files(known: dict[str, str]) -> None:
    folder = Path(known["SMTUI_CONFIG_DIR"])
    (folder / "team").mkdir()
    (folder / "team" / "a.toml").write_text('[[preset]]\nname = "Grafana"\nport = 1\nnote = "dashboards"\n')
    (folder / "team" / "b.toml").write_text("[[preset")
    config = folder / "config.toml"
    config.write_text('includes = ["gone", 1, "team"]\n')
    assert LastWords(known).of("preset", "Gra") == [("Grafana", "dashboards")]
    for broken in ("includes = [", "includes = 1", 'includes = ["\\u0000"]'):
        config.write_text(broken)
        assert LastWords(known).of("preset", "Gra") == []
        assert LastWords(known).of("preset", "Ord") != []


@pytest.mark.parametrize("spoilt", ["filters.json", "documents.json", "presets.toml", "aws", "credentials"])
def test_a_spoilt_file_costs_its_own_words(spoilt: str, known: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / spoilt).write_bytes(b'[["\xff{}')
    words = LastWords(known)
    assert [word for word, _ in words.of("topic", "expired")] == ["expired-credentials"]
    for kind in ("filter", "document", "preset", "profile", "region", "node"):
        words.of(kind, "")
    (tmp_path / spoilt).unlink()
    os.mkfifo(tmp_path / spoilt)
    for kind in ("filter", "document", "preset", "profile", "region", "node"):
        words.of(kind, "")


def test_a_name_that_a_shell_cannot_take_safely_is_not_kept(tmp_path: Path) -> None:
    names = ["a\nb", "a\tb", "\x1b[31m", "\x7f", "\u202eabc", "-rf", "", "x" * 400, "fine"]
    save_node_words(str(tmp_path), "p", "r", [(f"i-{at}", name) for at, name in enumerate(names)])
    found = [word for word, _ in node_words(str(tmp_path), ["p"], {}, "", 99)]
    assert found == ["fine", *(f"i-{at}" for at in range(len(names)))]


@pytest.mark.parametrize("count", [MOST - 1, MOST, MOST + 1, 2 * MOST])
def test_of_many_words_the_first_and_the_last_are_offered(count: int, tmp_path: Path) -> None:
    nodes = [(f"i-{at:05}", "") for at in range(count)]
    save_node_words(str(tmp_path), "p", "r", [*nodes, ("mi-1", ""), ("a", "")])
    found = [word for word, _ in node_words(str(tmp_path), ["p"], {}, "i-", MOST)]
    assert len(found) == min(count, MOST)
    assert (found[0], found[-1]) == ("i-00000", f"i-{count - 1:05}")
    assert found == sorted(found)


_WALLED = """
import sys
def refuse(event, arguments):
    if event.startswith("socket.") or event in ("subprocess.Popen", "os.exec", "os.posix_spawn"):
        raise SystemExit(f"completion did {event} {arguments}")
sys.addaudithook(refuse)
import os
os._exit = lambda status: (sys.stdout.flush(), sys.exit(status))
sys.argv = ["smtui", *sys.argv[1:]]
from smtui.cli import main
try:
    main()
except SystemExit as ended:
    if ended.code != 0:
        raise
print("loaded", *sorted({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.mark.parametrize(
    "line",
    ["connect ", "list --profile ", "list --region ", "forward --preset ", "list --filter @", "topics ", "doctor -"],
)
def test_calls_nobody_and_imports_next_to_nothing(line: str, known: dict[str, str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _WALLED, *line.split(" ")],
        env={**known, "_SMTUI_COMPLETE": "zsh", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    *offered, loaded = ran.stdout.splitlines()
    assert len(offered) > 1
    assert not {"socket", "click", "textual", "boto3", "botocore", "asyncio", "platformdirs"} & set(loaded.split())
