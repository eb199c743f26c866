"""Lists the Regions of a profile's partition, and whether its account has them enabled.

Sources: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html; botocore's endpoints.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from smtui.aws.api_calls import mappings, text
from smtui.domain.fault import AwsCallFailed
from smtui.domain.place import Place
from smtui.domain.places.region_fact import RegionFact, RegionList

if TYPE_CHECKING:
    from smtui.aws.places import BotoPlaces

ACTION = "ec2:DescribeRegions"
_FIRST_PARTITION = "aws"
_NOT_ENABLED = "not-opted-in"
_ENABLED = frozenset({"opt-in-not-required", "opted-in"})
_ANY_REGION = "us-east-1"


class RegionAdapter:
    """Every place's Regions. Methods block and never raise."""

    def __init__(self, places: BotoPlaces) -> None:
        self._places = places

    def regions(self, profile: str) -> RegionList:
        """ec2:DescribeRegions with those that are not enabled; where it fails, what botocore knows, and why."""
        region, partition = self._partition(profile)
        known, name = partition.get("regions", {}), text(partition, "partition")
        place = Place(profile) if region else Place(profile, _ANY_REGION)
        try:
            answer = self._places.calls_at(place).call(ACTION, AllRegions=True)
        except AwsCallFailed as failed:
            problem = f"It is not known which Regions are enabled. {failed.fault.sentence()}"
            return RegionList(_listed(partition), problem)
        states = {text(entry, "RegionName"): text(entry, "OptInStatus") for entry in mappings(answer.get("Regions"))}
        states.pop("", None)
        listed = {each: _is_enabled(state) for each, state in states.items()}
        # An account sees no Region that was launched for others alone; botocore may know more than AWS lists.
        endpoint = self._endpoint(place)
        return RegionList(
            tuple(RegionFact(each, _title(known, each), name, listed[each], endpoint) for each in sorted(listed))
        )

    def known_regions(self, profile: str) -> RegionList:
        """What botocore knows of the profile's partition; calls nothing."""
        return RegionList(_listed(self._partition(profile)[1]))

    def _endpoint(self, place: Place) -> str:
        """The endpoint of Systems Manager that is configured for the place, which was called before."""
        try:
            return dict(self._places.calls_at(place).connection.configured_endpoints()).get("ssm", "")
        except AwsCallFailed:
            return ""

    def _partition(self, profile: str) -> tuple[str, Mapping[str, Any]]:
        """Return the profile's Region, empty if it has none, and the partition of that."""
        session = self._places.new_session(Place())  # a profile may not exist, and no Region depends on it
        region = self._places.at(Place(profile)).region()
        return region, _partition_of(region or _ANY_REGION, partitions_of(session))


def _listed(partition: Mapping[str, Any]) -> tuple[RegionFact, ...]:
    known, name = partition.get("regions", {}), text(partition, "partition")
    return tuple(RegionFact(each, _title(known, each), name) for each in sorted(known))


def partitions_of(session: Any) -> list[Mapping[str, Any]]:
    """Return botocore's partitions: their Regions with titles, and patterns for those it does not know yet."""
    data = session.get_component("data_loader").load_data("endpoints")
    return list(mappings(data.get("partitions")))


def _partition_of(region: str, partitions: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    import re

    for partition in partitions:
        if region in partition.get("regions", {}):
            return partition
    for partition in partitions:
        if re.match(text(partition, "regionRegex") or r"\Z.", region):
            return partition
    return next((each for each in partitions if text(each, "partition") == _FIRST_PARTITION), {})


def _title(known: Mapping[str, Any], region: str) -> str:
    held = known.get(region)
    return text(held, "description") if isinstance(held, Mapping) else ""


def _is_enabled(state: str) -> bool | None:
    if state in _ENABLED:
        return True
    return False if state == _NOT_ENABLED else None
