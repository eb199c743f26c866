"""From what failed to the topic that helps: the table, row by row, and that it always answers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.diagnosis.check_result import Layer
from smtui.domain.fault import Fault, FaultKind
from smtui.domain.outcome import BLANK_SECONDS, PluginRun, PluginWord, PluginWords, SessionEnding, judge
from smtui.domain.plugin_grade import PluginGrade, PluginPick
from smtui.domain.request import SessionRequest
from smtui.domain.text import harmless
from smtui.domain.version import Version
from smtui.plugin.plugin_output import understand
from smtui.topics import causes, kms_failures
from smtui.topics.causes import Likely
from smtui.topics.failure import from_fault, from_pick, from_run
from smtui.topics.failure_topics import (
    of_fault,
    of_grade,
    of_local_end,
    of_refused_destination,
    of_run,
    of_words,
)
from smtui.topics.next_step import after_run
from tests.topics.values import topics

AT = datetime(2026, 11, 22, tzinfo=UTC)
ON_EC2 = SessionRequest("i-0a1b2c3d4e5f60718")
ON_HYBRID = SessionRequest("mi-0a1b2c3d4e5f60718")
WITH_DOCUMENT = SessionRequest("i-0a1b2c3d4e5f60718", document_name="Acme-TailLog")
START = "ssm:StartSession"
TOPIC_IDS = {each.id for each in topics()}

LIKELY = [value for table in (causes, kms_failures) for value in vars(table).values() if isinstance(value, Likely)]


@pytest.mark.parametrize("likely", LIKELY, ids=lambda likely: likely.topic)
def test_every_row_names_a_topic_that_exists_causes_and_codes_of_checks(likely: Likely) -> None:
    assert likely.topic in TOPIC_IDS
    assert likely.causes
    assert all(cause.endswith(".") and cause.isprintable() for cause in likely.causes)
    layers = {layer.value for layer in Layer}
    assert all(code.partition(".")[0] in layers for code in likely.look_at)


def fault(kind: FaultKind, code: str = "", message: str = "", action: str = START) -> Fault:
    return Fault(kind, action, code, message, AT)


@pytest.mark.parametrize(
    ("failed", "request_", "topic"),
    [
        (fault(FaultKind.TARGET_NOT_CONNECTED, "TargetNotConnected"), ON_EC2, "target-not-connected"),
        (fault(FaultKind.TARGET_NOT_CONNECTED, "TargetNotConnected"), ON_HYBRID, "target-not-connected"),
        (fault(FaultKind.DENIED, "AccessDeniedException"), ON_EC2, "no-permission-to-start"),
        (fault(FaultKind.DENIED, action="ssm:TerminateSession"), None, "no-permission-to-start"),
        (fault(FaultKind.DENIED, action="ssm:ResumeSession"), None, "no-permission-to-start"),
        (fault(FaultKind.DENIED, action="ssm:UpdateDocument"), None, "no-permission-for-preferences"),
        (fault(FaultKind.DENIED, action="ec2:DescribeInstances"), None, "no-permission-to-look"),
        (fault(FaultKind.DENIED, action="kms:DescribeKey"), None, "no-permission-to-look"),
        (fault(FaultKind.DENIED, action="ec2-instance-connect:SendSSHPublicKey"), None, "instance-connect"),
        (fault(FaultKind.DENIED, action="ec2:DescribeInstanceConnectEndpoints"), None, "instance-connect"),
        (fault(FaultKind.DENIED, action="sts:AssumeRole"), None, "no-credentials"),
        (fault(FaultKind.EXPIRED_CREDENTIALS, "ExpiredTokenException"), ON_EC2, "expired-credentials"),
        (fault(FaultKind.SSO_SIGN_IN), ON_EC2, "sso-sign-in"),
        (fault(FaultKind.NO_CREDENTIALS), ON_EC2, "no-credentials"),
        (fault(FaultKind.CREDENTIAL_SOURCE), ON_EC2, "no-credentials"),
        (fault(FaultKind.INVALID_CREDENTIALS, "UnrecognizedClientException"), ON_EC2, "invalid-credentials"),
        (fault(FaultKind.MFA_NEEDED), ON_EC2, "mfa-needed"),
        (fault(FaultKind.UNKNOWN_PROFILE), None, "aws-configuration"),
        (fault(FaultKind.NO_REGION), None, "aws-configuration"),
        (fault(FaultKind.REGION_NOT_ENABLED), None, "region-not-enabled"),
        (fault(FaultKind.CLOCK_SKEW), ON_EC2, "clock-skew"),
        (fault(FaultKind.UNREACHABLE, "EndpointConnectionError"), ON_EC2, "aws-unreachable"),
        (fault(FaultKind.TIMED_OUT), ON_EC2, "aws-unreachable"),
        (fault(FaultKind.THROTTLED, "ThrottlingException"), ON_EC2, "throttled"),
        (fault(FaultKind.INVALID_TARGET, "InvalidInstanceId"), ON_EC2, "target-elsewhere"),
        (fault(FaultKind.INVALID_DOCUMENT, "InvalidDocument"), WITH_DOCUMENT, "invalid-document"),
        (fault(FaultKind.INVALID_REQUEST, "InvalidParameters", "Parameter x"), WITH_DOCUMENT, "invalid-document"),
        (
            fault(FaultKind.INVALID_REQUEST, "ValidationException", "1 validation error detected", "ssm:GetDocument"),
            WITH_DOCUMENT,
            "invalid-document",
        ),
        (fault(FaultKind.INVALID_REQUEST, "ValueError", "Invalid endpoint: x", ""), None, "endpoint-region-mismatch"),
        (
            fault(FaultKind.OTHER, "BadRequest", "Enable advanced-instances tier to use Session Manager"),
            ON_HYBRID,
            "advanced-tier",
        ),
        (fault(FaultKind.OTHER, "BadRequest"), ON_HYBRID, "advanced-tier"),
        (fault(FaultKind.OTHER, "BadRequest"), ON_EC2, "unknown-failure"),
        (fault(FaultKind.OTHER, "KMSInvalidStateException", "is pending deletion"), ON_EC2, "kms-key"),
        (fault(FaultKind.OTHER, "SessionLimitExceeded", "Too many sessions"), ON_EC2, "session-limit"),
        (fault(FaultKind.SERVICE, "InternalServerError"), ON_EC2, "aws-service-error"),
        (fault(FaultKind.OTHER, "Teapot", "I am one"), ON_EC2, "unknown-failure"),
    ],
)
def test_a_failed_call(failed: Fault, request_: SessionRequest | None, topic: str) -> None:
    assert of_fault(failed, request_).topic == topic


def test_every_kind_of_fault_but_the_unknown_has_a_topic_of_its_own() -> None:
    unknown = {kind for kind in FaultKind if of_fault(fault(kind), ON_EC2).topic == "unknown-failure"}
    assert unknown == {FaultKind.OTHER}


def test_a_hybrid_node_has_other_causes_and_checks_than_an_instance() -> None:
    not_connected = fault(FaultKind.TARGET_NOT_CONNECTED, "TargetNotConnected")
    instance, hybrid = of_fault(not_connected, ON_EC2), of_fault(not_connected, ON_HYBRID)
    assert "identity.instance_profile" in instance.look_at
    assert "node.activation" in hybrid.look_at
    assert not [code for code in hybrid.look_at if code.startswith(("path.", "handshake."))]


def test_a_denied_start_without_a_document_hints_at_one() -> None:
    denied = fault(FaultKind.DENIED, "AccessDeniedException", "not authorized to perform: ssm:StartSession")
    hints = [cause for cause in of_fault(denied, ON_EC2).causes if "SessionDocumentAccessCheck" in cause]
    assert len(hints) == 1
    assert of_fault(denied, ON_EC2).causes[0] not in hints
    assert not [cause for cause in of_fault(denied, WITH_DOCUMENT).causes if "SessionDocumentAccessCheck" in cause]


def test_a_denied_resume_is_not_called_a_denied_data_channel() -> None:
    likely = of_words("ssm:ResumeSession was refused: User: x is not authorized to perform: ssm:ResumeSession")
    assert likely == causes.OWN_SESSIONS


def test_a_list_that_may_not_be_read_is_not_called_a_denied_start() -> None:
    denied = Fault(FaultKind.DENIED, "ssm:DescribeSessions", "AccessDeniedException", "not you", AT)
    assert of_fault(denied) == causes.LOOK_DENIED


def test_a_denial_that_names_the_document_puts_the_hint_first() -> None:
    words = "not authorized to perform: ssm:StartSession on resource: arn:aws:ssm:eu-west-1:1:document/SSM-SessionM"
    denied = of_fault(fault(FaultKind.DENIED, "AccessDeniedException", words), ON_EC2)
    assert "SessionDocumentAccessCheck" in denied.causes[0]


def test_a_denied_role_that_is_called_after_a_service_is_no_fault_of_that_service() -> None:
    words = "User: arn:aws:sts::1:assumed-role/kms-admin/sso is not authorized to perform: ssm:StartSession"
    assert of_fault(fault(FaultKind.DENIED, "AccessDeniedException", words), ON_EC2).topic == "no-permission-to-start"


def said(output: str, **how: object) -> PluginRun:
    """The official plugin's output, understood as in a real run."""
    given_: dict[str, object] = {"exit_status": 0, "spoke": True, "tail": output, "words": understand(output), **how}
    return PluginRun(**given_)  # type: ignore[arg-type]


