"""Credentials that really end while the list is up: rows stay with their age, a sign-in anywhere makes it go on."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from smtui.aws.boto_session import FixedAccess
from smtui.aws.identities.cli_cache import CliCache
from smtui.aws.identities.mfa_sessions import RoleSessions
from smtui.aws.places import BotoPlaces
from smtui.demo.config_texts import CHAIN, MFA, SIGNED_OUT, SSO_REGION, SSO_SESSION, SSO_START_URL, write_config
from smtui.demo.demo_config import DemoConfig
from smtui.demo.region import SimulatedRegion
from smtui.demo.story.account_facts import OTHER_ACCOUNT
from smtui.demo.story.callers import OPS
from smtui.domain.fault import FaultKind
from smtui.domain.place import Place
from smtui.domain.places.mfa_question import MfaQuestion
from smtui.domain.places.picked_role import PickedRole
from smtui.engine.fleet import Fleet
from smtui.engine.offloop import OffLoop
from smtui.places.mfa_codes import MfaCodes


class Bench:
    """A list of one place of the demo, with clocks of the services that a test moves on."""

    def __init__(self, region: SimulatedRegion, folder: Path, profile: str) -> None:
        self.region, self.config, self.codes = region, DemoConfig(folder / "home"), MfaCodes()
        self.later = timedelta()
        region.identities._now = region.organisation.book._now = lambda: datetime.now(UTC) + self.later
        write_config(self.config, region.endpoint_url, region.keys)
        access = FixedAccess(
            region.endpoint_url, region.access_key_id, region.secret_access_key, region.region, self.config.folder
        )
        roles = RoleSessions(CliCache(lambda: self.config.folder / "cli" / "cache"), lambda: self.codes)
        self.place = Place(profile, region.region)
        self.fleet = Fleet(BotoPlaces(access, roles=roles), [self.place], OffLoop())

    def sign_in(self) -> None:
        """What any program does that signs in: a token of the service in the file that all share."""
        book = self.region.organisation.book
        client = book.register("aws", ("sso:account:access",), ("refresh_token",), ())
        token = book._give(client)
        name = hashlib.sha1(SSO_SESSION.encode()).hexdigest()
        held = {
            "startUrl": SSO_START_URL,
            "region": SSO_REGION,
            "accessToken": token.access,
            "expiresAt": (datetime.now(UTC) + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        (self.config.folder / "sso" / "cache" / f"{name}.json").write_text(json.dumps(held))

    async def read(self) -> set[FaultKind]:
        await self.fleet.refresh()
        return {problem.fault.kind for problem in self.fleet.problems()}

    @property
    def rows(self) -> int:
        return len(list(self.fleet.nodes()))

    @property
    def read_at(self) -> datetime | None:
        return self.fleet.place_states()[0].read_at


async def test_an_sso_sign_in_ends_and_another_program_signs_in(region: SimulatedRegion, tmp_path: Path) -> None:
    bench = Bench(region, tmp_path, SIGNED_OUT)
    bench.sign_in()
    assert await bench.read() == set()
    rows, read_at = bench.rows, bench.read_at
    assert rows
    bench.later = timedelta(days=2)
    await bench.read()  # the keys end first, the token behind them is found to have ended with the next ones
    assert await bench.read() == {FaultKind.SSO_SIGN_IN}
    assert (bench.rows, bench.read_at) == (rows, read_at), "the rows stay, with their age"
    assert bench.fleet.problems()[0].fault.wants_sign_in
    bench.sign_in()
    assert await bench.read() == set()
    assert bench.rows == rows
    assert bench.read_at is not None
    assert read_at is not None
    assert bench.read_at > read_at


async def test_a_picked_role_signs_in_and_out_like_a_profile(region: SimulatedRegion, tmp_path: Path) -> None:
    bench = Bench(region, tmp_path, PickedRole(SSO_SESSION, OTHER_ACCOUNT, OPS).name)
    assert await bench.read() == {FaultKind.SSO_SIGN_IN}
    bench.sign_in()
    assert await bench.read() == set()
    assert bench.rows
    given = await asyncio.to_thread(bench.fleet.aws(bench.place).plugin_credentials)
    assert (given.profile, given.environment["AWS_ACCESS_KEY_ID"][:4]) == ("", "ASIA")
    caller = bench.fleet.caller(bench.place)
    assert caller is not None
    assert caller.account == OTHER_ACCOUNT


async def test_a_chain_of_roles_is_assumed_again_by_itself(region: SimulatedRegion, tmp_path: Path) -> None:
    bench = Bench(region, tmp_path, CHAIN)
    assert await bench.read() == set()
    rows = bench.rows
    bench.later = timedelta(hours=2)
    await bench.read()
    assert await bench.read() == set(), "keys of the cache that AWS refuses are not used again"
    assert bench.rows == rows


async def test_a_session_with_mfa_ends_and_the_code_is_asked_for(region: SimulatedRegion, tmp_path: Path) -> None:
    bench = Bench(region, tmp_path, MFA)
    answers: list[str | None] = ["111111", None, "222222"]
    asked: list[MfaQuestion] = []

    async def ask(question: MfaQuestion) -> str | None:
        asked.append(question)
        return answers.pop(0)

    bench.codes.answer_with(ask)
    assert await bench.read() == set()
    rows = bench.rows
    bench.later = timedelta(hours=2)
    await bench.read()
    assert await bench.read() == {FaultKind.MFA_NEEDED}
    assert await bench.read() == {FaultKind.MFA_NEEDED}
    assert (bench.rows, len(asked)) == (rows, 2), "three calls and two readings ask once"
    bench.codes.ask_again(MFA)
    assert await bench.read() == set()
    assert (bench.rows, len(asked)) == (rows, 3)


async def test_temporary_keys_of_the_credentials_file_are_read_again(region: SimulatedRegion, tmp_path: Path) -> None:
    bench = Bench(region, tmp_path, "saml")
    first, second = (region.identities.session_of_user(seconds, has_mfa=False).keys for seconds in (3600, 90_000))

    def write(key: str, secret: str, token: str) -> None:
        bench.config.credentials.write_text(
            f"[saml]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\naws_session_token = {token}\n"
        )

    write(first.access_key_id, first.secret_access_key, first.session_token)
    assert await bench.read() == set()
    rows = bench.rows
    bench.later = timedelta(hours=2)
    assert await bench.read() == {FaultKind.EXPIRED_CREDENTIALS}
    assert bench.rows == rows
    write(second.access_key_id, second.secret_access_key, second.session_token)
    assert await bench.read() == set()
