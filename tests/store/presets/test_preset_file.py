"""`presets.toml`: the user's own file, which smtui changes with care and never when it does not understand it."""

from __future__ import annotations

import os
import re
import stat
import threading
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smtui.domain.command_template import PLACEHOLDERS
from smtui.domain.forward import Destination
from smtui.domain.preset import NotAPreset, Preset, PresetsUnusable, read_preset, written
from smtui.store.file_access import config_folder
from smtui.store.presets.preset_file import PresetFile
from smtui.store.presets.preset_text import PresetText
from smtui.store.toml_text import Unreadable

OWN = """# my presets
theme = "dark" # not smtui's

# the shop
[[preset]]   # first
name = "Shop"  # its name
port = 80      # plain
colour = "blue"
command = [
  "curl", # with progress
  "http://{local_host}:{local_port}/",
]

# the orders
[[preset]]
target = 'tag:role=bastion'
name = "Orders"
host = "db.internal"
port = 5432
local_port = 15432
command = "psql -h {local_host} -p {local_port}"
pick = "any"

[other]
x = 1

# the cache
[[preset]]
name = "Cache"
port = 6379
# the end
"""
SHOP, ORDERS, CACHE = (
    Preset("Shop", Destination(80), command=("curl", "http://{local_host}:{local_port}/")),
    Preset(
        "Orders",
        Destination(5432, "db.internal"),
        "tag:role=bastion",
        15432,
        command=("psql", "-h", "{local_host}", "-p", "{local_port}"),
        pick="any",
    ),
    Preset("Cache", Destination(6379)),
)
NEW = Preset("New one", Destination(443, "intranet.example"), "web-1", 18443, note='with "quotes" \\ and ü')