def closed(words: str, **how: object) -> PluginRun:
    return said(f"\n\nSessionId: ops-1 : {words}\n\n", **how)


def cannot(words: str, **how: object) -> PluginRun:
    return said(f"Cannot perform start session: {words}\n", **how)


BANNER = "\nStarting session with SessionId: ops-1\n"
FAREWELL = "Terminate signal received, exiting.\nExiting session with sessionId: ops-1.\n"
SILENT: dict[str, object] = {"spoke": False, "duration": BLANK_SECONDS}


@pytest.mark.parametrize(
    ("run", "topic"),
    [
        (closed("Your session timed out due to inactivity."), "idle-timeout"),
        (closed("Session ended: maximum session duration reached."), "session-limit"),
        (closed("Fetching data key failed: Unable to retrieve data key, AccessDeniedException"), "kms-role"),
        (closed("Something about a data key that nobody knows"), "kms-key"),
        (closed("Encountered error while initiating handshake. Handshake timed out."), "handshake-timed-out"),
        (
            closed("We couldn't start the session because encryption is not set up on the selected log group."),
            "encryption-mismatch",
        ),
        (
            closed("unable to validate encryption on Amazon S3 bucket. Error: AccessDenied: User: arn:x/kms-role"),
            "encryption-mismatch",
        ),
        (closed("The specified log group does not exist."), "deleted-log-target"),
        (closed("Error: NoSuchBucket"), "deleted-log-target"),
        (closed("write /var/lib/amazon/ssm: no space left on device"), "disk-full"),
        (closed("Unable to start command: RunAs user x does not exist"), "run-as-user"),
        (closed("Plugin with name NonInteractiveCommands not found. Step name: x"), "agent-too-old"),
        (
            closed("Unable to connect to specified port: dial tcp 127.0.0.1:80: connection refused"),
            "remote-port-refused",
        ),
        (closed("Something that nobody knows"), "unknown-failure"),
        (cannot("listen tcp 127.0.0.1:80: bind: address already in use"), "local-port-in-use"),
        (cannot("listen tcp 127.0.0.1:80: bind: permission denied"), "local-port-in-use"),
        (cannot("dial tcp: lookup ssmmessages.eu-west-1.amazonaws.com: no such host"), "aws-unreachable"),
        (cannot("x509: certificate signed by unknown authority"), "untrusted-certificate"),
        (cannot("the certificate of x is not trusted here: self-signed certificate"), "untrusted-certificate"),
        (cannot("write tcp 10.0.0.1:5->1.2.3.4:443: write: broken pipe"), "connection-lost"),
        (cannot("ExpiredToken: the security token included in the request is expired"), "expired-credentials"),
        (cannot("NoCredentialProviders: no valid providers in chain"), "no-credentials"),
        (
            cannot("AccessDeniedException: not authorized to perform: ssmmessages:OpenDataChannel"),
            "no-permission-to-start",
        ),
        (cannot("unable to determine SessionType"), "agent-too-old"),
        (cannot("unexpected end of JSON input"), "plugin-too-old"),
        (cannot("EOF"), "no-terminal"),
        (cannot("one thing or another"), "unknown-failure"),
        (said("Session: ops-1 timed out.\n"), "connection-lost"),
        (said("Invalid Operation"), "plugin-too-old"),
        (said("panic: runtime error\n\ngoroutine 1 [running]:\nmain.go", exit_status=2), "plugin-too-old"),
        (said("Unexpected sequence message received."), "plugin-too-old"),
        (said(BANNER, **SILENT), "blank-screen"),
        (said("", **SILENT), "blank-screen"),
        (said(BANNER, left=True, **SILENT), "blank-screen"),
        (said(BANNER + FAREWELL, left=True, spoke=True, duration=BLANK_SECONDS), "blank-screen"),
        (said(BANNER, exit_status=None, signal=15, **SILENT), "blank-screen"),
        (closed("Your session timed out due to inactivity.", spoke=False, duration=1200), "blank-screen"),
        (said(BANNER, spoke=False, duration=1, exit_status=1), "unknown-failure"),
        (said("$ ", exit_status=None, signal=9), "plugin-unresponsive"),
        (said("$ echo AccessDenied kms\nx\n$ ", exit_status=None, signal=9), "plugin-unresponsive"),
        (said("$ ", hung_up=True), "connection-lost"),
        (said("$ ", error="It outlived every signal."), "plugin-unresponsive"),
        (PluginRun.never("[Errno 2] No such file or directory: '/x'"), "plugin-not-found"),
        (PluginRun.never("[WinError 2] The system cannot find the file specified"), "plugin-not-found"),
        (PluginRun.never("[Errno 13] Permission denied: '/x'"), "plugin-unresponsive"),
        (PluginRun.never("[Errno 8] Exec format error: '/x'"), "plugin-unresponsive"),
    ],
)
def test_a_run_of_the_plugin(run: PluginRun, topic: str) -> None:
    assert of_run(run).topic == topic


