"""Who and where we are to AWS: credentials, clock, endpoints. Source: the STS API reference."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from smtui.aws.connection import Opened
from smtui.aws.endpoints import is_of_aws, region_in, ssmmessages_url
from smtui.aws.evidence_calls import EvidenceCalls, headers_of
from smtui.aws.reach import connect, proxy_for, trusted_authorities
from smtui.aws.shapes import mapping, text, when
from smtui.domain.evidence.local import Clock, Credentials, Endpoints, Reach
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.place import Caller

_IDENTITY = "sts:GetCallerIdentity"
_HALF_A_SECOND = 0.5


class LocalEvidence(EvidenceCalls):
    """What this machine, its credentials and its way to AWS are like."""

    def credentials(self) -> Credentials:
        """Where the credentials come from, and until when; those that have run out meanwhile are renewed first."""
        opened = self._connection.opened()
        held = opened.credentials
        if held is None:
            raise self._fault(FaultKind.NO_CREDENTIALS, "", "Neither the profile nor the environment holds any.")
        try:
            held.get_frozen_credentials()
        except Exception as error:
            raise self._connection.failure(error, "", opened) from error
        expiry = getattr(held, "_expiry_time", None)  # botocore keeps it to itself; without it they are not dated
        return Credentials(str(getattr(held, "method", "") or ""), when(expiry))

    def caller(self) -> Caller:
        said = self._call(_IDENTITY, "get_caller_identity")
        region = self._connection.opened().region
        return Caller(text(said, "Account"), text(said, "Arn"), text(said, "UserId"), region)

    def clock(self) -> Clock:
        """From the Date header of an answer, a refusal's too: a clock that is off is refused."""
        theirs = self._time_of_an_answer()
        if theirs is None:
            raise self._odd(_IDENTITY, "The answer tells no time.")
        # The header holds whole seconds, cut off.
        return Clock((self._now() - theirs).total_seconds() - _HALF_A_SECOND)

    def endpoints(self) -> Endpoints:
        opened = self._connection.opened()
        url = str(self._client("ssm").meta.endpoint_url)
        of_aws = is_of_aws(opened.session, url)
        return Endpoints(
            region=opened.region,
            ssm_url=url,
            ssmmessages_url=self._ssmmessages_url(opened) if of_aws else url,
            is_aws=of_aws,
            region_in_url=region_in(url) if of_aws else "",
        )

    def reach(self, url: str) -> Reach:
        """TCP and TLS, the way that botocore would go: its proxies, its certificate authorities."""
        try:
            session = self._connection.opened().session
            proxies = self._client("ssm").meta.config.proxies
            return connect(url, proxy_for(url, proxies), trusted_authorities(session))
        except AwsCallFailed as failed:
            return Reach(url, 0.0, failed.fault.sentence())

    def _ssmmessages_url(self, opened: Opened) -> str:
        try:
            return ssmmessages_url(opened.session, opened.region)
        except Exception as error:
            raise self._connection.failure(error, "") from error

    def _client(self, service: str) -> Any:
        opened = self._connection.opened()
        try:
            return self._connection.brief_client(opened, service)
        except Exception as error:
            raise self._connection.failure(error, "") from error

    def _time_of_an_answer(self) -> datetime | None:
        try:
            said = self._call(_IDENTITY, "get_caller_identity")
        except AwsCallFailed as failed:
            theirs = _date(headers_of(failed))
            if theirs is None:
                raise
            return theirs
        return _date(mapping(mapping(said.get("ResponseMetadata")).get("HTTPHeaders")))


def _date(headers: Mapping[str, Any]) -> datetime | None:
    try:
        return parsedate_to_datetime(text(headers, "date")).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
