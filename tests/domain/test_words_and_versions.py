"""Versions, ages, text made harmless, the filter, targets and quoting."""

from __future__ import annotations

import json
import shlex
import subprocess
import unicodedata
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from smtui.domain.ages import age
from smtui.domain.node import Node
from smtui.domain.node_search import (
    filters_for,
    haystack,
    is_node_id,
    resolve,
    resolve_filtered,
    similar,
)
from smtui.domain.place import Place
from smtui.domain.query.node_query import NodeQuery
from smtui.domain.readiness import readiness
from smtui.domain.request import SessionRequest, StartedSession, aws_argv
from smtui.domain.shellquote import Shell, Unquotable, join
from smtui.domain.text import cell_width, fit, harmless, harmless_lines
from smtui.domain.version import AgentAbility, Version, missing_abilities
from tests.domain.build import NOW, ec2_facts, node, ssm_facts


@pytest.mark.parametrize(
    ("smaller", "larger"), [("2.3.68.0", "2.3.672.0"), ("3.3.99.0", "3.3.987.0"), ("9", "10"), ("3.1", "3.1.0.1")]
)
def test_versions_compare_number_by_number(smaller: str, larger: str) -> None:
    assert Version.of(smaller) < Version.of(larger)
    assert not Version.of(larger) < Version.of(smaller)


def test_missing_numbers_are_zero() -> None:
    assert Version.of("3.1") == Version.of("3.1.0.0")


@pytest.mark.parametrize("text", ["", "1.2.3.4.5", "v1.2", "1..2", "1.2-rc", "١.٢", "1.2.", "latest", "9" * 30])
def test_what_is_no_version(text: str) -> None:
    assert Version.parse(text) is None


@given(st.text())
def test_parsing_a_version_never_fails(text: str) -> None:
    version = Version.parse(text)
    assert version is None or Version.parse(str(version)) == version


def test_abilities_by_version() -> None:
    assert missing_abilities(Version.of("3.1.1374.0")) == ()
    assert missing_abilities(Version.of("3.1.1373.9")) == (AgentAbility.REMOTE_HOST,)
    assert AgentAbility.PORT_FORWARDING in missing_abilities(Version.of("2.3.671.9"))


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (200_000, "2 d"), (-5, "0 s")]
)
def test_ages(seconds: int, words: str) -> None:
    assert age(NOW - timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("web-1", "web-1"),
        ("\x1b[31mred\x07", "␛[31mred␇"),
        ("two\nlines\ttab", "two␊lines␉tab"),
        ("[red]x[/]", "[red]x[/]"),
        ("a\u202eb\u200fc", "a\ufffdb\ufffdc"),
        ("\x9b31m", "\ufffd31m"),
        ("\udc80", "\ufffd"),
        ("grün-服务器", "grün-服务器"),
    ],
)
def test_untrusted_text_is_harmless(text: str, shown: str) -> None:
    assert harmless(text) == shown


@given(st.text(st.characters()))
def test_no_text_keeps_anything_a_terminal_obeys(text: str) -> None:
    shown = harmless(text)
    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in shown)
    assert harmless(shown) == shown


@given(st.text(st.characters()), st.integers(0, 60))
def test_fit_fills_exactly_the_cells(text: str, width: int) -> None:
    assert cell_width(fit(harmless(text), width)) == width


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("한글", 4),
        (unicodedata.normalize("NFD", "한글"), 4),
        ("कि", 1),
        ("e\u0301", 1),
        ("日本", 4),
        ("web-1", 5),
    ],
)
def test_marks_and_joined_letters_take_no_cells_as_on_the_screen(text: str, cells: int) -> None:
    assert cell_width(text) == cell_len(text) == cells
    assert cell_width(fit(text, cells + 1)) == cells + 1


def test_fit_cuts_wide_characters_whole() -> None:
    assert fit("服务器", 4) == "服… "
    assert fit("abcdef", 4) == "abc…"


