"""Every kind of file and text that smtui leaves, each made once: the scan behind each test looks for secrets in them.

What is typed without echo, and what goes through a tunnel, is added to the secrets of the Region.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from smtui.demo.account.identity_book import IdentityBook
from smtui.demo.region import demo_fleet
from tests.end_to_end.conftest import World
from tests.end_to_end.secret_scan import GivenOut, leaks, listening, spellings
from tests.end_to_end.shells import SMTUI, kept_models
from tests.end_to_end.terminal import Terminal
from tests.waiting import PATIENCE

CANARY = "Kanarienvogel/7+im-Bergwerk\\Nord"


def test_a_session_with_every_log_and_a_recording(world: World, tmp_path: Path, given_out: GivenOut) -> None:
    given_out.add(CANARY)
    files = log, plugin_log, cast = [tmp_path / name for name in ("smtui.log", "plugin.log", "a.cast")]
    environment = world.environment | {"SMTUI_PLUGIN": "builtin", "SMTUI_PLUGIN_LOG": str(plugin_log)}
    argv = [SMTUI, "connect", "web-1", "--record", str(cast), "--log-file", str(log)]
    with Terminal(argv, environment) as terminal:
        terminal.wait_for("[web-1 ~]$")
        terminal.press("stty -echo; printf 'Password: '; read -r p; stty echo; echo; echo ${#p} characters\r")
        terminal.wait_for("\nPassword:")
        terminal.press(f"{CANARY}\r")
        terminal.wait_for(f"\n{len(CANARY)} characters")
        assert list((world.home / "state").iterdir()), "the journal"
        assert leaks(tmp_path, given_out, kept_models()) == []
        terminal.press("exit\r")
        assert terminal.wait_for_end() == 0
    assert all(file.stat().st_size > 0 for file in files)


def test_a_forward_with_its_logs(world: World, tmp_path: Path, given_out: GivenOut) -> None:
    given_out.add(CANARY)
    log, plugin_log = tmp_path / "smtui.log", tmp_path / "plugin.log"
    environment = world.environment | {"SMTUI_PLUGIN": "builtin", "SMTUI_PLUGIN_LOG": str(plugin_log)}
    with Terminal([SMTUI, "forward", "web-1", "80", "--log-file", str(log)], environment) as terminal:
        found = re.search(r"127\.0\.0\.1:(\d+) → ", terminal.wait_for(" → port 80 of web-1"))
        assert found is not None
        with socket.create_connection(("127.0.0.1", int(found[1])), timeout=PATIENCE) as client:
            client.sendall(f"GET /{CANARY} HTTP/1.0\r\nAuthorization: {CANARY}\r\n\r\n".encode())
            assert client.recv(4)
        terminal.press("\x03")
        terminal.wait_for_end()
    assert log.stat().st_size > 0
    assert plugin_log.stat().st_size > 0


def test_what_commands_print_and_keep(world: World, tmp_path: Path) -> None:
    commands = {
        "info": ("info", "--json"),
        "list": ("list", "--json"),
        "documents": ("documents",),
        "doctor": ("doctor", "web-1", "--json"),
        "settings": ("config", "show"),
    }
    for name, words in commands.items():
        done = subprocess.run(
            [SMTUI, *words, "--log-file", str(tmp_path / f"{name}.log")] if name not in ("info", "settings")
            else [SMTUI, *words],
            env=world.environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode in (0, 3), done.stderr
        assert done.stdout, name
        (tmp_path / f"{name}.txt").write_bytes(done.stdout + done.stderr)
    assert json.loads((tmp_path / "info.txt").read_bytes())
    assert (world.home / "state" / "document-names.txt").exists(), "the words that a shell is offered"


# The scan itself ---------------------------------------------------------------------------------


def test_the_region_gives_out_what_the_scan_looks_for(world: World, given_out: GivenOut) -> None:
    assert world.region.secret_access_key.encode() in given_out.secrets
    node = demo_fleet().story[0]
    _, token = world.region.sessions.start(node, owner_arn="arn:aws:sts::111122223333:assumed-role/ops/maria")
    assert token.encode() in given_out.secrets


@pytest.mark.parametrize(
    "secret", [b"wJalrXUtnFEMI/K7MDENG+bPxRfiCY", b'q"uote\\slash/and-more-of-it', bytes(range(200, 232))]
)
def test_every_spelling_is_found_wherever_it_stands(secret: bytes, tmp_path: Path) -> None:
    given = GivenOut()
    given.add(secret)
    kinds = [secret, secret[:20], secret.hex().encode(), secret.hex().upper().encode()]
    for ahead in (b"", b"a", b"ab", b"abc"):
        kinds += [base64.b64encode(ahead + secret + b"zz"), base64.urlsafe_b64encode(ahead + secret)]
        kinds.append(base64.b64encode(ahead + secret).replace(b"/", rb"\/"))
    if secret.isascii():
        kinds += [json.dumps(secret.decode()).encode(), quote(secret, "").encode()]
    for number, kind in enumerate(kinds):
        (tmp_path / f"{number}").write_bytes(b"before " + kind + b" behind")
    (tmp_path / "clean").write_bytes(b"nothing of it: " + secret[:12] + b" " + secret[12:])
    assert len(leaks(tmp_path, given)) == len(kinds)


def test_codes_count_behind_a_word_for_them_and_the_aws_cli_keeps_its_own(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    tmp_path = tmp_path_factory.mktemp("other")  # the scan behind each test would find them too
    with listening() as given:
        IdentityBook().spend_code("arn", "492133")
    (tmp_path / "a").write_text('{"TokenCode": "492133"}')
    (tmp_path / "b").write_text("at 12:00:00.492133 it took 492133 ns")
    (tmp_path / ".aws" / "sso").mkdir(parents=True)
    (tmp_path / ".aws" / "sso" / "c").write_text("code 492133")
    assert leaks(tmp_path, given) == ["a holds an MFA code"]


def test_spellings_are_long_enough_to_mean_something() -> None:
    assert min(map(len, spellings(b"x" * 40))) >= 20
