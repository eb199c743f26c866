"""KMS encryption: the two ends of one data key."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.channel.encryption import DataKey, SessionCipher, encryption_context
from smtui.channel.message import MalformedMessage

KEY = bytes(range(64))


@given(st.binary(max_size=2000))
def test_what_one_end_encrypts_the_other_reads(data: bytes) -> None:
    client, agent = SessionCipher.of_client(KEY), SessionCipher.of_agent(KEY)
    assert agent.decrypt(client.encrypt(data)) == data
    assert client.decrypt(agent.encrypt(data)) == data


def test_the_first_half_of_the_key_is_for_what_the_agent_sends() -> None:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(12)
    sent = nonce + AESGCM(KEY[:32]).encrypt(nonce, b"prompt", None)
    assert SessionCipher.of_client(KEY).decrypt(sent) == b"prompt"


def test_no_nonce_is_used_twice() -> None:
    """Two payloads under one nonce give away both, and the means to forge others."""
    client = SessionCipher.of_client(KEY)
    sealed = [client.encrypt(b"the same") for _ in range(1_000)]
    assert len({each[:12] for each in sealed}) == 1_000


@pytest.mark.parametrize("at", [0, 11, 12, -17, -16, -1])
def test_a_turned_bit_of_nonce_text_or_tag_is_refused(at: int) -> None:
    sealed = bytearray(SessionCipher.of_agent(KEY).encrypt(b"prompt"))
    sealed[at] ^= 1
    with pytest.raises(MalformedMessage):
        SessionCipher.of_client(KEY).decrypt(bytes(sealed))


@given(st.binary(max_size=60))
def test_what_was_not_encrypted_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        SessionCipher.of_client(KEY).decrypt(data)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(MalformedMessage):
        SessionCipher.of_client(KEY[:32])


def test_the_context_names_session_and_target_and_the_challenge_if_there_is_one() -> None:
    assert encryption_context("s-1", "i-1", "") == {"aws:ssm:SessionId": "s-1", "aws:ssm:TargetId": "i-1"}
    assert encryption_context("s-1", "i-1", "abc")["aws:ssm:RandomChallenge"] == "abc"


def test_the_key_stays_out_of_the_repr() -> None:
    assert "secret" not in repr(DataKey(b"secret", b"secret"))
