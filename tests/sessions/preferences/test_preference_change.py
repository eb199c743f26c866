"""Fields become a document, what AWS would refuse is named, and the difference is shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smtui.diagnosis.evidence.preference_facts import parse_preferences
from smtui.sessions.preferences.json_edit import NotEditable
from smtui.sessions.preferences.preference_change import (
    FIELDS,
    FIRST_DOCUMENT,
    changed,
    compact,
    complaints,
    difference,
    notes,
    texts_of,
)

SAVED = """{
    "schemaVersion": "1.0",
    "ours": {"b": 1,  "a": [1, 2]},
    "sessionType": "Standard_Stream",
    "inputs": {
        "idleSessionTimeout": "20",
        "kmsKeyId": "",
        "s3EncryptionEnabled": "True",
        "shellProfile": {"linux": "cd /srv\\nexec zsh"}
    }
}"""


def test_what_a_form_starts_with() -> None:
    texts = texts_of(SAVED)
    assert list(texts) == [field.name for field in FIELDS]
    assert {name: text for name, text in texts.items() if text not in ("", "no")} == {
        "idleSessionTimeout": "20",
        "s3EncryptionEnabled": "yes",
        "shellProfile.linux": "cd /srv⏎exec zsh",
    }


def test_a_change_touches_its_value_alone() -> None:
    assert changed(SAVED, {**texts_of(SAVED), "idleSessionTimeout": " 5 "}) == SAVED.replace('"20"', '"5"')


def test_unchanged_texts_change_nothing() -> None:
    assert changed(SAVED, texts_of(SAVED)) == SAVED


def test_every_field_is_read_back_as_it_was_typed() -> None:
    typed = {
        "s3BucketName": "acme-logs",
        "s3KeyPrefix": "sessions/prod",
        "s3EncryptionEnabled": "no",
        "cloudWatchLogGroupName": "/ssm/sessions",
        "cloudWatchEncryptionEnabled": "yes",
        "cloudWatchStreamingEnabled": "on",
        "kmsKeyId": "alias/sessions",
        "runAsEnabled": "TRUE",
        "runAsDefaultUser": "ops",
        "idleSessionTimeout": "60",
        "maxSessionDuration": "1440",
        "shellProfile.linux": "a⏎b",
        "shellProfile.windows": "dir",
    }
    assert set(typed) == {field.name for field in FIELDS}
    assert complaints(SAVED, typed) == {}
    document = changed(SAVED, typed)
    read = parse_preferences(document)
    assert (read.s3_bucket, read.s3_prefix, read.s3_encrypted) == ("acme-logs", "sessions/prod", False)
    assert (read.log_group, read.log_encrypted, read.log_streaming) == ("/ssm/sessions", True, True)
    assert (read.kms_key, read.run_as, read.run_as_user) == ("alias/sessions", True, "ops")
    assert (read.idle_minutes, read.max_minutes) == (60, 1440)
    assert (read.linux_shell, read.windows_shell) == ("a\nb", "dir")
    inputs = json.loads(document)["inputs"]
    assert (inputs["idleSessionTimeout"], inputs["maxSessionDuration"]) == ("60", "1440"), "numbers are texts"
    assert inputs["runAsEnabled"] is True
    assert json.loads(document)["ours"] == {"b": 1, "a": [1, 2]}


def test_a_first_document_is_aws_defaults_with_the_change() -> None:
    document = json.loads(changed("", {**texts_of(FIRST_DOCUMENT), "idleSessionTimeout": "5"}))
    assert document["sessionType"] == "Standard_Stream"
    assert document["inputs"]["idleSessionTimeout"] == "5"
    assert parse_preferences(FIRST_DOCUMENT).idle_minutes == 20
    assert parse_preferences(FIRST_DOCUMENT).logged_to == ()


KEY_ID = "5d1b1f5e-3a4c-4f0e-9d57-0c6c2f1e8a44"


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("s3BucketName", ["", "abc", "a.b-c0", "x" * 63]),
        ("s3KeyPrefix", ["", "a/b/", "é"]),
        ("s3EncryptionEnabled", ["yes", "No", "true", "off", "1"]),
        ("cloudWatchLogGroupName", ["", "/aws/ssm#1_x.y", "x" * 512]),
        ("kmsKeyId", ["", KEY_ID, "alias/a/b_c", f"arn:aws:kms:eu-west-1:111122223333:key/{KEY_ID}"]),
        ("kmsKeyId", ["arn:aws-cn:kms:cn-north-1:111122223333:alias/x", "mrk-" + "0" * 32]),
        ("runAsDefaultUser", ["", "ops", "DOMAIN\\ops", "ops@acme", "_x"]),
        ("idleSessionTimeout", ["1", "60"]),
        ("maxSessionDuration", ["", "1", "1440", "1045"]),
        ("shellProfile.linux", ["", "x" * 512, "a⏎b"]),
        ("shellProfile.windows", ["{{ not a parameter }}"]),
    ],
)
def test_what_aws_takes(name: str, good: list[str]) -> None:
    assert [complaints(SAVED, {name: text}) for text in good] == [{}] * len(good)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("s3BucketName", "s3://logs", "Write only the bucket's name."),
        ("s3BucketName", "Logs", "3 to 63 small letters"),
        ("s3BucketName", "a..b", "3 to 63 small letters"),
        ("s3BucketName", "x" * 64, "3 to 63"),
        ("s3KeyPrefix", "/a", "does not begin with a slash"),
        ("s3KeyPrefix", "x" * 513, "It has 513 characters"),
        ("s3KeyPrefix", "a\x07", "cannot be printed"),
        ("s3EncryptionEnabled", "perhaps", "Write yes or no."),
        ("cloudWatchLogGroupName", "a b", "letters, digits"),
        ("cloudWatchLogGroupName", "x" * 513, "at most 512"),
        ("kmsKeyId", "5d1b1f5e", "alias/NAME"),
        ("kmsKeyId", "arn:aws:kms:eu-west-1:1:key/x", "alias/NAME"),
        ("runAsDefaultUser", "root", "refuses to run shells as root"),
        ("runAsDefaultUser", "-rm", "no name of a user"),
        ("runAsDefaultUser", "a b", "no name of a user"),
        ("idleSessionTimeout", "0", "1 to 60."),
        ("idleSessionTimeout", "61", "1 to 60."),
        ("idleSessionTimeout", "", "1 to 60."),
        ("idleSessionTimeout", "٢", "1 to 60."),
        ("idleSessionTimeout", "2.5", "1 to 60."),
        ("maxSessionDuration", "1441", "1 to 1440, or nothing"),
        ("shellProfile.linux", "x" * 513, "It has 513 characters; at most 512 are taken."),
        ("idleSessionTimeout", "{{ idle }}", "The document declares no parameter idle."),
        ("idleTimeout", "5", "There is no such preference. These are: s3BucketName,"),
    ],
)
def test_what_aws_would_refuse_is_named(name: str, text: str, said: str) -> None:
    assert said in complaints(SAVED, {name: text})[name]


def test_a_parameter_of_the_document_may_stand_for_a_value() -> None:
    declared = json.dumps({"parameters": {"idle": {"type": "String", "default": "5"}}, "inputs": {}})
    texts = {"idleSessionTimeout": "{{ idle }}", "runAsEnabled": "{{idle}}"}
    assert complaints(declared, texts) == {}
    assert json.loads(changed(declared, texts))["inputs"] == {
        "idleSessionTimeout": "{{ idle }}",
        "runAsEnabled": "{{idle}}",
    }


def test_an_odd_value_that_was_there_before_is_left_alone() -> None:
    odd = json.dumps({"inputs": {"idleSessionTimeout": "90", "maxSessionDuration": 5}})
    texts = {**texts_of(odd), "kmsKeyId": "alias/x"}
    assert complaints(odd, texts) == {}
    assert json.loads(changed(odd, texts))["inputs"] == {
        "idleSessionTimeout": "90",
        "maxSessionDuration": 5,
        "kmsKeyId": "alias/x",
    }


@pytest.mark.parametrize("content", ["[]", "{", '{"inputs": []}'])
def test_a_document_that_cannot_be_edited(content: str) -> None:
    with pytest.raises(NotEditable):
        changed(content, {"idleSessionTimeout": "5"})


def test_a_document_that_would_be_too_large() -> None:
    large = json.dumps({"inputs": {}, "x": "y" * 65_500})
    with pytest.raises(NotEditable, match="64 KB"):
        changed(large, {"shellProfile.linux": "z" * 400})


def test_the_difference_is_a_unified_one() -> None:
    assert difference(SAVED, SAVED.replace('"20"', '"5"'), "version 7", "new") == (
        "--- version 7",
        "+++ new",
        "@@ -4,5 +4,5 @@",
        '     "sessionType": "Standard_Stream",',
        '     "inputs": {',
        '-        "idleSessionTimeout": "20",',
        '+        "idleSessionTimeout": "5",',
        '         "kmsKeyId": "",',
        '         "s3EncryptionEnabled": "True",',
    )


def test_the_difference_of_documents_in_one_line_is_by_value() -> None:
    old = compact(SAVED)
    assert "\n" not in old
    lines = difference(old, old.replace('"20"', '"5"'), "a", "b")
    assert [line for line in lines if line[0] in "+-"] == [
        "--- a",
        "+++ b",
        '-    "idleSessionTimeout": "20",',
        '+    "idleSessionTimeout": "5",',
    ]
    assert difference(old, old, "a", "b") == ()
    [unseen] = difference(old, old + " ", "a", "b")
    assert unseen.startswith("The documents differ only in spaces, or in what is not shown")
    assert difference('{\n"a": "b"\n}', '{\n"a": "b\u200d"\n}', "a", "b") == (unseen,), "a joiner is no space"


def test_all_of_a_first_document_is_new() -> None:
    lines = difference("", FIRST_DOCUMENT, "none", "new")
    assert len(lines) == 3 + len(FIRST_DOCUMENT.splitlines())
    assert all(line.startswith("+") for line in lines[3:])


def test_a_difference_cannot_write_to_the_terminal() -> None:
    lines = difference("{}\n\n", '{"a":\n"\x1b[2J"}', "a", "b")
    assert not any("\x1b" in line for line in lines)


@pytest.mark.parametrize(
    ("texts", "count"),
    [
        ({"runAsEnabled": "yes"}, 1),
        ({"runAsEnabled": "yes", "runAsDefaultUser": "ops"}, 0),
        ({"idleSessionTimeout": "20", "maxSessionDuration": "10"}, 1),
        ({"idleSessionTimeout": "20", "maxSessionDuration": ""}, 0),
    ],
)
def test_notes(texts: dict[str, Any], count: int) -> None:
    assert len(notes(texts)) == count
