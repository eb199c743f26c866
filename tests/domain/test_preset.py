"""Presets as they are written down, the built-in ones, and the sentences about what is none."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.command_template import check_template
from smtui.domain.forward import Destination, LocalPort, LocalSocket
from smtui.domain.place import Place
from smtui.domain.preset import KEYS, STARTERS, NotAPreset, Preset, PresetList, read_preset, written

WHOLE = Preset(
    "Orders database",
    Destination(5432, "db.internal"),
    "tag:role=bastion",
    15432,
    "Acme-Forward",
    "read only",
    ("psql", "-h", "{local_host}", "-p", "{local_port}", "dbname=my orders"),
    "any",
)


def test_the_starters() -> None:
    remote = {preset.name: preset.destination.port for preset in STARTERS}
    assert remote == {
        "RDP": 3389,
        "SSH": 22,
        "HTTP": 80,
        "HTTPS": 443,
        "PostgreSQL": 5432,
        "MySQL": 3306,
        "Redis": 6379,
        "MongoDB": 27017,
        "Kubernetes API": 6443,
        "Windows RM": 5985,
    }
    local = [preset.local_port for preset in STARTERS]
    assert len(set(local)) == len(local)
    assert all(1024 < port < 32768 for port in local), "no root needed, and below the ports that systems hand out"
    for preset in STARTERS:
        assert preset.builtin
        assert not preset.target
        check_template(preset.command)


def test_a_preset_is_read_back_as_it_was_written() -> None:
    assert read_preset(written(WHOLE)) == WHOLE
    assert list(written(WHOLE)) == list(KEYS)
    assert written(Preset("Web", Destination(80))) == {"name": "Web", "port": 80}


def test_what_a_form_gives_is_read_alike() -> None:
    typed = {
        "name": " Orders database ",
        "target": "tag:role=bastion",
        "host": "db.internal",
        "port": " 5432",
        "local_port": "15432",
        "document": "Acme-Forward",
        "note": "read only",
        "command": "psql -h {local_host} -p {local_port} 'dbname=my orders'",
        "pick": "any",
    }
    assert read_preset(typed) == WHOLE
    assert read_preset({"name": "Web", "port": "80", "local_port": "", "command": "", "host": ""}) == Preset(
        "Web", Destination(80)
    )


@pytest.mark.parametrize(
    ("changes", "key", "told"),
    [
        ({"name": ""}, "name", "missing"),
        ({"name": "   "}, "name", "missing"),
        ({"name": 7}, "name", "text"),
        ({"name": "a\x1b[31mb"}, "name", "control character"),
        ({"name": "a\nb"}, "name", "line break"),
        ({"name": "x" * 81}, "name", "80"),
        ({"port": 0}, "port", "1 to 65535"),
        ({"port": 65536}, "port", "1 to 65535"),
        ({"port": -1}, "port", "1 to 65535"),
        ({"port": "abc"}, "port", "'abc'"),
        ({"port": 80.5}, "port", "80.5"),
        ({"port": True}, "port", "True"),
        ({"port": [80]}, "port", "[80]"),
        ({"port": ""}, "port", "missing"),
        ({"local_port": 65536}, "local_port", "1 to 65535"),
        ({"local_port": "abc"}, "local_port", "'abc'"),
        ({"local_port": False}, "local_port", "False"),
        ({"host": "db internal"}, "host", "'db internal'"),
        ({"host": "$(id)"}, "host", "not a host"),
        ({"host": "-v"}, "host", "not a host"),
        ({"host": "a\0b"}, "host", "control character"),
        ({"target": "tag:"}, "target", "tag:KEY=VALUE"),
        ({"target": "tag:role"}, "target", "tag:KEY=VALUE"),
        ({"target": "tag:=x"}, "target", "tag:KEY=VALUE"),
        ({"target": "x" * 401}, "target", "400"),
        ({"document": "no blanks"}, "document", "'no blanks'"),
        ({"note": "a\tb"}, "note", "control character"),
        ({"pick": "all"}, "pick", "'all'"),
        ({"command": "psql 'x"}, "command", "quote"),
        ({"command": ["psql", "{prot}"]}, "command", "Did you mean {port}?"),
        ({"command": ["psql", 5432]}, "command", "words"),
        ({"command": 5}, "command", "words"),
    ],
)
def test_what_is_no_preset_is_a_sentence_for_its_key(changes: dict[str, Any], key: str, told: str) -> None:
    with pytest.raises(NotAPreset) as wrong:
        read_preset({"name": "Web", "port": 80, **changes})
    assert list(wrong.value.problems) == [key]
    assert told in wrong.value.problems[key]
    assert wrong.value.problems[key].endswith((".", "?"))


def test_every_key_tells_its_own_problem() -> None:
    with pytest.raises(NotAPreset) as wrong:
        read_preset({"port": "abc", "host": "a b", "pick": "x"})
    assert set(wrong.value.problems) == {"name", "port", "host", "pick"}


def test_ipv6_hosts_with_and_without_brackets() -> None:
    for host in ("::1", "[::1]"):
        assert read_preset({"name": "x", "port": 80, "host": host}).destination == Destination(80, "::1")


values = st.one_of(
    st.text(max_size=20), st.integers(), st.booleans(), st.floats(), st.none(), st.lists(st.text(max_size=5))
)


@given(st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=5)), values))
def test_reading_never_crashes_and_what_is_read_can_be_written(given: dict[str, object]) -> None:
    with suppress(NotAPreset):
        preset = read_preset(given)
        assert read_preset(written(preset)) == preset


def test_names_are_found_whatever_their_case() -> None:
    presets = PresetList((WHOLE, *STARTERS))
    assert presets.find("orders DATABASE") is WHOLE
    assert presets.find("nothing") is None


def test_what_is_started() -> None:
    place = Place("ops", "eu-west-1")
    forward = WHOLE.forward("i-1", place, "bastion-1", reason="INC-1")
    assert (forward.local, forward.destination, forward.reason) == (LocalPort(15432), WHOLE.destination, "INC-1")
    request = forward.request()
    assert request.document_name == "Acme-Forward", "the preset's own document is used"
    assert request.parameters["host"] == ("db.internal",)
    assert WHOLE.forward("i-1", place, "b", local=LocalSocket("/x")).local == LocalSocket("/x")
    assert STARTERS[0].forward("i-1", place, "b").request().document_name == "AWS-StartPortForwardingSession"
