"""Names the AWS console of a Region, and the pages of logs in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from smtui.domain.records.session_log import LogStore

if TYPE_CHECKING:
    from smtui.domain.records.session_log import LogPlace

_REGION = re.compile(r"[a-z]{2,5}(?:-[a-z]+)+-[0-9]{1,2}")
_CONSOLES = (
    ("cn-", "console.amazonaws.cn"),
    ("us-gov-", "console.amazonaws-us-gov.com"),
    ("us-iso", ""),
    ("eu-iso", ""),
    ("eusc-", ""),
    ("", "console.aws.amazon.com"),
)


def console_host(region: str) -> str:
    """Return the console's host in the Region's partition; empty where that console is not known."""
    if not _REGION.fullmatch(region):
        return ""
    domain = next(domain for prefix, domain in _CONSOLES if region.startswith(prefix))
    return f"{region}.{domain}" if domain else ""


def log_link(place: LogPlace, region: str) -> str:
    """Return the console's page of a log; empty where the Region's console is not known."""
    host = console_host(region)
    if not host:
        return ""
    if place.store is LogStore.S3:
        return f"https://{host}/s3/object/{quote(place.container)}?region={region}&prefix={quote(place.name, '')}"
    group, stream = _twice(place.container), _twice(place.name)
    page = f"logsV2:log-groups/log-group/{group}/log-events/{stream}"
    return f"https://{host}/cloudwatch/home?region={region}#{page}"


def _twice(name: str) -> str:
    """A name as CloudWatch's console writes it behind `#`: encoded twice, `%` as `$`."""
    return quote(quote(name, ""), "").replace("%", "$")
