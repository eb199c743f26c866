"""This machine, as troubleshooting asks about it."""

from __future__ import annotations

from collections.abc import Mapping

from smtui.domain.evidence.local import AwsCli
from smtui.plugin.aws_cli import find_aws_cli


class LocalMachine:
    """Implements `evidence_ports.ThisMachine`."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def aws_cli(self) -> AwsCli | None:
        return find_aws_cli(self._environment)
