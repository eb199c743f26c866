"""Lists who may call the simulated accounts: the user, the roles that people assume, and what each role may do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smtui.demo.story.account_facts import ACCOUNT, CALLER_ARN, CALLER_ID, CALLER_NAME, OTHER_ACCOUNT
from smtui.demo.story.identities import Role, allowing

MFA_DEVICE = f"arn:aws:iam::{ACCOUNT}:mfa/any-six-digits-but-000000"
"""The user's MFA device, named so that whoever is asked for a code knows one. Each code is good once."""
NEVER_A_CODE = "000000"
HUB, OPS, ADMIN, READER = "hub", "OpsEngineer", "Administrator", "ReadOnly"
"""The names of the roles."""
_HOUR = 3600
_LONGEST = {ADMIN: _HOUR, HUB: _HOUR, OPS: 12 * _HOUR, READER: 12 * _HOUR}
"""Name of a role -> the longest session, in seconds."""


@dataclass(frozen=True, slots=True)
class DemoCaller:
    """An identity that signs calls: a user, or a session of a role."""

    arn: str
    user_id: str
    name: str
    """The user's name, or the role session's; ids of sessions begin with it."""
    role: str = ""
    """The name of the role whose policies decide; empty for the user, who may do everything."""
    has_mfa: bool = False

    @property
    def account(self) -> str:
        """The account that the identity belongs to."""
        return self.arn.split(":")[4]

    @property
    def role_arn(self) -> str:
        """The ARN of its role; empty for a user."""
        return ROLES_OF_PEOPLE[self.account][self.role].arn if self.role else ""

    @property
    def principal(self) -> str:
        """What a trust policy calls it: the user's ARN, or the role's."""
        return self.role_arn or self.arn


USER = DemoCaller(CALLER_ARN, CALLER_ID, CALLER_NAME)
"""Whose long-lived keys the demo has."""


def _policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=2)


def _trusting(principal: str, *, with_mfa: bool = False) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    condition = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
    return _policy(statement | (condition if with_mfa else {}))


def _trusting_identity_center(account: str) -> str:
    provider = f"arn:aws:iam::{account}:saml-provider/AWSSSO_acme_DO_NOT_DELETE"
    statement = {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithSAML"}
    return _policy(statement)


_EVERYTHING = {"everything": _policy(allowing("*"))}
_TO_OTHER = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": f"arn:aws:iam::{OTHER_ACCOUNT}:role/{OPS}"}
_READ = ("ssm:Describe*", "ssm:Get*", "ssm:List*", "ec2:Describe*", "iam:Get*", "iam:List*")
_READS = {"reads": _policy(allowing(*_READ))}
SSO_PREFIX = "AWSReservedSSO_"
_SSO_SUFFIX = "5b1d7e90c3a2f468"
_SSO_PATH = "/aws-reserved/sso.amazonaws.com/"


def sso_role_name(permission_set: str) -> str:
    """The name of the role that IAM Identity Center makes of a permission set."""
    return f"{SSO_PREFIX}{permission_set}_{_SSO_SUFFIX}"


def _sso_role(account: str, permission_set: str, inline: Mapping[str, str]) -> Role:
    trust = _trusting_identity_center(account)
    return Role(sso_role_name(permission_set), trust, inline=inline, path=_SSO_PATH, account=account)


ROLES_OF_PEOPLE: Mapping[str, Mapping[str, Role]] = {
    account: {role.name: role for role in roles}
    for account, roles in {
        ACCOUNT: (
            # May only go on to the second account, and so may not list nodes.
            Role(HUB, _trusting(CALLER_ARN), inline={"to-the-second-account": _policy(_TO_OTHER)}),
            _sso_role(ACCOUNT, OPS, _EVERYTHING),
            _sso_role(ACCOUNT, READER, _READS),
        ),
        OTHER_ACCOUNT: (
            Role(OPS, _trusting(f"arn:aws:iam::{ACCOUNT}:role/{HUB}"), inline=_EVERYTHING, account=OTHER_ACCOUNT),
            Role(ADMIN, _trusting(CALLER_ARN, with_mfa=True), inline=_EVERYTHING, account=OTHER_ACCOUNT),
            _sso_role(OTHER_ACCOUNT, OPS, _EVERYTHING),
        ),
    }.items()
}
"""Account -> name -> role."""
PERMISSION_SETS: Mapping[str, tuple[str, ...]] = {ACCOUNT: (OPS, READER), OTHER_ACCOUNT: (OPS,)}
"""Account -> what the user of IAM Identity Center may choose there."""
ACCOUNT_NAMES: Mapping[str, tuple[str, str]] = {
    ACCOUNT: ("Acme production", "aws-prod@acme.example"),
    OTHER_ACCOUNT: ("Acme staging", "aws-stage@acme.example"),
}
"""Account -> its name and address."""


def longest_session(role: str) -> int:
    """The most seconds that a session of the role lasts."""
    return _LONGEST.get(role, _HOUR)
