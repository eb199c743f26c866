"""Why a list is empty, and which keys help."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from smtui.domain.fault import Fault, FaultKind
from smtui.domain.query.misses import Miss
from smtui.tui.commands import BY_ID
from smtui.tui.nodes.empty_words import ListState, why_empty
from tests.engine.fakes import NOW, fault

CALLER = "arn:aws:sts::111122223333:assumed-role/ops/maria"
STATE = ListState(total=0, caller=CALLER, profiles="ops", regions="eu-west-1")
LIST, MACHINES = "ssm:DescribeInstanceInformation", "ec2:DescribeInstances"


def said(**given: Any) -> tuple[str, ...]:
    return why_empty(replace(STATE, **given)).sentences


def ways(**given: Any) -> list[str]:
    found = why_empty(replace(STATE, **given)).ways
    assert all(BY_ID[way.command_id].keys for way in found), "only keys that exist are offered"
    return [way.command_id for way in found]


def test_a_filter_without_nodes_names_the_term_that_has_none_and_one_near_it() -> None:
    near = {"total": 41, "filter_text": " web tag:env=prd", "miss": Miss("tag:env=prd", "tag:env=prod")}
    assert said(**near) == ("No node matches  web tag:env=prd", "tag:env=prd matches none of 41; prod does.")
    assert ways(**near) == ["filter.complete", "clear", "places"]
    far = {"total": 1204, "filter_text": "zzz", "miss": Miss("zzz")}
    assert said(**far) == ("No node matches  zzz", "None of 1,204 nodes has it.")
    assert said(total=3, filter_text="web zzz", miss=Miss("zzz"))[1] == "zzz matches none of 3."
    assert ways(**far) == ["clear", "places"]
    assert said(total=3, filter_text="web db")[1] == "Each word matches some nodes, but no node has all of them."


def test_a_filter_does_not_judge_nodes_that_are_yet_to_come() -> None:
    early = {"total": 64, "filter_text": "zzz", "coming": 49_936}
    assert said(**early) == ("No node matches  zzz  so far", "49,936 more nodes are still being read.")
    assert ways(**early) == ["clear"]


def test_an_empty_region_says_who_was_asked_and_when() -> None:
    assert said(asked="4 s")[:2] == (
        "No nodes in eu-west-1 of ops.",
        "Neither Systems Manager nor EC2 lists any (asked 4 s ago).",
    )
    assert said(asked="4 s", regions="", profiles="")[0] == "No nodes."
    assert ways(asked="4 s") == ["regions", "places", "refresh"]
    elsewhere = [("eu-west-1", 41), ("us-east-1", 1163), ("eu-west-2", 2)]
    offered = why_empty(replace(STATE, asked="4 s", elsewhere=elsewhere)).ways[0].label
    assert offered == "Another Region: eu-west-1 had 41, us-east-1 had 1,163"


def test_while_reading_it_says_so_and_which_call_hangs() -> None:
    assert said(reading=True) == ("Reading the nodes …",)
    assert said(reading=True, pending=["Waiting for X: no answer for 6 s."])[1].startswith("Waiting for X")


def test_a_denied_list_names_who_may_not_and_why() -> None:
    message = f"User: arn:x is not authorized to perform: {LIST} because no identity-based policy allows the action"
    denied = replace(fault(LIST), message=message)
    assert said(faults=[denied, replace(fault(MACHINES), message="no")]) == (
        "assumed-role/ops may not list nodes in eu-west-1.",
        f"{LIST}: no identity-based policy allows the action.",
        f"{MACHINES}: denied.",
        f"Ask for {LIST} and {MACHINES} in your IAM policy, or use another profile.",
    )
    assert said(faults=[denied], caller="", regions="")[0] == "You may not list nodes."
    assert ways(faults=[denied]) == ["troubleshoot", "regions", "places", "refresh"]
    assert said(faults=[fault(MACHINES)])[0] == f"{MACHINES} was denied."


def test_without_credentials_it_says_where_it_looked_and_how_to_sign_in() -> None:
    none = Fault(FaultKind.NO_CREDENTIALS, "", "", "", NOW, sign_in=("aws", "configure", "sso"))
    shown = said(faults=[none])
    assert shown[0] == "No AWS credentials were found."
    assert "~/.aws/config" in shown[1]
    assert "smtui --demo" in shown[2]
    assert said(faults=[none], looked_at=["/x/config", "/x/credentials"])[1] == (
        "Looked at AWS_*, /x/config and /x/credentials, and this machine's role."
    )
    offers = why_empty(ListState(0, faults=[none])).ways
    assert ("sign-in", "Sign in with SSO, and write a profile") in [(way.command_id, way.label) for way in offers]
    assert ("sign-in.copy", "Copy: aws configure sso") in [(way.command_id, way.label) for way in offers]
    assert ways(faults=[none]) == ["sign-in", "sign-in.copy", "troubleshoot", "regions", "places", "refresh"]


def test_without_any_configuration_it_says_so_whatever_fails_first() -> None:
    nowhere = fault("", FaultKind.NO_REGION)
    given: dict[str, Any] = {"faults": [nowhere], "looked_at": ["/x/config"], "no_profiles": True}
    assert said(**given)[0] == "No AWS configuration was found."
    assert "/x/config" in said(**given)[1]
    assert ways(**given) == ["places", "troubleshoot", "refresh"]
    assert said(faults=[nowhere])[0] != "No AWS configuration was found."


def test_several_faults_are_told_one_by_one() -> None:
    faults = [fault(LIST, FaultKind.TIMED_OUT), fault(MACHINES, FaultKind.THROTTLED)]
    assert said(faults=faults)[0] == "The nodes could not be read:"
    assert len(said(faults=faults)) == 3
    assert said(faults=faults, reading=True) == ("Reading the nodes …",)


def test_where_nothing_can_be_prepared_one_can_try_again() -> None:
    assert said(trouble="The Region did not start.") == ("The Region did not start.",)
    assert ways(trouble="The Region did not start.") == ["refresh"]
