from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import botocore.exceptions as client_side
import pytest
from botocore.parsers import ResponseParserError

from smtui.aws.call_faults import MfaNeeded, fault_of
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.topics.next_step import after_fault

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def answered(
    code: str,
    message: str = "said so",
    operation: str = "DescribeInstances",
    status: int = 400,
    date: datetime | None = None,
) -> client_side.ClientError:
    headers = {"date": format_datetime(date)} if date else {}
    return client_side.ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "r-1", "HTTPHeaders": headers},
        },
        operation,
    )


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDenied", FaultKind.DENIED),
        ("AccessDeniedException", FaultKind.DENIED),
        ("UnauthorizedOperation", FaultKind.DENIED),
        ("ForbiddenException", FaultKind.DENIED),
        ("ExpiredToken", FaultKind.EXPIRED_CREDENTIALS),
        ("ExpiredTokenException", FaultKind.EXPIRED_CREDENTIALS),
        ("RequestExpired", FaultKind.EXPIRED_CREDENTIALS),
        ("UnrecognizedClientException", FaultKind.INVALID_CREDENTIALS),
        ("InvalidClientTokenId", FaultKind.INVALID_CREDENTIALS),
        ("AuthFailure", FaultKind.INVALID_CREDENTIALS),
        ("InvalidSignatureException", FaultKind.INVALID_CREDENTIALS),
        ("SignatureDoesNotMatch", FaultKind.INVALID_CREDENTIALS),
        ("MissingAuthenticationToken", FaultKind.INVALID_CREDENTIALS),
        ("RequestTimeTooSkewed", FaultKind.CLOCK_SKEW),
        ("Throttling", FaultKind.THROTTLED),
        ("ThrottlingException", FaultKind.THROTTLED),
        ("ThrottledException", FaultKind.THROTTLED),
        ("TooManyRequestsException", FaultKind.THROTTLED),
        ("RequestLimitExceeded", FaultKind.THROTTLED),
        ("TargetNotConnected", FaultKind.TARGET_NOT_CONNECTED),
        ("InvalidInstanceId", FaultKind.INVALID_TARGET),
        ("InvalidInstanceID.NotFound", FaultKind.INVALID_TARGET),
        ("InvalidInstanceID.Malformed", FaultKind.INVALID_TARGET),
        ("InvalidDocument", FaultKind.INVALID_DOCUMENT),
        ("InvalidDocumentContent", FaultKind.INVALID_DOCUMENT),
        ("ValidationException", FaultKind.INVALID_REQUEST),
        ("ValidationError", FaultKind.INVALID_REQUEST),
        ("InvalidParameterValue", FaultKind.INVALID_REQUEST),
        ("InvalidParameters", FaultKind.INVALID_REQUEST),
        ("InternalServerError", FaultKind.SERVICE),
        ("InternalFailure", FaultKind.SERVICE),
        ("ServiceUnavailable", FaultKind.SERVICE),
        ("SomethingNew", FaultKind.OTHER),
        ("", FaultKind.OTHER),
    ],
)
def test_what_aws_answers(code: str, kind: FaultKind) -> None:
    fault = fault_of(answered(code), "ec2:DescribeInstances", AT)
    assert fault == Fault(kind, "ec2:DescribeInstances", code, "said so", AT, "r-1")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (407, FaultKind.UNREACHABLE),
        (429, FaultKind.THROTTLED),
        (502, FaultKind.SERVICE),
        (503, FaultKind.SERVICE),
        (403, FaultKind.OTHER),
    ],
)
def test_a_bare_status_of_something_in_between(status: int, kind: FaultKind) -> None:
    assert fault_of(answered(str(status), status=status), "ssm:X", AT).kind is kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (client_side.NoCredentialsError(), FaultKind.NO_CREDENTIALS),
        (
            client_side.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
            FaultKind.CREDENTIAL_SOURCE,
        ),
        (
            client_side.CredentialRetrievalError(provider="custom-process", error_msg="locked"),
            FaultKind.CREDENTIAL_SOURCE,
        ),
        (client_side.MetadataRetrievalError(error_msg="x"), FaultKind.CREDENTIAL_SOURCE),
        (MfaNeeded("Enter MFA code"), FaultKind.MFA_NEEDED),
        (client_side.RefreshWithMFAUnsupportedError(), FaultKind.MFA_NEEDED),
        (client_side.UnauthorizedSSOTokenError(), FaultKind.SSO_SIGN_IN),
        (client_side.SSOTokenLoadError(error_msg="x"), FaultKind.SSO_SIGN_IN),
        (client_side.TokenRetrievalError(provider="sso", error_msg="x"), FaultKind.SSO_SIGN_IN),
        (client_side.NoRegionError(), FaultKind.NO_REGION),
        (client_side.ProfileNotFound(profile="x"), FaultKind.UNKNOWN_PROFILE),
        (client_side.ConfigParseError(path="/x"), FaultKind.BROKEN_CONFIG),
        (client_side.InvalidConfigError(error_msg="x"), FaultKind.BROKEN_CONFIG),
        (
            client_side.InfiniteLoopConfigError(source_profile="a", visited_profiles=["a"]),
            FaultKind.BROKEN_CONFIG,
        ),
        (client_side.EndpointConnectionError(endpoint_url="https://x"), FaultKind.UNREACHABLE),
        (client_side.ConnectTimeoutError(endpoint_url="https://x"), FaultKind.UNREACHABLE),
        (client_side.ReadTimeoutError(endpoint_url="https://x"), FaultKind.TIMED_OUT),
        (client_side.SSLError(endpoint_url="https://x", error="x"), FaultKind.UNREACHABLE),
        (client_side.ProxyConnectionError(proxy_url="http://x"), FaultKind.UNREACHABLE),
        (client_side.ConnectionClosedError(endpoint_url="https://x"), FaultKind.UNREACHABLE),
        (client_side.HTTPClientError(error="x"), FaultKind.UNREACHABLE),
        (ResponseParserError("a web page"), FaultKind.UNREACHABLE),
        (client_side.ParamValidationError(report="x"), FaultKind.INVALID_REQUEST),
        (client_side.InvalidRegionError(region_name="a b"), FaultKind.INVALID_REQUEST),
        (client_side.EndpointProviderError(msg="x"), FaultKind.INVALID_REQUEST),
        (ValueError("Invalid endpoint: x"), FaultKind.INVALID_REQUEST),
        (ValueError("x"), FaultKind.OTHER),
        (RuntimeError("x"), FaultKind.OTHER),
    ],
)
def test_what_the_client_raises(error: Exception, kind: FaultKind) -> None:
    fault = fault_of(error, "ssm:X", AT)
    assert (fault.kind, fault.action, fault.at) == (kind, "ssm:X", AT)
    assert fault.code == type(error).__name__
    assert fault.message == str(error)


