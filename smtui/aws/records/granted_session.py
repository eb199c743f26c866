"""Makes the calls of one session with the credentials of just-in-time node access instead of the caller's own.

The clients are of this session alone: the place's own configuration (endpoint, proxy, certificates) with other keys,
which are kept in memory and given to nothing but the plugin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from smtui.aws.access_adapter import AccessAdapter
from smtui.aws.api_calls import ApiCalls
from smtui.aws.connection import Patience
from smtui.aws.session_adapter import SessionAdapter
from smtui.domain.fault import CREDENTIAL_KINDS, AwsCallFailed
from smtui.domain.request import PluginCredentials

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from smtui.aws.connection import Connection
    from smtui.aws.session_adapter import Paces
    from smtui.domain.place import Caller
    from smtui.domain.records.access_request import GrantedCredentials
    from smtui.domain.request import SessionRequest, StartedSession

T = TypeVar("T")

_OVER = "AWS no longer accepts the credentials that were granted: the access has ended or was revoked"


class GrantedSession:
    """Implements `engine.protocols.SessionAws`. Methods block and raise `AwsCallFailed`; making one calls nothing."""

    def __init__(
        self, own: Connection, paces: Paces, now: Callable[[], datetime], credentials: GrantedCredentials
    ) -> None:
        """`own` is the caller's connection to the place."""
        connection = own.with_keys(credentials.access_key_id, credentials.secret_access_key, credentials.session_token)
        calls = ApiCalls(connection, now)
        sessions = SessionAdapter(calls, ApiCalls(connection, now, Patience.BRIEF), paces)
        self._access = AccessAdapter(calls)
        self._credentials = credentials
        self._sessions = sessions

    def caller(self) -> Caller:
        """sts:GetCallerIdentity: the role behind the granted credentials; AWS names it as the session's owner."""
        return self._access.caller()

    def known_caller(self) -> Caller:
        """The last answer of `caller`, else the Region alone. Calls nothing."""
        return self._access.known_caller()

    def endpoint_url(self) -> str:
        """The ssm endpoint in use."""
        return self._access.endpoint_url()

    def endpoint_is_aws(self) -> bool:
        """Whether that endpoint is AWS's own."""
        return self._access.endpoint_is_aws()

    def plugin_credentials(self) -> PluginCredentials:
        """The granted keys, for the plugin's environment; never a profile, which would be the caller's own."""
        inherited = self._access.plugin_credentials().environment
        kept = {name: value for name, value in inherited.items() if name in ("AWS_CA_BUNDLE", "AWS_ENDPOINT_URL_KMS")}
        return PluginCredentials(environment={**kept, **self._credentials.environment()})

    def start_session(self, request: SessionRequest) -> StartedSession:
        """ssm:StartSession with the granted credentials."""
        return _said(lambda: self._sessions.start_session(request))

    def terminate_session(self, session_id: str) -> None:
        """ssm:TerminateSession with the granted credentials, which may not allow it."""
        _said(lambda: self._sessions.terminate_session(session_id))


def _said(call: Callable[[], T]) -> T:
    """The call; a refusal of its credentials says that the access is over."""
    try:
        return call()
    except AwsCallFailed as failed:
        if failed.fault.kind not in CREDENTIAL_KINDS:
            raise
        raise AwsCallFailed(replace(failed.fault, says=_OVER)) from failed
