"""The worlds of the screen of places: a configuration with profiles of each kind, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from smtui.domain.fault import FaultKind
from smtui.domain.place import Caller, Place
from smtui.domain.places.choice import Choice
from smtui.domain.places.profile import Profile, ProfileKind, ProfileList, SsoSession
from smtui.domain.places.region_fact import RegionFact, RegionList
from smtui.domain.places.sign_in_state import SignedIn, SignInState
from smtui.engine.offloop import OffLoop
from smtui.engine.protocols import AwsPlaces
from smtui.places.place_book import PlaceBook
from smtui.store.filter_file import FiltersInMemory
from smtui.store.place_memory_file import PlacesInMemory
from tests.domain.build import ec2_facts, ssm_facts
from tests.engine.fakes import NOW, FakeAws, fault
from tests.places.place_fakes import FakeIdentities
from tests.tui.world import READ_AT, World, node_id

ACME = SsoSession("acme", "https://acme.awsapps.com/start", "eu-west-1")
PROFILES = (
    Profile("audit", ProfileKind.ROLE, account="777788889999", role="SecurityAudit", chain=("prod-ops",),
            mfa_serial="arn:aws:iam::111122223333:mfa/maria"),
    Profile("build", ProfileKind.KEYS, region="us-east-1"),
    Profile("loop", ProfileKind.ROLE, trouble="its source profiles form a loop: loop, other, loop."),
    Profile("old", ProfileKind.PROGRAM, detail="./creds.sh"),
    Profile("ops", ProfileKind.SSO, region="eu-west-1", account="111122223333", role="OpsEngineer", sso=ACME),
    Profile("sandbox", ProfileKind.LOGIN, account="222233334444"),
    Profile("stage", ProfileKind.SSO, region="eu-west-1", account="444455556666", role="OpsEngineer", sso=ACME),
)  # fmt: skip
STATES = {
    "audit": SignInState(SignedIn.ASKS_CODE),
    "build": SignInState(SignedIn.ALWAYS),
    "old": SignInState(SignedIn.BROKEN, note="./creds.sh not found"),
    "ops": SignInState(SignedIn.YES, NOW + timedelta(hours=5, minutes=40)),
    "sandbox": SignInState(SignedIn.YES, NOW + timedelta(minutes=5)),
    "stage": SignInState(SignedIn.NO, NOW - timedelta(hours=2, minutes=46)),
}
TITLES = {"eu-west-1": "Europe (Ireland)", "us-east-1": "US East (N. Virginia)", "ap-south-1": "Asia Pacific (Mumbai)"}
NAMES = (
    "af-south-1", "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1",
    "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "me-south-1", "sa-east-1", "us-east-1", "us-east-2",
    "us-west-1", "us-west-2",
)  # fmt: skip
NOT_ENABLED = ("af-south-1", "me-south-1")
REGIONS = RegionList(tuple(RegionFact(name, TITLES.get(name, ""), "aws", name not in NOT_ENABLED) for name in NAMES))
RECENT = (
    Choice(("stage",), ("us-east-1",)),
    Choice(("ops", "stage"), ("eu-west-1", "us-east-1")),
)


@dataclass
class Placed(World):
    """A world with a configuration."""

    identities: FakeIdentities = field(
        default_factory=lambda: FakeIdentities(
            ProfileList(PROFILES, (ACME,), files=("~/.aws/config", "~/.aws/credentials")),
            dict(STATES),
            {profile.name: REGIONS for profile in PROFILES},
        )
    )
    memory: PlacesInMemory = field(default_factory=PlacesInMemory)

    def __post_init__(self) -> None:
        super().__post_init__()
        for choice in reversed(RECENT):
            self.memory.remember(choice)
        book = PlaceBook(self.identities, self.memory, OffLoop(), filters=FiltersInMemory(), read_only=False)
        self.launcher_arguments["place_book"] = book


class AwsHere(FakeAws):
    """AWS in one place."""

    where = Place()

    def caller(self) -> Caller:
        return replace(super().caller(), account=ACCOUNTS[self.where.profile], region=self.where.region)


class Everywhere(Placed):
    """Three profiles in two Regions: one profile is signed out, one is denied in one Region."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.places = [Place(profile, region) for profile in ("ops", "stage", "sandbox") for region in USED]
        self.each = {place: self._aws_of(place) for place in self.places}

    def _aws_of(self, place: Place) -> AwsHere:
        number = 100 * self.places.index(place)
        names = ("bastion-1", "web-1", "web-2", "worker-1", "worker-2", "worker-3")
        machines = [
            ec2_facts(node_id(number + at), name=name, seen_at=READ_AT, private_ip=f"10.{number // 10}.1.{at + 10}")
            for at, name in enumerate(names)
        ]
        managed = [
            ssm_facts(node_id(number + at), seen_at=READ_AT, last_ping=NOW - timedelta(seconds=4 * at + number // 50))
            for at, _ in enumerate(names)
        ]
        here = AwsHere([managed], [machines])
        here.where = place
        if place.profile == "stage":
            out = replace(fault("sts:GetCallerIdentity", FaultKind.SSO_SIGN_IN), sign_in=("aws", "sso", "login"))
            here.managed, here.machines, here.failing = [], [], dict.fromkeys(LISTING, out)
        if place == Place("sandbox", USED[1]):
            here.managed, here.machines = [], []
            here.failing = {"ssm:DescribeInstanceInformation": fault("ssm:DescribeInstanceInformation")}
        return here

    def aws_places(self) -> AwsPlaces:
        return self

    def at(self, place: Place) -> FakeAws:
        """AWS in this place."""
        return self.each[place]


USED = ("eu-west-1", "us-east-1")
ACCOUNTS = {"ops": "111122223333", "stage": "444455556666", "sandbox": "222233334444"}
LISTING = ("sts:GetCallerIdentity", "ssm:DescribeInstanceInformation", "ec2:DescribeInstances")
