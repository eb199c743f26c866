"""What a filter finds, what is wrong with it, and that it agrees with a slow and obvious implementation."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smtui.domain.node import Node
from smtui.domain.node_search import field_values, haystack
from smtui.domain.place import Place
from smtui.domain.platform_name import short_platform
from smtui.domain.query.filter_terms import Term, split_terms
from smtui.domain.query.node_query import KEYS, NodeQuery
from smtui.domain.readiness import readiness
from smtui.domain.text import folded
from smtui.domain.version import Version
from tests.domain.build import NOW, ec2_facts, node, ssm_facts
from tests.domain.query.test_filter_terms import TYPED

SAVED = {
    "Prod web": "tag:env=prod web",
    "old": "agent:<3.1",
    "broken": "web stat:x",
    "loop": "web @round",
    "round": "@loop",
}


def ec2(name: str, **given: Any) -> dict[str, Any]:
    return {"ec2": ec2_facts(name=name, **given)}


NODES: dict[str, Node] = {
    "web": node(**ec2("web-1", private_ip="10.0.1.12", vpc_id="vpc-0a", tags={"env": "prod", "cost center": "12"})),
    "old": node(
        **ec2("web-old", private_ip="10.0.1.40", public_ip="52.1.2.3", tags={"env": "preprod"}),
        ssm=ssm_facts(agent_version="2.3.700.0", platform_name="Red Hat Enterprise Linux", platform_version="9.4"),
        place=Place("stage", "us-east-1"), region="us-east-1", account="444455556666",
    ),
    "stopped": node(**ec2("db-1", state="stopped", vpc_id="vpc-0b", tags={"env": "production"}), ssm=None),
    "odd": node(**ec2("web-1\n\x02db-1", tags={"env": "a\nb"})),
    "remote": node(**ec2("win-3-1"), ssm=ssm_facts(agent_version="3.1.1374.0", computer_name="EC2AMAZ-WIN")),
}  # fmt: skip


def hay(one: Node) -> str:
    return haystack(one, readiness(one, NOW))


HAYSTACKS = {name: hay(one) for name, one in NODES.items()}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "web old stopped odd remote"),
        ("web", "web old odd"),
        ("-web", "stopped remote"),
        ("!web !db", "remote"),
        ("name:web-1", "web odd"),
        ("name:=web-1", "web"),
        ("name:=db-1", "stopped"),
        ("name:ec2amaz", "remote"),
        ("id:i-0a1b", "web old stopped odd remote"),
        ("ip:10.0.1.", "web old"),
        ("ip:0.1.12", ""),
        ("0.1.12", "web"),
        ("ip:52.", "old"),
        ("tag:env", "web old stopped odd"),
        ("tag:env=pr", "web old stopped"),
        ("tag:env=prod", "web stopped"),
        ("tag:=env=prod", "web"),
        ("tag:ENV=Prod web", "web"),
        ('tag:"cost center"=1', "web"),
        ("tag:nv=prod", ""),
        ('tag:env="a b"', "odd"),
        ("status:re", "web odd remote"),
        ("status:off", "stopped"),
        ("status:li", "old"),
        ("-status:ready", "old stopped"),
        ("platform:rhel", "old"),
        ('platform:"enterprise linux"', "old"),
        ("agent:<3.1", "old"),
        ("agent:<=3.1", "old remote"),
        ("agent:=3.1", "remote"),
        ("agent:>3.1", "web odd"),
        ("agent:>=3.1", "web odd remote"),
        ("agent:3.", "web odd remote"),
        ("-agent:>0", "stopped"),
        ("region:us-east", "old"),
        ("profile:ops status:ready", "web odd remote"),
        ("account:4444", "old"),
        ("vpc:0b", "stopped"),
        ("~wbo", "old"),
        ("~xyz", ""),
        ('@"prod web"', "web"),
        ('-@"prod web"', "old stopped odd remote"),
        ("@old web", "old"),
        ("stat:ready web", "web old odd"),
        ("name: - agent:< tag:", "web old stopped odd remote"),
    ],
)
def test_what_a_filter_finds(text: str, found: str) -> None:
    query = NodeQuery.parse(text, SAVED)
    assert [name for name, text in HAYSTACKS.items() if query.matches(text)] == found.split()


@pytest.mark.parametrize(
    ("text", "sentence", "mended"),
    [
        ("stat:ready", "stat: is no key; status?", "status:ready"),
        ("-regoin:eu", "regoin: is no key; region?", "-region:eu"),
        ("foo:bar", "foo: is no key", ""),
        ("agent:<3.x", "agent:<3.x: a version is 3.1.1374.0", ""),
        ("agent:new", "agent:new: a version is 3.1.1374.0", ""),
        ("status:redy", "status:redy: no status begins so; ready?", "status:ready"),
        ("status:=off", "status:=off: no status begins so; offline?", "status:offline"),
        ("name:<3", "name:<3: < is for versions of the agent", ""),
        ("ip:web", "ip:web: an address is 10.0.1.12", ""),
        ("account:prod", "account:prod: an account is 111122223333", ""),
        ("@prod-wbe", '@prod-wbe: no filter is saved as that; @"Prod web"?', '@"Prod web"'),
        ("@nowhere", "@nowhere: no filter is saved as that", ""),
        ("@broken", "@broken: stat: is no key", ""),
        ("@loop", "@loop: @round: @loop: it leads back to itself", ""),
    ],
)
def test_a_mistake_says_what_is_wrong_and_does_not_filter(text: str, sentence: str, mended: str) -> None:
    query = NodeQuery.parse(f"web {text}", SAVED)
    (mistake,) = query.mistakes
    assert (mistake.sentence, mistake.mended, mistake.term.typed) == (sentence, mended, text)
    assert all(query.matches(each) == NodeQuery.parse("web").matches(each) for each in HAYSTACKS.values())
    if mended:
        assert not NodeQuery.parse(mended, SAVED).mistakes


def test_the_values_of_a_key_are_read_from_a_haystack() -> None:
    assert field_values(HAYSTACKS["web"], "tag") == ["env=prod", "cost center=12"]
    assert field_values(HAYSTACKS["old"], "ip") == ["10.0.1.40", "52.1.2.3"]
    assert field_values(HAYSTACKS["stopped"], "agent") == []


# The obvious implementation ----------------------------------------------------------------------


def values(one: Node, key: str) -> list[str]:
    ssm, facts = one.ssm, one.ec2
    found = {
        "name": [one.name, ssm.computer_name if ssm else ""],
        "id": [one.node_id],
        "ip": [one.address, facts.public_ip if facts else ""],
        "tag": [f"{name}={value}" for name, value in one.tags.items()],
        "status": [readiness(one, NOW).badge.word],
        "platform": [one.platform, short_platform(one.platform), ssm.platform_type if ssm else ""],
        "agent": [one.agent_version],
        "region": [one.region],
        "profile": [one.place.profile],
        "account": [one.account],
        "vpc": [facts.vpc_id if facts else ""],
        "": [
            one.state,
            *([ssm.ping_status.value] if ssm else []),
            *([facts.instance_type, facts.subnet_id, facts.zone] if facts else []),
        ],
    }
    lines = [line for each in (KEYS if not key else ()) for line in values(one, each)]
    if not key:
        lines += [f"tag:{name}={value}" for name, value in one.tags.items()]
    return [folded(line.replace("\n", " ")) for line in (*found[key], *lines) if line]


def in_order(letters: str, line: str) -> bool:
    rest = iter(line)
    return all(letter in rest for letter in letters if letter != " ")


def numbers(text: str, count: int) -> tuple[int, ...]:
    version = Version.parse(text)
    return version.parts[:count] if version else ()


def obviously_has(one: Node, term: Term) -> bool:
    lines, value = values(one, term.key or ("name" if term.operator == "~" else "")), term.value
    if term.key == "status":
        lines = [line.replace(" ", "") for line in lines]
        value = value.replace(" ", "").replace("-", "")
    if term.operator == "~":
        return any(in_order(value, line) for line in lines)
    if term.key == "agent" and term.operator:
        wanted = tuple(int(part) for part in value.rstrip(".").split("."))
        found = [numbers(line, len(wanted)) for line in lines]
        signs = {"<": "-", "<=": "-0", ">": "+", ">=": "+0", "=": "0"}[term.operator]
        return any("-0+"[(each > wanted) - (each < wanted) + 1] in signs for each in found if each)
    if term.operator == "=":
        return value in lines
    if term.key in ("ip", "account", "agent", "tag", "status"):
        return any(line.startswith(value) for line in lines)
    return any(value in line for line in lines)


TERMS = st.builds(
    lambda sign, key, operator, value: f"{sign}{key and key + ':'}{operator}{value}",
    st.sampled_from(["", "", "-", "!"]),
    st.sampled_from(["", *KEYS]),
    st.sampled_from(["", "", "=", "~", "<", "<=", ">", ">="]),
    st.sampled_from(["web", "web-1", "db-1", "env", "env=prod", '"a b"', "1", "10.0.1", "3.1", "3", "2.3.700", "ready",
                     "not-connected", "o", "we1", "ops", "us-east-1", "1111", "linux", "rhel", "vpc-0", "i-0", "w b"]),
)  # fmt: skip


@given(st.lists(TERMS, max_size=4).map(" ".join))
@example("status:~rdy -name:=web-1")
def test_it_agrees_with_the_obvious_implementation(text: str) -> None:
    query = NodeQuery.parse(text)
    wrong = {mistake.term for mistake in query.mistakes}
    terms = [term for term in split_terms(text) if term not in wrong and not term.is_unfinished]
    for one in NODES.values():
        assert query.matches(hay(one)) == all(obviously_has(one, term) is not term.leaves_out for term in terms)


@given(TYPED, st.dictionaries(st.text("abé \"'", max_size=3), TYPED, max_size=3))
def test_it_never_raises(text: str, saved: dict[str, str]) -> None:
    query = NodeQuery.parse(text, saved)
    for each in HAYSTACKS.values():
        query.matches(each)
    assert all(mistake.sentence for mistake in query.mistakes)


def test_a_long_fuzzy_word_never_searches_twice() -> None:
    query = NodeQuery.parse("~" + "a" * 2_000 + "b name:~" + "a" * 2_000 + "b")
    long = hay(node(**ec2("a" * 200_000)))
    assert not query.matches(long)


@pytest.mark.parametrize("text", ["name:", "-", "!tag:", "agent:<", '"', "~", "@", "web status:"])
def test_an_unfinished_term_matches_everything_only_while_it_is_typed(text: str) -> None:
    assert not NodeQuery.parse(text).mistakes
    assert [mistake.what for mistake in NodeQuery.parse_whole(text).mistakes] == [
        f"{text.rsplit(maxsplit=1)[-1]} has no value"
    ]
