"""Describes who logs in on a node and with which key, and checks what a user typed for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from smtui.domain.text import hidden_in

LONGEST_USER = 64
LONGEST_KEY = 4096
_USER = re.compile(r"[^\s@:/-][^\s@:/]*")
_USUAL_USERS = (
    ("amazon linux", "ec2-user"),
    ("ubuntu", "ubuntu"),
    ("debian", "admin"),
    ("red hat", "ec2-user"),
    ("suse", "ec2-user"),
    ("sles", "ec2-user"),
    ("centos", "centos"),
    ("rocky", "rocky"),
    ("alma", "ec2-user"),
    ("fedora", "fedora"),
    ("bottlerocket", "ec2-user"),
    ("macos", "ec2-user"),
    ("windows", "Administrator"),
)
"""Source: Manage system users on your Amazon EC2 Linux instance, in the EC2 user guide, and the images' own pages."""


@dataclass(frozen=True, slots=True)
class SshLogin:
    """The user and the file of the private key, as they were typed. What is empty is left to ssh."""

    user: str = ""
    key: str = ""

    def __bool__(self) -> bool:
        return bool(self.user or self.key)


def usual_user(platform_name: str) -> str:
    """Return the user that the usual image of a system has; empty if it is not known."""
    name = platform_name.casefold()
    return next((user for system, user in _USUAL_USERS if system in name), "")


def user_complaint(user: str) -> str:
    """Say why this is no user's name; empty if it may be one, or nothing was typed."""
    if not user or (_USER.fullmatch(user) and not hidden_in(user) and len(user) <= LONGEST_USER):
        return ""
    return "A user's name has no blanks, no @, no : and no /, and does not begin with a dash."


def key_complaint(key: str) -> str:
    """Say why this cannot be the path of a key; empty if it can, or nothing was typed."""
    if key.endswith(".pub"):
        return "This is the public key; ssh needs the private one beside it."
    return "A path has no control characters." if hidden_in(key) or len(key) > LONGEST_KEY else ""
