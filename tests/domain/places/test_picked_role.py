"""Names of roles that are used without a profile."""

from __future__ import annotations

import pytest

from smtui.domain.places.picked_role import PickedRole, as_profile, picked_role
from smtui.domain.places.profile import Profile, ProfileKind, ProfileList, SsoSession

ACME = SsoSession("acme", "https://acme.awsapps.com/start", "eu-west-1")


@pytest.mark.parametrize("session", ["acme", "my org", "https://acme.awsapps.com/start", "a/b"])
def test_a_name_tells_session_account_and_role(session: str) -> None:
    role = PickedRole(session, "111122223333", "Ops.Engineer@x")
    assert picked_role(role.name) == role


@pytest.mark.parametrize("name", ["", "prod", "a/b/c", "acme/1111/Ops", "acme/111122223333/", "/111122223333/Ops"])
def test_other_names_are_those_of_profiles(name: str) -> None:
    assert picked_role(name) is None


def test_a_list_shows_it_as_long_as_its_session_is_configured() -> None:
    role = PickedRole("acme", "111122223333", "Ops")
    shown = as_profile(role, ProfileList((), (ACME,)))
    assert shown is not None
    assert (shown.name, shown.kind_words, shown.account, shown.role) == (role.name, "SSO acme", "111122223333", "Ops")
    assert as_profile(role, ProfileList(())) is None
    assert ProfileList((), (ACME,)).named(role.name) == shown, "also where it was only typed"
    assert ProfileList(()).named(role.name) is None
    own = Profile(role.name, ProfileKind.KEYS)
    assert ProfileList((own,), (ACME,)).named(role.name) == own
    older = SsoSession("", "https://old", "us-east-1")
    with_older = ProfileList((Profile("old", ProfileKind.SSO, sso=older),))
    shown = as_profile(PickedRole("https://old", "111122223333", "Ops"), with_older)
    assert shown is not None
    assert shown.sso == older
