"""When sessions end by themselves, as the account's preferences say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smtui.domain.place import Place
from smtui.domain.records.session_limits import SessionLimits
from smtui.engine.offloop import OffLoop
from smtui.sessions.rules import Rules
from tests.sessions.rules_fakes import FakeRecords, FakeRules


def _rules(aws: FakeRules) -> Rules:
    return Rules(FakeRecords(aws), OffLoop(), read_only=False)


def _document(**inputs: Any) -> str:
    return json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs})


@pytest.mark.parametrize(
    ("inputs", "idle", "longest"),
    [
        ({"idleSessionTimeout": "7", "maxSessionDuration": "90"}, 7, 90),
        ({"idleSessionTimeout": 7, "maxSessionDuration": ""}, 7, None),
        ({}, 20, None),
        ({"idleSessionTimeout": "{{ idle }}"}, None, None),
        ({"idleSessionTimeout": "soon", "maxSessionDuration": True}, None, None),
    ],
)
async def test_the_limits_of_the_newest_version(inputs: dict[str, Any], idle: int | None, longest: int | None) -> None:
    aws = FakeRules([_document(idleSessionTimeout="1"), _document(**inputs)], default=1)
    assert await _rules(aws).limits(Place()) == SessionLimits(idle, longest, "2")


async def test_aws_own_limits_where_nothing_was_saved() -> None:
    assert await _rules(FakeRules()).limits(Place()) == SessionLimits(20, None)


async def test_limits_that_cannot_be_seen() -> None:
    assert await _rules(FakeRules(denied={"ssm:GetDocument"})).limits(Place()) is None
