"""The rows of accounts and roles, and what the forms of a profile complain of, without a screen."""

from __future__ import annotations

import pytest

from smtui.domain.fault import FaultKind
from smtui.domain.places.profile import Profile, ProfileKind, ProfileList
from smtui.domain.places.sso_values import SsoAccount, SsoRole
from smtui.tui.sign_in.browse_rows import Browsing, Picked, profiles_by_role
from smtui.tui.sign_in.profile_form import (
    NAME,
    REGION,
    SSO_REGION,
    URL,
    profile_complaints,
    session_complaints,
    session_of,
    suggested_name,
)
from tests.engine.fakes import fault
from tests.tui.sign_in.place_world import ACCOUNTS, ACME, PROFILES

STAGE = ACCOUNTS[2]


def browsing(**given: object) -> Browsing:
    return Browsing(ACME, profiles_by_role(PROFILES, ACME), ACCOUNTS, **given)  # type: ignore[arg-type]


def lines(of: Browsing) -> list[str]:
    return ["|".join(text for text, _ in row.cells).rstrip("|") for row in of.rows()]


def test_closed_accounts_are_a_line_each() -> None:
    assert lines(browsing())[0] == "▸ audit|777788889999|aws-audit@acme.example"
    assert len(lines(browsing())) == 3


def test_an_open_account_has_its_roles_and_the_profiles_that_there_are() -> None:
    of = browsing(opened={STAGE.account_id}, roles={STAGE.account_id: (SsoRole(STAGE.account_id, "OpsEngineer"),)})
    assert lines(of)[-1] == "└ OpsEngineer||profile stage"
    assert of.picked("444455556666/OpsEngineer") == Picked(STAGE, SsoRole(STAGE.account_id, "OpsEngineer"))
    assert of.picked(STAGE.account_id) is None


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        (None, "reading its roles …"),
        ((), "none: nothing of it is assigned to you"),
        (fault("sso:ListAccountRoles"), "not seen: sso:ListAccountRoles was denied"),
        (fault("sso:ListAccountRoles", FaultKind.THROTTLED), "AWS wants fewer calls"),
        (fault("sso:ListAccountRoles", FaultKind.TIMED_OUT), "no answer"),
    ],
)
def test_what_is_not_there_says_why(roles: object, said: str) -> None:
    of = browsing(opened={STAGE.account_id}, roles={STAGE.account_id: roles})
    assert said in of.rows()[-1].heading
    assert of.picked(of.rows()[-1].key) is None


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("stage", ["stage"]),
        ("1111", ["production"]),
        ("acme prod", ["production"]),
        ("opsengineer", ["stage"]),
        ("zzz", []),
    ],
)
def test_the_search_looks_at_name_number_address_and_the_roles_that_were_read(search: str, names: list[str]) -> None:
    of = browsing(search=search, roles={STAGE.account_id: (SsoRole(STAGE.account_id, "OpsEngineer"),)})
    assert [account.name for account in of.shown] == names


def test_a_name_that_is_free_is_suggested() -> None:
    picked = Picked(SsoAccount("1" * 12, "My Team/Dev"), SsoRole("1" * 12, "Ops"))
    assert suggested_name(picked, PROFILES) == "my-team-dev-Ops"
    taken = ProfileList((Profile("my-team-dev-Ops", ProfileKind.KEYS),))
    assert suggested_name(picked, taken) == "my-team-dev-Ops-2"


def test_what_is_wrong_with_a_profile_stands_at_its_field() -> None:
    assert profile_complaints({NAME: "new", REGION: "eu-west-1"}, PROFILES) == {}
    assert profile_complaints({NAME: "stage", REGION: "Ireland"}, PROFILES).keys() == {NAME, REGION}


@pytest.mark.parametrize(
    ("url", "region", "name", "wrong"),
    [
        ("https://acme.awsapps.com/start", "eu-west-1", "acme", set()),
        ("https://other.awsapps.com/start", "eu-west-1", "acme", {NAME}),
        ("https://other.awsapps.com/start", "eu-west-1", "other", set()),
        ("http://acme.awsapps.com/start", "eu-west-1", "x", {URL}),
        ("acme", "", "", {URL, SSO_REGION, NAME}),
        ("https://[acme", "here", "x", {URL, SSO_REGION}),
    ],
)
def test_what_is_wrong_with_a_session_stands_at_its_field(url: str, region: str, name: str, wrong: set[str]) -> None:
    texts = {URL: url, SSO_REGION: region, NAME: name}
    assert session_complaints(texts, PROFILES).keys() == wrong
    assert session_of(texts).scopes == ("sso:account:access",), "without it AWS sends nothing that renews the token"
