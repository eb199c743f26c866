from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.diagnosis.evidence.preference_facts import SessionPreferences, parse_preferences, without_demand, without_key


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
        idleSessionTimeout="15",
        maxSessionDuration=" 60 ",
        shellProfile={"linux": "exec bash -l\n", "windows": "date"},
    )
    assert parse_preferences(content) == SessionPreferences(
        "session-logs",
        True,
        "/ssm/sessions",
        False,
        "alias/sessions",
        s3_prefix="a",
        log_streaming=True,
        idle_timeout="15",
        max_duration="60",
        linux_shell="exec bash -l\n",
        windows_shell="date",
    )


@pytest.mark.parametrize(
    ("idle", "longest", "minutes"),
    [
        ("15", "60", (15, 60)),
        (15, 60, (15, 60)),
        ("", "", (20, None)),
        (None, None, (20, None)),
        ("a while", "\u0662", (None, None)),
        (True, 1.5, (20, None)),
        ("{{ idle }}", "{{ longest }}", (None, None)),
        ("9" * 5000, "9" * 5000, (None, None)),
    ],
)
def test_the_minutes_of_the_limits(idle: Any, longest: Any, minutes: tuple[int | None, int | None]) -> None:
    read = parse_preferences(_document(idleSessionTimeout=idle, maxSessionDuration=longest))
    assert (read.idle_minutes, read.max_minutes) == minutes


def test_a_shell_profile_may_be_left_to_each_session() -> None:
    content = _with_parameters(
        {"greet": {"default": "hi"}}, shellProfile={"linux": "{{ greet }}", "windows": "{{ x }}"}
    )
    read = parse_preferences(content)
    assert (read.linux_shell, read.windows_shell, read.left_open) == ("hi", "", ("shellProfile",))


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


def _with_parameters(parameters: dict[str, Any], **inputs: Any) -> str:
    return json.dumps({"schemaVersion": "1.0", "inputs": inputs, "parameters": parameters})


@pytest.mark.parametrize(
    ("parameter", "read"),
    [
        ({"type": "String", "default": ""}, SessionPreferences()),
        ({"type": "String", "default": "alias/sessions"}, SessionPreferences(kms_key="alias/sessions")),
        ({"type": "StringList", "default": ["alias/one"]}, SessionPreferences(kms_key="alias/one")),
        ({"type": "String"}, SessionPreferences(left_open=("kmsKeyId",))),
        ("no object", SessionPreferences(left_open=("kmsKeyId",))),
    ],
)
def test_placeholders_are_filled_by_the_parameters_before_anything_is_judged(
    parameter: Any, read: SessionPreferences
) -> None:
    assert parse_preferences(_with_parameters({"key": parameter}, kmsKeyId="{{ key }}")) == read


def test_a_placeholder_may_be_a_part_and_may_stand_for_a_flag() -> None:
    parameters = {"env": {"default": "prod"}, "encrypted": {"type": "Boolean", "default": True}}
    content = _with_parameters(parameters, s3BucketName="logs-{{env}}", s3EncryptionEnabled="{{ encrypted }}")
    assert parse_preferences(content) == SessionPreferences("logs-prod", True)


def test_a_parameter_that_nobody_declared_leaves_the_input_open() -> None:
    read = parse_preferences(_document(cloudWatchLogGroupName="{{ group }}", cloudWatchEncryptionEnabled="{{ on }}"))
    assert (read.log_group, read.log_encrypted) == ("", False)
    assert read.left_open == ("cloudWatchLogGroupName", "cloudWatchEncryptionEnabled")


def test_what_is_changed_is_no_more_than_a_fix_needs() -> None:
    inputs = {"s3BucketName": "b", "s3EncryptionEnabled": True, "kmsKeyId": "k", "runAsEnabled": True}
    preferences = parse_preferences(_document(**inputs))
    document = json.loads(_document(**inputs))
    assert json.loads(without_demand(preferences)) == {**document, "inputs": {**inputs, "s3EncryptionEnabled": False}}
    assert json.loads(without_key(preferences)) == {**document, "inputs": {**inputs, "kmsKeyId": ""}}
    assert without_key(parse_preferences("{")) == ""
