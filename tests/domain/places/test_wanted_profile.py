"""What a profile for a picked account and role may be called, and the lines that it consists of."""

from __future__ import annotations

import pytest

from smtui.domain.places.profile import Profile, ProfileKind, ProfileList, SsoSession
from smtui.domain.places.wanted_profile import WantedProfile, lines_for, trouble

ACME = SsoSession("acme", "https://acme.awsapps.com/start", "eu-west-1", ("sso:account:access",))
KNOWN = ProfileList((Profile("prod", ProfileKind.KEYS),), (ACME,))
OPS = WantedProfile("ops", ACME, "111122223333", "OpsEngineer", "eu-central-1")


def test_a_known_session_is_named_alone() -> None:
    assert lines_for(OPS, KNOWN) == (
        "[profile ops]",
        "sso_session = acme",
        "sso_account_id = 111122223333",
        "sso_role_name = OpsEngineer",
        "region = eu-central-1",
    )
    assert trouble(OPS, KNOWN) == ""


def test_a_new_session_gets_its_block() -> None:
    new = WantedProfile("ops", SsoSession("corp", "https://corp.example/start#/", "us-east-1"), "1" * 12, "r")
    assert lines_for(new, KNOWN) == (
        "[profile ops]",
        "sso_session = corp",
        f"sso_account_id = {'1' * 12}",
        "sso_role_name = r",
        "",
        "[sso-session corp]",
        "sso_start_url = https://corp.example/start#/",
        "sso_region = us-east-1",
        "sso_registration_scopes = sso:account:access",
    )


def test_a_session_without_a_name_stands_in_the_profile() -> None:
    old = WantedProfile("ops", SsoSession("", "https://corp.example/start", "us-east-1"), "1" * 12, "r")
    assert lines_for(old, KNOWN)[1:3] == ("sso_start_url = https://corp.example/start", "sso_region = us-east-1")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "needs a name"),
        ("prod", "There is a profile prod already"),
        ("default", "take another name"),
        ("my ops", "cannot name a profile"),
        ("ops]", "cannot name a profile"),
        ("-ops", "no - at the start"),
        ("ops\n[profile prod]", "cannot name a profile"),
        ("öps", "cannot name a profile"),
        ('"ops"', "cannot name a profile"),
        ("o" * 129, "cannot name a profile"),
    ],
)
def test_names_that_a_profile_cannot_have(name: str, said: str) -> None:
    assert said in trouble(WantedProfile(name, ACME, "1" * 12, "r"), KNOWN)


@pytest.mark.parametrize("name", ["ops", "ops.prod", "a/b", "team:ops@acme", "100%", "A+b_c-d"])
def test_names_that_every_sdk_reads(name: str) -> None:
    assert trouble(WantedProfile(name, ACME, "1" * 12, "r"), KNOWN) == ""


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (WantedProfile("ops", ACME, "1234", "r"), "1234 is no account"),
        (WantedProfile("ops", ACME, "1" * 12, "r\nregion = x"), "is no name of a role"),
        (WantedProfile("ops", ACME, "1" * 12, ""), "Nothing is no name of a role"),
        (WantedProfile("ops", ACME, "1" * 12, "r", "eu west"), "eu west is no name of a Region"),
        (WantedProfile("ops", SsoSession("acme", "https://other", "eu-west-1"), "1" * 12, "r"), "another start URL"),
        (WantedProfile("ops", SsoSession("x y", "https://a", "eu-west-1"), "1" * 12, "r"), "cannot name an SSO"),
        (WantedProfile("ops", SsoSession("x", "https://a\nb", "eu-west-1"), "1" * 12, "r"), "characters that"),
        (WantedProfile("ops", SsoSession("x", "", "eu-west-1"), "1" * 12, "r"), "lacks its start URL"),
    ],
)
def test_values_that_cannot_be_written(wanted: WantedProfile, said: str) -> None:
    assert said in trouble(wanted, KNOWN)


def test_a_listed_session_may_have_blanks_in_its_name() -> None:
    named = SsoSession("my org", "https://a", "eu-west-1")
    assert trouble(WantedProfile("ops", named, "1" * 12, "r"), ProfileList((), (named,))) == ""
