from __future__ import annotations

from typing import Any

import pytest

from smtui.demo.story.account_facts import OTHER_ACCOUNT, DemoPlace
from smtui.demo.story.region_faults import Fate, Faults
from smtui.demo.wire.service_errors import Refusal


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def refusals(faults: Faults, action: str, times: int) -> list[Refusal | None]:
    return [faults.fate_of(action).refusal for _ in range(times)]


def test_nothing_befalls_a_call_without_faults() -> None:
    assert Faults().fate_of("ssm:StartSession") == Fate()


def test_the_next_calls_are_throttled_and_then_no_more() -> None:
    faults = Faults()
    faults.apply({"throttle": {"ssm:StartSession": 2}})
    assert refusals(faults, "ssm:GetConnectionStatus", 1) == [None]
    assert refusals(faults, "ssm:StartSession", 3) == [Refusal.THROTTLED, Refusal.THROTTLED, None]


def test_a_rate_lets_so_many_through_in_any_second() -> None:
    clock = Clock()
    faults = Faults(clock)
    faults.apply({"rate": {"ssm:StartSession": 3}})
    assert refusals(faults, "ssm:StartSession", 4) == [None, None, None, Refusal.THROTTLED]
    clock.now += 1.0
    assert refusals(faults, "ssm:StartSession", 1) == [None]


def test_denials_delays_hangs_and_server_errors() -> None:
    faults = Faults()
    faults.apply({"deny": ["ec2:*"], "latency": {"ssm:StartSession": 2.5}, "hang": ["sts:*"], "server_error": {"*": 1}})
    assert faults.fate_of("ec2:DescribeInstances") == Fate(refusal=Refusal.DENIED)
    assert faults.fate_of("sts:GetCallerIdentity") == Fate(hang=True)
    assert faults.fate_of("ssm:StartSession") == Fate(delay=2.5, refusal=Refusal.SERVER)
    assert faults.fate_of("ssm:StartSession") == Fate(delay=2.5)


def test_setting_one_fault_leaves_the_others_and_an_empty_value_ends_it() -> None:
    faults = Faults()
    faults.apply({"deny": ["ssm:*"], "expired": True})
    faults.apply({"deny": []})
    assert faults.state()["faults"] == {"expired": True}
    assert faults.expired
    faults.apply({"reset": True, "latency": 1})
    assert faults.state()["faults"] == {"latency": {"*": 1}}


def test_calls_are_counted_with_the_most_within_a_second() -> None:
    clock = Clock()
    faults = Faults(clock)
    for step in (0.0, 0.1, 0.1, 5.0):
        clock.now += step
        faults.fate_of("ssm:GetConnectionStatus")
    state = faults.state()
    assert state["calls"] == {"ssm:GetConnectionStatus": 4}
    assert state["peaks"] == {"ssm:GetConnectionStatus": 3}
    assert faults.calls("ssm:GetConnectionStatus") == 4
    assert faults.calls("ssm:StartSession") == 0


def test_the_short_form_says_the_same_as_the_mapping() -> None:
    faults = Faults()
    faults.apply_text(
        "deny=ssm:StartSession, ec2:*;latency=2;throttle=ssm:StartSession@3,sts:*@1;hang;mute;drop-after-bytes=500;"
        "mute-after-bytes=1"
    )
    assert faults.state()["faults"] == {
        "deny": ["ssm:StartSession", "ec2:*"],
        "latency": {"*": 2},
        "throttle": {"ssm:StartSession": 3, "sts:*": 1},
        "hang": ["*"],
        "mute": True,
        "drop_after_bytes": 500,
        "mute_after_bytes": 1,
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("muted", "There is no fault named 'muted'"),
        ("latency", "needs a value"),
        ("mute=off", "takes no value"),
        ("latency=slow", "needs a number"),
        ("throttle=ssm:StartSession@x", "needs a number"),
        ("latency=-1", "needs a number from 0"),
        ("latency=nan", "needs a number from 0"),
    ],
)
def test_a_mistake_in_the_short_form_is_reported(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Faults().apply_text(text)


@pytest.mark.parametrize(
    "settings",
    [{"nope": 1}, {"deny": "ssm:*"}, {"deny": [1]}, {"latency": "2"}, {"throttle": {"*": True}}, {"corrupt": "x"}],
)
def test_a_wrong_setting_changes_nothing(settings: dict[str, Any]) -> None:
    faults = Faults()
    faults.apply({"mute": True})
    with pytest.raises(ValueError, match="fault"):
        faults.apply({"expired": True} | settings)
    assert faults.state()["faults"] == {"mute": True}


def test_the_data_channel_hears_its_own_faults_alone_and_once() -> None:
    faults = Faults()
    faults.apply({"mute": True, "expired": True})
    heard: list[dict[str, Any]] = []
    faults.on_channel_faults(lambda settings: heard.append(dict(settings)))
    faults.apply({"drop_after_bytes": 100})
    faults.apply({"latency": 1})
    faults.apply({"drop_now": True})
    assert heard == [{"mute": True}, {"drop_after_bytes": 100}, {}, {"drop_now": True}]
    assert "drop_now" not in faults.state()["faults"]
    faults.apply({"reset": True})
    assert set(heard[-1].values()) == {None}


def test_faults_of_one_region_account_or_place() -> None:
    faults = Faults()
    faults.apply_text(
        f"deny=ssm:*@account/{OTHER_ACCOUNT};hang=*@region/eu-central-1;latency=ec2:*@place/{OTHER_ACCOUNT}/us-east-1@2"
    )
    other = [DemoPlace(OTHER_ACCOUNT, region) for region in ("eu-west-1", "us-east-1", "eu-central-1")]
    assert [faults.fate_of("ssm:StartSession", place).refusal for place in other[:2]] == [Refusal.DENIED] * 2
    assert faults.fate_of("ssm:StartSession") == Fate()
    assert faults.fate_of("ec2:DescribeInstances", other[1]) == Fate(delay=2.0)
    assert faults.fate_of("ec2:DescribeInstances", other[0]) == Fate()
    assert [
        faults.fate_of("sts:GetCallerIdentity", DemoPlace(region="eu-central-1")),
        *(faults.fate_of("sts:GetCallerIdentity", place) for place in other),
    ] == [Fate(hang=True), Fate(), Fate(), Fate(hang=True)]


def test_each_place_has_a_rate_of_its_own() -> None:
    faults = Faults(Clock())
    faults.apply({"rate": {"ssm:StartSession": 1}})
    assert faults.fate_of("ssm:StartSession") == Fate()
    assert faults.fate_of("ssm:StartSession", DemoPlace(OTHER_ACCOUNT)) == Fate()
    assert faults.fate_of("ssm:StartSession").refusal is Refusal.THROTTLED


def test_a_document_may_have_a_slash_and_is_no_place() -> None:
    faults = Faults()
    faults.apply({"deny": ["ssm:StartSession@document/AWS-StartSSHSession"]})
    assert faults.denies("ssm:StartSession@document/AWS-StartSSHSession")
    assert not faults.denies("ssm:StartSession")
