from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smtui.aws.boto_session import SessionMaker, parse_timestamp
from smtui.domain.place import Place

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-22T12:00:00Z",
        "2026-11-22T12:00:00.000Z",
        "2026-11-22T12:00:00",
        "2026-11-22T14:00:00+02:00",
        "Sun, 22 Nov 2026 12:00:00 GMT",
        NOON.timestamp(),
        int(NOON.timestamp()),
        str(NOON.timestamp()),
    ],
)
def test_times_of_every_wire_format(value: object) -> None:
    assert parse_timestamp(value) == NOON


@pytest.mark.parametrize("value", ["", "soon", "1e999", float("inf"), None, [], "0000-00-00T00:00:00Z"])
def test_what_is_no_time(value: object) -> None:
    assert parse_timestamp(value) is None


def test_clients_that_botocore_makes_itself_have_short_time_outs_too() -> None:
    session = SessionMaker().make(Place())
    client = session.create_client("sts", region_name="eu-west-1")
    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (3, 10)
    assert config.retries["mode"] == "adaptive"
    assert config.retries["total_max_attempts"] == 3
