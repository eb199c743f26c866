"""Connects botocore's assume-role provider to the user, who is asked for MFA codes, and to the AWS CLI's cache.

botocore asks on the terminal before each AssumeRole that needs a code. Here the code is asked for in place of the call,
so that a refused one can be asked for again, and one answer serves every thread that needs it.
Source: botocore/credentials.py (`AssumeRoleProvider`, `AssumeRoleCredentialFetcher`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from copy import deepcopy
from typing import Any, Protocol

from smtui.aws.call_faults import MfaNeeded
from smtui.aws.identities.cli_cache import CliCache
from smtui.domain.places.mfa_question import MfaQuestion, NoMfaCode
from smtui.domain.text import error_words

_LASTS = 3600
"""Seconds; what STS gives where nothing else is asked for."""
_REFUSAL = "one time pass code"
"""`MultiFactorAuthentication failed with invalid MFA one time pass code.`; a wrong device is refused in other words."""

_REFUSED_KEYS = frozenset({"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId"})


class CodeSource(Protocol):
    """Asks the user for codes; see `places.mfa_codes`. Called in threads."""

    def code_for(self, question: MfaQuestion, *, refused: bool = False) -> str:
        """Return a code; raises `NoMfaCode`."""

    def hold_off(self, question: MfaQuestion, sentence: str) -> None:
        """Ask for no more codes of this profile until the user wants to sign in."""


class RoleSessions:
    """What all sessions share of the roles that they assume: kept sessions, and one question at a time per device."""

    def __init__(self, cache: CliCache | None = None, codes: Callable[[], CodeSource | None] | None = None) -> None:
        """`codes` is called whenever a code is needed; without it, or without its answer, nobody can be asked."""
        self.cache = cache or CliCache()
        self._codes = codes or (lambda: None)
        self._lock = threading.Lock()
        self._devices: dict[str, threading.Lock] = {}

    def join(self, session: Any, profile: str) -> None:
        """Let a botocore session that has resolved nothing yet use them; `profile` is what the question names."""
        provider = session.get_component("credential_provider").get_provider("assume-role")
        entries = _Entries(self.cache)
        make_client = provider._client_creator  # noqa: SLF001 - there is no public way, here and below
        provider.cache = entries
        provider._prompter = entries.key_in_use  # noqa: SLF001 - botocore would block on stdin
        provider._client_creator = lambda *names, **options: _AskingSts(  # noqa: SLF001
            make_client(*names, **options), self, profile, str(options.get("aws_access_key_id") or "")
        )

    def assume(self, client: Any, profile: str, key: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """AssumeRole with a code, unless another thread got this session meanwhile. Blocks until the user answers."""
        serial = str(parameters.get("SerialNumber"))
        lasts = int(parameters.get("DurationSeconds") or _LASTS)
        question = MfaQuestion(profile, serial, str(parameters.get("RoleArn")), lasts)
        refused = False
        with self._device(serial):
            if (kept := self.cache.fresh(key)) is not None:
                return deepcopy(kept)
            while True:
                code = self._code(question, refused=refused)
                try:
                    answer: dict[str, Any] = client.assume_role(**parameters, TokenCode=code)
                except Exception as error:
                    if _is_refusal(error):
                        refused = True
                        continue
                    self._hold_off(question, error)
                    raise
                self.cache.hold(key, answer)
                return answer

    def _code(self, question: MfaQuestion, *, refused: bool) -> str:
        try:
            if (codes := self._codes()) is None:
                raise NoMfaCode("")
            return codes.code_for(question, refused=refused)
        except NoMfaCode as none:
            raise MfaNeeded(f"Enter MFA code for {question.serial}", str(none)) from None

    def _hold_off(self, question: MfaQuestion, error: Exception) -> None:
        """A role that AWS refuses, or a network that is down, must not cost the user a code a minute."""
        if (codes := self._codes()) is not None:
            codes.hold_off(question, f"The last try failed: {error_words(error)}")

    def _device(self, serial: str) -> threading.Lock:
        with self._lock:
            return self._devices.setdefault(serial, threading.Lock())


class _Entries:
    """The cache as botocore's provider of one session wants it. Remembers which key was looked up last."""

    def __init__(self, cache: CliCache) -> None:
        self._cache = cache
        self._key = ""

    def key_in_use(self, _: str) -> str:
        """Stands in for the code until the call is made; names the entry that was just found missing."""
        return self._key

    def __contains__(self, key: object) -> bool:
        self._key = str(key)
        return self._cache.fresh(self._key) is not None

    def __getitem__(self, key: str) -> Any:
        entry = self._cache.fresh(key)
        if entry is None:
            raise KeyError(key)
        return entry

    def __setitem__(self, key: str, entry: dict[str, Any]) -> None:
        self._cache.keep(key, entry)


class _AskingSts:
    """botocore's client of STS, as far as its provider of roles uses it."""

    def __init__(self, client: Any, roles: RoleSessions, profile: str, access_key_id: str) -> None:
        self._client = client
        self._roles = roles
        self._profile = profile
        self._access_key_id = access_key_id

    def assume_role(self, **parameters: Any) -> Any:
        """AssumeRole; where a code is needed, the parameter for it holds the key of the entry."""
        key = parameters.pop("TokenCode", None)
        try:
            if key is None:
                return self._client.assume_role(**parameters)
            return self._roles.assume(self._client, self._profile, key, parameters)
        except Exception as error:
            if _said(error, "Code") in _REFUSED_KEYS:  # those of a kept session that another role is assumed with
                self._roles.cache.distrust(self._access_key_id)
            raise


def _is_refusal(error: Exception) -> bool:
    return _REFUSAL in _said(error, "Message").lower()


def _said(error: Exception, field: str) -> str:
    """A field of what AWS answered; empty for another kind of error."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get(field, "")) if isinstance(response, dict) else ""