@pytest.mark.parametrize(
    ("grade", "topic"),
    [
        (PluginGrade.MISSING, "plugin-not-found"),
        (PluginGrade.TOO_OLD, "plugin-too-old"),
        (PluginGrade.CANNOT_HIDE_TOKEN, "plugin-too-old"),
        (PluginGrade.KNOWN_BAD, "plugin-too-old"),
        (PluginGrade.UNREADABLE, "plugin-unresponsive"),
    ],
)
def test_a_plugin_that_gets_no_session(grade: PluginGrade, topic: str) -> None:
    assert of_grade(grade).topic == topic
    failure = from_pick("No session", PluginPick("/x", Version.of("1.0"), grade, "It is named."))
    assert failure.topic == topic
    assert failure.words
    assert failure.next_step


def test_the_two_ends_of_a_forward() -> None:
    assert of_local_end().topic == "local-port-in-use"
    assert of_refused_destination().topic == "remote-port-refused"


@pytest.mark.parametrize("words", ["", "the middle of it", "assorted", "bucket list", "a plugin", "geofence"])
def test_words_that_only_look_like_others_point_at_nothing(words: str) -> None:
    assert of_words(words) is None


@pytest.mark.parametrize(
    ("duration", "ending"), [(BLANK_SECONDS - 0.1, SessionEnding.LEFT), (BLANK_SECONDS, SessionEnding.BLANK)]
)
def test_a_blank_screen_that_the_user_left_is_a_failure_once_it_was_long_enough(
    duration: float, ending: SessionEnding
) -> None:
    run = PluginRun(exit_status=0, left=True, duration=duration, words=PluginWords(PluginWord.BANNER))
    outcome = judge(run)
    assert outcome.ending is ending
    assert outcome.well == (ending is SessionEnding.LEFT)
    assert after_run(run, outcome)
    assert not outcome.ended_by_itself