def changes(name: str) -> list[Callable[[PresetFile], None]]:
    return [lambda file: file.save(NEW, ""), lambda file: file.save(NEW, name), lambda file: file.remove(name)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config" / "presets.toml"
    path.parent.mkdir()
    path.write_text(OWN)
    return path


@pytest.fixture
def file(path: Path) -> PresetFile:
    return PresetFile(path.parent)


def test_what_the_user_wrote_is_read(file: PresetFile, path: Path) -> None:
    found = file.load()
    assert found.presets == (SHOP, ORDERS, CACHE)
    assert (found.problem, found.broken) == ("", ())
    assert list(found.warnings) == [
        f"{path}, line 2: the key theme is not known and is ignored.",
        f"{path}, line 24: the key other is not known and is ignored.",
        f"{path}, line 8: the key colour is not known and is ignored.",
    ]


def test_no_file_is_no_presets(tmp_path: Path) -> None:
    found = PresetFile(tmp_path / "none").load()
    assert (found.presets, found.problem, found.broken, found.warnings) == ((), "", (), ())
    assert not (tmp_path / "none").exists(), "looking writes nothing"


def test_the_first_preset_makes_folder_and_file(tmp_path: Path) -> None:
    file = PresetFile(tmp_path / "a" / "b")
    file.save(NEW, "")
    path = tmp_path / "a" / "b" / "presets.toml"
    assert file.load().presets == (NEW,)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_adding_leaves_every_byte_that_was_there(file: PresetFile, path: Path) -> None:
    file.save(NEW, "")
    assert path.read_text().startswith(OWN)
    assert file.load().presets == (SHOP, ORDERS, CACHE, NEW)


def test_changing_leaves_comments_order_and_strange_keys(file: PresetFile, path: Path) -> None:
    changed = Preset("Shop 2", Destination(8080), local_port=18080, note="busy", command=SHOP.command)
    file.save(changed, "shop")
    assert file.load().presets == (changed, ORDERS, CACHE)
    expected = OWN.replace('name = "Shop"  # its name', 'name = "Shop 2"  # its name')
    expected = expected.replace("port = 80      # plain", "port = 8080      # plain")
    expected = expected.replace('/",\n]\n', '/",\n]\nlocal_port = 18080\nnote = "busy"\n')
    assert path.read_text() == expected


def test_a_value_that_stays_the_same_stays_as_it_is_written(file: PresetFile, path: Path) -> None:
    file.save(ORDERS, "Orders")
    file.save(SHOP, "Shop")
    assert path.read_text() == OWN


def test_what_is_emptied_is_taken_out(file: PresetFile, path: Path) -> None:
    file.save(Preset("Orders", Destination(5432)), "Orders")
    assert '[[preset]]\nname = "Orders"\nport = 5432\n\n[other]\n' in path.read_text()
    assert file.load().presets[1] == Preset("Orders", Destination(5432))


def test_removing_leaves_the_comments_of_the_others(file: PresetFile, path: Path) -> None:
    file.remove("ORDERS")
    text = path.read_text()
    assert file.load().presets == (SHOP, CACHE)
    start, end = OWN.index("[[preset]]\ntarget"), OWN.index("\n[other]")
    assert text == OWN[:start] + OWN[end:]
    file.remove("Shop")
    file.remove("Cache")
    assert file.load().presets == ()
    assert all(comment in path.read_text() for comment in ("# my presets", "# the cache", "# the end", "x = 1"))


def test_adding_and_removing_gives_the_same_file(file: PresetFile, path: Path) -> None:
    file.save(NEW, "")
    file.remove(NEW.name)
    assert path.read_text() == OWN


def test_line_ends_of_another_system_stay(path: Path) -> None:
    path.write_bytes(OWN.replace("\n", "\r\n").encode())
    file = PresetFile(path.parent)
    file.save(NEW, "")
    file.save(Preset("Cache", Destination(6380), note="x"), "Cache")
    file.remove("Shop")
    content = path.read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n") > 10
    assert [preset.name for preset in file.load().presets] == ["Orders", "Cache", "New one"]


def test_a_byte_order_mark_is_no_error(path: Path) -> None:
    path.write_text(OWN, encoding="utf-8-sig")
    assert len(PresetFile(path.parent).load().presets) == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[preset]]\nname = "x"\nport = abc\n', "line 3, key port: Invalid value (column 8)."),
        ('[[preset]]\nname = "x\n', "line 2, key name"),
        ("[[preset]\n", "line 1"),
        ("[[preset]]\nport = 1\nport = 2\n", "line 3, key port"),
        ('[preset]\nname = "x"\nport = 1\n', "line 1, key preset: each preset must be a table"),
        ('a = 1\npreset = "x"\n', "line 2, key preset"),
        ("x = [", "line 1, key x"),
        ("x = " + "9" * 5000, "digits"),
        ("x = " + "[" * 5000, "nested"),
    ],
)
def test_a_broken_file_is_reported_with_line_and_key_and_never_written(path: Path, text: str, told: str) -> None:
    path.write_text(text)
    file = PresetFile(path.parent)
    found = file.load()
    assert found.problem.startswith(f"{path}, ")
    assert told in found.problem
    assert found.problem.endswith(".")
    for change in changes("x"):
        with pytest.raises(PresetsUnusable) as refused:
            change(file)
        assert told in str(refused.value)
    assert path.read_text() == text


def test_what_is_no_text_is_reported_with_its_line(path: Path) -> None:
    path.write_bytes(b"# one\n# two\nx = '\xff'\n")
    assert PresetFile(path.parent).load().problem == f"{path}, line 3: this is not UTF-8 text."


BROKEN = """[[preset]]
name = "Typo"
prot = 80

[[preset]]
name = "Fine"
port = 80
locl_port = 81

[[preset]]
name = "fine"
port = 82

[[preset]]
port = 65536
host = "a b"
[[presets]]
name = "x"
"""


