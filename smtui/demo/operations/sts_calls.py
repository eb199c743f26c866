"""Answers the operations of STS: who calls, and temporary keys of roles and of the user.

Source: the STS API reference, and "Methods to assume a role" in the IAM User Guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from smtui.demo.account.identity_book import IssuedKeys, unique_id
from smtui.demo.story.callers import MFA_DEVICE, ROLES_OF_PEOPLE, DemoCaller, longest_session
from smtui.demo.story.identities import Role, statements
from smtui.demo.wire.service_errors import AwsError, Refusal, Refused

if TYPE_CHECKING:
    from smtui.demo.account.region_state import Handler, Params, RegionState

_USUAL_SECONDS = 3600
_LONGEST_OF_CHAIN = 3600
_USUAL_SECONDS_OF_USER = 12 * 3600
_WRONG_CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code."
_WRONG_DEVICE = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and "
    "associated with this user."
)
_NO_CODE = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."


def get_caller_identity(region: RegionState, _params: Params) -> Mapping[str, Any]:
    """Describes the user, the role session, or the role behind granted keys."""
    if (grant := region.granted) is not None:
        user_id = f"{unique_id('AROA', grant.request_id)}:{grant.session_name}"
        return {"UserId": user_id, "Account": region.place.account, "Arn": grant.arn}
    return {"UserId": region.caller.user_id, "Account": region.caller.account, "Arn": region.caller.arn}


def assume_role(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Gives keys of a role that trusts the caller; the caller's own policies were checked before."""
    arn, caller = params["RoleArn"], region.caller
    role = next((role for roles in ROLES_OF_PEOPLE.values() for role in roles.values() if role.arn == arn), None)
    has_mfa = _checked_code(region, params) or (caller.has_mfa and not caller.role)
    if role is None or not _trusts(role, caller, has_mfa=has_mfa):
        words = f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
        raise Refused(Refusal.DENIED, words)
    seconds = _checked_seconds(params, role, caller)
    issued = region.identities.assume(role, params["RoleSessionName"], seconds, has_mfa=has_mfa)
    user = {"AssumedRoleId": issued.caller.user_id, "Arn": issued.caller.arn}
    return {"Credentials": _credentials(issued), "AssumedRoleUser": user}


def get_session_token(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Gives temporary keys of the user; a role session may not ask for any."""
    if region.caller.role or region.caller.has_mfa:
        raise AwsError("AccessDenied", "Cannot call GetSessionToken with session credentials", 403)
    has_mfa = _checked_code(region, params)
    seconds = params.get("DurationSeconds", _USUAL_SECONDS_OF_USER)
    return {"Credentials": _credentials(region.identities.session_of_user(seconds, has_mfa=has_mfa))}


def _checked_code(region: RegionState, params: Params) -> bool:
    """Whether the call has a good MFA code. Raises `AwsError` for a bad one."""
    device, code = params.get("SerialNumber", ""), params.get("TokenCode", "")
    if not device and not code:
        return False
    if not device or not code:
        raise AwsError("AccessDenied", _NO_CODE, 403)
    if device != MFA_DEVICE or region.caller.role:
        raise AwsError("AccessDenied", _WRONG_DEVICE, 403)
    if not region.identities.spend_code(device, code):
        raise AwsError("AccessDenied", _WRONG_CODE, 403)
    return True


def _trusts(role: Role, caller: DemoCaller, *, has_mfa: bool) -> bool:
    for statement in statements(role.trust):
        principal = statement.get("Principal", {}).get("AWS", "")
        needs_mfa = statement.get("Condition", {}).get("Bool", {}).get("aws:MultiFactorAuthPresent") == "true"
        if principal == caller.principal and (has_mfa or not needs_mfa):
            return True
    return False


def _checked_seconds(params: Params, role: Role, caller: DemoCaller) -> float:
    seconds: int = params.get("DurationSeconds", _USUAL_SECONDS)
    if caller.role and seconds > _LONGEST_OF_CHAIN:
        words = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        raise AwsError("ValidationError", words)
    if seconds > longest_session(role.name):
        words = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        raise AwsError("ValidationError", words)
    return seconds


def _credentials(issued: IssuedKeys) -> dict[str, Any]:
    return {
        "AccessKeyId": issued.keys.access_key_id,
        "SecretAccessKey": issued.keys.secret_access_key,
        "SessionToken": issued.keys.session_token,
        "Expiration": issued.ends_at,
    }


HANDLERS: Mapping[str, Handler] = {
    "GetCallerIdentity": get_caller_identity,
    "AssumeRole": assume_role,
    "GetSessionToken": get_session_token,
}
