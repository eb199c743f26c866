"""A world whose account uses just-in-time access: StartSession on web-1 is denied until access is granted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from smtui.domain.place import Caller
from smtui.domain.records.access_request import AccessAnswer, AccessRequest, AccessStatus, GrantedCredentials
from smtui.domain.records.account_session import SessionState
from smtui.domain.request import PluginCredentials, SessionRequest, StartedSession
from tests.engine.fakes import NOW, fault
from tests.sessions.access_fakes import PENDING, ScriptedAccess
from tests.sessions.session_fakes import FakeSessions
from tests.tui.world import World, node_id

WEB_1 = node_id(1)
ANA, BOB = (f"arn:aws:sts::111122223333:assumed-role/ops/{name}" for name in ("ana", "bob"))
GRANTED = AccessAnswer(
    AccessStatus.APPROVED, GrantedCredentials("ASIAKEYS", "granted-secret", "granted-token", NOW + timedelta(hours=1))
)


class GrantedCalls:
    """Starts sessions in the world's AWS, which denies them to the caller."""

    def __init__(self) -> None:
        self.started: list[SessionRequest] = []
        self.ended: list[str] = []

    def caller(self) -> Caller:
        return Caller("111122223333", "arn:aws:sts::111122223333:assumed-role/jit/ops", "id", "eu-west-1")

    def known_caller(self) -> Caller:
        return self.caller()

    def start_session(self, request: SessionRequest) -> StartedSession:
        self.started.append(request)
        return StartedSession("ops-0f", "wss://example", "token-of-a-session", "eu-west-1", "https://ssm.example")

    def terminate_session(self, session_id: str) -> None:
        self.ended.append(session_id)

    def plugin_credentials(self) -> PluginCredentials:
        return PluginCredentials(environment={"AWS_ACCESS_KEY_ID": "ASIAKEYS"})

    def endpoint_url(self) -> str:
        return "https://ssm.example"

    def endpoint_is_aws(self) -> bool:
        return True


class AccessStory(ScriptedAccess):
    """Two requests for the caller's decision, two of the caller's own."""

    def mine(self, caller: Caller) -> list[AccessRequest]:
        super().mine(caller)
        return [
            self._made("oi-0000000000a1", WEB_1, caller.arn, "INC-4711 checkout", AccessStatus.PENDING, 3),
            self._made("oi-0000000000a2", node_id(2), caller.arn, "just looking", AccessStatus.REJECTED, 3000),
        ]

    def for_decision(self, caller: Caller) -> list[AccessRequest]:
        super().for_decision(caller)
        return [
            self._made("oi-0000000000b1", WEB_1, BOB, "CHG-88: rotate the signing key", AccessStatus.PENDING, 4),
            self._made("oi-0000000000b2", "", ANA, "INC-4790 disk is full", AccessStatus.PENDING, 38),
        ]

    @staticmethod
    def _made(
        request_id: str, node: str, requester: str, reason: str, status: AccessStatus, minutes: float
    ) -> AccessRequest:
        return AccessRequest(
            World.places[0],
            request_id,
            node,
            requester,
            reason,
            status,
            (ANA,),
            asked_at=NOW - timedelta(minutes=minutes),
            execution_id="e" * 36,
        )


class AccessWorld(World):
    """`access` is the script, `granted` what starts with the granted credentials."""

    def __init__(self, access: ScriptedAccess | None = None, **given: Any) -> None:
        self.granted = GrantedCalls()
        self.access = access or AccessStory([PENDING])
        self.access.session = self.granted
        self.sessions = FakeSessions({state: [[]] for state in SessionState})
        arguments = given.pop("launcher_arguments", {})
        super().__init__(launcher_arguments={"records": self, **arguments}, **given)
        self.aws.failing["ssm:StartSession"] = fault("ssm:StartSession")

    def records_at(self, place: object) -> AccessWorld:
        return self