OF_NO_CALL_OF_OURS = {
    *("BotoCoreError", "ClientError", "EventStreamError", "UndefinedModelAttributeError", "MissingServiceIdError"),
    *("ApiVersionNotFoundError", "UnknownServiceError", "UnknownServiceStyle", "UnknownClientMethodError"),
    *("UnsupportedServiceProtocolsError", "UnsupportedTLSVersionWarning", "ImminentRemovalWarning"),
    *("PaginationError", "OperationNotPageableError", "WaiterError", "WaiterConfigError", "InvalidExpressionError"),
    *("ChecksumError", "FlexibleChecksumError", "AwsChunkedWrapperError", "UnseekableStreamError"),
    *("MD5UnavailableError", "StubResponseError", "StubAssertionError", "UnStubbedResponseError"),
    *("InvalidDNSNameError", "InvalidS3AddressingStyleError", "UnsupportedS3ArnError", "UnsupportedS3ControlArnError"),
    *("UnsupportedOutpostResourceError", "UnsupportedS3ConfigurationError", "UnsupportedS3ControlConfigurationError"),
    *("UnsupportedS3AccesspointConfigurationError", "InvalidS3UsEast1RegionalEndpointConfigError"),
}
"""Of S3, waiters, paginators, streams and stubs, which smtui does not use; and the bases of all others."""