def test_a_broken_entry_hides_no_other(path: Path) -> None:
    path.write_text(BROKEN)
    file = PresetFile(path.parent)
    found = file.load()
    assert found.presets == (Preset("Fine", Destination(80)),)
    assert found.problem == ""
    typo, twin, nameless = found.broken
    assert (typo.name, twin.name, nameless.name) == ("Typo", "fine", "")
    assert f"{path}, line 1: port is missing" in typo.problem
    assert f"{path}, line 3: the key prot is not known and is ignored. Did you mean port?" in typo.problem
    assert twin.problem == f"{path}, line 11: the name 'fine' is taken by line 6."
    assert all(part in nameless.problem for part in ("line 14: name is missing", "line 15: port:", "line 16: host:"))
    assert list(found.warnings) == [
        f"{path}, line 17: the key presets is not known and is ignored. Did you mean preset?",
        f"{path}, line 8: the key locl_port is not known and is ignored. Did you mean local_port?",
    ]


def test_other_presets_can_be_changed_beside_a_broken_one_and_it_can_be_mended(path: Path) -> None:
    path.write_text(BROKEN)
    file = PresetFile(path.parent)
    file.save(NEW, "")
    assert "prot = 80" in path.read_text()
    with pytest.raises(PresetsUnusable, match="already"):
        file.save(Preset("Typo", Destination(1)), "")
    file.save(Preset("Typo", Destination(8080)), "Typo")
    assert file.load().find("Typo") == Preset("Typo", Destination(8080))
    assert "prot = 80" in path.read_text(), "a key that smtui does not know is not its to remove"
    file.remove("Typo")
    assert file.load().find("Typo") is None


def test_names_are_kept_apart(file: PresetFile) -> None:
    with pytest.raises(PresetsUnusable, match="already"):
        file.save(Preset("SHOP", Destination(1)), "")
    with pytest.raises(PresetsUnusable, match="already"):
        file.save(Preset("orders", Destination(1)), "Shop")
    with pytest.raises(PresetsUnusable, match="no preset named 'gone'"):
        file.save(NEW, "gone")
    with pytest.raises(PresetsUnusable, match="no preset named 'gone'"):
        file.remove("gone")
    file.save(Preset("SHOP", Destination(1)), "Shop")
    assert file.load().find("shop") == Preset("SHOP", Destination(1))


def test_inline_tables_are_read_and_left_to_the_user(path: Path) -> None:
    text = 'preset = [\n  {name = "a", port = 1},\n  {name = "b", port = 2},\n]\n'
    path.write_text(text)
    file = PresetFile(path.parent)
    assert [preset.name for preset in file.load().presets] == ["a", "b"]
    for change in changes("a"):
        with pytest.raises(PresetsUnusable, match="by hand"):
            change(file)
    assert path.read_text() == text


def test_what_looks_like_a_table_but_is_none(path: Path) -> None:
    text = (
        '[[preset]]\nname = "a"\nport = 1\nextra = """\n[[preset]]\nname = "no"\n"""\nnested = [\n  ["x"],\n'
        '[["preset"]],\n]\n# [[preset]]\n[preset.more]\ndeep = 1\n[[preset]]\nname = "b"\nport = 2\nlocal_port = "x"\n'
    )
    path.write_text(text)
    file = PresetFile(path.parent)
    found = file.load()
    assert found.presets == (Preset("a", Destination(1)),)
    assert "line 18: local_port:" in found.broken[0].problem
    file.save(Preset("a", Destination(3), note="x"), "a")
    data = tomllib.loads(path.read_text())["preset"]
    assert (data[0]["note"], data[0]["more"], data[0]["port"]) == ("x", {"deep": 1}, 3)
    file.remove("a")
    assert path.read_text() == text[text.index('[[preset]]\nname = "b"') :]


