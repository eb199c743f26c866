"""Pages of the console, in the partition of the Region."""

from __future__ import annotations

import pytest

from smtui.domain.records.console_links import console_host, log_link
from smtui.domain.records.session_log import LogPlace, LogStore

STREAM = LogPlace(LogStore.CLOUDWATCH, "/ssm/sessions", "ana-0b77f", is_live=True)
OBJECT = LogPlace(LogStore.S3, "acme-logs", "sessions/ana@acme-0b77f.log")


def test_a_log_stream() -> None:
    assert log_link(STREAM, "eu-west-1") == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#logsV2:log-groups/log-group/$252Fssm$252Fsessions/log-events/ana-0b77f"
    )


def test_an_object_in_china() -> None:
    assert log_link(OBJECT, "cn-north-1") == (
        "https://cn-north-1.console.amazonaws.cn/s3/object/acme-logs?region=cn-north-1"
        "&prefix=sessions%2Fana%40acme-0b77f.log"
    )


@pytest.mark.parametrize("region", ["us-iso-east-1", "eu-west-1.evil.example/", ""])
def test_no_console_is_guessed(region: str) -> None:
    assert console_host(region) == ""
    assert log_link(STREAM, region) == ""
