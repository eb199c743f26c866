"""Lists the service endpoints that the configuration or the environment overrides.

botocore applies them itself; this tells the user which they are. It also reads the one that botocore does not know,
that of the data channel. A test compares the order with botocore's clients.
Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from smtui.domain.places.stream_endpoint import SERVICE, STREAM_ENDPOINT_VARIABLE, checked_endpoint, endpoint_in

CALLED = ("ssm", "ec2", "sts", "kms")
"""The services that a session needs, by botocore's names."""
_IGNORE = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
_TRUE = "true"


def configured_endpoints(
    held: Mapping[str, Any], services: Mapping[str, Any], environment: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Return service and URL of each endpoint that is configured for a profile's settings; never raises."""
    if _are_ignored(held, environment):
        return ()
    found = [(name, _of_service(name, held, services, environment)) for name in CALLED]
    found.append((SERVICE, environment.get(STREAM_ENDPOINT_VARIABLE) or _of_section(SERVICE, held, services)))
    return tuple((name, url) for name, url in found if url)


def stream_endpoint_of(session: Any, environment: Mapping[str, str] = os.environ) -> str:
    """Return the data channel's endpoint that the environment or the profile names; empty for AWS's own.

    Raises `EndpointUnusable`.
    """
    if named := endpoint_in(environment):
        return named
    held, services = session.get_scoped_config(), session.full_config.get("services", {})
    if _are_ignored(held, environment) or not (url := _of_section(SERVICE, held, services)):
        return ""
    return checked_endpoint(url, f"endpoint_url of ssmmessages in [services {held['services']}]")


def _are_ignored(held: Mapping[str, Any], environment: Mapping[str, str]) -> bool:
    said = environment.get(_IGNORE) or held.get("ignore_configured_endpoint_urls")
    return str(said).lower() == _TRUE


def _of_service(
    service: str, held: Mapping[str, Any], services: Mapping[str, Any], environment: Mapping[str, str]
) -> str:
    return (
        environment.get(f"AWS_ENDPOINT_URL_{service.upper()}")
        or environment.get("AWS_ENDPOINT_URL")
        or _of_section(service, held, services)
        or _text(held.get("endpoint_url"))
    )


def _of_section(service: str, held: Mapping[str, Any], services: Mapping[str, Any]) -> str:
    section = services.get(held.get("services", ""))
    settings = section.get(service) if isinstance(section, Mapping) else None
    return _text(settings.get("endpoint_url")) if isinstance(settings, Mapping) else ""


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
