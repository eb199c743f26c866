"""`smtui places`: what is printed of profiles, for people and for programs, and the exit status."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smtui.cli.places.list_places import show, signed_in_words, table
from smtui.demo.region import SimulatedRegion
from smtui.domain.places.profile import Profile, ProfileKind, ProfileList, SsoSession
from smtui.domain.places.sign_in_state import SignedIn, SignInState
from tests.cli.conftest import Run

ENDS = datetime(2026, 11, 29, 17, 40, tzinfo=UTC)
SSO = Profile(
    "prod",
    ProfileKind.SSO,
    "eu-west-1",
    "111122223333",
    "Ops",
    SsoSession("acme", "https://acme.awsapps.com/start", "eu-west-1"),
    endpoints=(("ssm", "https://private.example"), ("kms", "https://private.example"), ("ec2", "https://ec2.example")),
)
OLD = Profile(
    "old", ProfileKind.PROGRAM, detail="./creds.sh", trouble="Profile old runs ./creds.sh, which was not found."
)
FOUND = ProfileList((SSO, OLD), files=("/c", "/d"))
STATES = {
    "prod": SignInState(SignedIn.YES, ENDS, renews_itself=True),
    "old": SignInState(SignedIn.BROKEN, note="./creds.sh not found"),
}


def test_a_table_for_people() -> None:
    heading, prod, old = table(FOUND.profiles, STATES)
    assert heading.split() == ["PROFILE", "KIND", "ACCOUNT", "ROLE", "REGION", "SIGNED", "IN"]
    until = f"{ENDS.astimezone():%Y-%m-%d %H:%M}"
    assert prod == f"prod     SSO acme  111122223333  Ops   eu-west-1  until {until}, renews itself"
    assert old == "old      program   –             –     –          cannot: ./creds.sh not found"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (SignInState(SignedIn.YES), "yes"),
        (SignInState(SignedIn.NO), "no"),
        (SignInState(SignedIn.ASKS_CODE), "asks for an MFA code"),
        (SignInState(SignedIn.ALWAYS), "long-lived keys"),
        (SignInState(SignedIn.NOT_KNOWN), "not known"),
        (SignInState(SignedIn.NOT_KNOWN, ENDS, "this machine's clock may be 60 min off"), "not known: this machine's"),
        (SignInState(SignedIn.NOT_KNOWN, ENDS, renews_itself=True), "not known: it ended 2026-11-"),
    ],
)
def test_the_words_for_each_state(state: SignInState, words: str) -> None:
    assert signed_in_words(state).startswith(words)


def test_troubles_and_endpoints_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert show(FOUND, STATES, (), as_json=False) == 0
    printed = capsys.readouterr()
    assert "Endpoints of prod: ssm kms at https://private.example, ec2 at https://ec2.example" in printed.out
    assert printed.err == "smtui: Profile old runs ./creds.sh, which was not found.\n"


def test_json_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert show(FOUND, STATES, ("prod", "gone"), as_json=True) == 1
    printed = json.loads(capsys.readouterr().out)
    (prod,) = printed["profiles"]
    assert prod["until"] == "2026-11-29T17:40:00+00:00"
    assert (prod["kind"], prod["signed_in"], prod["renews_itself"]) == ("SSO", "yes", True)
    assert prod["endpoints"]["ec2"] == "https://ec2.example"
    assert printed["files"] == ["/c", "/d"]
    assert printed["problems"] == ["The AWS configuration has no profile gone."]


def test_from_files_to_the_table(run: Run, tmp_path: Path) -> None:
    soon = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    (tmp_path / "config").write_text(
        "[profile loop]\nrole_arn = arn:aws:iam::111122223333:role/R\nsource_profile = loop\n"
        f"[profile temp]\naws_access_key_id = A\naws_secret_access_key = s3cret-key\naws_session_token = t\n"
        f"aws_expiration = {soon}\n"
    )
    result = run("places", AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None, AWS_ENDPOINT_URL=None)
    assert result.exit_code == 0, result.output
    assert "loop     role            111122223333  R     –" in result.output
    assert "temp     temporary keys  –             –" in result.output
    assert "until 20" in result.output
    assert "smtui: The source_profile of loop leads back to itself: loop → loop." in result.output
    assert "s3cret" not in result.output
    (tmp_path / "config").write_text("[profile p]\nnonsense\n[profile q]\nregion = eu-west-1\n")
    broken = run("places", AWS_ACCESS_KEY_ID=None, AWS_ENDPOINT_URL=None)
    assert broken.exit_code == 1
    assert f"{tmp_path / 'config'} cannot be read: line 2" in broken.output
    assert "q        machine role" in broken.output


def test_where_regions_may_not_be_seen_the_own_one_is_listed(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"deny": ["ec2:DescribeRegions"]})
    listed = run("list", "--json", "--region", "all", "--filter", "name:=web-1")
    assert {node["region"] for node in json.loads(listed.stdout)["nodes"]} == {region.region}
    assert "It is not known which Regions are enabled. ec2:DescribeRegions was denied." in listed.stderr
