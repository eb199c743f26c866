"""Joins the adapters that read what AWS records of the sessions of one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtui.aws.records.access_request_adapter import AccessRequestAdapter
from smtui.aws.records.log_adapter import LogAdapter
from smtui.aws.records.rules_adapter import RulesAdapter
from smtui.aws.records.session_list_adapter import SessionListAdapter
from smtui.aws.records.trail_adapter import TrailAdapter

if TYPE_CHECKING:
    from smtui.aws.api_calls import ApiCalls
    from smtui.aws.session_adapter import Paces


class BotoRecords:
    """One place of AWS. Implements `sessions.records_protocols.RecordsAws`; each adapter documents its own methods."""

    def __init__(self, calls: ApiCalls, paces: Paces) -> None:
        self.sessions = SessionListAdapter(calls)
        self.logs = LogAdapter(calls)
        self.trail = TrailAdapter(calls)
        self.rules = RulesAdapter(calls)
        self.access = AccessRequestAdapter(calls, paces)
