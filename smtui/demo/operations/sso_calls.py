"""Answers IAM Identity Center's portal: the accounts and roles of whoever signed in, and keys for a role.

Source: the portal API reference of IAM Identity Center. A call is known by its token alone; nothing is signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from smtui.demo.account.organisation import USER
from smtui.demo.story.callers import ACCOUNT_NAMES, PERMISSION_SETS, ROLES_OF_PEOPLE, sso_role_name
from smtui.demo.wire.service_errors import AwsError

if TYPE_CHECKING:
    from smtui.demo.account.organisation import Handler, Organisation

_PAGE = 100
_PAGE_MARK = "page-"


def list_accounts(organisation: Organisation, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Lists the accounts in which the user has a role."""
    _check_token(organisation, params)
    accounts = [
        {"accountId": account, "accountName": name, "emailAddress": address}
        for account, (name, address) in ACCOUNT_NAMES.items()
    ]
    page, following = _page(accounts, params)
    return {"accountList": page, "nextToken": following}


def list_account_roles(organisation: Organisation, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Lists the user's roles in one account."""
    _check_token(organisation, params)
    account = params["accountId"]
    roles = [{"roleName": name, "accountId": account} for name in _permission_sets(account)]
    page, following = _page(roles, params)
    return {"roleList": page, "nextToken": following}


def get_role_credentials(organisation: Organisation, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Issues keys for one of the user's roles."""
    _check_token(organisation, params)
    account, name = params["accountId"], params["roleName"]
    if name not in _permission_sets(account):
        raise AwsError("ForbiddenException", "No access", 403)
    role = ROLES_OF_PEOPLE[account][sso_role_name(name)]
    issued = organisation.identities.assume(role, USER, organisation.keys_last, has_mfa=True)
    return {
        "roleCredentials": {
            "accessKeyId": issued.keys.access_key_id,
            "secretAccessKey": issued.keys.secret_access_key,
            "sessionToken": issued.keys.session_token,
            "expiration": int(issued.ends_at.timestamp() * 1000),
        }
    }


def logout(organisation: Organisation, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Ends the token."""
    _check_token(organisation, params)
    organisation.book.revoke(params["accessToken"])
    return {}


def _check_token(organisation: Organisation, params: Mapping[str, Any]) -> None:
    if organisation.book.token(params["accessToken"]) is None:
        raise AwsError("UnauthorizedException", "Session token not found or invalid", 401)


def _permission_sets(account: str) -> Sequence[str]:
    if account not in PERMISSION_SETS:
        raise AwsError("ForbiddenException", "No access", 403)
    return PERMISSION_SETS[account]


def _page(items: Sequence[Any], params: Mapping[str, Any]) -> tuple[Sequence[Any], str | None]:
    size, token = params.get("maxResults", _PAGE), params.get("nextToken", f"{_PAGE_MARK}0")
    start = token.removeprefix(_PAGE_MARK)
    if not (token.startswith(_PAGE_MARK) and start.isascii() and start.isdigit() and len(start) < 6):
        raise AwsError("InvalidRequestException", "The next token is not valid")
    end = int(start) + size
    return items[int(start) : end], f"{_PAGE_MARK}{end}" if end < len(items) else None


HANDLERS: Mapping[str, Handler] = {
    "GetRoleCredentials": get_role_credentials,
    "ListAccountRoles": list_account_roles,
    "ListAccounts": list_accounts,
    "Logout": logout,
}
