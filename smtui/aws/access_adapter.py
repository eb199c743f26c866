"""Identifies the caller, the endpoint in use and its Region, and fetches the credentials that a plugin gets.

Sources: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html; botocore/data/partitions.json.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from smtui.aws.api_calls import ApiCalls, text
from smtui.aws.credentials import for_plugin
from smtui.domain.place import Caller

if TYPE_CHECKING:
    from smtui.domain.request import PluginCredentials

_REGION = re.compile(r"[a-z]{2,5}(-[a-z]+){1,3}-\d{1,2}")


class AccessAdapter:
    """The way into one place. Every method may block and raises `AwsCallFailed`."""

    def __init__(self, calls: ApiCalls) -> None:
        self._calls = calls
        self._connection = calls.connection

    def caller(self) -> Caller:
        """sts:GetCallerIdentity, at the Region's own endpoint; kept for `known_caller`."""
        answer = self._calls.call("sts:GetCallerIdentity")
        opened = self._connection.opened()
        caller = Caller(text(answer, "Account"), text(answer, "Arn"), text(answer, "UserId"), opened.region)
        opened.caller, self._connection.account = caller, caller.account
        return caller

    def known_caller(self) -> Caller:
        """The last answer of `caller` with these credentials, else the Region alone; no call."""
        opened = self._connection.opened()
        return opened.caller or Caller(account="", arn="", user_id="", region=opened.region)

    def plugin_credentials(self) -> PluginCredentials:
        """The profile's name where a plugin resolves it alone, the keys where MFA prevents that, else nothing.

        Nothing also where the plugin inherits the credentials: keys in the environment, the machine's own role.
        """
        opened = self._connection.renewed()
        with self._connection.faults_of(opened):
            finds_tokens = self._connection.reads_users_files
            return for_plugin(opened.session, opened.credentials, finds_tokens=finds_tokens)

    def endpoint_url(self) -> str:
        """The URL of the ssm endpoint in use."""
        return self._connection.endpoint_url("ssm")

    def endpoint_is_aws(self) -> bool:
        """Whether the host of the ssm endpoint lies in the domain of one of AWS's partitions."""
        return is_of_aws(self._connection.opened().session, self.endpoint_url())


def is_of_aws(session: Any, url: str) -> bool:
    """Whether the URL's host lies in the domain of one of AWS's partitions."""
    host = urlsplit(url).hostname or ""
    domains = [outputs[key] for outputs in _partitions(session).values() for key in ("dnsSuffix", "dualStackDnsSuffix")]
    return any(host.endswith(f".{domain}") for domain in domains)


def region_in(url: str) -> str:
    """The Region in the host name of one of AWS's endpoints; empty for none."""
    labels = (urlsplit(url).hostname or "").split(".")
    return next((label for label in labels if _REGION.fullmatch(label)), "")


def ssmmessages_url(session: Any, region: str) -> str:
    """AWS's own endpoint of the data channel, which has no API model and therefore no client to ask.

    Raises botocore's UnknownRegionError.
    """
    outputs = _partitions(session)[session.get_partition_for_region(region)]
    return f"https://ssmmessages.{region}.{outputs['dnsSuffix']}"


def _partitions(session: Any) -> dict[str, dict[str, str]]:
    """What botocore knows of each partition, by its name."""
    known = session.get_component("data_loader").load_data("partitions")["partitions"]
    return {partition["id"]: partition["outputs"] for partition in known}
