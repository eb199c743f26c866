"""Presets from the store to the node they are started on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smtui.domain.forward import Destination, LocalPort
from smtui.domain.node import Node
from smtui.domain.preset import STARTERS, BrokenPreset, Choice, Preset, PresetList, PresetsUnusable
from smtui.engine.offloop import OffLoop
from smtui.engine.preset_book import Presets, PresetsInMemory
from smtui.engine.protocols import PresetStore
from tests.domain.build import NOW, connected, ec2_facts, node, not_connected

WEB = Preset("Web", Destination(80), "tag:team=web", 8080)


def presets(*own: Preset, store: PresetStore | None = None) -> Presets:
    return Presets(OffLoop(), store or PresetsInMemory(own))


def names(found: PresetList) -> list[str]:
    return [preset.name for preset in found.presets]


def machine(name: str, node_id: str, **given: object) -> Node:
    return node(node_id=node_id, ec2=ec2_facts(node_id, name=name, tags={"team": "web"}), **given)


ONE, TWO, THREE = machine("web-1", "i-00000001"), machine("web-2", "i-00000002"), machine("web-3", "i-00000003")


async def test_the_users_own_come_first_and_win() -> None:
    own = Preset("postgresql", Destination(5433))
    found = await presets(WEB, own).load()
    assert names(found)[:2] == ["Web", "postgresql"]
    assert found.find("PostgreSQL") == own
    assert len(found.presets) == 2 + len(STARTERS) - 1


async def test_the_starters_are_there_when_the_file_is_not_usable() -> None:
    class Broken(PresetsInMemory):
        def load(self) -> PresetList:
            return PresetList(problem="presets.toml, line 3: no.")

    found = await presets(store=Broken()).load()
    assert (found.presets, found.problem) == (STARTERS, "presets.toml, line 3: no.")


async def test_adding_changing_and_removing() -> None:
    known = presets(WEB)
    await known.save(Preset("Api", Destination(443)))
    await known.save(Preset("Api 2", Destination(444)), replacing="api")
    assert names(await known.load())[:2] == ["Web", "Api 2"]
    await known.remove("web")
    assert names(await known.load())[0] == "Api 2"
    for refused in (known.save(Preset("API 2", Destination(1))), known.remove("Web"), known.save(WEB, replacing="x")):
        with pytest.raises(PresetsUnusable, match=r"\.$"):
            await refused


async def test_a_built_in_one_is_replaced_in_the_list_and_comes_back() -> None:
    known = presets()
    mine = replace(STARTERS[1], local_port=2222)
    await known.save(mine, replacing="SSH")
    found = (await known.load()).find("SSH")
    assert found == replace(mine, builtin=False), "what the user saves is the user's own"
    await known.remove("SSH")
    assert (await known.load()).find("SSH") == STARTERS[1]
    with pytest.raises(PresetsUnusable, match="built in"):
        await known.remove("ssh")


async def test_a_broken_entry_with_the_name_of_a_built_in_one_can_be_replaced() -> None:
    class OneBroken(PresetsInMemory):
        removed = ""

        def load(self) -> PresetList:
            return PresetList(broken=(BrokenPreset("SSH", "presets.toml, line 3: no."),))

        def remove(self, name: str) -> None:
            self.removed = name

    store = OneBroken()
    await presets(store=store).remove("SSH")
    assert store.removed == "SSH"


async def test_what_could_not_be_read_back_is_not_saved() -> None:
    for wrong in (
        Preset("", Destination(1)),
        Preset("x", Destination(0)),
        Preset("x", Destination(1), command=("{x}",)),
    ):
        with pytest.raises(PresetsUnusable, match=r"\.$"):
            await presets().save(wrong)


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("i-00000002", TWO),
        ("web-2", TWO),
        ("tag:team=web", Choice((ONE, TWO, THREE))),
        ("?tag:team=web name:web-2", TWO),
        ("?status:ready", Choice((ONE, TWO, THREE))),
    ],
)
def test_a_target_is_resolved_when_it_is_started(target: str, found: Node | Choice) -> None:
    assert presets().resolve(replace(WEB, target=target), (ONE, TWO, THREE), NOW) == found


def test_a_single_match_is_taken_ready_or_not() -> None:
    stopped = replace(ONE, ec2=replace(ONE.ec2 or ec2_facts(), state="stopped"))
    assert presets().resolve(WEB, (stopped,), NOW) is stopped


def test_pick_any_takes_the_first_that_is_ready() -> None:
    picky = replace(WEB, pick="any")
    lost = replace(ONE, connection=not_connected())
    assert presets().resolve(picky, (THREE, TWO, lost), NOW) is TWO
    certain = replace(THREE, connection=connected())
    assert presets().resolve(picky, (lost, TWO, certain), NOW) is certain, "one that is known to be connected"
    refusal = presets().resolve(picky, (lost, replace(lost, node_id="i-00000009")), NOW)
    assert refusal == "None of the 2 nodes that 'tag:team=web' names is Ready."


def test_no_match_is_a_sentence() -> None:
    told = presets().resolve(WEB, (), NOW)
    assert isinstance(told, str)
    assert "'tag:team=web'" in told
    told = presets().resolve(replace(WEB, target="?name:none"), (ONE,), NOW)
    assert told == f"The preset {WEB.name!r} is for '?name:none', but no listed node matches that."


def test_without_a_target_it_is_the_node_that_is_selected() -> None:
    ssh = STARTERS[1]
    assert presets().resolve(ssh, (ONE, TWO), NOW, here=TWO) is TWO
    told = presets().resolve(ssh, (ONE, TWO), NOW)
    assert isinstance(told, str)
    assert "'SSH'" in told
    assert presets().resolve(WEB, (ONE,), NOW, here=TWO) is ONE, "its own target comes first"


def test_the_forward() -> None:
    forward = presets().forward_of(WEB, ONE)
    assert (forward.node_id, forward.label, forward.place) == ("i-00000001", "web-1", ONE.place)
    assert (forward.destination, forward.local) == (Destination(80), LocalPort(8080))
    assert presets().forward_of(WEB, ONE, local=LocalPort(9)).local == LocalPort(9)


TEAM = "~/infra/smtui.toml"
GRAFANA = Preset("Grafana", Destination(443, "grafana.int"), "tag:role=mon", 8443, command=("open", "x y"), origin=TEAM)


class Included:
    """What a team's file holds now."""

    def __init__(self, *presets: Preset) -> None:
        self.presets = presets

    def load(self) -> PresetList:
        return PresetList(self.presets, broken=(BrokenPreset("SSH", "t.toml, line 3: no.", TEAM),), unread=("Gone.",))


