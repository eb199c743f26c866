"""Reads botocore's service models, and validates parameters against their constraints, with AWS's messages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from smtui.demo.wire.service_errors import Refusal, Refused

if TYPE_CHECKING:
    from botocore.model import ServiceModel, Shape


@cache
def service_model(service: str) -> ServiceModel:
    """The model of `ssm`, `ec2`, `sts`, …; reading ec2's takes about 60 ms."""
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    return ServiceModel(Loader().load_service_model(service, "service-2"))


def validate(params: Mapping[str, Any], shape: Shape | None) -> None:
    """Raises `Refused` with every violated constraint, as the JSON services do."""
    if shape is None:
        return
    found = list(_violations(params, shape, ""))
    if found:
        plural = "" if len(found) == 1 else "s"
        raise Refused(Refusal.INVALID, f"{len(found)} validation error{plural} detected: {'; '.join(found)}")


def _violations(value: Any, shape: Shape, path: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure":
        yield from _structure(value, shape, path)
        return
    if kind == "list":
        for index, item in enumerate(value, 1):
            yield from _violations(item, shape.member, f"{path}.{index}.member")
    elif kind == "map":
        for key, item in value.items():
            yield from _violations(key, shape.key, f"{path}.key")
            yield from _violations(item, shape.value, f"{path}.{key}.member")
    for constraint in _broken(value, shape):
        yield f"Value '{value}' at '{path}' failed to satisfy constraint: Member must {constraint}"


def _structure(value: Mapping[str, Any], shape: Shape, path: str) -> Iterator[str]:
    for name in shape.metadata.get("required", ()):
        if name not in value:
            where = _below(path, name)
            yield f"Value null at '{where}' failed to satisfy constraint: Member must not be null"
    for name, item in value.items():
        yield from _violations(item, shape.members[name], _below(path, name))


def _below(path: str, name: str) -> str:
    lower = name[:1].lower() + name[1:]
    return f"{path}.{lower}" if path else lower


def _broken(value: Any, shape: Shape) -> Iterator[str]:
    limits = shape.metadata
    sized = isinstance(value, (str, list, dict, bytes))
    if sized or isinstance(value, (int, float)):
        amount, word = (len(value), "length") if sized else (value, "value")
        if "min" in limits and amount < limits["min"]:
            yield f"have {word} greater than or equal to {limits['min']}"
        if "max" in limits and amount > limits["max"]:
            yield f"have {word} less than or equal to {limits['max']}"
    if not isinstance(value, str):
        return
    if "enum" in limits and value not in limits["enum"]:
        yield f"satisfy enum value set: [{', '.join(limits['enum'])}]"
    pattern = _compiled(limits["pattern"]) if "pattern" in limits else None
    if pattern is not None and not pattern.search(value):
        yield f"satisfy regular expression pattern: {limits['pattern']}"


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """None for the few patterns that only Java can compile."""
    try:
        return re.compile(pattern)
    except re.error:
        return None
