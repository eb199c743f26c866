"""Answers GetCallerIdentity of the Security Token Service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtui.demo.account.region_state import Handler, Params, RegionState
from smtui.demo.story.account_facts import ACCOUNT, CALLER_ARN, CALLER_ID


def get_caller_identity(_region: RegionState, _params: Params) -> Mapping[str, Any]:
    """Describes the demo's one user."""
    return {"UserId": CALLER_ID, "Account": ACCOUNT, "Arn": CALLER_ARN}


HANDLERS: Mapping[str, Handler] = {"GetCallerIdentity": get_caller_identity}