def with_team(*own: Preset, theirs: tuple[Preset, ...] = (GRAFANA,)) -> tuple[Presets, Included]:
    included = Included(*theirs)
    return Presets(OffLoop(), PresetsInMemory(own), included), included


async def test_included_ones_come_between_and_the_users_own_win() -> None:
    redis = replace(GRAFANA, name="Redis")
    known, _ = with_team(WEB, Preset("grafana", Destination(1)), theirs=(GRAFANA, redis))
    found = await known.load()
    assert names(found)[:3] == ["Web", "grafana", "Redis"]
    assert names(found).count("Redis") == 1, "an included one beats a built-in one"
    assert [preset.replaces for preset in found.presets[:3]] == ["", TEAM, ""]
    assert found.problems == ("t.toml, line 3: no.", "Gone.")
    assert not found.owns("SSH"), "the broken one is the team's"
    assert [found.owns(name) for name in ("Grafana", "Redis")] == [True, False]


async def test_an_included_one_is_not_removed_but_made_ones_own_and_comes_back() -> None:
    known, _ = with_team()
    with pytest.raises(PresetsUnusable, match=f"'Grafana' is not yours: it is in {TEAM}, which smtui only reads."):
        await known.remove("grafana")
    await known.save(replace(GRAFANA, local_port=9000), replacing="Grafana")
    mine = (await known.load()).find("Grafana")
    assert mine is not None
    assert (mine.is_own, mine.local_port, mine.replaces) == (True, 9000, TEAM)
    assert await known.doubts(mine) == (), "what is one's own is not asked about"
    await known.remove("Grafana")
    assert (await known.load()).find("Grafana") == GRAFANA


async def test_an_included_one_is_asked_about_until_it_was_agreed_to_as_it_is() -> None:
    known, _ = with_team()
    assert await known.doubts(GRAFANA) == (
        f"It comes from {TEAM} and was not started here before.",
        "to: grafana.int:443 through tag:role=mon",
        "listens on: 127.0.0.1:8443",
        "then run: open 'x y'",
    )
    await known.agree(GRAFANA)
    assert await known.doubts(GRAFANA) == ()
    assert await known.doubts(replace(GRAFANA, note="new words")) == ()
    for changed in (
        replace(GRAFANA, command=("open", "x", "y")),
        replace(GRAFANA, destination=Destination(443, "other")),
        replace(GRAFANA, document="Acme-Forward"),
        replace(GRAFANA, target=""),
    ):
        assert (await known.doubts(changed))[0] == f"It comes from {TEAM} and was changed since you last started it."
    assert await known.doubts(replace(GRAFANA, origin="~/other.toml")), "of another file it is another one"