def test_lines_lose_their_carriage_returns() -> None:
    assert harmless_lines("a\r\nb\x1b") == ["a", "b␛"]


def hay(given_node: Node) -> str:
    return haystack(given_node, readiness(given_node, NOW))


@pytest.mark.parametrize(
    "filter_text", ["", "web", "WEB ready", "tag:env=prod", "prod 3.3", "i-0a1b eu-west", "  amazon  linux ", "online"]
)
def test_terms_that_occur_anywhere_match(filter_text: str) -> None:
    assert NodeQuery.parse(filter_text).matches(hay(node(ec2=ec2_facts(tags={"env": "prod"}))))


DECOMPOSED, COMPOSED = "cafe\N{COMBINING ACUTE ACCENT}", "caf\N{LATIN SMALL LETTER E WITH ACUTE}"


@pytest.mark.parametrize("stored", [DECOMPOSED, COMPOSED, COMPOSED.upper()])
@pytest.mark.parametrize("typed", [DECOMPOSED, COMPOSED])
def test_accents_match_however_they_are_encoded(stored: str, typed: str) -> None:
    cafe = node(ec2=ec2_facts(name=stored, tags={stored: stored}))
    assert NodeQuery.parse(typed).matches(hay(cafe))
    assert NodeQuery.parse(f"tag:{typed}={typed}").matches(hay(cafe))
    assert similar(typed, [cafe]) == (cafe,)


@pytest.mark.parametrize("stored", [DECOMPOSED, COMPOSED])
@pytest.mark.parametrize("typed", [DECOMPOSED, COMPOSED])
def test_targets_match_however_accents_are_encoded(stored: str, typed: str) -> None:
    cafe = node(ec2=ec2_facts(name=stored, tags={stored: stored}))
    for target in (typed, f"tag:{typed}={typed}", f"ops/{typed}"):
        assert resolve(target, [cafe]).nodes == (cafe,)


@pytest.mark.parametrize("filter_text", ["tag:env", "tag:env=pr", "TAG:ENV=PROD"])
def test_a_part_of_a_tag_matches(filter_text: str) -> None:
    assert NodeQuery.parse(filter_text).matches(hay(node(ec2=ec2_facts(tags={"env": "prod"}))))


SLASHED = node(node_id="i-0000000000000000d", ec2=ec2_facts(name="ops/eu-west-1/web"))
ELSEWHERE = node(
    node_id="i-0000000000000000a",
    place=Place("dev", "us-east-1"),
    region="us-east-1",
    ec2=ec2_facts(name="web", tags={"env": "prod"}),
)


@pytest.mark.parametrize(
    ("target", "places"),
    [
        ("web", ["ops", "ops", "dev"]),
        ("ops/web", ["ops", "ops"]),
        ("dev/web", ["dev"]),
        ("us-east-1/web", ["dev"]),
        ("dev/us-east-1/web", ["dev"]),
        ("dev/us-east-1/tag:env=prod", ["dev"]),
        ("dev/us-east-1/i-0000000000000000a", ["dev"]),
        ("dev/eu-west-1/web", []),
        ("us-east-1/dev/web", []),
        ("dev/", []),
        ("/web", []),
    ],
)
def test_a_place_in_front_of_a_target(target: str, places: list[str]) -> None:
    assert [found.place.profile for found in resolve(target, [*FLEET, ELSEWHERE]).nodes] == places


def test_a_name_with_slashes_beats_a_place() -> None:
    assert resolve("ops/eu-west-1/web", [*FLEET, SLASHED]).nodes == (SLASHED,)


HYBRID = "mi-0000000000000000a"


def test_a_node_with_a_name_has_its_computer_name_still() -> None:
    host = "ip-10-0-1-12.eu-west-1.compute.internal"
    named = node(node_id="i-0000000000000000a", ec2=ec2_facts(name="web-1"), ssm=ssm_facts(computer_name=host))
    other = node(node_id="i-0000000000000000b", ec2=ec2_facts(name=host), ssm=ssm_facts(computer_name="web-1"))
    assert resolve(host, [named]).nodes == (named,)
    assert resolve(host, [named, other]).nodes == (other,), "a Name comes first"


