"""What is said of the account's logs before a copy."""

from __future__ import annotations

from smtui.diagnosis.evidence.preference_facts import parse_preferences
from smtui.domain.fault import AwsCallFailed
from smtui.engine.offloop import OffLoop
from smtui.transfers.session_logs import log_words, shell_preferences
from tests.engine.fakes import fault

LOGGED = parse_preferences('{"inputs": {"s3BucketName": "audit", "cloudWatchLogGroupName": "/ssm\\u001b[31m"}}')


def test_a_download_ends_up_in_the_log_and_an_upload_does_not() -> None:
    down, up = log_words(LOGGED, is_upload=False), log_words(LOGGED, is_upload=True)
    assert "the bucket audit and the log group /ssm" in down
    assert "the content that is downloaded will be there" in down
    assert "not their content" in up
    assert "\x1b" not in down + up


def test_nothing_is_said_where_nothing_is_logged() -> None:
    assert log_words(None, is_upload=False) == ""
    assert log_words(parse_preferences("{}"), is_upload=False) == ""


async def test_a_denied_look_is_not_known() -> None:
    class Denied:
        def preferences(self) -> None:
            raise AwsCallFailed(fault("ssm:GetDocument"))

    found = await shell_preferences(Denied(), OffLoop(1))
    assert "not known" in log_words(found, is_upload=True)
