"""Roles that need an MFA code: asked for once, again after a refusal, kept, replaced before they end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import pytest

from smtui.aws.identities.cli_cache import CliCache
from smtui.aws.identities.mfa_sessions import RoleSessions
from smtui.aws.places import BotoPlaces
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.place import Place
from smtui.domain.places.mfa_question import MfaQuestion, NoMfaCode
from tests.aws.conftest import Answer, ScriptedAws

ROLE = "arn:aws:iam::123456789012:role/admin"
DEVICE = "arn:aws:iam::123456789012:mfa/me"
CONFIG = f"""[profile base]
aws_access_key_id = AKIDFILE
aws_secret_access_key = file-secret
region = eu-west-1
[profile admin]
role_arn = {ROLE}
source_profile = base
mfa_serial = {DEVICE}
region = eu-west-1
duration_seconds = 7200
[profile through]
role_arn = {ROLE}-2
source_profile = admin
region = eu-west-1
[profile plain]
role_arn = {ROLE}-3
source_profile = base
region = eu-west-1
"""
ADMIN = Place("admin")
REFUSED = "MultiFactorAuthentication failed with invalid MFA one time pass code."


class Codes:
    """Answers with prepared codes; None stands for a cancelled question."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[MfaQuestion, bool]] = []
        self.held_off: list[str] = []

    def code_for(self, question: MfaQuestion, *, refused: bool = False) -> str:
        self.asked.append((question, refused))
        answer = self.answers.pop(0)
        if answer is None:
            raise NoMfaCode("The MFA code was not given.")
        return answer

    def hold_off(self, question: MfaQuestion, sentence: str) -> None:
        self.held_off.append(sentence)


def role_keys(minutes: float, key: str = "ASIAONE") -> Answer:
    ends = datetime.now(UTC) + timedelta(minutes=minutes)
    return Answer(
        body=f"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{key}</AccessKeyId>"
        f"<SecretAccessKey>secret-of-{key}</SecretAccessKey><SessionToken>token-of-{key}</SessionToken>"
        f"<Expiration>{ends.isoformat()}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>AROA:s"
        f"</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/admin/s</Arn></AssumedRoleUser>"
        "</AssumeRoleResult></AssumeRoleResponse>"
    )


def refusal(message: str = REFUSED) -> Answer:
    return Answer(
        403,
        f"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{message}</Message></Error>"
        "<RequestId>1</RequestId></ErrorResponse>",
    )


