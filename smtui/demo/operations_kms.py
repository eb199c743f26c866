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
    salt = secrets.token_bytes(_SALT_BYTES)
    length = params.get("NumberOfBytes", 32)
    plaintext = _data_key(salt, params.get("EncryptionContext", {}), length)
    return {"CiphertextBlob": salt + length.to_bytes(2, "big"), "Plaintext": plaintext, "KeyId": KEY_ARN}


def decrypt(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Another context gives another key, where the real service refuses: what is encrypted with it cannot be read."""
    _usable(region, params.get("KeyId", KEY_ID))
    plaintext = data_key(params["CiphertextBlob"], params.get("EncryptionContext", {}))
    if plaintext is None:
        raise AwsError("InvalidCiphertextException")
    return {"Plaintext": plaintext, "KeyId": KEY_ARN, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}


def data_key(ciphertext: bytes, context: Mapping[str, str]) -> bytes | None:
    """What the agent gets from Decrypt; None for what is no data key of ours."""
    if len(ciphertext) != _SALT_BYTES + 2:
        return None
    return _data_key(ciphertext[:_SALT_BYTES], context, int.from_bytes(ciphertext[_SALT_BYTES:], "big"))


def _data_key(salt: bytes, context: Mapping[str, str], length: int) -> bytes:
    bound_to = json.dumps(dict(context), sort_keys=True).encode()
    return hashlib.shake_256(hmac.digest(_SECRET, salt + bound_to, "sha256")).digest(length)


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
