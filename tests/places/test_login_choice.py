"""What `smtui login` signs in to, by the configuration alone."""

from __future__ import annotations

import pytest

from smtui.domain.places.profile import Profile, ProfileKind, ProfileList, SsoSession
from smtui.places.login_choice import login_choice, profiles_that_count

ACME = SsoSession("acme", "https://acme.awsapps.com/start", "eu-west-1")
OTHER = SsoSession("other", "https://other.awsapps.com/start", "eu-west-1")
OLD = SsoSession("", "https://acme.awsapps.com/start", "eu-west-1")
PROFILES = (
    Profile("default", ProfileKind.KEYS),
    Profile("ops", ProfileKind.SSO, sso=ACME),
    Profile("stage", ProfileKind.ROLE, sso=ACME, chain=("ops",)),
    Profile("old", ProfileKind.SSO, sso=OLD),
    Profile("console", ProfileKind.LOGIN),
    Profile("admin", ProfileKind.ROLE, mfa_serial="arn:aws:iam::111122223333:mfa/maria", chain=("default",)),
    Profile("chained", ProfileKind.ROLE, chain=("default",)),
    Profile("own keys", ProfileKind.ROLE),
    Profile("from own keys", ProfileKind.ROLE, chain=("own keys",)),
    Profile("of console", ProfileKind.ROLE, chain=("console",), detail="arn:aws:iam::111122223333:user/maria"),
    Profile("of script", ProfileKind.ROLE, chain=("chained", "script"), detail="./creds.sh"),
    Profile("instance", ProfileKind.ROLE, detail="Ec2InstanceMetadata"),
    Profile("script", ProfileKind.PROGRAM, detail="./creds.sh"),
    Profile("temporary", ProfileKind.TEMPORARY_KEYS),
    Profile("broken", ProfileKind.SSO, sso=ACME, trouble="It has no sso_role_name."),
)
ONE = ProfileList(PROFILES, (ACME,), default_profile="default")
TWO = ProfileList(PROFILES, (ACME, OTHER), default_profile="default")


@pytest.mark.parametrize(
    ("known", "profile", "session", "wanted"),
    [
        (TWO, "ops", "", ACME),
        (TWO, "stage", "", ACME),
        (TWO, "old", "", OLD),
        (TWO, "", "other", OTHER),
        (ONE, "", "", ACME),  # the default profile needs none, and there is one session
        (ProfileList((), (ACME,), default_profile="default"), "", "", ACME),
        (ProfileList(PROFILES, (ACME, OTHER), default_profile="ops"), "", "", ACME),
    ],
)
def test_session(known: ProfileList, profile: str, session: str, wanted: SsoSession) -> None:
    choice = login_choice(known, profile, session, aws_cli=False)
    assert choice.session == wanted
    assert not (choice.argv)
    assert not (choice.says)
    assert not (choice.code_for)


@pytest.mark.parametrize(
    ("known", "profile", "session", "says", "topic"),
    [
        (TWO, "nobody", "", "has no profile nobody", "aws-configuration"),
        (TWO, "", "nobody", "There are: acme, other.", "aws-configuration"),
        (ProfileList(()), "", "nobody", "It has none.", "aws-configuration"),
        (TWO, "", "", "Profile default needs no sign-in: it has long-lived keys.", ""),
        (TWO, "default", "", "needs no sign-in", ""),
        (TWO, "chained", "", "Profile chained needs no sign-in: default has long-lived keys.", ""),
        (TWO, "from own keys", "", "from own keys needs no sign-in: own keys has long-lived keys.", ""),
        (TWO, "own keys", "", "Profile own keys needs no sign-in: own keys has long-lived keys.", ""),
        (TWO, "instance", "", "its role is assumed from Ec2InstanceMetadata.", ""),
        (
            TWO,
            "of console",
            "",
            "Only the AWS CLI, from 2.32 on, can sign in to profile console",
            "expired-credentials",
        ),
        (TWO, "of script", "", "Profile of script is a role. Profile script gets", "aws-configuration"),
        (TWO, "script", "", "from elsewhere (program): smtui cannot sign in there", "aws-configuration"),
        (TWO, "temporary", "", "(temporary keys)", "expired-credentials"),
        (TWO, "console", "", "add --aws-cli", "expired-credentials"),
        (TWO, "broken", "", "Profile broken cannot be used: It has no sso_role_name.", "aws-configuration"),
        (ProfileList((), (ACME, OTHER)), "", "", "several SSO sessions: name one with --session (acme, other)", "no-"),
        (ProfileList(()), "", "", "no profile and no SSO session", "no-credentials"),
        (ProfileList((), trouble="~/.aws/config, line 3 is broken."), "", "", "line 3", "aws-configuration"),
    ],
)
def test_nothing_to_sign_in_to(known: ProfileList, profile: str, session: str, says: str, topic: str) -> None:
    choice = login_choice(known, profile, session, aws_cli=False)
    assert says in choice.says
    assert choice.topic.startswith(topic) if topic else not choice.topic
    assert choice.session is None


@pytest.mark.parametrize(
    ("profile", "session", "argv"),
    [
        ("ops", "", ("aws", "sso", "login", "--profile", "ops")),
        ("stage", "", ("aws", "sso", "login", "--profile", "ops")),
        ("", "other", ("aws", "sso", "login", "--sso-session", "other")),
        ("console", "", ("aws", "login", "--profile", "console")),
        ("of console", "", ("aws", "login", "--profile", "console")),
    ],
)
def test_the_aws_clis_command(profile: str, session: str, argv: tuple[str, ...]) -> None:
    assert login_choice(TWO, profile, session, aws_cli=True).argv == argv


def test_code_of_a_role() -> None:
    assert login_choice(TWO, "admin", "", aws_cli=False).code_for == "admin"


def test_profiles_that_count() -> None:
    assert profiles_that_count(TWO, ACME) == ("ops", "stage", "broken")
    assert profiles_that_count(TWO, OLD) == ("old",)