@pytest.fixture
def sts(scripted: ScriptedAws, config: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> ScriptedAws:
    config(CONFIG)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", scripted.url)
    monkeypatch.setattr("getpass.getpass", lambda *_: pytest.fail("asked on the terminal"))
    return scripted


@pytest.fixture
def cli_cache(home: Path) -> Path:
    return home / ".aws" / "cli" / "cache"


def real_time() -> datetime:
    return datetime.now(UTC)


def places(codes: Codes | None, cache: CliCache | None = None, now: Callable[[], datetime] = real_time) -> BotoPlaces:
    return BotoPlaces(now=now, roles=RoleSessions(cache, (lambda: codes) if codes is not None else None))


def key_of(of: BotoPlaces, profile: str = "admin", region: str = "") -> str:
    return of.at(Place(profile, region)).plugin_credentials().environment["AWS_ACCESS_KEY_ID"]


def fault(of: BotoPlaces, profile: str = "admin") -> Fault:
    with pytest.raises(AwsCallFailed) as raised:
        of.at(Place(profile)).plugin_credentials()
    return raised.value.fault


def sent(sts: ScriptedAws) -> list[dict[str, str]]:
    return [{name: values[0] for name, values in parse_qs(request.body).items()} for request in sts.requests]


def test_the_code_goes_to_sts_and_the_session_to_the_cache_of_the_cli(sts: ScriptedAws, cli_cache: Path) -> None:
    sts.answers[:] = [role_keys(120)]
    codes = Codes("492133")
    assert key_of(places(codes)) == "ASIAONE"
    ((question, refused),) = codes.asked
    assert (question, refused) == (MfaQuestion("admin", DEVICE, ROLE, 7200), False)
    (call,) = sent(sts)
    assert (call["SerialNumber"], call["TokenCode"]) == (DEVICE, "492133")
    (kept,) = cli_cache.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "492133" not in kept.read_text()
    assert key_of(places(None)) == "ASIAONE", "another smtui finds it, where nobody is asked"


def test_roles_without_a_code_are_kept_too(sts: ScriptedAws, cli_cache: Path) -> None:
    sts.answers[:] = [role_keys(60)]
    assert places(None).at(Place("plain")).plugin_credentials().profile == "plain"
    assert len(list(cli_cache.iterdir())) == 1
    places(None).at(Place("plain")).plugin_credentials()
    assert len(sts.requests) == 1


def test_a_refused_code_is_asked_for_again(sts: ScriptedAws) -> None:
    sts.answers[:] = [refusal(), role_keys(60)]
    codes = Codes("111111", "222222")
    assert key_of(places(codes)) == "ASIAONE"
    assert [refused for _, refused in codes.asked] == [False, True]
    assert [call["TokenCode"] for call in sent(sts)] == ["111111", "222222"]
    assert codes.held_off == []


def test_a_wrong_device_is_no_wrong_code(sts: ScriptedAws) -> None:
    sts.answers[:] = [refusal("MultiFactorAuthentication failed, unable to validate MFA code.")]
    codes = Codes("111111")
    found = fault(places(codes))
    assert found.kind is FaultKind.CREDENTIAL_SOURCE
    assert "unable to validate MFA code" in found.sentence()
    assert len(codes.asked) == 1
    assert len(codes.held_off) == 1, "a list that refreshes must not ask for a code a minute"
    assert "111111" not in found.sentence() + codes.held_off[0]


def test_a_cancelled_question_says_so_and_names_the_profile(sts: ScriptedAws) -> None:
    found = fault(places(Codes(None)), "through")
    assert found.kind is FaultKind.MFA_NEEDED
    assert found.sentence() == "Profile admin needs an MFA code. The MFA code was not given."
    assert found.sign_in == ("aws", "sts", "get-caller-identity", "--profile", "admin")
    assert sts.requests == []


def test_many_threads_and_regions_ask_once(sts: ScriptedAws) -> None:
    sts.answers[:] = [role_keys(60)]
    missing, all_in = set[int](), threading.Event()

    class Watched(CliCache):
        def fresh(self, key: str) -> dict[str, Any] | None:
            found = super().fresh(key)
            if found is None:
                missing.add(threading.get_ident())
                if len(missing) == 3:
                    all_in.set()
            return found

    class WhenAllWait(Codes):
        def code_for(self, question: MfaQuestion, *, refused: bool = False) -> str:
            assert all_in.wait(30), "a thread of each Region has found that a code is needed"
            return super().code_for(question, refused=refused)

    codes = WhenAllWait("111111")
    of = places(codes, Watched())
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda region: key_of(of, region=region), ("eu-west-1", "us-east-1", "ap-south-1") * 2))
    assert found == ["ASIAONE"] * 6
    assert len(codes.asked) == len(sts.requests) == 1


def test_an_answer_serves_whoever_waits_also_before_it_is_written() -> None:
    calls = []

    def assume_role(**parameters: str) -> dict[str, Any]:
        calls.append(parameters)
        ends = datetime.now(UTC) + timedelta(hours=1)
        keys = {"AccessKeyId": "ASIAONE", "SecretAccessKey": "a-secret", "SessionToken": "a-token"}
        return {"Credentials": {**keys, "Expiration": ends}}

    roles = RoleSessions(CliCache(lambda: Path("/nowhere")), lambda: codes)
    codes, client = Codes("111111"), SimpleNamespace(assume_role=assume_role)
    for _ in range(2):
        answer = roles.assume(client, "admin", "key-of-the-entry", {"SerialNumber": DEVICE, "RoleArn": ROLE})
        assert answer["Credentials"]["AccessKeyId"] == "ASIAONE"
    assert [call["TokenCode"] for call in calls] == ["111111"]


def near_its_end(of: BotoPlaces, cli_cache: Path, minutes: float, place: Place = ADMIN) -> None:
    """The session in use ends so soon, and the cache has no other."""
    for kept in cli_cache.iterdir():
        kept.unlink()
    opened = of._connection(place).opened()
    opened.credentials._expiry_time = datetime.now(UTC) + timedelta(minutes=minutes)


def test_a_full_disk_costs_a_sentence_and_no_second_code(sts: ScriptedAws, home: Path) -> None:
    (home / ".aws" / "cli").write_text("not a folder")
    sts.answers[:] = [role_keys(60)]
    told: list[str] = []
    codes = Codes("111111")
    of = places(codes, CliCache(tell=told.append))
    assert key_of(of) == key_of(of, region="us-east-1") == "ASIAONE"
    assert len(codes.asked) == 1
    (sentence,) = told
    assert sentence.startswith("~/.aws/cli/cache cannot be written: ")
    assert "secret-of" not in sentence


def test_a_session_that_is_about_to_end_is_replaced_by_a_fresh_one_of_the_cache(
    sts: ScriptedAws, cli_cache: Path
) -> None:
    sts.answers[:] = [role_keys(60), role_keys(120, "ASIATWO")]
    of = places(Codes("111111"))
    assert key_of(of) == "ASIAONE"
    near_its_end(of, cli_cache, 14)
    key_of(places(Codes("222222")))  # another program asks, and keeps what it got
    assert key_of(of) == "ASIATWO", "nobody was asked for this one"


