"""Answers the operations of KMS, with one key, for sessions.

Source: the AWS KMS API reference; messages are those of the service. Data keys are really encrypted: only this process
decrypts them, and only with the encryption context that they were made with.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from smtui.demo.story.account_facts import ACCOUNT, HOME_REGION, KEY_ALIAS, KEY_ARN, KEY_ID
from smtui.demo.wire.service_errors import AwsError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from smtui.demo.account.region_state import Handler, Params, RegionState

_ARN_PREFIX = f"arn:aws:kms:{HOME_REGION}:{ACCOUNT}:"
_ALIAS_ARN = f"{_ARN_PREFIX}{KEY_ALIAS}"
_MADE = datetime(2026, 2, 3, 9, 55, tzinfo=UTC)
_DELETED_IN = timedelta(days=7)
_KEY_STATE = "kms/key-state"
_MASTER_KEY = secrets.token_bytes(32)
_NONCE_BYTES = 12
_BYTES_OF_SPECS = {"AES_128": 16, "AES_256": 32}


def describe_key(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Describes the key, named by id, ARN, alias or the alias's ARN; also a disabled one."""
    _existing(region, params["KeyId"])
    state = _state(region)
    metadata: dict[str, Any] = {
        "AWSAccountId": ACCOUNT,
        "KeyId": KEY_ID,
        "Arn": KEY_ARN,
        "CreationDate": _MADE,
        "Enabled": state == "Enabled",
        "Description": "Encrypts the sessions of the demo account",
        **_use(region),
        "KeyState": state,
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "MultiRegion": False,
    }
    if state == "PendingDeletion":
        metadata["DeletionDate"] = datetime.now(UTC) + _DELETED_IN
    return {"KeyMetadata": metadata}


def generate_data_key(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Makes a data key, plain and encrypted, bound to the encryption context."""
    _usable(region, params["KeyId"], "GenerateDataKey")
    length = _BYTES_OF_SPECS.get(params.get("KeySpec", ""), params.get("NumberOfBytes"))
    if length is None or ("KeySpec" in params and "NumberOfBytes" in params):
        raise AwsError("ValidationException", "Please specify either number of bytes or key spec.")
    plaintext, nonce = secrets.token_bytes(length), secrets.token_bytes(_NONCE_BYTES)
    wrapped = nonce + _master().encrypt(nonce, plaintext, _bound_to(params))
    return {"CiphertextBlob": wrapped, "Plaintext": plaintext, "KeyId": KEY_ARN}


def decrypt(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Decrypts a data key. For a wrong ciphertext or context the error has no message, as in KMS."""
    from cryptography.exceptions import InvalidTag

    _usable(region, params.get("KeyId", KEY_ID), "Decrypt")
    blob = params["CiphertextBlob"]
    try:
        plaintext = _master().decrypt(blob[:_NONCE_BYTES], blob[_NONCE_BYTES:], _bound_to(params))
    except (InvalidTag, ValueError):
        raise AwsError("InvalidCiphertextException") from None
    return {"Plaintext": plaintext, "KeyId": KEY_ARN, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}


def enable_key(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Enables a disabled key."""
    return _put_state(region, params, "Enabled", "PendingDeletion")


def cancel_key_deletion(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Cancels the deletion; the key is disabled afterwards."""
    return _put_state(region, params, "Disabled", "Enabled", "Disabled") | {"KeyId": KEY_ARN}


def _put_state(region: RegionState, params: Params, state: str, *refused: str) -> dict[str, Any]:
    _existing(region, params["KeyId"])
    with region.account.lock:
        if _state(region) in refused:
            raise AwsError("KMSInvalidStateException", f"{KEY_ARN} is {_state(region)}.")
        region.account.put_setting(_KEY_STATE, state)
    return {}


def _master() -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(_MASTER_KEY)


def _bound_to(params: Params) -> bytes:
    return json.dumps(dict(params.get("EncryptionContext", {})), sort_keys=True).encode()


def _use(region: RegionState) -> Mapping[str, Any]:
    """The usage in DescribeKey's answer."""
    if "key-for-signing" in region.switches():
        return {
            "KeyUsage": "SIGN_VERIFY",
            "KeySpec": "ECC_NIST_P256",
            "CustomerMasterKeySpec": "ECC_NIST_P256",
            "SigningAlgorithms": ["ECDSA_SHA_256"],
        }
    return {
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
    }


def _usable(region: RegionState, key: str, operation: str) -> None:
    _existing(region, key)
    state = _state(region)
    if state == "Disabled":
        raise AwsError("DisabledException", f"{KEY_ARN} is disabled.")
    if state == "PendingDeletion":
        raise AwsError("KMSInvalidStateException", f"{KEY_ARN} is pending deletion.")
    usage = _use(region)["KeyUsage"]
    if usage != "ENCRYPT_DECRYPT":
        words = f"{KEY_ARN} key usage is {usage} which is not valid for {operation}."
        raise AwsError("InvalidKeyUsageException", words)


def _existing(region: RegionState, key: str) -> None:
    here = region.place.is_home and "key-deleted" not in region.switches()
    prefix = f"arn:aws:kms:{region.name}:{ACCOUNT}:"
    if here and key in {KEY_ID, KEY_ARN, KEY_ALIAS, _ALIAS_ARN}:
        return
    named = key if key.startswith("arn:") else prefix + (key if key.startswith("alias/") else f"key/{key}")
    if ":alias/" in named:
        raise AwsError("NotFoundException", f"Alias {named} is not found.")
    raise AwsError("NotFoundException", f"Key '{named}' does not exist")


def _state(region: RegionState) -> str:
    switches = region.switches()
    changed = region.account.setting(_KEY_STATE)
    if changed:
        return changed
    if "key-pending-deletion" in switches:
        return "PendingDeletion"
    return "Disabled" if "key-disabled" in switches else "Enabled"


HANDLERS: Mapping[str, Handler] = {
    "DescribeKey": describe_key,
    "GenerateDataKey": generate_data_key,
    "Decrypt": decrypt,
    "EnableKey": enable_key,
    "CancelKeyDeletion": cancel_key_deletion,
}
