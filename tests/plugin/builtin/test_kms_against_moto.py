"""Encrypted sessions with keys of a KMS that nobody of this project wrote: moto's, which checks the context."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from smtui.aws.plugin_calls import CallRefused, PluginCalls
from smtui.channel.client import Encryption
from smtui.channel.client_session import Closed, Opened
from smtui.channel.encryption import AgentEncryption, DataKey, KeyNotDecrypted
from smtui.channel.handshake import SessionType
from smtui.channel.transport import ChannelError
from smtui.demo.far_end.far_end_settings import FarEndSettings
from tests.channel.wires import NEWER, OLDER, joined

REGION = "eu-west-1"
ENCRYPTED = "This session is encrypted using AWS KMS."


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    moto = pytest.importorskip("moto.server")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
        server.stop()


@pytest.fixture
def kms(url: str) -> Any:
    return boto3.client("kms", region_name=REGION, endpoint_url=url)


class Ends:
    """What both ends of a session do about its key."""

    def __init__(self, url: str, kms: Any, **left_out: str) -> None:
        self._calls = PluginCalls("", REGION, url, {})
        self._kms = kms
        self._left_out = left_out
        self.contexts: list[dict[str, str]] = []

    def client(self) -> Encryption:
        async def generate(key_id: str, context: Mapping[str, str]) -> DataKey:
            bound_to = {name: value for name, value in context.items() if name not in self._left_out.values()}
            try:
                return DataKey(*await asyncio.to_thread(self._calls.generate_data_key, key_id, bound_to))
            except CallRefused as refused:
                raise ChannelError(str(refused)) from None

        return Encryption(generate, "s-1", "i-1")

    def agent(self, key_id: str, version: str) -> FarEndSettings:
        def decrypt(wrapped: bytes, context: Mapping[str, str]) -> bytes:
            self.contexts.append(dict(context))
            given = {"CiphertextBlob": wrapped, "EncryptionContext": dict(context), "KeyId": key_id}
            try:
                plaintext: bytes = self._kms.decrypt(**given)["Plaintext"]
            except ClientError as error:
                raise KeyNotDecrypted(f"{error.response['Error']['Code']}: ") from None
            return plaintext

        async def decrypt_beside(wrapped: bytes, context: Mapping[str, str]) -> bytes:
            return await asyncio.to_thread(decrypt, wrapped, context)

        encryption = AgentEncryption(key_id, "i-1", decrypt_beside)
        return FarEndSettings(agent_version=version, handshake=True, encryption=encryption)


async def last_word(ends: Ends, key_id: str, version: str = NEWER) -> str:
    async with joined(ends.agent(key_id, version), encryption=ends.client()) as pair:
        await pair.channel.connect(pair.address)
        async with asyncio.timeout(60):
            _, events = await pair.rest()
    last = events[-1]
    assert isinstance(last, Closed)
    return last.output


@pytest.mark.parametrize("named", ["id", "ARN", "alias"])
@pytest.mark.parametrize("version", [OLDER, NEWER])
async def test_a_session_from_key_to_farewell(url: str, kms: Any, version: str, named: str) -> None:
    made = kms.create_key()["KeyMetadata"]
    alias = f"alias/sessions-{made['KeyId']}"
    kms.create_alias(AliasName=alias, TargetKeyId=made["KeyId"])
    ends = Ends(url, kms)
    key_id = {"id": made["KeyId"], "ARN": made["Arn"], "alias": alias}[named]
    async with joined(ends.agent(key_id, version), encryption=ends.client()) as pair:
        pair.program.say(b"$ ")
        pair.program.exit()
        await pair.channel.connect(pair.address)
        output, events = await pair.rest()
    assert output == b"$ "
    assert events == [Opened(SessionType.STANDARD_STREAM, version, ENCRYPTED), Closed("")]
    [context] = ends.contexts
    assert (context.pop("aws:ssm:RandomChallenge", "") != "") == (version == NEWER)
    assert context == {"aws:ssm:SessionId": "s-1", "aws:ssm:TargetId": "i-1"}


@pytest.mark.parametrize("name", ["aws:ssm:SessionId", "aws:ssm:TargetId", "aws:ssm:RandomChallenge"])
async def test_a_context_that_lacks_something_opens_nothing(url: str, kms: Any, name: str) -> None:
    key_id = kms.create_key()["KeyMetadata"]["Arn"]
    told = await last_word(Ends(url, kms, left_out=name), key_id)
    assert "Error when decrypting data key InvalidCiphertextException: " in told


async def test_a_key_that_is_not_there_is_reported_in_the_words_of_kms(url: str, kms: Any) -> None:
    nowhere = kms.create_key()["KeyMetadata"]["Arn"].rpartition("/")[0] + "/00000000-0000-0000-0000-000000000000"
    told = await last_word(Ends(url, kms), nowhere)
    assert "kms:GenerateDataKey was refused: NotFoundException: " in told
    assert nowhere in told or nowhere.rpartition("/")[2] in told
