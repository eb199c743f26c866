"""Makes an ED25519 key pair for one login. The private key lies in a file of the user's own until the login is over.

EC2 Instance Connect accepts the public key for 60 seconds. `cryptography` is imported when a key is made.
Source: SendSSHPublicKey in the EC2 Instance Connect API reference.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

VALID_SECONDS = 60
"""How long the instance accepts a pushed key: the login must start within this time."""
DEFAULT_USER = "ec2-user"
"""The user of Amazon Linux, and the AWS CLI's default."""

_PREFIX = "smtui-key-"
_LEFT_BEHIND_SECONDS = 600
"""Long after this, no login can need the key of a smtui that was killed."""
_USER = re.compile(
    r"(?:[A-Za-z_][A-Za-z0-9@._-]{0,30}[A-Za-z0-9$_-]?)|(?:(?=.{2,32}\Z)[0-9]{1,32}[A-Za-z@._-][A-Za-z0-9@._-]*[A-Za-z0-9$_-]?)",
    re.ASCII,
)
"""AWS's own pattern for the user."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A key pair for one login."""

    private_file: Path
    """In OpenSSH's format, without a passphrase."""
    public: str
    """One line, as in an authorized_keys file."""


def user_complaint(user: str) -> str:
    """Why EC2 Instance Connect does not accept this user, as a sentence; empty if it does."""
    if len(user) <= 32 and _USER.fullmatch(user):
        return ""
    return (
        f"EC2 Instance Connect does not accept {user!r} as a user: 1 to 32 letters, digits and @ . _ -, "
        "not only digits."
    )


@contextlib.contextmanager
def ephemeral_key(folder: Path | None = None) -> Iterator[KeyPair]:
    """A new key pair, whose file is removed at the end of the block. `folder` is for tests.

    Also removes what a smtui that was killed left behind.
    """
    private, public = _new_pair()
    parent = folder or Path(tempfile.gettempdir())
    _remove_left_behind(parent, time.time())
    own = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))  # mode 0700
    try:
        file = own / "id_ed25519"
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as writing:
            writing.write(private)
        yield KeyPair(file, public)
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _new_pair() -> tuple[bytes, str]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return private, f"{public.decode('ascii')} smtui"


def _remove_left_behind(parent: Path, now: float) -> None:
    """Remove the old key folders of this user. Links are not followed, and nobody else's folder is touched."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(parent):
            if not entry.name.startswith(_PREFIX) or not entry.is_dir(follow_symlinks=False):
                continue
            about = entry.stat(follow_symlinks=False)
            is_own = not hasattr(os, "getuid") or about.st_uid == os.getuid()
            if is_own and about.st_mtime < now - _LEFT_BEHIND_SECONDS:
                shutil.rmtree(entry.path, ignore_errors=True)
