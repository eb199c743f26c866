"""Which endpoint leads to an instance, by which address and host, and what is said where none does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.ssh.endpoint_choice import (
    USABLE_STATES,
    ConnectEndpoint,
    ConnectTarget,
    NoWay,
    address_for,
    choose_way,
    host_of,
    port_complaint,
    seconds_complaint,
)

TARGET = ConnectTarget("i-1", "running", "vpc-1", "subnet-1", "eu-west-1a", "10.0.1.10")
NEAR = ConnectEndpoint("eice-near", "create-complete", "vpc-1", "subnet-1", "near.example")
FAR = replace(NEAR, endpoint_id="eice-far", subnet_id="subnet-2", dns_name="far.example")


def chosen(*endpoints: ConnectEndpoint, target: ConnectTarget = TARGET) -> str:
    return choose_way(endpoints, target).endpoint.endpoint_id


def why_not(*endpoints: ConnectEndpoint, target: ConnectTarget = TARGET) -> str:
    with pytest.raises(NoWay) as raised:
        choose_way(endpoints, target)
    return str(raised.value)


def test_the_subnets_own_endpoint_comes_first() -> None:
    assert chosen(FAR, NEAR) == "eice-near"
    assert choose_way([FAR, NEAR], TARGET).same_subnet


def test_else_the_first_of_the_vpc() -> None:
    other = replace(FAR, endpoint_id="eice-other", subnet_id="subnet-3")
    assert chosen(FAR, other) == "eice-far"
    assert not choose_way([FAR], TARGET).same_subnet


@pytest.mark.parametrize("state", ["create-in-progress", "create-failed", "delete-in-progress", "delete-failed", ""])
def test_an_endpoint_in_another_state_is_passed_over(state: str) -> None:
    assert chosen(replace(NEAR, state=state), FAR) == "eice-far"
    assert f"eice-near is {state}" in why_not(replace(NEAR, state=state))


@pytest.mark.parametrize("state", sorted(USABLE_STATES))
def test_an_endpoint_that_is_changed_goes_on(state: str) -> None:
    assert chosen(replace(NEAR, state=state), FAR) == "eice-near"


def test_another_vpc_is_none() -> None:
    assert why_not(replace(NEAR, vpc_id="vpc-2")) == (
        "There is no EC2 Instance Connect Endpoint in vpc-1, the VPC of i-1."
    )


@pytest.mark.parametrize("state", ["stopped", "pending", "terminated", ""])
def test_only_a_running_instance_can_be_reached(state: str) -> None:
    assert "running" in why_not(NEAR, target=replace(TARGET, state=state))


@pytest.mark.parametrize(
    ("kind", "private", "ipv6", "address"),
    [
        ("ipv4", "10.0.1.10", "2001:db8::1", "10.0.1.10"),
        ("ipv4", "", "2001:db8::1", ""),
        ("ipv6", "10.0.1.10", "2001:db8::1", "2001:db8::1"),
        ("ipv6", "10.0.1.10", "", ""),
        ("dualstack", "10.0.1.10", "2001:db8::1", "10.0.1.10"),
        ("dualstack", "", "2001:db8::1", "2001:db8::1"),
        ("", "", "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_address_is_one_that_the_endpoint_reaches(kind: str, private: str, ipv6: str, address: str) -> None:
    endpoint, target = replace(NEAR, address_type=kind), replace(TARGET, private_ip=private, ipv6=ipv6)
    assert address_for(endpoint, target) == address
    if not address:
        assert "lacks" in why_not(endpoint, target=target)


def test_an_endpoint_that_reaches_no_address_gives_way_to_one_that_does() -> None:
    assert chosen(replace(NEAR, address_type="ipv6"), FAR) == "eice-far"


@given(st.lists(st.sampled_from([NEAR, FAR, replace(NEAR, state="create-failed"), replace(FAR, vpc_id="vpc-2")])))
def test_whatever_is_chosen_can_be_used(endpoints: list[ConnectEndpoint]) -> None:
    try:
        way = choose_way(endpoints, TARGET)
    except NoWay:
        assert not {NEAR, FAR} & set(endpoints)
    else:
        assert way.endpoint == (NEAR if NEAR in endpoints else FAR)


def test_the_host_is_the_one_that_aws_names() -> None:
    endpoint = replace(NEAR, fips_dns_name="fips", dual_stack_dns_name="dual", dual_stack_fips_dns_name="dual-fips")
    assert host_of(endpoint) == "near.example"
    assert host_of(endpoint, fips=True) == "fips"
    assert host_of(endpoint, dual_stack=True) == "dual"
    assert host_of(endpoint, fips=True, dual_stack=True) == "dual-fips"
    assert host_of(NEAR, dual_stack=True) == "near.example"


def test_fips_never_falls_back() -> None:
    with pytest.raises(NoWay, match="FIPS"):
        host_of(replace(NEAR, dual_stack_dns_name="dual"), fips=True, dual_stack=True)


def test_a_host_that_aws_does_not_name_is_not_made_up() -> None:
    with pytest.raises(NoWay, match="names no host"):
        host_of(replace(NEAR, dns_name=""))


def test_ports_and_seconds() -> None:
    assert [port for port in range(1, 65536) if not port_complaint(port)] == [22, 3389]
    assert "22 (SSH) and 3389 (RDP), not 5432" in port_complaint(5432)
    assert [seconds_complaint(seconds) == "" for seconds in (0, 1, 3600, 3601)] == [False, True, True, False]
