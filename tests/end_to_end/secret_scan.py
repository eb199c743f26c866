"""Finds secrets in the files that a test left: what the Region gave out, and what a test typed or sent in confidence.

Every key, token and data key of the simulated Region comes from `secrets.token_urlsafe` or `secrets.token_bytes`, in
the test's own process: `listening` notes them as they are made. `leaks` looks for the beginning of each, plain and as
base64, hex, JSON and URL spell it.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

SHORTEST = 30
"""Bytes of chance in the shortest secret, an access key; ids and page tokens have less."""
BEGINNING = 20
"""Characters or bytes that are looked for: a secret that was cut short has leaked too."""
MOST_BYTES = 1 << 20
"""Of one file."""
_BY_DESIGN = re.compile(
    r"(^|/)(aws-config|aws-credentials)[^/]*$"  # written by the test, with their backups
    r"|(^|/)\.aws/"  # the AWS CLI's own, with its caches of tokens
    r"|(^|/)smtui-demo-[^/]*/"  # the demo's nodes, and what was sent to them
)
_CODE = r"(?i)(?:code|mfa|token)[^\n]{0,24}(?<![\w.])%s(?![\w.])"


class GivenOut:
    """The secrets of one module's tests."""

    def __init__(self) -> None:
        self.secrets: list[bytes] = []
        self.codes: set[str] = set()
        """MFA codes: any six digits look alike, so they count only behind a word for them."""

    def add(self, secret: str | bytes) -> None:
        """Look for this too, such as a password that a test types, or what it sends through a tunnel."""
        self.secrets.append(secret.encode() if isinstance(secret, str) else secret)


@contextmanager
def listening() -> Iterator[GivenOut]:
    """Note the secrets that are made meanwhile."""
    from smtui.demo.account.identity_book import IdentityBook

    found = GivenOut()
    make_bytes, spend_code = secrets.token_bytes, IdentityBook.spend_code

    def token_urlsafe(nbytes: int | None = None) -> str:
        made = urlsafe_b64encode(make_bytes(nbytes)).rstrip(b"=").decode()  # not by token_bytes: noted once is enough
        if (nbytes or 0) >= SHORTEST:
            found.add(made)
        return made

    def token_bytes(nbytes: int | None = None) -> bytes:
        made = make_bytes(nbytes)
        if (nbytes or 0) >= SHORTEST:
            found.add(made)
        return made

    def spend(book: IdentityBook, device: str, code: str) -> bool:
        found.codes.add(code)
        return spend_code(book, device, code)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "token_urlsafe", token_urlsafe)
        patch.setattr(secrets, "token_bytes", token_bytes)
        patch.setattr(IdentityBook, "spend_code", spend)
        yield found


def spellings(secret: bytes) -> set[bytes]:
    """The beginning of a secret as it may stand in a file."""
    start = secret[:BEGINNING]
    found = {start, start.hex().encode(), start.hex().upper().encode()}
    for shift in range(3):
        # Without the characters that also hold bits of what stands before and behind it.
        inner = b64encode(b"\0" * shift + start)[(0, 2, 3)[shift] :].rstrip(b"=")[:-1]
        found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_"), inner.replace(b"/", rb"\/")}
    try:
        text = start.decode()
    except UnicodeDecodeError:
        return found
    escaped = json.dumps(text)[1:-1]
    return found | {each.encode() for each in (escaped, escaped.replace("/", r"\/"), quote(text), quote(text, ""))}


def leaks(folder: Path, given_out: GivenOut, known: Collection[tuple[str, int]] = ()) -> list[str]:
    """Say for each file below `folder` that holds a secret which one; `known` has names and sizes that are skipped."""
    wanted = {spelling: secret for secret in given_out.secrets for spelling in spellings(secret)}
    codes = [re.compile(_CODE % re.escape(code)) for code in given_out.codes if code]
    found = []
    for path, content in _contents(folder, known):
        said = next((secret for spelling, secret in wanted.items() if spelling in content), None)
        if said is not None:
            found.append(f"{path} holds the secret that begins with {said[:6]!r}")
        elif codes and any(code.search(content.decode("utf-8", "replace")) for code in codes):
            found.append(f"{path} holds an MFA code")
    return found


def _contents(folder: Path, known: Collection[tuple[str, int]]) -> Iterator[tuple[str, bytes]]:
    for where, _, names in os.walk(folder):
        for name in names:
            path = Path(where, name)
            inner = path.relative_to(folder).as_posix()
            if _BY_DESIGN.search(inner) or path.is_symlink() or not path.is_file():
                continue
            if (name, path.stat().st_size) not in known:
                with path.open("rb") as file:
                    yield inner, file.read(MOST_BYTES)