def test_a_command_may_be_silent_and_smtui_may_be_told_to_end() -> None:
    run = PluginRun(exit_status=0, left=True, duration=60, words=PluginWords(PluginWord.BANNER))
    assert judge(run, may_be_silent=True).ending is SessionEnding.LEFT
    stopped = PluginRun(signal=15, left=True, stopped=True, duration=60)
    assert judge(stopped).ending is SessionEnding.STOPPED


@pytest.mark.parametrize("spoke", [False, True])
def test_the_failure_carries_topic_causes_and_checks(spoke: bool) -> None:
    run = said(BANNER + (FAREWELL if spoke else ""), left=True, spoke=spoke, duration=BLANK_SECONDS)
    failure = from_run("web-1", "ops-1", judge(run), run)
    assert failure.topic == "blank-screen"
    assert failure.causes == of_run(run).causes
    assert failure.look_at == of_run(run).look_at
    assert failure.title == "The session on web-1 did not start"
    assert failure.causes[0] in failure.details()


def test_an_unknown_failure_says_so_and_shows_everything_known() -> None:
    odd = Fault(FaultKind.OTHER, START, "Teapot", "I am a teapot", AT, "7f3a1b2c-1111")
    failure = from_fault("The session on web-1 did not start", odd, ON_EC2)
    assert failure.topic == "unknown-failure"
    told = failure.details()
    for part in ("Teapot", "I am a teapot", START, "7f3a1b2c", "00:00:00 UTC", "smtui does not know"):
        assert part in told


RUNS = st.builds(
    PluginRun,
    exit_status=st.none() | st.integers(0, 255),
    tail=st.text(),
    words=st.builds(PluginWords, st.sampled_from(list(PluginWord)), st.text()),
    spoke=st.booleans(),
    left=st.booleans(),
    stopped=st.booleans(),
    hung_up=st.booleans(),
    error=st.text(),
    duration=st.floats(0, 1e6),
)
FAULTS = st.builds(
    Fault,
    st.sampled_from(list(FaultKind)),
    st.sampled_from(["", START, "kms:Decrypt", ":"]),
    st.text(),
    st.text(),
    st.just(AT),
)
REQUESTS = st.none() | st.builds(SessionRequest, st.text(), document_name=st.text())


@given(RUNS)
def test_no_run_is_too_odd_for_a_topic(run: PluginRun) -> None:
    assert of_run(run).topic in TOPIC_IDS
    failure = from_run("web\x1b-1", "s-1", judge(run), run)
    assert all(line == harmless(line) for line in failure.details().split("\n"))


@given(FAULTS, REQUESTS)
def test_no_fault_is_too_odd_for_a_topic(failed: Fault, request_: SessionRequest | None) -> None:
    likely = of_fault(failed, request_)
    assert likely.topic in TOPIC_IDS
    assert likely.causes