def test_a_given_name_beats_an_address_and_that_a_computer_name() -> None:
    unnamed = node(node_id="i-0000000000000000e", ec2=ec2_facts(name=""), ssm=ssm_facts(computer_name="10.0.0.1"))
    assert resolve("10.0.0.1", [unnamed, WEB]).nodes == (WEB,)
    assert resolve("10.0.0.1", [unnamed]).nodes == (unnamed,)
    hybrid = node(node_id=HYBRID, ec2=None, ssm=ssm_facts(node_id=HYBRID, name="10.0.0.1"))
    assert resolve("10.0.0.1", [unnamed, WEB, hybrid]).nodes == (hybrid,)


@pytest.mark.parametrize("target", ["", " ", "é", "tag:", "tag:env", "tag:=prod", "tag:env=", "a\tb"])
def test_targets_that_no_filter_finds(target: str) -> None:
    assert filters_for(target) is None


names = st.sampled_from(["", "web", "10.0.0.1", "tag:env=web", f"i-{1:017x}"])
instances = st.builds(
    lambda number, name, private, public, computer, env: node(
        node_id=f"i-{number:017x}",
        ec2=ec2_facts(
            node_id=f"i-{number:017x}",
            name=name,
            private_ip=private,
            public_ip=public,
            tags={"Name": name, "env": env},
        ),
        ssm=ssm_facts(node_id=f"i-{number:017x}", computer_name=computer),
    ),
    st.integers(0, 3),
    names,
    st.sampled_from(["10.0.0.1", "10.0.0.2"]),
    st.sampled_from(["", "10.0.0.1", "198.51.100.7"]),
    names,
    names,
)
hybrids = st.builds(
    lambda number, name, address, computer: node(
        node_id=f"mi-{number:017x}",
        ec2=None,
        ssm=ssm_facts(node_id=f"mi-{number:017x}", name=name, ip_address=address, computer_name=computer),
    ),
    st.integers(0, 3),
    names,
    names,
    names,
)


@given(
    st.sampled_from(["web", "10.0.0.1", "10.0.0.1", "tag:env=web", f"i-{1:017x}", f"mi-{1:017x}"]),
    st.lists(instances | hybrids, max_size=6, unique_by=lambda one: one.node_id),
)
def test_what_filters_resolve_is_what_the_whole_list_resolves(target: str, everything: list[Node]) -> None:
    filters = filters_for(target)
    if filters is None:
        return

    def is_found(one: Node) -> bool:
        if one.ec2 is None:
            return filters.hybrid_nodes
        facts = {
            "instance-id": one.node_id,
            "private-ip-address": one.ec2.private_ip,
            "ip-address": one.ec2.public_ip,
        }
        return any(
            facts.get(name, one.ec2.tags.get(name.removeprefix("tag:"))) == value for name, value in filters.instances
        )

    # A call without a filter for it knows nothing of Systems Manager's facts.
    seen = [replace(one, ssm=None) if one.ec2 is not None else one for one in everything if is_found(one)]
    found = [one.node_id for one in resolve_filtered(target, seen)]
    if found:
        assert found == [one.node_id for one in resolve(target, everything).nodes]


@pytest.mark.parametrize("filter_text", ["web staging", "tag:env=staging", "web-1i-0a1b", "offline"])
def test_every_term_must_occur_within_one_column(filter_text: str) -> None:
    assert not NodeQuery.parse(filter_text).matches(hay(node(ec2=ec2_facts(tags={"env": "prod"}))))


