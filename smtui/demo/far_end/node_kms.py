"""Decrypts a data key as the agent of a node does: with the node's role and over its network.

Error messages are those of the AWS SDK for Go, with which the agent is built.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping

from smtui.channel.encryption import KeyNotDecrypted
from smtui.demo.account.iam_rules import ALLOWED, EXPLICIT_DENY, role_decision
from smtui.demo.account.region_state import RegionState
from smtui.demo.operations import kms_calls as operations_kms
from smtui.demo.story.account_facts import ACCOUNT
from smtui.demo.story.account_switches import HOST_MANAGEMENT_ROLE, KEY_ARN
from smtui.demo.story.demo_node import DemoNode
from smtui.demo.story.identities import HYBRID_ROLE, Role
from smtui.demo.story.vpc_plan import Way
from smtui.demo.wire.service_errors import AwsError
from smtui.demo.wire.service_models import service_model

_ACTION = "kms:Decrypt"


async def decrypt_as_node(region: RegionState, node_id: str, ciphertext: bytes, context: Mapping[str, str]) -> bytes:
    """The data key. Raises KeyNotDecrypted. Never returns if the node cannot reach KMS.

    In that case the agent's SDK retries for longer than a handshake may take.
    """
    node = region.fleet.find(node_id)
    role = _role(region, node) if node is not None else None
    if node is None or role is None:
        raise KeyNotDecrypted("NoCredentialProviders: no valid providers in chain")
    if not _reaches_kms(node):
        await asyncio.Event().wait()
    try:
        _check(region, role, node_id)
        given = {"CiphertextBlob": ciphertext, "EncryptionContext": context, "KeyId": KEY_ARN}
        plaintext: bytes = operations_kms.decrypt(region, given)["Plaintext"]
    except AwsError as error:
        raise KeyNotDecrypted(_in_words_of_the_sdk(error)) from None
    return plaintext


def _reaches_kms(node: DemoNode) -> bool:
    plan = node.plan
    return plan is None or plan.way is not Way.NOWHERE or "kms" in plan.endpoints


def _check(region: RegionState, role: Role, node_id: str) -> None:
    decision = role_decision(role, _ACTION, KEY_ARN, region.account.policies)
    if decision == ALLOWED:
        return
    why = f"because no identity-based policy allows the {_ACTION} action"
    if decision == EXPLICIT_DENY:
        why = "with an explicit deny in an identity-based policy"
    raise AwsError(
        "AccessDeniedException",
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{role.name}/{node_id} is not authorized to perform: {_ACTION} "
        f"on resource: {KEY_ARN} {why}",
    )


def _role(region: RegionState, node: DemoNode) -> Role | None:
    if node.profile:
        return region.account.role_of(node.profile)
    return region.account.role(HYBRID_ROLE if node.hybrid else HOST_MANAGEMENT_ROLE)


def _in_words_of_the_sdk(error: AwsError) -> str:
    """The SDK's message: errors of KMS's model stand alone, general ones have a status and request id."""
    modelled = {shape.name for shape in service_model("kms").operation_model("Decrypt").error_shapes}
    words = f"{error.code}: {error.message}"
    return words if error.code in modelled else f"{words}\n\tstatus code: {error.status}, request id: {uuid.uuid4()}"