def test_a_session_of_15_minutes_is_not_asked_for_with_every_call(sts: ScriptedAws) -> None:
    sts.answers[:] = [role_keys(14)]
    codes = Codes("111111")
    of = places(codes)
    assert key_of(of) == key_of(of) == "ASIAONE"
    assert len(codes.asked) == 1


def test_while_the_old_keys_last_a_cancelled_question_costs_nothing(sts: ScriptedAws, cli_cache: Path) -> None:
    sts.answers[:] = [role_keys(60)]
    now = [datetime.now(UTC)]
    codes = Codes("111111", None, None, "222222")
    of = places(codes, now=lambda: now[0])
    assert key_of(of) == "ASIAONE"
    near_its_end(of, cli_cache, 5)
    assert key_of(of) == "ASIAONE", "the question was cancelled"
    assert key_of(of) == "ASIAONE"
    assert len(codes.asked) == 2, "and is not repeated with every call"
    now[0] += timedelta(minutes=2)
    assert key_of(of) == "ASIAONE"
    assert len(codes.asked) == 3
    now[0] += timedelta(minutes=2)
    sts.answers[:] = [role_keys(60, "ASIATWO")]
    assert key_of(of) == "ASIATWO"


def test_botocore_itself_uses_the_keys_to_their_end(sts: ScriptedAws, cli_cache: Path) -> None:
    """Within the last ten minutes botocore would raise RefreshWithMFAUnsupportedError while it signs a call."""
    me = "<GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult>"
    sts.answers[:] = [role_keys(60), Answer(body=f"<GetCallerIdentityResponse>{me}</GetCallerIdentityResponse>")]
    of = places(Codes("111111", None))
    key_of(of)
    near_its_end(of, cli_cache, 5)
    assert of.at(Place("admin")).caller().account == "123456789012"


def test_a_session_that_has_ended_asks_and_without_an_answer_fails(sts: ScriptedAws) -> None:
    sts.answers[:] = [role_keys(-1), role_keys(60, "ASIATWO")]
    codes = Codes("111111", None, "222222")
    of = places(codes)
    assert fault(of).kind is FaultKind.EXPIRED_CREDENTIALS
    assert fault(of).kind is FaultKind.MFA_NEEDED
    assert key_of(of) == "ASIATWO"


def test_a_kept_session_that_aws_refuses_is_not_used_again(sts: ScriptedAws) -> None:
    expired = Answer(403, "<ErrorResponse><Error><Code>ExpiredToken</Code><Message>m</Message></Error></ErrorResponse>")
    sts.answers[:] = [role_keys(60), expired, role_keys(60, "ASIATWO")]
    of = places(Codes("111111", "222222"))
    with pytest.raises(AwsCallFailed):
        of.at(Place("admin")).caller()
    assert key_of(of) == "ASIATWO"


def test_a_role_behind_an_mfa_role_is_assumed_with_its_keys(sts: ScriptedAws) -> None:
    sts.answers[:] = [role_keys(60), role_keys(60, "ASIATWO")]
    codes = Codes("111111")
    assert key_of(places(codes), "through") == "ASIATWO"
    first, second = sent(sts)
    assert (first["RoleArn"], first["TokenCode"]) == (ROLE, "111111")
    assert second["RoleArn"] == f"{ROLE}-2"
    assert "TokenCode" not in second


def test_while_one_region_asks_the_others_go_on_with_the_old_keys(sts: ScriptedAws, cli_cache: Path) -> None:
    sts.answers[:] = [role_keys(60), role_keys(60, "ASIATWO")]
    is_open, answered = threading.Event(), threading.Event()

    class Slow(Codes):
        def code_for(self, question: MfaQuestion, *, refused: bool = False) -> str:
            if len(self.asked) == 1:
                is_open.set()
                assert answered.wait(30)
            return super().code_for(question, refused=refused)

    codes = Slow("111111", "222222")
    of = places(codes)
    regions = ("eu-west-1", "us-east-1")
    assert [key_of(of, region=region) for region in regions] == ["ASIAONE"] * 2
    near_its_end(of, cli_cache, 5, Place("admin", "eu-west-1"))
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(key_of, of, region="eu-west-1")
        assert is_open.wait(30)
        assert [key_of(of, region=region) for region in regions] == ["ASIAONE"] * 2
        answered.set()
        assert asking.result(30) == "ASIATWO"
    assert [key_of(of, region=region) for region in regions] == ["ASIATWO"] * 2
    assert len(codes.asked) == 2
