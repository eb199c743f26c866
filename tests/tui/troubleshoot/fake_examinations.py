"""Examinations that find what they are told to, when they are told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from smtui.diagnosis.check_result import CheckResult, CheckStatus, Diagnosis, Verdict
from smtui.diagnosis.evidence.record import Subject

CODES = (
    *(f"local.{name}" for name in ("plugin_found", "plugin_version", "credentials", "clock", "region")),
    *(f"local.{name}" for name in ("endpoints", "permission", "aws_cli")),
    *(f"node.{name}" for name in ("state", "status_checks", "registered", "ping", "connection")),
    *(f"node.{name}" for name in ("agent_version", "activation", "tier")),
    *(f"identity.{name}" for name in ("instance_profile", "trust", "policy", "dhmc")),
    *(f"path.{name}" for name in ("security_group", "network_acl", "route", "endpoint_ssm")),
    *(f"path.{name}" for name in ("endpoint_ssmmessages", "endpoint_ec2messages", "private_dns")),
    *(f"path.{name}" for name in ("endpoint_security_group", "endpoint_policy", "vpc_dns")),
    *(f"handshake.{name}" for name in ("metadata", "hop_limit")),
    *(f"preferences.{name}" for name in ("s3_bucket", "s3_encryption", "log_group")),
    *(f"preferences.{name}" for name in ("log_encryption", "endpoints", "kms_key")),
)
_NOT_FOR_EC2 = {"node.activation", "node.tier", "identity.dhmc", "path.private_dns", "path.endpoint_policy"}


def ordinary(code: str) -> CheckResult:
    """Of a node that is well."""
    if code in _NOT_FOR_EC2 or code.startswith("preferences."):
        return CheckResult(code, CheckStatus.SKIPPED, "It does not apply to this node.")
    name = code.partition(".")[2].replace("_", " ")
    return CheckResult(code, CheckStatus.PASS, f"The {name} is as it should be.", (f"ec2:Describe: {code}",))


@dataclass
class Script:
    """`found` are the results that are not ordinary; a code in `gates` waits until its event is set."""

    found: Iterable[CheckResult] = ()
    verdict: Verdict = Verdict("All is well.", can_start=True, headline="A session can start · certain")  # noqa: RUF009
    values: Mapping[str, str] = field(default_factory=dict)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    hanging: set[str] = field(default_factory=set)
    examined: list[Subject] = field(default_factory=list)
    runs: list[tuple[str, ...]] = field(default_factory=list)
    cancelled: int = 0

    def examine(self, subject: Subject) -> Any:
        self.examined.append(subject)
        return ScriptedExamination(subject, self)


class ScriptedExamination:
    """Looks like `Examination`."""

    def __init__(self, subject: Subject, script: Script) -> None:
        self.subject = subject
        self._script = script
        self._results: dict[str, CheckResult] = {}
        self._listeners: list[Callable[[], None]] = []
        self.running = False

    @property
    def diagnosis(self) -> Diagnosis:
        values = {"instance_id": self.subject.node_id, "profile": "ops", "region": "eu-west-1"}
        pending = tuple(code for code in CODES if code not in self._results)
        results = tuple(self._results[code] for code in CODES if code in self._results)
        return Diagnosis(
            self.subject.node_id,
            results,
            pending,
            None if pending else self._script.verdict,
            {**values, **self._script.values},
        )

    @property
    def at_rest(self) -> bool:
        """Whether nothing more is found by itself."""
        closed = {code for code, gate in self._script.gates.items() if not gate.is_set()} | self._script.hanging
        return set(self.diagnosis.pending) <= closed and (not self.running or bool(closed))

    def subscribe(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    async def run(self, codes: Collection[str] = ()) -> Diagnosis:
        self._script.runs.append(tuple(codes))
        wanted = codes or CODES
        for code in wanted:
            self._results.pop(code, None)
        self.running = True
        try:
            await asyncio.gather(*(self._find(code) for code in wanted))
        except asyncio.CancelledError:
            self._script.cancelled += 1
            raise
        finally:
            self.running = False
        return self.diagnosis

    async def _find(self, code: str) -> None:
        if code in self._script.hanging:
            await asyncio.Event().wait()
        if code in self._script.gates:
            await self._script.gates[code].wait()
        found = {result.code: result for result in self._script.found}
        self._results[code] = found.get(code) or ordinary(code)
        for listener in self._listeners:
            listener()