def test_a_change_that_would_harm_is_not_made(file: PresetFile, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.store.presets.preset_text._edited", lambda *_: '[[preset]]\nname = "else"\nport = 1\n')
    for change in changes("Shop")[:2]:
        with pytest.raises(PresetsUnusable, match="without harm"):
            change(file)
    assert path.read_text() == OWN


def test_a_preset_that_can_be_used_goes_before_a_broken_one_of_its_name(path: Path) -> None:
    path.write_text('[[preset]]\nname = "Web"\n\n[[preset]]\nname = "web"\nport = 80\n\n[[preset]]\nname = "WEB"\n')
    file = PresetFile(path.parent)
    assert [preset.name for preset in file.load().presets] == ["web"]
    file.save(Preset("web", Destination(81)), "Web")
    assert path.read_text().startswith('[[preset]]\nname = "Web"\n\n[[preset]]\nname = "web"\nport = 81\n')
    assert file.load().find("WEB") == Preset("web", Destination(81))


def test_removing_leaves_no_gap(path: Path) -> None:
    tables = [f'[[preset]]\nname = "{name}"\nport = 80\n' for name in "abc"]
    for gone in range(3):
        path.write_text("\n".join(tables))
        PresetFile(path.parent).remove("abc"[gone])
        assert path.read_text() == "\n".join(tables[:gone] + tables[gone + 1 :])


# What the system refuses.


def test_a_full_disk_leaves_the_old_file_and_no_litter(
    file: PresetFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PresetsUnusable, match=r"cannot be written: No space left on device\."):
        file.save(NEW, "")
    assert path.read_text() == OWN
    assert list(path.parent.iterdir()) == [path]


def test_no_permission_to_read(file: PresetFile, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text("")

    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    assert file.load().problem == f"{path} cannot be read: Permission denied."
    with pytest.raises(PresetsUnusable, match="Permission denied"):
        file.save(NEW, "")


def test_a_write_protected_file_is_respected(file: PresetFile, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PresetsUnusable, match="write-protected"):
        file.save(NEW, "")
    assert path.read_text() == OWN


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "presets.toml").mkdir()
    file = PresetFile(tmp_path)
    assert "cannot be read" in file.load().problem
    with pytest.raises(PresetsUnusable, match="cannot be read"):
        file.save(NEW, "")


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    file = PresetFile(tmp_path / "file")
    assert "cannot be read" in file.load().problem
    with pytest.raises(PresetsUnusable, match="cannot be used"):
        file.save(NEW, "")


def test_a_link_to_a_file_kept_elsewhere_stays_a_link(tmp_path: Path) -> None:
    kept = tmp_path / "dotfiles" / "presets.toml"
    kept.parent.mkdir()
    kept.write_text(OWN)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "presets.toml").symlink_to(kept)
    PresetFile(tmp_path / "config").save(NEW, "")
    assert (tmp_path / "config" / "presets.toml").is_symlink()
    assert kept.read_text().startswith(OWN)
    assert "New one" in kept.read_text()


# Somebody else writes too.


def test_changes_elsewhere_in_the_file_are_kept(file: PresetFile, path: Path) -> None:
    file.load()
    path.write_text(OWN.replace("6379", "6380"))
    file.save(Preset("Shop", Destination(81)), "Shop")
    assert [preset.destination.port for preset in file.load().presets] == [81, 5432, 6380]


@pytest.mark.parametrize("change", [lambda file: file.save(NEW, "Shop"), lambda file: file.remove("Shop")])
def test_a_preset_that_somebody_else_changed_is_not_lost_unseen(
    file: PresetFile, path: Path, change: Callable[[PresetFile], None]
) -> None:
    file.load()
    theirs = OWN.replace("port = 80 ", "port = 8000 ")
    path.write_text(theirs)
    with pytest.raises(PresetsUnusable, match="meanwhile"):
        change(file)
    assert path.read_text() == theirs
    file.load()
    change(file)
    assert file.load().find("Shop") is None


def test_a_file_that_broke_meanwhile_is_not_written(file: PresetFile, path: Path) -> None:
    file.load()
    path.write_text(OWN + "[[")
    with pytest.raises(PresetsUnusable, match="Nothing was changed"):
        file.save(NEW, "")
    assert path.read_text() == OWN + "[["


