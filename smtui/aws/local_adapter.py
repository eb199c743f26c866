"""Reads this machine's side of every call: credentials, clock, endpoints, and whether those can be reached.

Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from smtui.aws.answer_fields import mapping, text, when
from smtui.aws.api_calls import ApiCalls, headers_of
from smtui.aws.endpoint_probe import connect
from smtui.aws.endpoints import is_of_aws, region_in, ssmmessages_url
from smtui.aws.proxy_and_trust import proxy_for, trusted_by
from smtui.diagnosis.evidence.local_facts import Clock, Credentials, Endpoints, Reach
from smtui.domain.fault import AwsCallFailed, FaultKind

_IDENTITY = "sts:GetCallerIdentity"
_HALF_A_SECOND = 0.5


class LocalAdapter:
    """This machine and its way to AWS. Every method may block and raises `AwsCallFailed`."""

    def __init__(self, calls: ApiCalls) -> None:
        self._calls = calls
        self._connection = calls.connection

    def credentials(self) -> Credentials:
        """The source of the credentials and when they expire, after renewing those that have expired."""
        held = self._connection.renewed().credentials
        if held is None:
            raise self._calls.failed(FaultKind.NO_CREDENTIALS, "", "Neither the profile nor the environment holds any.")
        expiry = getattr(held, "_expiry_time", None)  # private to botocore; without it there is no date to show
        return Credentials(str(getattr(held, "method", "") or ""), when(expiry))

    def clock(self) -> Clock:
        """How far this machine's clock is ahead of AWS's, in seconds, by the Date header of sts:GetCallerIdentity.

        A refusal has that header, too: AWS refuses requests of a clock that is off.
        """
        theirs = self._time_of_an_answer()
        if theirs is None:
            raise self._calls.odd_answer(_IDENTITY, "The answer has no date.")
        # The header holds whole seconds, cut off.
        return Clock((self._calls.now() - theirs).total_seconds() - _HALF_A_SECOND)

    def endpoints(self) -> Endpoints:
        """The endpoints of ssm and of the data channel, and whether they are AWS's own; no call."""
        opened, url = self._connection.opened(), self._connection.endpoint_url("ssm")
        of_aws = is_of_aws(opened.session, url)
        with self._connection.faults_of(opened):
            data_channel = ssmmessages_url(opened.session, opened.region) if of_aws else url
        return Endpoints(
            region=opened.region,
            ssm_url=url,
            ssmmessages_url=data_channel,
            is_aws=of_aws,
            region_in_url=region_in(url) if of_aws else "",
        )

    def reach(self, url: str) -> Reach:
        """Connects by TCP and TLS, with the proxy and certificate authorities that calls use; never raises."""
        try:
            session = self._connection.opened().session
            proxies = self._client_proxies()
            return connect(url, "" if proxies == {} else proxy_for(url), trusted_by(session))
        except AwsCallFailed as failed:
            return Reach(url, 0.0, failed.fault.sentence())

    def _client_proxies(self) -> object:
        opened = self._connection.opened()
        with self._connection.faults_of(opened):
            return self._connection.client(opened, "ssm").meta.config.proxies

    def _time_of_an_answer(self) -> datetime | None:
        try:
            answer = self._calls.call(_IDENTITY)
        except AwsCallFailed as failed:
            theirs = _date(headers_of(failed))
            if theirs is None:
                raise
            return theirs
        return _date(mapping(mapping(answer.get("ResponseMetadata")).get("HTTPHeaders")))


def _date(headers: Mapping[str, Any]) -> datetime | None:
    try:
        return parsedate_to_datetime(text(headers, "date")).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
