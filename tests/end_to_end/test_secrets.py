"""What is secret in the environment or in AWS's answers is in nothing that any program puts out when things fail."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
import unicodedata
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.end_to_end.shells import PLUGIN, SMTUI, clean_environment

PATIENCE = 120.0
NODE = "i-0a1b2c3d4e5f60718"
PASSWORD = "Xy7pass-of-the-proxy"
ODD_PASSWORD = "Xy7/slash#hash@atsign"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLE"
SESSION_TOKEN = "IQoJb3JpZ2luX2VjEAEaCXVzLWVhc3Qt/tokenOfTheEnvironment=="
GRANTED_KEY = "Gr4ntedK7MDENG/ofTheRequest+EXAMPLEKEY"
GRANTED_TOKEN = "FwoGZXIvYXdzEGrantedTokenOfTheRequest//tail=="
STREAM_TOKEN = "AAEAAdTokenOfTheSession0123456789"
HOSTILE = "\x1b]52;c;cm0=\x07\x9b31m\u202e\u2028\u200b"

SECRETS = {
    spelling
    for secret in (PASSWORD, SECRET_KEY, SESSION_TOKEN, STREAM_TOKEN, GRANTED_KEY, GRANTED_TOKEN)
    for spelling in (secret, quote(secret), quote(secret, ""), b64encode(f"alice:{secret}".encode()).decode())
} | {ODD_PASSWORD, "slash", "hash@", "atsign", "alice:Xy7"}

COMMANDS = (
    ("list",),
    ("doctor", NODE),
    ("doctor", NODE, "--json"),
    ("connect", NODE),
    ("connect", NODE, "--ask-access", "--reason", "why"),
    ("sessions", "access", "ask", NODE, "--reason", "why", "--wait"),
    ("sessions", "access", "list", "--json"),
    ("forward", NODE, "80"),
)


class Stranger(BaseHTTPRequestHandler):
    """An endpoint or a proxy that says back what it was sent, escapes included."""

    protocol_version = "HTTP/1.1"

    def do_CONNECT(self) -> None:
        self.send_response(407, f"Who is {self.headers['Proxy-Authorization']}".replace("\n", " "))
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        said = f"{HOSTILE} You sent {dict(self.headers)} and {self.path}. " + "x" * 100_000
        operation = str(self.headers.get("X-Amz-Target")).rpartition(".")[2]
        if "json" in str(self.headers["Content-Type"]):
            status, answer = self.answer(operation, said)
        else:
            quoted = "".join(c if c.isprintable() and c not in "<>&" else "?" for c in said)
            status, answer = (
                400,
                f"<Response><Errors><Error><Code>Odd</Code><Message>{quoted}</Message></Error></Errors></Response>",
            )
        body = answer.encode("utf-8", "surrogatepass")
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.do_POST()

    def answer(self, operation: str, said: str) -> tuple[int, str]:
        session = {"SessionId": "s-1", "TokenValue": STREAM_TOKEN}
        if operation == "StartSession":
            return 200, json.dumps(
                {**session, "StreamUrl": f"ws://127.0.0.1:9/{STREAM_TOKEN}?cell-number={STREAM_TOKEN}"}
            )
        if operation in ("TerminateSession", "GetDocument"):
            return 400, json.dumps({"__type": f"Odd{HOSTILE}", "message": f"{said} {STREAM_TOKEN}"})
        return 400, json.dumps({"__type": f"AccessDenied{HOSTILE}", "message": said})

    def log_message(self, *_: object) -> None:
        pass


class Granting(Stranger):
    """Approves at once, then quotes the granted keys to whoever signs with them."""

    def answer(self, operation: str, said: str) -> tuple[int, str]:
        if operation == "StartAccessRequest":
            return 200, json.dumps({"AccessRequestId": "oi-0123456789ab"})
        if operation == "GetAccessToken":
            keys = {"AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": GRANTED_KEY}
            granted = {**keys, "SessionToken": GRANTED_TOKEN, "ExpirationTime": 4_000_000_000}
            return 200, json.dumps({"AccessRequestStatus": "Approved", "Credentials": granted})
        if "ASIAIOSFODNN7EXAMPLE" in str(self.headers["Authorization"]):
            words = f"{GRANTED_KEY} {GRANTED_TOKEN} {said}"
            return 400, json.dumps({"__type": f"AccessDenied{HOSTILE}", "message": words})
        return super().answer(operation, said)


class WithoutAddress(Stranger):
    def answer(self, operation: str, said: str) -> tuple[int, str]:
        if operation == "StartSession":
            return 200, json.dumps({"SessionId": f"s-{STREAM_TOKEN}", "TokenValue": STREAM_TOKEN})
        return super().answer(operation, said)


@contextlib.contextmanager
def listening(kind: type[Stranger]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True)
class Situation:
    """Variables in which `{there}` is a listening address; `config` is the AWS configuration file."""

    variables: Mapping[str, str] = field(default_factory=dict)
    config: str = ""
    kind: type[Stranger] = Stranger


SITUATIONS = {
    "a proxy without a scheme that refuses": Situation({"HTTPS_PROXY": f"alice:{PASSWORD}@127.0.0.1:9"}),
    "a proxy that wants another login": Situation({"HTTPS_PROXY": f"http://alice:{PASSWORD}@{{there}}"}),
    "a proxy whose password is not encoded": Situation({"HTTPS_PROXY": f"alice:{ODD_PASSWORD}@127.0.0.1:9"}),
    "a proxy with no port": Situation({"https_proxy": f"http://alice:{PASSWORD}@127.0.0.1:none"}),
    "a proxy of a kind that is not known": Situation({"HTTPS_PROXY": f"socks5://alice:{PASSWORD}@127.0.0.1:9"}),
    "an endpoint with a login": Situation({"AWS_ENDPOINT_URL": f"http://alice:{PASSWORD}@{{there}}"}),
    "an endpoint that is no URL": Situation({"AWS_ENDPOINT_URL": f"alice:{PASSWORD}@:9:9"}),
    "an endpoint without TLS": Situation({"AWS_ENDPOINT_URL": "https://{there}"}),
    "an endpoint that says back what it was sent": Situation({"AWS_ENDPOINT_URL": "http://{there}"}),
    "an answer without an address": Situation({"AWS_ENDPOINT_URL": "http://{there}"}, kind=WithoutAddress),
    "an endpoint that grants access and quotes the keys": Situation(
        {"AWS_ENDPOINT_URL": "http://{there}"}, kind=Granting
    ),
    "a credential process that fails loudly": Situation(
        {"AWS_PROFILE": "p", "AWS_ACCESS_KEY_ID": ""},
        "[profile p]\nregion = eu-west-1\n"
        """credential_process = sh -c "env >&2; printf '\\033]52;c;cm0=\\007' >&2; exit 1"\n""",
    ),
}  # fmt: skip


_BY_HAND = frozenset(
    {
        "a proxy without a scheme that refuses",
        "a proxy with no port",
        "a proxy of a kind that is not known",
        "an endpoint that is no URL",
    }
)
"""Each fails where another one does, before anything is sent."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in _BY_HAND else ()) for name in SITUATIONS]
)
def test_no_secret_and_nothing_hostile_comes_out(name: str, tmp_path: Path) -> None:
    situation = SITUATIONS[name]
    with listening(situation.kind) as there:
        environment = clean_environment(tmp_path / "home") | {
            "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_SESSION_TOKEN": SESSION_TOKEN,
            "AWS_MAX_ATTEMPTS": "1",
            "SMTUI_PLUGIN": "builtin",
            "NO_PROXY": "",
            **{variable: value.format(there=there) for variable, value in situation.variables.items()},
        }
        environment = {variable: value for variable, value in environment.items() if value}
        Path(environment["AWS_CONFIG_FILE"]).write_text(situation.config)
        running = [
            subprocess.Popen(
                [SMTUI, *command, "--log-file", str(tmp_path / f"{number}.log")],
                env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
            for number, command in enumerate(COMMANDS)
        ]  # fmt: skip
        said = [process.communicate(timeout=PATIENCE) for process in running]
    for command, (out, err) in zip(COMMANDS, said, strict=True):
        assert_fit_to_be_shown(" ".join(command), out + err)
        assert out + err, f"{command} said nothing"
        assert b"Traceback" not in out + err
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "aws-config"]
    assert len([path for path in kept if path.suffix == ".log"]) == len(COMMANDS)
    for path in kept:
        assert_fit_to_be_shown(path.name, path.read_bytes())


