"""A place book in memory, whose sign-ins a test moves on by hand, and a world of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.place import Place
from smtui.domain.places.choice import Choice
from smtui.domain.places.profile import Profile, ProfileKind, ProfileList, SsoSession
from smtui.domain.places.sign_in_progress import SignInProgress, Stage
from smtui.domain.places.sign_in_state import SignInState
from smtui.domain.places.sso_values import SsoAccount, SsoRole
from smtui.domain.places.wanted_profile import ProfileLines, ProfileRefused, WantedProfile, lines_for
from smtui.engine.offloop import OffLoop
from smtui.places.filter_book import FilterBook
from smtui.places.mfa_codes import MfaCodes
from smtui.store.filter_file import FiltersInMemory
from tests.engine.fakes import NOW, FakeAws, fault
from tests.tui.world import World, story_aws

ACME = SsoSession("acme", "https://acme.awsapps.com/start", "eu-west-1", ("sso:account:access",))
PAGE = "https://oidc.eu-west-1.amazonaws.com/authorize?response_type=code&client_id=abc&redirect_uri=http://127.0.0.1"
TOKEN = "/home/ana/.aws/sso/cache/3f2a5b6c7d8e9f00112233445566778899aabbcc.json"
STAGE = Profile("stage", ProfileKind.SSO, "eu-west-1", "444455556666", "OpsEngineer", ACME)
PROFILES = ProfileList(
    (
        Profile("prod-ops", ProfileKind.SSO, "eu-west-1", "111122223333", "OpsEngineer", ACME),
        STAGE,
        Profile("audit", ProfileKind.SSO, "eu-west-1", "777788889999", "SecurityAudit", ACME),
        Profile("sandbox", ProfileKind.LOGIN, "eu-west-1"),
        Profile("old", ProfileKind.PROGRAM, "eu-west-1", detail="./creds.sh"),
    ),
    (ACME,),
)
BROWSER = SignInProgress(
    ACME, Stage.BROWSER, NOW - timedelta(seconds=14), PAGE, port=41873, gives_up_at=NOW + timedelta(seconds=586)
)
CODE = SignInProgress(
    ACME,
    Stage.CODE,
    NOW - timedelta(seconds=41),
    "https://acme.awsapps.com/start/#/device?user_code=WDJB-MJHT",
    "https://acme.awsapps.com/start/#/device",
    "WDJB-MJHT",
    gives_up_at=NOW + timedelta(seconds=559),
)
DONE = replace(CODE, stage=Stage.DONE, token_path=TOKEN, until=NOW + timedelta(hours=8))
FAILED = replace(
    BROWSER,
    stage=Stage.FAILED,
    failure="Nobody approved within 10 minutes. Nothing was written: an earlier sign-in is as it was.",
    topic="sso-sign-in",
)


@dataclass
class FakeSignIn:
    """A sign-in that goes on when the test says so."""

    progress: SignInProgress
    done_event: asyncio.Event = field(default_factory=asyncio.Event)
    listeners: list[Callable[[], None]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def watch(self, listener: Callable[[], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener) if listener in self.listeners else None

    def become(self, progress: SignInProgress) -> None:
        self.progress = progress
        for listener in tuple(self.listeners):
            listener()
        if progress.stage.is_over:
            self.done_event.set()

    def use_code(self) -> None:
        self.calls.append("use_code")
        self.become(CODE)

    def cancel(self) -> None:
        if not self.progress.stage.is_over:
            self.calls.append("cancel")
            self.become(replace(self.progress, stage=Stage.CANCELLED))

    async def open_page(self) -> bool:
        self.calls.append("open")
        return True

    async def done(self) -> bool:
        await self.done_event.wait()
        return self.progress.stage is Stage.DONE


@dataclass
class FakeSignIns:
    """Begins with what the test wants to look at."""

    first: SignInProgress = BROWSER
    why_with_a_code: str = ""
    begun: list[FakeSignIn] = field(default_factory=list)

    def begin(self, session: SsoSession, *, by_browser: bool, opens_browser: bool = True) -> FakeSignIn:
        first = self.first if by_browser else replace(CODE, note=self.why_with_a_code)
        sign_in = FakeSignIn(replace(first, session=session))
        if self.first.stage.is_over:
            sign_in.done_event.set()
        self.begun.append(sign_in)
        return sign_in

    @property
    def last(self) -> FakeSignIn:
        return self.begun[-1]


@dataclass
class FakeCatalog:
    """Profiles in memory."""

    profiles: ProfileList = PROFILES
    states: Mapping[str, SignInState] = field(default_factory=dict)

    picked: list[str] = field(default_factory=list)
    remembered: list[Choice] = field(default_factory=list)

    async def read(self) -> ProfileList:
        return self.profiles

    async def remember(self, choice: Choice) -> None:
        self.remembered.append(choice)

    def pick(self, session: SsoSession, role: SsoRole) -> str:
        self.picked.append(f"{session.label}/{role.account_id}/{role.name}")
        return self.picked[-1]

    def place_of(self, profile: str, region: str) -> Place:
        return Place(profile, region)


ACCOUNTS = (
    SsoAccount("777788889999", "audit", "aws-audit@acme.example"),
    SsoAccount("111122223333", "production", "aws-prod@acme.example"),
    SsoAccount("444455556666", "stage", "aws-stage@acme.example"),
)
ROLES = {
    "111122223333": ("OpsEngineer", "ReadOnly"),
    "444455556666": ("AdministratorAccess", "OpsEngineer"),
}


@dataclass
class FakeBrowser:
    """The accounts and roles of ACME; those of `audit` are denied."""

    found: tuple[SsoAccount, ...] = ACCOUNTS
    fault: Fault | None = None
    asked: list[str] = field(default_factory=list)

    def forget(self, session: SsoSession) -> None:
        self.asked.append("forget")

    async def accounts(self, session: SsoSession) -> tuple[SsoAccount, ...]:
        if self.fault is not None:
            raise AwsCallFailed(self.fault)
        return self.found

    async def roles(self, session: SsoSession, account_id: str) -> tuple[SsoRole, ...]:
        self.asked.append(account_id)
        if account_id not in ROLES:
            raise AwsCallFailed(fault("sso:ListAccountRoles"))
        return tuple(SsoRole(account_id, name) for name in ROLES[account_id])


@dataclass
class FakeConfig:
    """Writes profiles into a list."""

    known: ProfileList = PROFILES
    refused: str = ""
    written: list[ProfileLines] = field(default_factory=list)

    async def preview(self, wanted: WantedProfile) -> ProfileLines:
        return ProfileLines(wanted, ("", *lines_for(wanted, self.known)), "/home/ana/.aws/config", "seen")

    async def write(self, lines: ProfileLines) -> str:
        if self.refused:
            raise ProfileRefused(self.refused)
        self.written.append(lines)
        return "/home/ana/.aws/config.before-smtui"


@dataclass
class FakeBook:
    """What `launcher.place_book` is."""

    catalog: FakeCatalog = field(default_factory=FakeCatalog)
    sign_ins: FakeSignIns = field(default_factory=FakeSignIns)
    codes: MfaCodes = field(default_factory=MfaCodes)
    browser: FakeBrowser = field(default_factory=FakeBrowser)
    config: FakeConfig = field(default_factory=FakeConfig)
    filters: FilterBook = field(default_factory=lambda: FilterBook(FiltersInMemory(), OffLoop()))


def signed_out(aws: FakeAws, kind: FaultKind = FaultKind.SSO_SIGN_IN) -> FakeAws:
    """Every call fails for want of a sign-in."""
    for action in ("sts:GetCallerIdentity", "ssm:DescribeInstanceInformation", "ec2:DescribeInstances"):
        aws.failing[action] = replace(fault(action, kind), message="")
    return aws


class PlaceWorld(World):
    """A list of the profile `stage`, which is signed out."""

    def __init__(self, book: FakeBook | None = None, *, profile: str = "stage", **given: Any) -> None:
        aws = given.pop("aws", None) or signed_out(story_aws())
        super().__init__(aws=aws, places=(Place(profile, "eu-west-1"),), **given)
        self.book = book or FakeBook()
        self.launcher_arguments["place_book"] = self.book
