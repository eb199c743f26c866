"""The operations of the Security Token Service that the simulated Region answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtui.demo.state import ACCOUNT, CALLER_ARN, CALLER_ID, Handler, Params, RegionState


def get_caller_identity(_region: RegionState, _params: Params) -> Mapping[str, Any]:
    return {"UserId": CALLER_ID, "Account": ACCOUNT, "Arn": CALLER_ARN}


HANDLERS: Mapping[str, Handler] = {"GetCallerIdentity": get_caller_identity}
