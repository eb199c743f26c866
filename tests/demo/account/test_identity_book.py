from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from smtui.demo.account.identity_book import IdentityBook
from smtui.demo.story.account_facts import OTHER_ACCOUNT
from smtui.demo.story.callers import MFA_DEVICE, OPS, ROLES_OF_PEOPLE, USER
from smtui.demo.wire.service_errors import Refused

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def test_keys_end_and_are_expired_then_not_unknown() -> None:
    now = [NOW]
    book = IdentityBook(lambda: now[0])
    issued = book.assume(ROLES_OF_PEOPLE[OTHER_ACCOUNT][OPS], "ops-1", 900)
    key = issued.keys.access_key_id
    assert key.startswith("ASIA")
    assert book.keys_of(key) is issued.keys
    assert (book.caller_of(key).account, book.caller_of(key).name) == (OTHER_ACCOUNT, "ops-1")
    now[0] = NOW + timedelta(seconds=900)
    with pytest.raises(Refused, match="expired"):
        book.keys_of(key)
    assert book.keys_of("ASIAOTHER") is None
    assert book.caller_of("AKIAOTHER") is USER


def test_no_secret_is_shown() -> None:
    issued = IdentityBook().assume(ROLES_OF_PEOPLE[OTHER_ACCOUNT][OPS], "ops-1", 900)
    assert issued.keys.secret_access_key not in repr(issued)
    assert issued.keys.session_token not in repr(issued)


@pytest.mark.parametrize("code", ["000000", "12345", "1234567", "12345a", "١٢٣٤٥٦", ""])
def test_what_is_no_code(code: str) -> None:
    assert not IdentityBook().spend_code(MFA_DEVICE, code)


def test_a_code_is_good_once_for_the_one_device() -> None:
    book = IdentityBook()
    assert not book.spend_code("arn:aws:iam::111122223333:mfa/other", "123456")
    assert book.spend_code(MFA_DEVICE, "123456")
    assert not book.spend_code(MFA_DEVICE, "123456")
