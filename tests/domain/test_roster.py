"""The join of the two listings: any order, ghosts, hybrids, failures, refreshes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from smtui.domain import stored_list
from smtui.domain.fault import Fault, FaultKind
from smtui.domain.node import Sighting
from smtui.domain.place import Caller, Place
from smtui.domain.readiness import Badge, readiness
from smtui.domain.roster import Roster, Side, Snapshot
from smtui.domain.stored_list import ListHead, Part, split
from tests.domain.build import NOW, connected, ec2_facts, ssm_facts

HYBRID = "mi-0123456789abcdef0"
GHOST = "i-0000000000000000f"
DENIED = Fault(FaultKind.DENIED, "ssm:DescribeInstanceInformation", "AccessDeniedException", "no", NOW)

TIMED_OUT = Fault(FaultKind.TIMED_OUT, "ec2:DescribeInstances", "", "", NOW)
ME = Caller("111122223333", "arn:aws:iam::111122223333:user/ops", "AIDA", "eu-west-1")
YESTERDAY = NOW - timedelta(days=1)


def started() -> Roster:
    roster = Roster(Place())
    roster.begin(NOW - timedelta(seconds=10))
    return roster


def badges(roster: Roster) -> dict[str, Badge]:
    return {node.node_id: readiness(node, NOW).badge for node in roster.nodes()}


def test_pages_of_either_side_make_rows_at_once() -> None:
    roster = started()
    roster.add_instances([ec2_facts("i-00000001")])
    assert badges(roster) == {"i-00000001": Badge.UNKNOWN}
    roster.add_managed([ssm_facts("i-00000001"), ssm_facts(HYBRID)])
    assert badges(roster) == {"i-00000001": Badge.READY, HYBRID: Badge.READY}


def test_only_a_complete_listing_makes_unmanaged() -> None:
    roster = started()
    roster.add_instances([ec2_facts("i-00000001")])
    roster.finish(Side.EC2, NOW)
    assert badges(roster)["i-00000001"] is Badge.UNKNOWN
    roster.finish(Side.SSM, NOW)
    assert badges(roster)["i-00000001"] is Badge.UNMANAGED


def test_ghosts_and_hybrids_have_no_ec2_side() -> None:
    roster = started()
    roster.add_managed([ssm_facts(GHOST), ssm_facts(HYBRID)])
    roster.finish(Side.SSM, NOW)
    roster.finish(Side.EC2, NOW)
    assert roster.node(GHOST).ec2_side is Sighting.ABSENT
    assert len(roster) == 2


def test_a_denied_side_leaves_the_other_and_names_the_call() -> None:
    roster = started()
    roster.add_instances([ec2_facts("i-00000001"), ec2_facts("i-00000002", state="stopped")])
    roster.finish(Side.EC2, NOW)
    roster.fail(Side.SSM, DENIED)
    assert badges(roster) == {"i-00000001": Badge.UNKNOWN, "i-00000002": Badge.OFFLINE}
    assert roster.complete_at == NOW, "the age of what can be seen"
    assert roster.node("i-00000001").ssm_trouble == "ssm:DescribeInstanceInformation was denied."
    assert roster.faults() == (DENIED,)


def test_a_listing_cut_short_never_makes_unmanaged() -> None:
    roster = started()
    roster.add_instances([ec2_facts("i-00000001"), ec2_facts("i-00000002")])
    roster.add_managed([ssm_facts("i-00000001")])
    roster.finish(Side.EC2, NOW)
    roster.fail(Side.SSM, Fault(FaultKind.TIMED_OUT, "ssm:DescribeInstanceInformation", "", "", NOW))
    assert badges(roster) == {"i-00000001": Badge.READY, "i-00000002": Badge.UNKNOWN}


def test_a_refresh_keeps_rows_until_it_ends_then_drops_what_is_gone() -> None:
    roster = started()
    roster.add_managed([ssm_facts("i-00000001"), ssm_facts("i-00000002")])
    roster.finish(Side.SSM, NOW)
    roster.finish(Side.EC2, NOW)
    roster.connect("i-00000002", connected())
    later = NOW + timedelta(minutes=1)
    roster.begin(later)
    roster.add_managed([ssm_facts("i-00000001", seen_at=later)])
    assert set(badges(roster)) == {"i-00000001", "i-00000002"}
    roster.finish(Side.SSM, later)
    assert set(badges(roster)) == {"i-00000001"}
    assert roster.connection("i-00000002") is None


def test_a_refresh_clears_an_earlier_denial() -> None:
    roster = started()
    roster.fail(Side.SSM, DENIED)
    roster.begin(NOW)
    roster.add_instances([ec2_facts("i-00000001", seen_at=NOW)])
    roster.finish(Side.SSM, NOW)
    assert roster.faults() == ()
    assert badges(roster)["i-00000001"] is Badge.UNMANAGED


def test_age_is_that_of_the_older_side() -> None:
    roster = started()
    roster.finish(Side.SSM, NOW)
    assert roster.complete_at is None, "EC2's side is still being read"
    roster.finish(Side.EC2, NOW + timedelta(seconds=5))
    assert roster.complete_at == NOW


def test_a_new_instance_is_not_called_unmanaged_before_the_list_that_may_hold_it_is_read() -> None:
    """Otherwise every node launched since the last reading, or the last run, would be for a moment."""
    roster = started()
    roster.add_instances([ec2_facts("i-00000001"), ec2_facts("i-00000002", state="stopped"), ec2_facts("i-00000004")])
    for side in Side:
        roster.finish(side, NOW)
    roster.begin(NOW)
    roster.add_instances([ec2_facts(f"i-0000000{n}", seen_at=NOW) for n in (1, 2, 3, 4)])
    assert badges(roster) == {
        "i-00000001": Badge.UNMANAGED,
        "i-00000002": Badge.UNKNOWN,
        "i-00000003": Badge.UNKNOWN,
        "i-00000004": Badge.UNMANAGED,
    }
    roster.add_managed([ssm_facts("i-00000003", seen_at=NOW)])
    roster.finish(Side.SSM, NOW)
    assert badges(roster)["i-00000003"] is Badge.READY
    assert badges(roster)["i-00000002"] is Badge.UNMANAGED


def test_an_instance_that_ec2_shows_after_the_other_list_was_read_is_unmanaged_at_once() -> None:
    roster = started()
    roster.finish(Side.SSM, NOW)
    roster.add_instances([ec2_facts("i-00000001")])
    assert badges(roster) == {"i-00000001": Badge.UNMANAGED}


def test_what_was_denied_stays_so_while_it_is_asked_again() -> None:
    roster = started()
    roster.add_instances([ec2_facts("i-00000001")])
    roster.fail(Side.SSM, DENIED)
    roster.begin(NOW)
    assert roster.node("i-00000001").ssm_side is Sighting.DENIED
    roster.finish(Side.SSM, NOW)
    assert roster.faults() == ()
    assert badges(roster) == {"i-00000001": Badge.UNMANAGED}


def test_a_side_that_failed_does_not_count_in_the_age() -> None:
    roster = started()
    for side in Side:
        roster.finish(side, NOW)
    later = NOW + timedelta(minutes=1)
    roster.begin(later)
    roster.fail(Side.SSM, DENIED)
    roster.finish(Side.EC2, later)
    assert roster.complete_at == later, "what can be seen is that new"
    roster.fail(Side.EC2, TIMED_OUT)
    assert roster.complete_at == NOW, "nothing new can be seen: what is shown is as old as its older side"


def test_a_side_that_failed_and_was_never_read_has_no_age() -> None:
    roster = started()
    roster.fail(Side.SSM, DENIED)
    assert roster.complete_at is None, "EC2's side is still being read"
    roster.fail(Side.EC2, TIMED_OUT)
    assert roster.complete_at is None


# The list of an earlier run.


def head_of(snapshot: Snapshot) -> ListHead:
    return split(snapshot, Place())[0]


def restored(caller: Caller = ME) -> Roster:
    roster = Roster(Place())
    old = {"seen_at": YESTERDAY}
    ssm = (ssm_facts("i-00000001", **old), ssm_facts("i-00000002", **old))
    roster.restore(head_of(Snapshot(caller, YESTERDAY, ssm, (ec2_facts("i-00000003", **old),))))
    roster.connect("i-00000001", connected())
    return roster


@pytest.mark.parametrize("other", [replace(ME, account="999999999999"), replace(ME, region="us-east-1")])
def test_a_restored_list_of_another_account_or_region_goes_when_ours_is_known(other: Caller) -> None:
    roster = restored(other)
    roster.begin(NOW)
    roster.add_managed([ssm_facts("i-00000001", seen_at=NOW)])
    roster.set_caller(ME)
    assert roster.node_ids() == {"i-00000001"}, "what was read just now is ours"
    assert roster.connection("i-00000001") is None, "that was about a node of theirs"
    assert roster.complete_at is None
    assert roster.caller == ME
    assert roster.node("i-00000001").account == ME.account


def test_a_restored_list_of_another_account_goes_before_anything_is_read_as_well() -> None:
    roster = restored(replace(ME, account="999999999999"))
    roster.set_caller(ME)
    assert roster.node_ids() == set()
    assert roster.complete_at is None


def test_a_list_that_was_read_to_its_end_meanwhile_stays_complete() -> None:
    roster = restored(replace(ME, account="999999999999"))
    roster.begin(NOW)
    roster.add_managed([ssm_facts("i-00000001", seen_at=NOW)])
    for side in Side:
        roster.finish(side, NOW + timedelta(seconds=1))
    roster.set_caller(ME)
    assert roster.node_ids() == {"i-00000001"}
    assert roster.complete_at == NOW + timedelta(seconds=1)


def test_a_restored_list_of_ours_stays() -> None:
    roster = restored(replace(ME, arn="arn:aws:sts::111122223333:assumed-role/other/me", user_id="AROA"))
    roster.begin(NOW)
    roster.set_caller(ME)
    assert roster.node_ids() == {"i-00000001", "i-00000002", "i-00000003"}
    assert roster.connection("i-00000001") is not None
    assert roster.complete_at == YESTERDAY


def test_a_list_of_another_account_is_not_restored_once_ours_is_known() -> None:
    roster = Roster(Place())
    roster.set_caller(ME)
    old = ssm_facts(GHOST, seen_at=YESTERDAY)
    assert not roster.restore(head_of(Snapshot(replace(ME, account="999999999999"), YESTERDAY, (old,), ())))
    assert roster.node_ids() == set()
    assert roster.restore(head_of(Snapshot(ME, YESTERDAY, (old,), ())))
    assert roster.node_ids() == {GHOST}


def test_only_a_list_of_which_everything_was_seen_is_worth_keeping() -> None:
    roster = started()
    roster.add_managed([ssm_facts(GHOST)])
    assert roster.snapshot() is None
    for side in Side:
        roster.finish(side, NOW)
    assert roster.snapshot() is None, "whose it is is not known"
    roster.set_caller(ME)
    assert roster.snapshot() == Snapshot(ME, NOW, (ssm_facts(GHOST),), ())
    roster.fail(Side.EC2, TIMED_OUT)
    assert roster.snapshot() is None


# A list of an earlier run that comes part by part.


def half_restored(monkeypatch: pytest.MonkeyPatch) -> tuple[Roster, list[Part]]:
    """Of three nodes one was restored: `i-00000003`, which Systems Manager does not list, is yet to come."""
    monkeypatch.setattr(stored_list, "FIRST_ROWS", 1)
    old = {"seen_at": YESTERDAY}
    ssm = (ssm_facts("i-00000001", **old), ssm_facts("i-00000002", **old))
    head, rest = split(Snapshot(ME, YESTERDAY, ssm, (ec2_facts("i-00000003", **old),)), Place())
    roster = Roster(Place())
    assert roster.restore(head)
    return roster, list(rest)


def test_what_is_yet_to_come_is_not_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else an instance that was just read would be called unmanaged until its other side has come."""
    roster, parts = half_restored(monkeypatch)
    roster.begin(NOW)
    roster.add_instances([ec2_facts("i-00000002", seen_at=NOW), ec2_facts("i-00000001", seen_at=NOW)])
    assert roster.node("i-00000001").ssm_side is Sighting.LISTED
    assert roster.node("i-00000002").ssm_side is Sighting.PENDING
    assert (len(roster), roster.expected, roster.restoring) == (2, 3, True)
    assert all(roster.restore_part(part) for part in parts)
    roster.end_restoring()
    assert roster.node("i-00000002").ssm_side is Sighting.LISTED
    assert roster.node("i-00000003").ssm_side is Sighting.ABSENT, "the list of the earlier run was whole"
    assert (len(roster), roster.expected, roster.restoring) == (3, 3, False)