def test_every_exception_of_the_installed_botocore_has_its_kind() -> None:
    """A botocore that knows a new one fails here: give it a kind in `aws.call_faults`, or say that no call meets it.

    Credentials need no list: `aws.credential_faults` takes whatever fails while they are looked for.
    """
    known = {
        name: cls
        for name, cls in vars(client_side).items()
        if isinstance(cls, type) and issubclass(cls, Exception) and cls.__module__ == client_side.__name__
    }
    unnamed = {
        name
        for name, cls in known.items()
        if name not in OF_NO_CALL_OF_OURS and fault_of(cls.__new__(cls), "ssm:X", AT).kind is FaultKind.OTHER
    }
    assert unnamed == set()
    assert known.keys() >= {"LoginError", "SSOError", "NoCredentialsError"}


def test_every_kind_says_something() -> None:
    for kind in FaultKind:
        fault = Fault(kind, "ssm:X", "Code", "message", AT)
        assert fault.sentence()
        assert after_fault(fault)


def test_a_fault_passes_through_unchanged() -> None:
    fault = Fault(FaultKind.NO_REGION, "", "", "x", AT)
    assert fault_of(AwsCallFailed(fault), "ssm:X", AT) is fault


@pytest.mark.parametrize(
    ("message", "action"),
    [
        (
            "User: arn:aws:iam::1:user/x is not authorized to perform: kms:GenerateDataKey on resource: y",
            "kms:GenerateDataKey",
        ),
        (
            "You are not authorized to perform this operation. User: z is not authorized to perform: "
            "ec2:DescribeInstances because no identity-based policy allows it",
            "ec2:DescribeInstances",
        ),
        ("You are not authorized to perform this operation.", "ssm:StartSession"),
    ],
)
def test_a_denial_names_the_action_that_aws_names(message: str, action: str) -> None:
    assert fault_of(answered("AccessDenied", message), "ssm:StartSession", AT).action == action


@pytest.mark.parametrize("code", ["InvalidSignatureException", "SignatureDoesNotMatch"])
@pytest.mark.parametrize(
    "message", ["Signature expired: 20261122T0700Z is now earlier than …", "Signature not yet current: …"]
)
def test_a_signature_of_another_time_is_the_clock(code: str, message: str) -> None:
    assert fault_of(answered(code, message), "sts:X", AT).kind is FaultKind.CLOCK_SKEW


@pytest.mark.parametrize("code", ["RequestExpired", "AuthFailure"])
def test_the_answers_own_date_tells_the_clock_from_the_credentials(code: str) -> None:
    now = datetime.now(UTC)
    off = fault_of(answered(code, date=now - timedelta(minutes=20)), "ec2:X", AT)
    right = fault_of(answered(code, date=now + timedelta(minutes=1)), "ec2:X", AT)
    assert off.kind is FaultKind.CLOCK_SKEW
    assert right.kind in {FaultKind.EXPIRED_CREDENTIALS, FaultKind.INVALID_CREDENTIALS}


def test_a_quoted_request_is_cut_off() -> None:
    message = "The signature does not match.\n\nThe Canonical String for this request should have been\n'x-amz-sec"
    fault = fault_of(answered("SignatureDoesNotMatch", message), "sts:X", AT)
    assert fault.message == "The signature does not match."


@pytest.mark.parametrize(
    ("operation", "action"),
    [("AssumeRole", "sts:AssumeRole"), ("GetRoleCredentials", "sso:GetRoleCredentials")],
)
def test_a_call_that_fails_on_the_way_to_its_credentials_names_that_step(operation: str, action: str) -> None:
    assert fault_of(answered("AccessDenied", operation=operation), "ssm:StartSession", AT).action == action


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("DoesNotExistException", "", FaultKind.ALREADY_ENDED),
        ("ValidationException", "Session x is not in a valid state", FaultKind.ALREADY_ENDED),
        ("InvalidRequestException", "The session was already terminated", FaultKind.ALREADY_ENDED),
        ("ValidationException", "failed to satisfy constraint: length 1", FaultKind.INVALID_REQUEST),
        ("AccessDeniedException", "already", FaultKind.DENIED),
    ],
)
def test_a_session_that_has_ended(code: str, message: str, kind: FaultKind) -> None:
    assert fault_of(answered(code, message), "ssm:TerminateSession", AT).kind is kind


def test_ended_is_a_word_for_sessions_alone() -> None:
    assert fault_of(answered("ValidationException", "already"), "ssm:X", AT).kind is FaultKind.INVALID_REQUEST
