"""The operations of the Key Management Service that the simulated Region answers: one key, for sessions.

Source: the AWS KMS API reference, and the words that the service uses.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from smtui.demo.errors import AwsError
from smtui.demo.state import ACCOUNT, HOME_REGION, Handler, Params, RegionState
from smtui.demo.switches import KEY_ALIAS, KEY_ID

_ARN_PREFIX = f"arn:aws:kms:{HOME_REGION}:{ACCOUNT}:"
KEY_ARN = f"{_ARN_PREFIX}key/{KEY_ID}"
_ALIAS_ARN = f"{_ARN_PREFIX}{KEY_ALIAS}"
_MADE = datetime(2026, 2, 3, 9, 55, tzinfo=UTC)
_DELETED_IN = timedelta(days=7)
_SECRET = secrets.token_bytes(32)
_SALT_BYTES = 32
_LENGTH_BYTES = 2


def describe_key(region: RegionState, params: Params) -> Mapping[str, Any]:
    """By id, ARN, alias or the alias's ARN; a disabled key is described like any other."""
    _existing(region, params["KeyId"])
    state = _state(region)
    metadata: dict[str, Any] = {
        "AWSAccountId": ACCOUNT,
        "KeyId": KEY_ID,
        "Arn": KEY_ARN,
        "CreationDate": _MADE,
        "Enabled": state == "Enabled",
        "Description": "Encrypts the sessions of the demo account",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": state,
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
    }
    if state == "PendingDeletion":
        metadata["DeletionDate"] = datetime.now(UTC) + _DELETED_IN
    return {"KeyMetadata": metadata}


def list_aliases(region: RegionState, _params: Params) -> Mapping[str, Any]:
    there = region.name == HOME_REGION and "key-deleted" not in region.switches()
    alias = {"AliasName": KEY_ALIAS, "AliasArn": _ALIAS_ARN, "TargetKeyId": KEY_ID, "CreationDate": _MADE}
    return {"Aliases": [alias] if there else [], "Truncated": False}


def generate_data_key(region: RegionState, params: Params) -> Mapping[str, Any]:
    _usable(region, params["KeyId"])
    seed = secrets.token_bytes(_SALT_BYTES) + params.get("NumberOfBytes", 32).to_bytes(_LENGTH_BYTES, "big")
    context = params.get("EncryptionContext", {})
    return {"CiphertextBlob": seed + _seal(seed, context), "Plaintext": _data_key(seed), "KeyId": KEY_ARN}


def decrypt(region: RegionState, params: Params) -> Mapping[str, Any]:
    _usable(region, params.get("KeyId", KEY_ID))
    plaintext = data_key(params["CiphertextBlob"], params.get("EncryptionContext", {}))
    if plaintext is None:
        raise AwsError("InvalidCiphertextException")
    return {"Plaintext": plaintext, "KeyId": KEY_ARN, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}


def data_key(ciphertext: bytes, context: Mapping[str, str]) -> bytes | None:
    """What the agent gets from Decrypt; None for what is no data key of ours, or bound to another context."""
    seed, seal = ciphertext[: _SALT_BYTES + _LENGTH_BYTES], ciphertext[_SALT_BYTES + _LENGTH_BYTES :]
    return _data_key(seed) if hmac.compare_digest(seal, _seal(seed, context)) else None


def _data_key(seed: bytes) -> bytes:
    length = int.from_bytes(seed[_SALT_BYTES:], "big")
    return hashlib.shake_256(hmac.digest(_SECRET, seed, "sha256")).digest(length)


def _seal(seed: bytes, context: Mapping[str, str]) -> bytes:
    return hmac.digest(_SECRET, seed + json.dumps(dict(context), sort_keys=True).encode(), "sha256")


def _usable(region: RegionState, key: str) -> None:
    _existing(region, key)
    state = _state(region)
    if state == "Disabled":
        raise AwsError("DisabledException", f"{KEY_ARN} is disabled.")
    if state == "PendingDeletion":
        raise AwsError("KMSInvalidStateException", f"{KEY_ARN} is pending deletion.")


def _existing(region: RegionState, key: str) -> None:
    here = region.name == HOME_REGION and "key-deleted" not in region.switches()
    prefix = f"arn:aws:kms:{region.name}:{ACCOUNT}:"
    if here and key in {KEY_ID, KEY_ARN, KEY_ALIAS, _ALIAS_ARN}:
        return
    named = key if key.startswith("arn:") else prefix + (key if key.startswith("alias/") else f"key/{key}")
    if ":alias/" in named:
        raise AwsError("NotFoundException", f"Alias {named} is not found.")
    raise AwsError("NotFoundException", f"Key '{named}' does not exist")


def _state(region: RegionState) -> str:
    switches = region.switches()
    if "key-pending-deletion" in switches:
        return "PendingDeletion"
    return "Disabled" if "key-disabled" in switches else "Enabled"


HANDLERS: Mapping[str, Handler] = {
    "DescribeKey": describe_key,
    "ListAliases": list_aliases,
    "GenerateDataKey": generate_data_key,
    "Decrypt": decrypt,
}