def test_a_node_of_the_first_part_is_absent_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    roster, _ = half_restored(monkeypatch)
    assert roster.node("i-00000001").ec2_side is Sighting.ABSENT


def test_a_reading_that_ends_first_is_not_added_to(monkeypatch: pytest.MonkeyPatch) -> None:
    roster, [part] = half_restored(monkeypatch)
    roster.begin(NOW)
    roster.add_managed([ssm_facts("i-00000001", seen_at=NOW)])
    for side in Side:
        roster.finish(side, NOW)
    assert not roster.restore_part(part), "no more of it is wanted"
    assert roster.node_ids() == {"i-00000001"}


def test_one_side_that_ends_first_is_not_added_to(monkeypatch: pytest.MonkeyPatch) -> None:
    roster, [part] = half_restored(monkeypatch)
    roster.begin(NOW)
    roster.add_managed([ssm_facts("i-00000001", seen_at=NOW)])
    roster.finish(Side.SSM, NOW)
    assert roster.restore_part(part)
    assert roster.node_ids() == {"i-00000001", "i-00000003"}
    assert roster.node("i-00000003").ssm_side is Sighting.ABSENT


def test_a_rest_that_cannot_be_read_takes_the_first_part_along(monkeypatch: pytest.MonkeyPatch) -> None:
    roster, _ = half_restored(monkeypatch)
    roster.begin(NOW)
    roster.add_instances([ec2_facts("i-00000002", seen_at=NOW)])
    roster.end_restoring(broken=True)
    assert roster.node_ids() == {"i-00000002"}
    assert roster.complete_at is None
    assert roster.node("i-00000002").ssm_side is Sighting.PENDING


def test_no_more_comes_of_another_accounts_list(monkeypatch: pytest.MonkeyPatch) -> None:
    roster, [part] = half_restored(monkeypatch)
    roster.set_caller(replace(ME, account="999999999999"))
    assert not roster.restore_part(part)
    assert roster.node_ids() == set()