def test_an_editor_that_writes_in_the_same_moment_wins(
    file: PresetFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = PresetText.added

    def slowly(text: PresetText, preset: Preset) -> str:
        path.write_text("# theirs\n")
        return added(text, preset)

    monkeypatch.setattr(PresetText, "added", slowly)
    with pytest.raises(PresetsUnusable, match="just now"):
        file.save(NEW, "")
    assert path.read_text() == "# theirs\n"


def test_many_at_once_lose_nothing(path: Path) -> None:
    """Each with a `PresetFile` of its own, as several smtui have."""
    refused: list[str] = []

    def add(number: int) -> None:
        file = PresetFile(path.parent)
        for part in range(5):
            try:
                file.save(Preset(f"{number}-{part}", Destination(80)), "")
            except PresetsUnusable as unusable:
                refused.append(str(unusable))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = PresetFile(path.parent).load()
    assert refused == []
    assert len(found.presets) == 3 + 20


# Any text.


@given(st.text())
@example("[[preset]]\nname='a'\nport=1\n[preset.x]\n[[preset.y]]")
@example('"preset" = []')
@example("preset = []")
@example("[[ preset ]]\r\nname='a'\r\nport=1")
@example('[["preset"]]\nname="a"\nport=1')
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(Unreadable):
        PresetText(text).listed("f")


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp", "Zs"]), min_size=1, max_size=12)
words = st.lists(st.sampled_from(["psql", "-p", "{local_port}", "it's", '"', "{{x}}", "#", "ü"]), max_size=4)
presets = st.builds(
    Preset,
    names,
    st.builds(Destination, st.integers(1, 65535), st.sampled_from(["", "db.internal", "::1"])),
    st.sampled_from(["", "web-1", "tag:a=b"]),
    st.integers(0, 65535),
    note=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), max_size=20),
    command=words.map(tuple),
    pick=st.sampled_from(["", "any"]),
)
comments = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=15)


@given(presets, presets, presets, comments, comments)
def test_comments_and_strange_keys_survive_any_change(
    first: Preset, second: Preset, third: Preset, above: str, beside: str
) -> None:
    try:
        first, second, third = (read_preset(written(preset)) for preset in (first, second, third))
    except NotAPreset:
        return
    text = PresetText(f"# {above}\nmine = 1\n").added(first)
    before = PresetText(text.replace("[[preset]]\n", f"[[preset]] # {beside}\nstrange = [1, {{a = 'b'}}] # {above}\n"))
    changed = before.changed(before.entries[0], second)
    found = PresetText(changed)
    assert [one.preset for one in found.entries] == [second]
    assert changed.startswith(f"# {above}\nmine = 1\n")
    assert f"[[preset]] # {beside}\n" in changed
    assert f"strange = [1, {{a = 'b'}}] # {above}\n" in changed
    more = PresetText(found.added(third))
    assert more.text.startswith(changed.rstrip())
    assert PresetText(more.removed(more.entries[1])).text == changed
    assert found.removed(found.entries[0]).startswith(f"# {above}\nmine = 1")


def test_the_folder_can_be_chosen(tmp_path: Path) -> None:
    assert config_folder({"SMTUI_CONFIG_DIR": str(tmp_path)}) == tmp_path
    assert config_folder({}).name == "smtui"


def test_the_example_of_the_page_is_a_preset() -> None:
    page = (Path(__file__).parents[3] / "docs" / "pages" / "presets.md").read_text(encoding="utf-8")
    [example] = [each for each in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if "[[preset]]" in each]
    found = PresetText(example).listed("presets.toml")
    assert [preset.name for preset in found.presets] == ["Orders database"]
    assert (found.broken, found.warnings) == ((), ())
    assert all(f"`{{{name}}}`" in page for name in PLACEHOLDERS)
