"""Encrypted sessions of the simulated Region: every kind, both generations of agents, and each way to have no key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from smtui.channel.client_session import Event, Opened, Output
from smtui.channel.encryption import encryption_context
from smtui.channel.handshake import SessionType
from smtui.channel.message import PayloadType
from smtui.demo.account.region_state import RegionState
from smtui.demo.far_end.channel_service import DataChannelServer
from smtui.demo.far_end.far_end_settings import FarEndSettings
from smtui.demo.far_end.session_work import work_under
from smtui.demo.region import DataChannel, SimulatedRegion, Upgrades, demo_fleet
from smtui.demo.story.account_facts import KEY_ALIAS, KEY_ARN
from smtui.demo.story.region_faults import Faults
from tests.demo.far_end.test_switched_sessions import NODES, closing, output, session, until_closed
from tests.demo.odd_clients import ODD_CLIENTS, OLD_CLIENT, last_words, told
from tests.demo.support import client

ENCRYPTED = "This session is encrypted using AWS KMS."
OLDER, NEWER = "batch-1", "web-1"
"""Nodes whose agents are older and newer than the KMS challenge."""
NO_HANDSHAKE = "Encountered error while initiating handshake. "
NO_KEY_HERE = f"{NO_HANDSHAKE}KMSEncryption failed on client with status 2 error: "
NO_KEY_THERE = f"{NO_HANDSHAKE}Fetching data key failed: Unable to retrieve data key, Error when decrypting data key "


def impatient(home: RegionState, _: Upgrades, faults: Faults) -> DataChannel:
    """A far end that gives up a handshake soon, and not before a busy machine has made it."""
    settings = FarEndSettings(handshake_limit=6.0)
    return DataChannelServer(home.sessions, work_for=partial(work_under, home), settings=settings)


@pytest.fixture
def region(request: pytest.FixtureRequest) -> Iterator[SimulatedRegion]:
    factory = getattr(request, "param", None)
    with SimulatedRegion(demo_fleet(causes=True), channel_factory=factory) as running:
        running.faults.apply({"switch": ["kms"]})
        yield running


@pytest.fixture(autouse=True)
def _keys_of_the_region(region: SimulatedRegion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", region.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", region.secret_access_key)


def document(name: str, **parameters: str) -> dict[str, Any]:
    return {"DocumentName": name, "Parameters": {name: [value] for name, value in parameters.items()}}


SECRET = "4200042"
COMMAND = "sh -c 'echo $((4200000+42)); echo $((4200000+43)) >&2; exit 7'"
Judge = Callable[[list[Event]], None]


def _on_terminal(events: list[Event]) -> None:
    assert SECRET.encode() in output(events)


def _together(events: list[Event]) -> None:
    assert SECRET.encode() in output(events)
    assert not [event for event in events if isinstance(event, Output) and event.kind is not PayloadType.OUTPUT]


def _apart(events: list[Event]) -> None:
    said = dict.fromkeys((PayloadType.OUTPUT, PayloadType.STDERR, PayloadType.EXIT_CODE), b"")
    for event in events:
        if isinstance(event, Output):
            said[event.kind] += event.data
    assert [text.strip() for text in said.values()] == [SECRET.encode(), b"4200043", b"EXIT_CODE: 7"]


KINDS: dict[str, tuple[SessionType, dict[str, Any], Judge]] = {
    "shell": (SessionType.STANDARD_STREAM, {}, _on_terminal),
    "interactive": (
        SessionType.INTERACTIVE_COMMANDS,
        document("AWS-StartInteractiveCommand", command='read x; sh -c "$x"'),
        _on_terminal,
    ),
    "command": (
        SessionType.NON_INTERACTIVE_COMMANDS,
        document("AWS-StartNonInteractiveCommand", command=COMMAND),
        _together,
    ),
    "command, outputs apart": (
        SessionType.NON_INTERACTIVE_COMMANDS,
        document("AWS-StartNonInteractiveCommand", command=COMMAND, separateOutputStream="True"),
        _apart,
    ),
}


@pytest.mark.parametrize("node", [OLDER, NEWER])
@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_session_runs_encrypted(region: SimulatedRegion, node: str, kind: str) -> None:
    session_type, asked, judge = KINDS[kind]
    frames: list[bytes] = []
    types = session_type is not SessionType.NON_INTERACTIVE_COMMANDS
    typed = [b"echo $((4200000+42)); exit\r"] if types else []
    async with session(region, node, frames=frames, **asked) as channel:
        events = await until_closed(channel, *typed)
    opened = events[0]
    assert isinstance(opened, Opened)
    assert (opened.session_type, opened.customer_message) == (session_type, ENCRYPTED)
    assert closing(events) == ""
    judge(events)
    assert region.faults.calls("kms:GenerateDataKey") == 1
    told = b"".join(frames)
    assert KEY_ARN.encode() in told
    assert not [clear for clear in (SECRET.encode(), b"4200000+42", b"4200043", b"EXIT_CODE") if clear in told]
    assert (b'"Challenge":"' in _first_request(frames)) == (node == NEWER)
    assert (b'"ChallengeAcknowledgement":true' in told) == (node == NEWER)


def _first_request(frames: list[bytes]) -> bytes:
    return next(frame for frame in frames if b"RequestedClientActions" in frame)


async def test_a_forwarded_port_shakes_hands_without_a_key(region: SimulatedRegion) -> None:
    frames: list[bytes] = []
    asked = document("AWS-StartPortForwardingSession", portNumber="7")
    async with session(region, frames=frames, **asked) as channel:
        opened = await anext(channel.events())
    assert isinstance(opened, Opened)
    assert (opened.session_type, opened.customer_message) == (SessionType.PORT, "")
    assert b"KMSEncryption" not in _first_request(frames)
    assert region.faults.calls("kms:GenerateDataKey") == 0


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ({"switch": ["key-disabled"]}, f"DisabledException: {KEY_ARN} is disabled."),
        ({"switch": ["key-pending-deletion"]}, f"KMSInvalidStateException: {KEY_ARN} is pending deletion."),
        ({"switch": ["key-deleted"]}, f"NotFoundException: Key '{KEY_ARN}' does not exist"),
        ({"switch": ["key-for-signing"]}, f"InvalidKeyUsageException: {KEY_ARN} key usage is SIGN_VERIFY"),
        (
            {"deny": ["kms:GenerateDataKey"]},
            "AccessDeniedException: User: arn:aws:iam::111122223333:user/demo-operator is not authorized to perform: "
            f"kms:GenerateDataKey on resource: {KEY_ARN} because no identity-based policy allows",
        ),
        (
            {"throttle": {"kms:GenerateDataKey": 9}},
            f"{NO_KEY_HERE}kms:GenerateDataKey failed: ThrottlingException: Rate exceeded",
        ),
    ],
    ids=["disabled", "pending deletion", "deleted", "for signing", "denied", "throttled"],
)
async def test_a_key_that_cannot_be_used_ends_the_session_in_the_words_of_kms(
    region: SimulatedRegion, faults: dict[str, Any], words: str
) -> None:
    region.faults.apply(faults)
    async with session(region) as channel:
        told = closing(await until_closed(channel))
    assert NO_KEY_HERE in told
    assert words in told


@pytest.mark.parametrize("region", [impatient], indirect=True)
@pytest.mark.parametrize("name", ODD_CLIENTS)
async def test_the_agent_says_of_an_odd_client_what_the_real_one_says(region: SimulatedRegion, name: str) -> None:
    ssm, kms = client(region, "ssm"), client(region, "kms")
    assert await last_words(ODD_CLIENTS[name], ssm, kms, NODES[NEWER]) == told(name)


@pytest.mark.parametrize("node", [OLDER, NEWER])
async def test_a_client_that_knows_no_challenge_gets_its_shell(region: SimulatedRegion, node: str) -> None:
    assert await last_words(OLD_CLIENT, client(region, "ssm"), client(region, "kms"), NODES[node]) == ""


@pytest.mark.parametrize("node", [OLDER, NEWER])
async def test_a_key_of_another_session_opens_nothing(region: SimulatedRegion, node: str) -> None:
    async with session(region, node, context_of="another session") as channel:
        words = closing(await until_closed(channel))
    assert f"{NO_KEY_THERE}InvalidCiphertextException: " in words


async def test_a_key_that_is_disabled_between_the_two_ends(region: SimulatedRegion) -> None:
    def disable() -> None:
        region.faults.apply({"switch": ["key-disabled"]})

    async with session(region, once_there_is_a_key=disable) as channel:
        words = closing(await until_closed(channel))
    assert f"{NO_KEY_THERE}DisabledException: {KEY_ARN} is disabled." in words


async def test_a_role_that_may_not_decrypt(region: SimulatedRegion) -> None:
    region.faults.apply({"switch": ["kms", "host-management"]})
    async with session(region, "no-profile-1") as channel:
        words = closing(await until_closed(channel))
    role = "arn:aws:sts::111122223333:assumed-role/AWSSystemsManagerDefaultEC2InstanceManagementRole"
    assert f"{NO_KEY_THERE}AccessDeniedException: User: {role}/{NODES['no-profile-1']} is not authorized" in words
    assert "kms:Decrypt" in words
    assert "status code: 400, request id: " in words


@pytest.mark.parametrize("region", [impatient], indirect=True)
async def test_a_node_without_a_way_to_kms_says_nothing_better_than_a_time_out(region: SimulatedRegion) -> None:
    async with session(region, "isolated-1") as channel:
        words = closing(await until_closed(channel))
    assert f"{NO_HANDSHAKE}Handshake timed out. Please ensure that you have the latest version" in words


async def test_a_node_with_a_way_to_kms_opens(region: SimulatedRegion) -> None:
    async with session(region, "endpoints-elsewhere-1") as channel:
        assert isinstance(await anext(channel.events()), Opened)


def refused(call: Callable[..., Any], **given: Any) -> tuple[str, str]:
    """The code and the words of AWS."""
    with pytest.raises(ClientError) as caught:
        call(**given)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_the_keys_on_the_wire_are_bound_to_their_context(region: SimulatedRegion) -> None:
    kms = client(region, "kms")
    context = encryption_context("s-1", "i-1", "cmFuZG9t")
    made = kms.generate_data_key(KeyId=KEY_ALIAS, NumberOfBytes=64, EncryptionContext=context)
    assert made["KeyId"] == KEY_ARN
    blob = made["CiphertextBlob"]
    assert len(made["Plaintext"]) == 64
    assert made["Plaintext"] not in blob
    backwards = dict(reversed(context.items()))
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=backwards)["Plaintext"] == made["Plaintext"]
    others = [
        {},
        encryption_context("s-1", "i-1", ""),
        encryption_context("s-1", "i-1", "b3RoZXI="),
        encryption_context("s-2", "i-1", "cmFuZG9t"),
        encryption_context("s-1", "i-2", "cmFuZG9t"),
        context | {"one": "more"},
    ]
    for other in others:
        assert refused(kms.decrypt, CiphertextBlob=blob, EncryptionContext=other) == ("InvalidCiphertextException", "")
    for broken in (blob[:-1], blob[:5], bytes(len(blob)), blob[:20] + bytes([blob[20] ^ 1]) + blob[21:]):
        assert refused(kms.decrypt, CiphertextBlob=broken, EncryptionContext=context)[0] == "InvalidCiphertextException"


def test_how_long_a_data_key_is_to_be(region: SimulatedRegion) -> None:
    kms = client(region, "kms")
    assert len(kms.generate_data_key(KeyId=KEY_ARN, KeySpec="AES_256")["Plaintext"]) == 32
    assert len(kms.generate_data_key(KeyId=KEY_ARN, KeySpec="AES_128")["Plaintext"]) == 16
    for asked in ({}, {"KeySpec": "AES_256", "NumberOfBytes": 32}):
        code, words = refused(kms.generate_data_key, KeyId=KEY_ARN, **asked)
        assert (code, words) == ("ValidationException", "Please specify either number of bytes or key spec.")


async def test_two_sessions_have_two_keys(region: SimulatedRegion) -> None:
    async def shell() -> bytes:
        async with session(region) as channel:
            return output(await until_closed(channel, b"echo $((40+2)); exit\r"))

    assert [b"42" in text for text in await asyncio.gather(shell(), shell())] == [True, True]
    assert region.faults.calls("kms:GenerateDataKey") == 2
