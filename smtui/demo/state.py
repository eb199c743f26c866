"""What the handlers of a simulated Region work with, and what a handler is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from smtui.demo.automations import AutomationBook
from smtui.demo.fleet import Fleet
from smtui.demo.paging import PageTokens
from smtui.demo.sessions import SessionBook

ACCOUNT = "111122223333"
CALLER_ARN = f"arn:aws:iam::{ACCOUNT}:user/demo-operator"
CALLER_ID = "AIDADEMO0OPERATOR0001"
HOME_REGION = "eu-west-1"
"""Where the fleet and the account's own documents are."""
REGIONS = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)
"""Those that every account has without opting in."""


@dataclass(frozen=True, slots=True)
class RegionState:
    """One Region of the simulated account."""

    name: str
    fleet: Fleet
    stream_url: Callable[[str], str]
    """The data channel's address for a session id."""
    sessions: SessionBook = field(default_factory=SessionBook)
    tokens: PageTokens = field(default_factory=PageTokens)
    automations: AutomationBook = field(default_factory=AutomationBook)
    switches: Callable[[], frozenset[str]] = frozenset
    """Those of `smtui.demo.switches` that are on; they may change between two calls."""
    denies: Callable[[str], bool] = lambda _: False
    """Whether a fault takes an action such as `ssm:StartSession` from the caller."""


Params = Mapping[str, Any]
Handler = Callable[[RegionState, Params], Mapping[str, Any]]
"""Answers one operation; raises `AwsError` for the operation's own errors."""
