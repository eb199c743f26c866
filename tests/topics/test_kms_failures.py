"""Words of KMS that end an encrypted session: whose call failed, at what, and what is not to blame."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.diagnosis.check_result import Layer
from smtui.domain.outcome import PluginRun, judge
from smtui.plugin.plugin_output import understand
from smtui.topics import causes
from smtui.topics import kms_failures as kms
from smtui.topics.causes import Likely
from smtui.topics.failure import from_run
from smtui.topics.failure_topics import of_words
from smtui.topics.kms_failures import of_kms_words
from tests.topics.values import topics

KEY = "arn:aws:kms:eu-west-1:111122223333:key/5d1b1f5e-3a4c-4f0e-9d57-0c6c2f1e8a44"
USER = "arn:aws:iam::111122223333:user/ops"
ROLE = "arn:aws:sts::111122223333:assumed-role/web-role/i-0a1b2c3d4e5f60718"
HANDSHAKE = "Encountered error while initiating handshake. "
NODE = f"{HANDSHAKE}Fetching data key failed: Unable to retrieve data key, Error when decrypting data key "
CLIENT = f"{HANDSHAKE}KMSEncryption failed on client with status 2 error: "
OFFICIAL = f"{CLIENT}Failed to process action KMSEncryption: "


def by_ours(code: str, message: str) -> str:
    return f"{CLIENT}kms:GenerateDataKey was refused: {code}: {message}"


def by_go_1(code: str, message: str) -> str:
    words = f"{code}: {message}\n\tstatus code: 400, request id: 7f3a1b2c"
    return f"{OFFICIAL}Error calling KMS GenerateDataKey API: {words}"


def by_go_2(code: str, message: str) -> str:
    https = "https response error StatusCode: 400, RequestID: 7f3a1b2c"
    call = f"operation error KMS: GenerateDataKey, {https}, api error {code}: {message}"
    return f"{OFFICIAL}Error calling KMS GenerateDataKey API: {call}"


def by_the_agent(code: str, message: str) -> str:
    return f"{NODE}{code}: {message}"


def by_a_newer_agent(code: str, message: str) -> str:
    https = "https response error StatusCode: 400, RequestID: 7f3a1b2c"
    return f"{NODE}operation error KMS: Decrypt, {https}, {code}: {message}"


Words = Callable[[str, str], str]
USERS, NODES = (by_ours, by_go_1, by_go_2), (by_the_agent, by_a_newer_agent)
EVERYBODY = pytest.mark.parametrize("words", [*USERS, *NODES], ids=lambda words: words.__name__)
OF_USERS = pytest.mark.parametrize("words", USERS, ids=lambda words: words.__name__)
OF_NODES = pytest.mark.parametrize("words", NODES, ids=lambda words: words.__name__)


@EVERYBODY
@pytest.mark.parametrize(
    ("code", "message", "likely"),
    [
        ("DisabledException", f"{KEY} is disabled.", kms.DISABLED),
        ("KMSInvalidStateException", f"{KEY} is pending deletion.", kms.PENDING_DELETION),
        ("KMSInvalidStateException", f"{KEY} is pending import.", kms.PENDING_IMPORT),
        ("KMSInvalidStateException", f"{KEY} is unavailable.", kms.UNAVAILABLE),
        ("KMSInvalidStateException", f"{KEY} is creating.", kms.OTHER_STATE),
        ("NotFoundException", f"Key '{KEY}' does not exist", kms.NOT_FOUND),
        ("NotFoundException", "Alias arn:aws:kms:eu-west-1:111122223333:alias/x is not found.", kms.NOT_FOUND),
        ("InvalidKeyUsageException", f"{KEY} key usage is SIGN_VERIFY which is not valid for this.", kms.OTHER_KIND),
        ("UnsupportedOperationException", "", kms.OTHER_KIND),
        ("KeyUnavailableException", "", kms.UNAVAILABLE),
        (
            "IncorrectKeyException",
            "The key ID in the request does not identify such a key.",
            kms.CHANGED_KEY,
        ),
        ("InvalidCiphertextException", "", kms.OTHER_CONTEXT),
        ("InvalidArnException", "Invalid arn eu-west-1", kms.NO_KEY),
        ("ValidationException", "Invalid keyId 'x'", kms.NO_KEY),
        ("ThrottlingException", "You have exceeded the rate at which you may call KMS.", kms.THROTTLED),
        ("DependencyTimeoutException", "", causes.SERVICE),
        ("KMSInternalException", "", causes.SERVICE),
        ("InternalFailure", "", causes.SERVICE),
    ],
)
def test_what_kms_says_of_the_key_counts_for_everybody(words: Words, code: str, message: str, likely: Likely) -> None:
    assert of_words(words(code, message)) is likely


NOT_YOURS = {"kms-permission", "kms-role", "kms-denied", "no-permission-to-start"}


def test_nobodys_permission_is_blamed_where_kms_says_something_else() -> None:
    blaming = [likely for likely in vars(kms).values() if isinstance(likely, Likely) and likely.topic in NOT_YOURS]
    assert blaming == [kms.NODE_WITHOUT_CREDENTIALS]
    for likely in (kms.DISABLED, kms.NOT_FOUND, kms.OTHER_KIND, kms.OTHER_CONTEXT, kms.USER_CUT_OFF, kms.NODE_CUT_OFF):
        assert not [cause for cause in likely.causes if "may not" in cause or "your" in cause.lower()]


def denied(who: str, action: str, why: str) -> str:
    return f"User: {who} is not authorized to perform: {action} on resource: {KEY} {why}"


REASONS = [
    ("because no identity-based policy allows the {} action", "", "No policy of"),
    ("because no resource-based policy allows the {} action", "", "The key's own policy"),
    (
        "because the resource does not exist in this Region, no resource-based policies allow access, or a "
        "resource-based policy explicitly denies access",
        "",
        "no such key in this Region",
    ),
    ("", "", "may not call"),
    ("with an explicit deny in an identity-based policy", "kms-denied", "denies"),
    ("with an explicit deny in a resource-based policy", "kms-denied", "The key's own policy denies"),
    ("with an explicit deny in a service control policy", "kms-denied", "organisation (SCP)"),
    ("because no service control policy allows the {} action", "kms-denied", "organisation (SCP)"),
    ("with an explicit deny in a resource control policy", "kms-denied", "organisation (RCP)"),
    ("because no permissions boundary allows the {} action", "kms-denied", "permissions boundary"),
    ("because no session policy allows the {} action", "kms-denied", "session policy"),
    ("because no VPC endpoint policy allows the {} action", "kms-denied", "kms VPC endpoint"),
    ("with an explicit deny in a VPC endpoint policy", "kms-denied", "kms VPC endpoint"),
    ("with an explicit deny", "kms-denied", "A policy denies"),
]


@OF_USERS
@pytest.mark.parametrize(("why", "topic", "cause"), REASONS)
def test_which_policy_keeps_the_user_out(words: Words, why: str, topic: str, cause: str) -> None:
    message = denied(USER, "kms:GenerateDataKey", why.format("kms:GenerateDataKey"))
    likely = of_words(words("AccessDeniedException", message))
    assert likely is not None
    assert likely.topic == (topic or "kms-permission")
    assert cause in likely.causes[0]
    assert "your identity" in likely.causes[0].lower()
    assert "role" not in likely.causes[0]


@OF_NODES
@pytest.mark.parametrize(("why", "topic", "cause"), REASONS)
def test_which_policy_keeps_the_node_out(words: Words, why: str, topic: str, cause: str) -> None:
    message = denied(ROLE, "kms:Decrypt", why.format("kms:Decrypt"))
    likely = of_words(words("AccessDeniedException", message))
    assert likely is not None
    assert likely.topic == (topic or "kms-role")
    assert cause in likely.causes[0]
    assert "the node's role" in likely.causes[0].lower()
    assert "Your" not in likely.causes[0]


def test_every_denial_names_a_topic_that_exists_and_checks() -> None:
    ids = {each.id for each in topics()}
    layers = {layer.value for layer in Layer}
    for words, action in ((by_ours, "kms:GenerateDataKey"), (by_the_agent, "kms:Decrypt")):
        for why, _, _ in REASONS:
            likely = of_words(words("AccessDeniedException", denied(USER, action, why.format(action))))
            assert likely is not None
            assert likely.topic in ids
            assert likely.causes[0].endswith(".")
            assert "{" not in likely.causes[0]
            assert {code.partition(".")[0] for code in likely.look_at} <= layers


@pytest.mark.parametrize(
    ("words", "likely"),
    [
        (f"{CLIENT}KMS gave no answer within 12 s", kms.USER_CUT_OFF),
        (
            f"{CLIENT}kms:GenerateDataKey failed: Connect timeout on endpoint URL: "
            '"https://kms.eu-west-1.amazonaws.com/"',
            kms.USER_CUT_OFF,
        ),
        (
            f"{CLIENT}kms:GenerateDataKey failed: Could not connect to the endpoint URL: "
            '"https://kms.eu-west-1.amazonaws.com/"',
            kms.USER_CUT_OFF,
        ),
        (
            f"{OFFICIAL}Error calling KMS GenerateDataKey API: RequestError: send request failed\ncaused by: Post: "
            "dial tcp: lookup kms.eu-west-1.amazonaws.com: no such host",
            kms.USER_CUT_OFF,
        ),
        (
            f"{NODE}RequestError: send request failed\ncaused by: Post "
            '"https://kms.eu-west-1.amazonaws.com/": dial tcp 10.0.0.9:443: i/o timeout',
            kms.NODE_CUT_OFF,
        ),
        (f"{NODE}NoCredentialProviders: no valid providers in chain. Deprecated.", kms.NODE_WITHOUT_CREDENTIALS),
        (by_the_agent("ExpiredTokenException", "The security token is expired"), kms.NODE_WITHOUT_CREDENTIALS),
        (by_the_agent("UnrecognizedClientException", "The token is invalid."), kms.NODE_WITHOUT_CREDENTIALS),
        (by_ours("ExpiredTokenException", "The security token is expired"), causes.EXPIRED),
        (by_go_1("ExpiredTokenException", "The security token is expired"), causes.EXPIRED),
        (by_ours("UnrecognizedClientException", "The token is invalid."), causes.INVALID_CREDENTIALS),
        (f"{OFFICIAL}NoCredentialProviders: no valid providers in chain. kms:GenerateDataKey", causes.NO_CREDENTIALS),
        (f"{CLIENT}kms:GenerateDataKey is not possible: Unable to locate credentials", causes.NO_CREDENTIALS),
        (
            f"{CLIENT}kms:GenerateDataKey is not possible: Error when retrieving token from sso: Token is old",
            causes.SSO,
        ),
        (
            f"{HANDSHAKE}client does not support required encryption context random challenge",
            kms.CHALLENGE_REQUIRED,
        ),
        (f"{HANDSHAKE}Timed out waiting for encryption challenge.", kms.NOT_PROVEN),
        (f"{CLIENT}KMS made a data key of 32 bytes", kms.UNKNOWN_WORDS),
        (f"{CLIENT}internal error: RuntimeError: odd", kms.UNKNOWN_WORDS),
        (
            f"{HANDSHAKE}Handshake timed out. Please ensure that you have the latest version of it.",
            causes.HANDSHAKE,
        ),
    ],
)
def test_what_is_no_fault_of_the_key(words: str, likely: Likely) -> None:
    assert of_words(words) is likely


@pytest.mark.parametrize(
    "words",
    [
        "unable to validate encryption on Amazon S3 bucket. Error: AccessDenied: User: arn:x/kms-role",
        "We couldn't start the session because encryption is not set up on the selected CloudWatch Logs log group.",
        "User: arn:aws:sts::1:assumed-role/kms-admin/sso is not authorized to perform: ssm:StartSession",
        "ssm:ResumeSession was refused: AccessDeniedException: User: x",
        "Your session timed out due to inactivity.",
        "",
    ],
)
def test_words_about_something_else_are_left_to_others(words: str) -> None:
    assert of_kms_words(words) is None


def test_a_bucket_in_the_name_of_the_user_is_not_to_blame() -> None:
    message = denied("arn:aws:sts::1:assumed-role/s3-bucket-admin/x", "kms:GenerateDataKey", "")
    likely = of_words(by_ours("AccessDeniedException", message))
    assert likely is not None
    assert likely.topic == "kms-permission"


@given(st.text(), st.sampled_from([NODE, CLIENT, OFFICIAL, HANDSHAKE, "kms:GenerateDataKey failed: "]))
def test_any_words_are_answered(text: str, before: str) -> None:
    likely = of_kms_words(before + text)
    assert likely is not None or before == HANDSHAKE


def test_the_user_reads_the_words_of_kms_and_its_cause() -> None:
    words = by_ours("DisabledException", f"{KEY} is disabled.")
    output = f"\n\nSessionId: ops-1 : \n----------ERROR-------\n{words}\n\n"
    run = PluginRun(exit_status=1, spoke=True, tail=output, words=understand(output))
    failure = from_run("web-1", "ops-1", judge(run), run)
    assert f"DisabledException: {KEY} is disabled." in failure.words
    assert failure.topic == "kms-key"
    assert failure.causes == ("The key is disabled.",)
    assert "permission" not in failure.details()