WEB = node(node_id="i-0000000000000000a", ec2=ec2_facts(name="web", private_ip="10.0.0.1", tags={"env": "prod"}))
TWIN = node(node_id="i-0000000000000000b", ec2=ec2_facts(name="web", private_ip="10.0.0.2"))
LIAR = node(node_id="i-0000000000000000c", ec2=ec2_facts(name="i-0000000000000000a", public_ip="1.2.3.4"))
FLEET = [WEB, TWIN, LIAR]


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("i-0000000000000000a", [WEB]),
        ("web", [WEB, TWIN]),
        ("10.0.0.2", [TWIN]),
        ("1.2.3.4", [LIAR]),
        ("tag:env=prod", [WEB]),
        ("tag:env", []),
        ("we", []),
        ("", []),
    ],
)
def test_targets(target: str, found: list[Node]) -> None:
    assert list(resolve(target, FLEET).nodes) == found


@pytest.mark.parametrize(
    ("text", "is_id"),
    [
        ("i-0a1b2c3d", True),
        ("mi-0123456789abcdef0", True),
        ("i-0a1b2c3d4e5f60718", True),
        ("i-xyz", False),
        ("i-0a1b2c3d\n", False),
        ("I-0A1B2C3D", False),
    ],
)
def test_node_ids(text: str, is_id: bool) -> None:
    assert is_node_id(text) is is_id


AWKWARD = ["a b", "it's", '{"k": ["v"]}', "$HOME `x` \\", "%PATH%", "", "tail\\", "a&b|c>d", "--x=y"]


@pytest.mark.integration
@pytest.mark.parametrize("word", AWKWARD)
def test_posix_quoting_survives_a_real_shell(word: str) -> None:
    line = join(["printf", "%s", word], Shell.POSIX)
    assert subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True).stdout == word
    assert shlex.split(line)[2] == word


@pytest.mark.parametrize(
    ("shell", "word", "quoted"),
    [
        (Shell.POWERSHELL, "it's", "'it''s'"),
        (Shell.POWERSHELL, "$env:X", "'$env:X'"),
        (Shell.POWERSHELL, '{"k":["v"]}', """'{\\"k\\":[\\"v\\"]}'"""),
        (Shell.CMD, '{"k":["v"]}', '"{\\"k\\":[\\"v\\"]}"'),
        (Shell.CMD, "a b\\", '"a b\\\\"'),
        (Shell.CMD, "%PATH%", '""^%"PATH"^%""'),
        (Shell.CMD, "a&b", '"a&b"'),
        (Shell.POWERSHELL, "eu-west-1", "eu-west-1"),
    ],
)
def test_windows_quoting(shell: Shell, word: str, quoted: str) -> None:
    assert join([word], shell) == quoted


@pytest.mark.parametrize("word", ["a\nb", "\x1b[0m", "\x00", "\x7f"])
@pytest.mark.parametrize("shell", list(Shell))
def test_control_characters_are_refused(word: str, shell: Shell) -> None:
    with pytest.raises(Unquotable):
        join(["echo", word], shell)


def test_the_equivalent_aws_command() -> None:
    request = SessionRequest(
        "i-0a1b2c3d", Place("ops", "eu-west-1"), "AWS-StartPortForwardingSession", {"portNumber": ("80",)}, "INC-1 x"
    )
    argv = aws_argv(request)
    assert argv[:5] == ["aws", "ssm", "start-session", "--target", "i-0a1b2c3d"]
    assert json.loads(argv[argv.index("--parameters") + 1]) == {"portNumber": ["80"]}
    assert join(argv, Shell.POSIX).endswith("--reason 'INC-1 x' --profile ops --region eu-west-1")
    assert aws_argv(SessionRequest("i-0a1b2c3d")) == argv[:5]


def test_an_empty_reason_is_left_out_of_the_call() -> None:
    assert SessionRequest("i-0a1b2c3d").api_parameters() == {"Target": "i-0a1b2c3d"}


def test_the_token_is_in_no_repr() -> None:
    started = StartedSession("s-1", "wss://x", "SECRET-TOKEN", "eu-west-1", "https://x")
    assert "SECRET" not in repr(started)
