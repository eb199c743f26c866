"""What the account's preferences mean, in words; each contradiction and each denial in turn."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from smtui.diagnosis.evidence.preference_facts import Bucket, KmsKey, LogGroup
from smtui.diagnosis.evidence.reading import NotAsked, Reading, Seen, Unseen
from smtui.diagnosis.evidence.rules_facts import RulesRead, RulesState, RulesText
from smtui.domain.fault import FaultKind
from smtui.sessions.preferences.preference_words import Mark, RuleLine, minutes_words, rule_lines
from smtui.topics.library import topic_ids
from tests.sessions.preferences.rules_fakes import NOW, denied

NOTHING: Reading[Any] = NotAsked("Nothing is named.")
ARN = "arn:aws:kms:eu-west-1:111122223333:key/5d1b1f5e-3a4c-4f0e-9d57-0c6c2f1e8a44"
ALL = {
    "s3BucketName": "logs",
    "s3KeyPrefix": "sessions",
    "s3EncryptionEnabled": True,
    "cloudWatchLogGroupName": "/ssm",
    "cloudWatchEncryptionEnabled": True,
    "cloudWatchStreamingEnabled": True,
    "kmsKeyId": "alias/s",
    "idleSessionTimeout": "20",
    "maxSessionDuration": "60",
}


def unseen(action: str) -> Unseen:
    return Unseen(denied(action).fault)


def document(**inputs: Any) -> str:
    return json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs})


def read(inputs: dict[str, Any] | None = None, **readings: Any) -> RulesRead:
    """A read of preferences with these inputs; all that they name is well unless told otherwise."""
    given = ALL if inputs is None else inputs
    key = KmsKey("alias/s", exists=True, arn=ARN, state="Enabled")
    usual: dict[str, Any] = {
        "text": Seen(RulesText("7", document(**given))),
        "state": Seen(RulesState("7", "7", "Active")),
        "is_role_session": False,
        "bucket": Seen(Bucket("logs", exists=True, region="eu-west-1")) if given.get("s3BucketName") else NOTHING,
        "bucket_encryption": Seen("AES256") if given.get("s3BucketName") else NOTHING,
        "log_group": Seen(LogGroup("/ssm", exists=True, kms_key=ARN))
        if given.get("cloudWatchLogGroupName")
        else NOTHING,
        "kms_key": Seen(key) if given.get("kmsKeyId") else NOTHING,
        "key_permission": Seen("allowed") if given.get("kmsKeyId") else NOTHING,
        "run_as_tag": Seen("") if given.get("runAsEnabled") else NOTHING,
    }
    return RulesRead(region="eu-west-1", account="111122223333", at=NOW, **{**usual, **readings})


def shown(lines: tuple[RuleLine, ...]) -> list[str]:
    return [f"{line.mark} {line.heading}: {line.text}" for line in lines]


def of(heading: str, lines: tuple[RuleLine, ...]) -> list[RuleLine]:
    return [line for line in lines if line.heading == heading]


def verdicts(lines: tuple[RuleLine, ...]) -> list[str]:
    return [line.sentence for line in lines if not line.heading]


def test_preferences_that_are_well() -> None:
    assert shown(rule_lines(read())) == [
        "✓ logged: Shells and commands stream to the log group /ssm and go to s3://logs/sessions/ at their end. "
        "Port forwards and ssh are never logged; CloudTrail has only that they took place.",
        "✓ bucket: logs is encrypted (AES256), as the preferences demand.",
        "✓ log group: /ssm is encrypted with a KMS key of its own, as the preferences demand.",
        "✓ encrypted: With alias/s, beyond TLS. Your policies allow you the key; the node's role needs kms:Decrypt "
        "with it, port forwards do without.",
        "– run as: Off: shells run as ssm-user.",
        "✓ ends: After 20 min without input. In any case after 1 h.",
        "– shell: No profile: nothing runs before the prompt.",
        "✓ version: Version 7 is the newest and the default one.",
    ]


def test_no_preferences_at_all_are_aws_own_defaults() -> None:
    lines = rule_lines(read({}, text=Seen(None), state=Seen(None)))
    assert shown(lines) == [
        "– document: The account never saved preferences in this Region: AWS's defaults below hold.",
        "– logged: Sessions are not logged: no bucket and no log group is named. CloudTrail has only that they took "
        "place.",
        "– encrypted: Only by TLS: no KMS key is named.",
        "– run as: Off: shells run as ssm-user.",
        "! ends: After 20 min without input. There is no maximum duration: a session that is used may stay "
        "open forever.",
        "– shell: No profile: nothing runs before the prompt.",
    ]


@pytest.mark.parametrize(
    ("readings", "verdict", "topic", "values"),
    [
        (
            {"bucket": Seen(Bucket("logs", exists=False))},
            "the bucket logs does not exist",
            "deleted-log-target",
            {"bucket": "logs", "missing_bucket": "logs"},
        ),
        (
            {"log_group": Seen(LogGroup("/ssm", exists=False))},
            "the log group /ssm does not exist",
            "deleted-log-target",
            {"missing_log_group": "/ssm"},
        ),
        (
            {"bucket_encryption": Seen("")},
            "encryption is demanded of the bucket logs, which is not encrypted",
            "encryption-mismatch",
            {"unencrypted_bucket": "logs"},
        ),
        (
            {"log_group": Seen(LogGroup("/ssm", exists=True))},
            "encryption is demanded of the log group /ssm, which has no KMS key",
            "encryption-mismatch",
            {"unencrypted_log_group": "/ssm", "kms_key": "alias/s"},
        ),
        (
            {"kms_key": Seen(KmsKey("alias/s", exists=True, arn=ARN, state="Disabled"))},
            "the key alias/s cannot be used: it is Disabled",
            "kms-key",
            {"disabled_key": ARN},
        ),
        (
            {"kms_key": Seen(KmsKey("alias/s", exists=True, arn=ARN, state="PendingDeletion"))},
            "the key alias/s cannot be used: it is PendingDeletion",
            "kms-key",
            {"dying_key": ARN},
        ),
        ({"kms_key": Seen(KmsKey("alias/s", exists=False))}, "the key alias/s does not exist", "kms-key", {}),
        (
            {"kms_key": Seen(KmsKey("alias/s", True, ARN, "Enabled", "SIGN_VERIFY", "RSA_2048"))},
            "the key alias/s makes no data keys: it is RSA_2048 for SIGN_VERIFY",
            "kms-key",
            {},
        ),
        (
            {"kms_key": Seen(KmsKey(ARN.replace("eu-west-1", "us-east-1"), exists=False))},
            "is a key of us-east-1, not of eu-west-1",
            "kms-key",
            {},
        ),
        ({"key_permission": Seen("explicitDeny")}, "a policy denies you kms:GenerateDataKey", "kms-permission", {}),
    ],
)
def test_what_keeps_a_shell_from_starting_comes_first(
    readings: dict[str, Any], verdict: str, topic: str, values: dict[str, str]
) -> None:
    lines = rule_lines(read(**readings))
    assert (lines[0].mark, lines[0].topic) == (Mark.BAD, topic)
    assert lines[0].sentence.startswith("A shell would fail now: ")
    assert verdict in lines[0].sentence
    assert values.items() <= lines[0].values.items()
    assert any(line.mark is Mark.BAD and line.heading for line in lines), "its own line says it, too"


def test_the_fix_of_a_demand_is_the_document_without_it() -> None:
    lines = rule_lines(read(bucket_encryption=Seen("")))
    assert json.loads(lines[0].values["preferences_without_demand"])["inputs"]["s3EncryptionEnabled"] is False


def test_a_demand_of_no_target_demands_nothing() -> None:
    lines = rule_lines(read({"s3EncryptionEnabled": True, "cloudWatchEncryptionEnabled": True}))
    assert not verdicts(lines)
    assert not of("bucket", lines) + of("log group", lines)


@pytest.mark.parametrize(
    ("field", "action", "heading", "topic"),
    [
        ("bucket", "s3:ListBucket", "bucket", "no-permission-to-look"),
        ("bucket_encryption", "s3:GetEncryptionConfiguration", "bucket", "no-permission-to-look"),
        ("log_group", "logs:DescribeLogGroups", "log group", "no-permission-to-look"),
        ("kms_key", "kms:DescribeKey", "key", "no-permission-to-look"),
        ("key_permission", "iam:SimulatePrincipalPolicy", "encrypted", "no-permission-to-look"),
        ("state", "ssm:DescribeDocument", "version", "no-permission-to-look"),
    ],
)
def test_each_denial_is_named_and_all_else_is_shown(field: str, action: str, heading: str, topic: str) -> None:
    missing_one: dict[str, Any] = {field: unseen(action)}
    whole, lines = rule_lines(read()), rule_lines(replace(read(), **missing_one))
    (missing,) = [line for line in lines if line.mark is Mark.UNSEEN]
    assert (missing.heading, missing.topic) == (heading, topic)
    assert f"{action} was denied." in missing.text
    assert not verdicts(lines), "unknown is not broken"
    others = {line.heading for line in whole}
    assert others - {line.heading for line in lines} <= {"key"}


def test_a_document_that_may_not_be_read_leaves_its_version() -> None:
    lines = rule_lines(read(text=unseen("ssm:GetDocument")))
    assert shown(lines) == [
        "? document: What the account's preferences say was not seen: ssm:GetDocument was denied.",
        "✓ version: Version 7 is the newest and the default one.",
    ]


RUN_AS = {"runAsEnabled": True, "runAsDefaultUser": "ops"}


@pytest.mark.parametrize(
    ("inputs", "tag", "mark", "said"),
    [
        (RUN_AS, Seen(""), Mark.GOOD, "On: shells run as ops; a tag SSMSessionRunAs on an IAM identity would win"),
        (RUN_AS, Seen("ana"), Mark.GOOD, "On: your shells run as ana, as your tag SSMSessionRunAs says."),
        ({"runAsEnabled": "true"}, Seen("ana"), Mark.GOOD, "your shells run as ana"),
        ({"runAsEnabled": True}, Seen(""), Mark.BAD, "only those with a tag SSMSessionRunAs get a shell."),
        ({"runAsEnabled": True}, unseen("iam:GetRole"), Mark.UNSEEN, "iam:GetRole was denied."),
        (RUN_AS, unseen("iam:GetRole"), Mark.UNSEEN, "On: shells run as ops."),
        ({**RUN_AS, "runAsDefaultUser": "root"}, Seen(""), Mark.BAD, "as root, which is refused"),
        ({**RUN_AS, "runAsDefaultUser": "root"}, Seen("ana"), Mark.GOOD, "as ana"),
        (RUN_AS, Seen("root"), Mark.BAD, "as root, which is refused"),
        ({"runAsDefaultUser": "ops"}, NOTHING, Mark.OFF, "The user ops that is named counts only while it is on."),
        ({"runAsEnabled": "{{ r }}"}, NOTHING, Mark.OFF, "Left to each session"),
    ],
)
def test_who_shells_run_as(inputs: dict[str, Any], tag: Reading[str], mark: Mark, said: str) -> None:
    lines = rule_lines(read(inputs, run_as_tag=tag))
    (line,) = of("run as", lines)
    assert line.mark is mark
    assert said in line.text
    assert bool(verdicts(lines)) is (mark is Mark.BAD)
    if mark in (Mark.GOOD, Mark.UNSEEN):
        assert "a shell fails otherwise" in line.text


@pytest.mark.parametrize(
    ("inputs", "mark", "said"),
    [
        ({"runAsEnabled": True}, Mark.WARN, "your sign-in may have passed one, which cannot be seen."),
        ({**RUN_AS, "runAsDefaultUser": "root"}, Mark.WARN, "your sign-in may have passed one"),
        (RUN_AS, Mark.GOOD, "A tag of your sign-in would win, and cannot be seen."),
    ],
)
def test_a_role_session_may_have_tags_that_nobody_sees(inputs: dict[str, Any], mark: Mark, said: str) -> None:
    lines = rule_lines(read(inputs, is_role_session=True))
    (line,) = of("run as", lines)
    assert (line.mark, said in line.text, verdicts(lines)) == (mark, True, [])


def test_a_tag_of_a_role_that_says_root_is_refused_all_the_same() -> None:
    lines = rule_lines(read(RUN_AS, is_role_session=True, run_as_tag=Seen("root")))
    assert verdicts(lines) == [
        "A shell would fail now: your tag SSMSessionRunAs would run it as root, which the agent refuses."
    ]


def test_what_has_no_topic_leads_to_none() -> None:
    fault = replace(denied("").fault, kind=FaultKind.OTHER, code="", message="Federated users cannot be simulated.")
    (line,) = of("encrypted", rule_lines(read(key_permission=Unseen(fault))))
    assert (line.mark, line.topic) == (Mark.UNSEEN, "")
    assert "Whether you may use it was not seen: Federated users cannot be simulated." in line.text


@pytest.mark.parametrize(
    ("inputs", "marks", "said"),
    [
        ({"idleSessionTimeout": "5", "maxSessionDuration": "90"}, "✓", "After 5 min without input."),
        ({"idleSessionTimeout": "5"}, "!", "There is no maximum duration"),
        ({"idleSessionTimeout": "61", "maxSessionDuration": "90"}, "!✓", "“61”, and AWS takes 1 to 60 minutes."),
        ({"idleSessionTimeout": "soon", "maxSessionDuration": "90"}, "!✓", "not known before"),
        ({"idleSessionTimeout": "5", "maxSessionDuration": "1441"}, "!✓", "“1441”, and AWS takes 1 to 1440 minutes."),
        (
            {"idleSessionTimeout": "5", "maxSessionDuration": "{{ m }}"},
            "!",
            "Its maximum duration is not known before.",
        ),
        ({"idleSessionTimeout": "20", "maxSessionDuration": "20"}, "!", "so that the idle time-out never strikes."),
    ],
)
def test_when_sessions_end(inputs: dict[str, Any], marks: str, said: str) -> None:
    lines = of("ends", rule_lines(read(inputs)))
    assert "".join(line.mark for line in lines) == marks
    assert said in " ".join(line.text for line in lines)


@pytest.mark.parametrize(
    ("minutes", "words"), [(1, "1 min"), (60, "1 h"), (90, "1 h 30 min"), (1440, "24 h"), (0, "0 min")]
)
def test_minutes_in_words(minutes: int, words: str) -> None:
    assert minutes_words(minutes) == words


def test_shell_profiles() -> None:
    profile = {"shellProfile": {"linux": "cd /srv\nexec zsh\n", "windows": " "}}
    (line,) = of("shell", rule_lines(read(profile)))
    assert line.text == "Runs first: on Linux and macOS “cd /srv ⏎ exec zsh”. Only in shells, not before commands."
    (warning, _) = of("shell", rule_lines(read({"shellProfile": {"linux": "x" * 513}})))
    assert (warning.mark, warning.sentence) == (
        Mark.WARN,
        "The profile for Linux and macOS has 513 characters, and AWS takes 512.",
    )
    (left,) = of("shell", rule_lines(read({"shellProfile": {"linux": "{{ p }}"}})))
    assert (left.mark, "left to each session" in left.text) == (Mark.OFF, True)


def test_a_profile_cannot_write_to_the_terminal() -> None:
    (line,) = of("shell", rule_lines(read({"shellProfile": {"linux": "\x1b]0;pwned\x07"}})))
    assert "\x1b" not in line.text
    assert "\x07" not in line.text


def test_a_version_that_is_not_the_default_one() -> None:
    (line,) = of("version", rule_lines(read(state=Seen(RulesState("8", "7", "Active")))))
    assert (line.mark, line.topic, line.values) == (Mark.WARN, "preference-versions", {"latest_preferences": "8"})
    assert "Version 8 counts: sessions use the newest. Version 7 is the default one." in line.text


def test_a_document_that_aws_calls_failed() -> None:
    first, *_ = of("version", rule_lines(read(state=Seen(RulesState("8", "8", "Failed", "bad")))))
    assert (first.mark, first.sentence) == (Mark.BAD, "AWS calls the document failed: bad.")


@pytest.mark.parametrize(
    ("content", "verdict", "said"),
    [
        ("{", True, "It has no inputs that can be read."),
        ('{"inputs": []}', True, "It has no inputs that can be read."),
        ('{"sessionType": "Port", "inputs": {}}', False, 'Its sessionType is "Port"'),
    ],
)
def test_a_document_that_is_none(content: str, verdict: bool, said: str) -> None:
    lines = rule_lines(read({}, text=Seen(RulesText("7", content))))
    assert bool(verdicts(lines)) is verdict
    assert said in of("document", lines)[0].text


@pytest.mark.parametrize(
    ("inputs", "readings", "heading", "mark", "said"),
    [
        ({"s3BucketName": "logs"}, {}, "logged", Mark.GOOD, "go to s3://logs/ at their end."),
        ({"cloudWatchLogGroupName": "/ssm"}, {}, "logged", Mark.GOOD, "go at their end to the log group /ssm."),
        ({"s3BucketName": "{{ b }}"}, {}, "logged", Mark.OFF, "Left to each session"),
        ({"s3BucketName": "logs"}, {"bucket_encryption": Seen("")}, "bucket", Mark.WARN, "do not demand it"),
        (
            {"cloudWatchLogGroupName": "/ssm", "cloudWatchStreamingEnabled": True},
            {"log_group": Seen(LogGroup("/ssm", exists=True))},
            "log group",
            Mark.WARN,
            "It is streamed to without a KMS key, and the preferences demand none.",
        ),
        (
            {"s3BucketName": "logs"},
            {"bucket": Seen(Bucket("logs", exists=True, region="us-east-1"))},
            "bucket",
            Mark.WARN,
            "logs is in us-east-1, and sessions are in eu-west-1.",
        ),
        ({"kmsKeyId": "{{ k }}"}, {"kms_key": NOTHING}, "encrypted", Mark.OFF, "each session has to give"),
        (
            {"kmsKeyId": "alias/s"},
            {"key_permission": Seen("implicitDeny")},
            "encrypted",
            Mark.WARN,
            "No policy of yours allows kms:GenerateDataKey with it; the key's own policy, which was not read, may.",
        ),
    ],
)
def test_what_is_worth_knowing(
    inputs: dict[str, Any], readings: dict[str, Any], heading: str, mark: Mark, said: str
) -> None:
    lines = rule_lines(read(inputs, **readings))
    assert (mark, True) in [(line.mark, said in line.text) for line in of(heading, lines)]
    assert not verdicts(lines)


def test_every_line_leads_to_a_topic_that_exists() -> None:
    reads = [
        read(bucket=Seen(Bucket("logs", exists=False)), bucket_encryption=unseen("s3:GetEncryptionConfiguration")),
        read(bucket=Seen(Bucket("logs", exists=True, region="x")), state=Seen(RulesState("2", "1", "Failed"))),
        read({"runAsEnabled": True, "idleSessionTimeout": "x"}),
    ]
    topics = {line.topic for each in reads for line in rule_lines(each) if line.topic}
    assert len(topics) > 3
    assert topics <= set(topic_ids())