@pytest.mark.parametrize(
    "proxy", ["alice:{password}@127.0.0.1:9", "http://alice:{password}@{there}", "http://alice:{odd}@:"]
)
@pytest.mark.parametrize("parent", ["", "1"])
def test_the_plugin_alone(proxy: str, parent: str, tmp_path: Path) -> None:
    response = {
        "SessionId": "s-1",
        "TokenValue": STREAM_TOKEN,
        "StreamUrl": f"wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/s-1?cell-number={STREAM_TOKEN}",
    }
    with listening(Stranger) as there:
        environment = clean_environment(tmp_path / "home") | {
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_SESSION_TOKEN": SESSION_TOKEN,
            "HTTPS_PROXY": proxy.format(password=PASSWORD, odd=ODD_PASSWORD, there=there),
            "AWS_SSM_START_SESSION_RESPONSE": json.dumps(response),
            **({"SMTUI_PLUGIN_PARENT": parent} if parent else {}),
        }
        argv = [PLUGIN, "AWS_SSM_START_SESSION_RESPONSE", "eu-west-1", "StartSession", "", "{}", f"http://{there}"]
        done = subprocess.run(
            argv, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False
        )
    assert b"Cannot perform start session: " in done.stdout + done.stderr
    assert_fit_to_be_shown("smtui-plugin", done.stdout + done.stderr)


def assert_fit_to_be_shown(what: str, output: bytes) -> None:
    text = output.decode()
    assert [secret for secret in SECRETS if secret in text] == [], f"{what}: {text[:3000]}"
    obeyed = [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert obeyed == [], f"{what}: {obeyed[:20]}"
    assert len(text) < 200_000, f"{what}: {len(text)} characters"
