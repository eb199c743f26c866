"""Reads CloudTrail's events of sessions, and who is notified of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtui.aws.api_calls import ApiCalls


class TrailAdapter:
    """Every method blocks and raises `AwsCallFailed`, whose fault names the IAM action."""

    def __init__(self, calls: ApiCalls) -> None:
        self._calls = calls
