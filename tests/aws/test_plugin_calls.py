"""The plugin's signature against botocore's own, and its calls against a service that answers as told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from unittest.mock import patch

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from smtui.aws.plugin_calls import CallFailed, CallRefused, Keys, PluginCalls, blames_clock, sign_upgrade

URL = "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/s-1?role=publish_subscribe&cell-number=AAEAAQ=="
NOW = datetime(2026, 11, 22, 5, 19, 52, tzinfo=UTC)
SESSION_ID = st.from_regex(r"[A-Za-z0-9._%=@-]{1,40}", fullmatch=True).filter(lambda text: text.strip("."))


def by_botocore(url: str, region: str, keys: Keys) -> dict[str, str]:
    plain = url.replace("wss://", "https://").replace("ws://", "http://")
    request = AWSRequest("GET", plain)
    with patch("botocore.auth.get_current_datetime", return_value=NOW):
        SigV4Auth(Credentials(keys.access_key, keys.secret_key, keys.token or None), "ssmmessages", region).add_auth(
            request
        )
    return dict(request.headers.items())


@given(
    session_id=SESSION_ID,
    cell=st.from_regex(r"[A-Za-z0-9%=+/-]{0,20}", fullmatch=True),
    host=st.sampled_from(["ssmmessages.us-east-1.amazonaws.com", "127.0.0.1:8765", "[::1]:80", "[::1]:81"]),
    token=st.sampled_from(["", "FwoGZXIvYXdzE", "a  b"]),
    secret=st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1),
)
def test_the_signature_is_botocores(session_id: str, cell: str, host: str, token: str, secret: str) -> None:
    scheme = "wss" if "amazonaws" in host else "ws"
    url = f"{scheme}://{host}/v1/data-channel/{session_id}?role=publish_subscribe&cell-number={cell}&a&b="
    keys = Keys("AKIDEXAMPLE", secret, token)
    assert sign_upgrade(url, "us-east-1", keys, NOW) == by_botocore(url, "us-east-1", keys)


def test_a_url_without_query_is_signed() -> None:
    keys = Keys("AKIDEXAMPLE", "secret")
    url = "wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/s-1"
    assert sign_upgrade(url, "eu-west-1", keys, NOW) == by_botocore(url, "eu-west-1", keys)


@pytest.mark.parametrize("parameter", ["X-Amz-Signature=abc", "x-amz-security-token=", "X-Amz-Date"])
def test_a_url_that_is_signed_already_is_left_alone(parameter: str) -> None:
    assert sign_upgrade(f"{URL}&{parameter}", "us-east-1", Keys("AKIDEXAMPLE", "secret")) == {}


def test_secrets_stay_out_of_the_repr() -> None:
    assert "s3cret" not in repr(Keys("AKIDEXAMPLE", "s3cret", "s3cret"))


def test_keys_of_the_environment_need_no_botocore() -> None:
    environ = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}
    calls = PluginCalls("", "us-east-1", "", environ)
    assert calls.keys() == Keys("AKID", "s", "t")
    assert calls._session is None


def test_a_profile_that_was_asked_for_beats_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "credentials").write_text("[dev]\naws_access_key_id = OFPROFILE\naws_secret_access_key = s\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    environ = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "s"}
    assert PluginCalls("dev", "us-east-1", "", environ).keys() == Keys("OFPROFILE", "s")


@pytest.mark.parametrize(("content", "key"), [("", "AKIDENV"), ("[default]\naws_access_key_id=AKIDFILE\n", "AKIDFILE")])
def test_a_default_profile_that_there_is_not_means_the_usual_sources(
    content: str, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """gossm and others pass `default` where nobody named a profile."""
    (tmp_path / "credentials").write_text(content + ("aws_secret_access_key=two\n" if content else ""))
    for name, value in {
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_ACCESS_KEY_ID": "AKIDENV",
        "AWS_SECRET_ACCESS_KEY": "one",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    keys = PluginCalls("default", "eu-west-1", "", os.environ).keys()
    assert keys is not None
    assert keys.access_key == key


def test_without_any_keys_there_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    assert PluginCalls("", "us-east-1", "", {}).keys() is None
    assert PluginCalls("no-such-profile", "us-east-1", "", {}).keys() is None


class Endpoint(HTTPServer):
    """Answers every call with what the test sets, and keeps the requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.answer: Mapping[str, object] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.signed: list[str] = []
        """The Authorization of each request."""
        self.refusals: list[Mapping[str, object]] = []
        """Answered with status 400, one after the other, before `answer`."""


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        endpoint = self.server
        assert isinstance(endpoint, Endpoint)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        endpoint.requests.append((self.headers["X-Amz-Target"], body))
        endpoint.signed.append(self.headers["Authorization"])
        refusal = endpoint.refusals.pop(0) if endpoint.refusals else None
        answer = json.dumps(refusal or endpoint.answer).encode()
        self.send_response(400 if refusal else endpoint.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    server = Endpoint()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def calls(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> PluginCalls:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", f"http://127.0.0.1:{endpoint.server_address[1]}")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    return PluginCalls("", "us-east-1", f"http://127.0.0.1:{endpoint.server_address[1]}", {})


def test_resuming_gives_url_and_token(endpoint: Endpoint, calls: PluginCalls) -> None:
    endpoint.answer = {"SessionId": "s-1", "StreamUrl": "wss://x/", "TokenValue": "t"}
    assert calls.resume_session("s-1") == ("wss://x/", "t")
    assert endpoint.requests == [("AmazonSSM.ResumeSession", {"SessionId": "s-1"})]


def test_resuming_stays_at_the_configured_endpoint(endpoint: Endpoint, calls: PluginCalls) -> None:
    endpoint.answer = {"SessionId": "s-1", "StreamUrl": "wss://ssmmessages.x.amazonaws.com/v1?a=b", "TokenValue": "t"}
    calls._environ = {"SMTUI_ENDPOINT_URL_SSMMESSAGES": "https://messages.corp.example"}
    assert calls.resume_session("s-1") == ("wss://messages.corp.example/v1?a=b", "t")


PREPARED = """
import os, sys
from smtui.aws.plugin_calls import PluginCalls
calls = PluginCalls("", "us-east-1", sys.argv[1], os.environ)
for step in calls.preparation():
    step()
imported = set(sys.modules)
print(calls.resume_session("s-1"), sorted(set(sys.modules) - imported))
"""


def test_after_its_preparation_resuming_imports_nothing_and_nothing_was_asked(endpoint: Endpoint) -> None:
    endpoint.answer = {"SessionId": "s-1", "StreamUrl": "wss://x", "TokenValue": "t0ken"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    keys = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true"}
    argv = [sys.executable, "-c", PREPARED, f"http://127.0.0.1:{endpoint.server_address[1]}"]
    probe = subprocess.run(argv, env=kept | keys, capture_output=True, text=True, check=True, timeout=60)
    assert probe.stdout == "('wss://x', 't0ken') []\n"
    assert endpoint.requests == [("AmazonSSM.ResumeSession", {"SessionId": "s-1"})]


def test_a_preparation_makes_the_client_that_resumes_and_terminates(
    endpoint: Endpoint, calls: PluginCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in calls.preparation():
        step()
    monkeypatch.setattr("botocore.session.Session.create_client", None)
    endpoint.answer = {"SessionId": "s-1", "StreamUrl": "wss://x", "TokenValue": "t0ken"}
    assert calls.resume_session("s-1") == ("wss://x", "t0ken")
    calls.terminate_session("s-1")
    assert [action for action, _ in endpoint.requests] == ["AmazonSSM.ResumeSession", "AmazonSSM.TerminateSession"]


def test_credentials_that_cannot_be_had_refuse_a_call_and_name_their_profile(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, config: Callable[[str], None]
) -> None:
    config("[profile p]\nregion = us-east-1\ncredential_process = /opt/none-such/vault\n")
    calls = PluginCalls("p", "us-east-1", f"http://127.0.0.1:{endpoint.server_address[1]}", {})
    with pytest.raises(CallRefused, match="credential_process of profile p was not found: /opt/none-such/vault"):
        calls.resume_session("s-1")
    assert endpoint.requests == []


@pytest.mark.parametrize(
    ("status", "answer"),
    [(200, {"SessionId": "s-1"}), (400, {"__type": "DoesNotExistException", "message": "no"})],
)
def test_a_session_that_has_ended_cannot_be_resumed(
    endpoint: Endpoint, calls: PluginCalls, status: int, answer: dict[str, object]
) -> None:
    endpoint.status, endpoint.answer = status, answer
    assert calls.resume_session("s-1") is None


@pytest.mark.parametrize(
    ("status", "code", "raised"),
    [
        (400, "AccessDeniedException", CallRefused),
        (400, "ExpiredTokenException", CallRefused),
        (400, "ThrottlingException", CallFailed),
        (500, "InternalServerError", CallFailed),
    ],
)
def test_refusals_and_failures_are_distinguished(
    endpoint: Endpoint, calls: PluginCalls, status: int, code: str, raised: type[Exception]
) -> None:
    endpoint.status, endpoint.answer = status, {"__type": code, "message": "because"}
    with pytest.raises(raised, match=f"ssm:ResumeSession .*: {code}: because"):
        calls.resume_session("s-1")


def test_a_refusal_without_words_is_reported_by_its_code(endpoint: Endpoint, calls: PluginCalls) -> None:
    endpoint.status, endpoint.answer = 400, {"__type": "InvalidCiphertextException"}
    with pytest.raises(CallRefused, match=r"kms:GenerateDataKey was refused: InvalidCiphertextException$"):
        calls.generate_data_key("k", {})


@pytest.mark.parametrize("answer", [{}, {"Plaintext": "cGxhaW4="}, {"CiphertextBlob": "Y2lwaGVy"}])
def test_an_answer_without_a_key(endpoint: Endpoint, calls: PluginCalls, answer: dict[str, object]) -> None:
    endpoint.answer = answer
    with pytest.raises(CallFailed, match="kms:GenerateDataKey failed: the answer holds no key"):
        calls.generate_data_key("k", {})


def test_nobody_answering_is_a_failure(monkeypatch: pytest.MonkeyPatch, calls: PluginCalls) -> None:
    with pytest.raises(CallFailed, match="ssm:TerminateSession"):
        PluginCalls("", "us-east-1", "http://127.0.0.1:1", {}).terminate_session("s-1")


def test_no_credentials_is_a_refusal(
    endpoint: Endpoint, calls: PluginCalls, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(CallRefused, match="credentials"):
        calls.resume_session("s-1")


def test_terminating(endpoint: Endpoint, calls: PluginCalls) -> None:
    calls.terminate_session("s-1")
    assert endpoint.requests == [("AmazonSSM.TerminateSession", {"SessionId": "s-1"})]


def test_a_data_key_is_bound_to_its_context(endpoint: Endpoint, calls: PluginCalls) -> None:
    endpoint.answer = {"Plaintext": "cGxhaW4=", "CiphertextBlob": "Y2lwaGVy", "KeyId": "k"}
    assert calls.generate_data_key("k", {"aws:ssm:SessionId": "s-1"}) == (b"plain", b"cipher")
    assert endpoint.requests == [
        (
            "TrentService.GenerateDataKey",
            {"KeyId": "k", "NumberOfBytes": 64, "EncryptionContext": {"aws:ssm:SessionId": "s-1"}},
        )
    ]


# Credentials and the clock between a cut and its resume -----------------------------------------------

TOLD = "import json, sys; print(json.dumps({'Version': 1, **json.load(open(sys.argv[1]))}))"
EXPIRED = {"__type": "ExpiredTokenException", "message": "The security token included in the request is expired"}
RESUMED = {"SessionId": "s-1", "StreamUrl": "wss://x/", "TokenValue": "t"}


@pytest.fixture
def of_a_profile(endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginCalls:
    """Calls with a profile whose credentials come from a program, which reads them in `tmp_path / "keys"`."""
    program = f'{sys.executable} -c "{TOLD}" {tmp_path / "keys"}'
    (tmp_path / "config").write_text(f"[profile dev]\ncredential_process = {program}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    return PluginCalls("dev", "us-east-1", f"http://127.0.0.1:{endpoint.server_address[1]}", os.environ)


def give(tmp_path: Path, key: str, *, minutes: int | None = None) -> None:
    """What the program tells next; without minutes it does not say how long they are valid."""
    keys = {"AccessKeyId": key, "SecretAccessKey": "s3cretkey", "SessionToken": f"token of {key}"}
    if minutes is not None:
        keys["Expiration"] = (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()
    (tmp_path / "keys").write_text(json.dumps(keys))


def access_key(calls: PluginCalls) -> str:
    keys = calls.keys()
    assert keys is not None
    return keys.access_key


def test_credentials_that_expired_since_the_start_are_renewed_before_resuming(
    endpoint: Endpoint, of_a_profile: PluginCalls, tmp_path: Path
) -> None:
    give(tmp_path, "AKIDFIRST", minutes=1)
    assert access_key(of_a_profile) == "AKIDFIRST"
    give(tmp_path, "AKIDSECOND", minutes=240)
    endpoint.answer = RESUMED
    assert of_a_profile.resume_session("s-1") == ("wss://x/", "t")
    assert "Credential=AKIDSECOND/" in endpoint.signed[-1]
    assert access_key(of_a_profile) == "AKIDSECOND", "for the websocket too"


def test_credentials_whose_end_nobody_knew_are_looked_for_again_once_aws_calls_them_expired(
    endpoint: Endpoint, of_a_profile: PluginCalls, tmp_path: Path
) -> None:
    give(tmp_path, "AKIDFIRST")
    assert access_key(of_a_profile) == "AKIDFIRST"
    give(tmp_path, "AKIDSECOND")
    endpoint.answer, endpoint.refusals = RESUMED, [EXPIRED]
    assert of_a_profile.resume_session("s-1") == ("wss://x/", "t")
    assert ["AKIDFIRST" in each for each in endpoint.signed] == [True, False]
    assert "Credential=AKIDSECOND/" in endpoint.signed[-1]
    assert access_key(of_a_profile) == "AKIDSECOND"


def test_credentials_that_stay_expired_are_a_refusal_after_two_calls(endpoint: Endpoint, calls: PluginCalls) -> None:
    endpoint.refusals = [EXPIRED] * 3
    with pytest.raises(CallRefused, match="ExpiredTokenException"):
        calls.resume_session("s-1")
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize(
    "refusal",
    [
        {"__type": "InvalidSignatureException", "message": "Signature expired: 2026 is now earlier than 2027"},
        {"__type": "InvalidSignatureException", "message": "Signature not yet current: 2027"},
        {"__type": "RequestTimeTooSkewed", "message": "The difference is too large."},
    ],
)
def test_a_clock_that_is_off_after_sleep_is_a_failure_that_passes(
    endpoint: Endpoint, calls: PluginCalls, refusal: dict[str, object]
) -> None:
    endpoint.answer, endpoint.refusals = RESUMED, [refusal]
    with pytest.raises(CallFailed):
        calls.resume_session("s-1")
    assert calls.resume_session("s-1") == ("wss://x/", "t")


@pytest.mark.parametrize(
    ("body", "blamed"),
    [
        (b'{"message":"Signature expired: 20261129T000000Z is now earlier than 20261129T020000Z"}', True),
        (b"Signature not yet current", True),
        (b'{"message":"The security token included in the request is invalid"}', False),
        (b"\xff\xfe", False),
        (b"", False),
    ],
)
def test_an_upgrade_that_is_refused_for_its_time_is_told_apart(body: bytes, blamed: bool) -> None:
    assert blames_clock(body) is blamed
