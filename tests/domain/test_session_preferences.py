from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.evidence.preferences import SessionPreferences
from smtui.domain.session_preferences import parse_preferences


def _document(**inputs: Any) -> str:
    return json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs})


def test_what_the_console_saves_is_read() -> None:
    content = _document(
        s3BucketName="session-logs",
        s3KeyPrefix="a",
        s3EncryptionEnabled=True,
        cloudWatchLogGroupName="/ssm/sessions",
        cloudWatchEncryptionEnabled=False,
        cloudWatchStreamingEnabled=True,
        kmsKeyId="alias/sessions",
        runAsEnabled=False,
    )
    assert parse_preferences(content) == SessionPreferences(
        "session-logs", True, "/ssm/sessions", False, "alias/sessions"
    )


@pytest.mark.parametrize("stated", ["true", "True", " TRUE ", "1", "t"])
def test_flags_may_be_texts(stated: str) -> None:
    assert parse_preferences(_document(s3EncryptionEnabled=stated)).s3_encrypted


@pytest.mark.parametrize("stated", ["false", "", "yes", 1, None, [True], {}])
def test_whatever_else_is_not_true(stated: Any) -> None:
    assert not parse_preferences(_document(cloudWatchEncryptionEnabled=stated)).log_encrypted


@pytest.mark.parametrize("name", [7, None, ["logs"], {"a": 1}, True])
def test_a_value_of_another_type_counts_as_not_set(name: Any) -> None:
    assert parse_preferences(_document(s3BucketName=name)) == SessionPreferences()


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "7", '{"inputs": []}', '{"inputs": "x"}', "[" * 100_000])
def test_content_that_is_no_object_sets_nothing(content: str) -> None:
    assert parse_preferences(content) == SessionPreferences()


@given(st.text() | st.recursive(st.none() | st.booleans() | st.text(), st.lists).map(json.dumps))
def test_nothing_makes_it_raise(content: str) -> None:
    parse_preferences(content)
