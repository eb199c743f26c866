"""Describes how far a sign-in to IAM Identity Center has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtui.domain.places.profile import SsoSession


class Stage(Enum):
    """What a sign-in waits for, or how it ended."""

    STARTING = "starting"
    """For AWS: the client is registered and the page, or the code, is asked for."""
    BROWSER = "browser"
    """For the user, who approves on AWS's page in a browser of this machine."""
    CODE = "code"
    """For the user, who types the code on any device."""
    FINISHING = "finishing"
    """For the token, and for its file."""
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens."""
        return self in _OVER

    @property
    def waits_for_user(self) -> bool:
        """Whether the user has to do something."""
        return self in _ON_USER


_OVER = frozenset({Stage.DONE, Stage.FAILED, Stage.CANCELLED})
_ON_USER = frozenset({Stage.BROWSER, Stage.CODE})


@dataclass(frozen=True, slots=True)
class SignInProgress:
    """One sign-in as it is now. Texts from outside in it are not harmless yet."""

    session: SsoSession
    stage: Stage
    started: datetime
    """When this sign-in began; aware, UTC. Another way of signing in does not begin it anew."""
    address: str = ""
    """What to open: AWS's page, with the code filled in where the service has such a page; empty before it is known."""
    plain_address: str = ""
    """Where to type the code by hand; empty for the way through the browser."""
    user_code: str = ""
    """What to type there; empty for the way through the browser."""
    port: int = 0
    """Where 127.0.0.1 waits for the browser's answer; 0 for nowhere."""
    gives_up_at: datetime | None = None
    """When the page, or the code, is no longer good; None while neither is there."""
    note: str = ""
    """What the user should know meanwhile, in a sentence: no browser started, a strange answer was refused."""
    failure: str = ""
    """What went wrong, what is still safe and what to do, in sentences; empty unless it failed."""
    topic: str = ""
    """The id of the topic that helps after the failure; empty for none."""
    token_path: str = ""
    """The file that holds the token now; empty unless it is done."""
    until: datetime | None = None
    """When the token ends; None unless it is done."""
    renews_itself: bool = False
    """Whether the token is renewed before that, for as long as AWS's own session lasts."""
    warning: str = ""
    """What may keep the token from working, such as a clock that is off; empty for nothing."""
