"""Reads botocore's service models, each once, on first use."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.model import ServiceModel


@cache
def service_model(service: str) -> ServiceModel:
    """The model of `ssm`, `ec2`, `sts`, …; reading ec2's takes about 60 ms."""
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    return ServiceModel(Loader().load_service_model(service, "service-2"))
