"""Hashes agree with the tools of a node."""

from __future__ import annotations

import hashlib
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.transfers.checksum import CKSUM, SHA256, checksum


@pytest.mark.parametrize(("data", "number"), [(b"", "4294967295"), (b"abc", "1219131554"), (b"123456789", "930766865")])
def test_cksum_is_that_of_posix(data: bytes, number: str) -> None:
    hashed = checksum(CKSUM)
    hashed.update(data)
    assert hashed.hexdigest() == number


@pytest.mark.integration
def test_cksum_of_a_megabyte() -> None:
    data = hashlib.sha512(b"x").digest() * 16384
    hashed = checksum(CKSUM)
    hashed.update(data)
    told = subprocess.run(["cksum"], input=data, capture_output=True, check=True).stdout
    assert hashed.hexdigest() == told.split()[0].decode()


@given(st.lists(st.binary()), st.sampled_from((SHA256, CKSUM)))
def test_pieces_make_the_same_hash_as_the_whole(pieces: list[bytes], kind: str) -> None:
    one, other = checksum(kind), checksum(kind)
    for piece in pieces:
        one.update(piece)
    other.update(b"".join(pieces))
    assert one.hexdigest() == other.hexdigest() == one.copy().hexdigest()
