"""Derives the partition, Region and ssmmessages host of an endpoint.

Source: botocore/data/partitions.json.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

_REGION = re.compile(r"[a-z]{2,5}(-[a-z]+){1,3}-\d{1,2}")


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
