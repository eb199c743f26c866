"""The cuts of botocore's models: what they keep, when they are used, and that nothing of ours is missing in them."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import botocore.credentials
import botocore.tokens
import botocore.utils
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

import smtui.aws
from smtui.aws.boto_session import SessionMaker
from smtui.aws.trimmed_models import MEMBERS, OPERATIONS, TrimmedLoader, trimmed
from smtui.domain.place import Place
from smtui.store.kept_texts import KeptTexts
from tests.closed_folder import close

ADAPTERS = Path(smtui.aws.__file__).parent
ACTION = re.compile(r"(cloudtrail|ec2|ec2-instance-connect|events|iam|kms|logs|sns|ssm|sts):([A-Z][A-Za-z]+)")


class InMemory:
    """Keeps texts, and counts."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.saved: list[str] = []

    def load(self, name: str) -> str:
        return self.texts.get(name, "")

    def save(self, name: str, text: str) -> None:
        self.saved.append(name)
        self.texts[name] = text


def _whole(service: str) -> Any:
    return Loader().load_service_model(service, "service-2")


def _called() -> set[tuple[str, str]]:
    """Every action that stands in a text of the adapters by itself."""
    found = set()
    for path in ADAPTERS.rglob("*_adapter.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and (named := ACTION.fullmatch(node.value))
            ):
                found.add((named[1], named[2]))
    return found


def test_every_operation_that_an_adapter_calls_is_kept() -> None:
    not_called_as_such = {
        ("ec2-instance-connect", "OpenTunnel"),
        ("ssm", "AccessRequestId"),
        ("ssm", "SessionDocumentAccessCheck"),
    }
    called = _called() - not_called_as_such
    assert ("ec2", "DescribeInstances") in called
    assert {(service, name) for service, name in called if name not in OPERATIONS[service]} == set()


def test_every_operation_and_member_that_is_kept_exists() -> None:
    for service, names in OPERATIONS.items():
        assert names <= set(_whole(service)["operations"])
    for (service, shape), names in MEMBERS.items():
        assert names <= set(_whole(service)["shapes"][shape]["members"])


@pytest.mark.parametrize("service", sorted(OPERATIONS))
def test_every_shape_of_a_kept_operation_can_be_resolved(service: str) -> None:
    cut = trimmed(_whole(service), service)
    model = ServiceModel(cut, service)
    seen: set[str] = set()

    def visit(shape: Any) -> None:
        if shape is None or shape.name in seen:
            return
        seen.add(shape.name)
        for member in getattr(shape, "members", {}).values() if shape.type_name == "structure" else ():
            visit(member)
        for part in {"list": ("member",), "map": ("key", "value")}.get(shape.type_name, ()):
            visit(getattr(shape, part))

    for name in model.operation_names:
        operation = model.operation_model(name)
        for shape in (operation.input_shape, operation.output_shape, *operation.error_shapes):
            visit(shape)
    assert set(model.operation_names) == OPERATIONS[service]
    assert seen == set(cut["shapes"])


def test_a_cut_keeps_members_called_documentation() -> None:
    model = {
        "metadata": {"documentation": "words"},
        "operations": {"GetDocument": {"output": {"shape": "Out"}, "documentation": "words"}, "Other": {}},
        "shapes": {
            "Out": {"type": "structure", "members": {"documentation": {"shape": "Text", "documentation": "words"}}},
            "Text": {"type": "string"},
            "Unused": {"type": "string"},
        },
    }
    assert trimmed(model, "ssm") == {
        "metadata": {},
        "operations": {"GetDocument": {"output": {"shape": "Out"}}},
        "shapes": {
            "Out": {"type": "structure", "members": {"documentation": {"shape": "Text"}}},
            "Text": {"type": "string"},
        },
    }


def test_a_kept_cut_is_used_and_gives_the_same_client(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = InMemory()
    first = SessionMaker(kept=kept).make(Place()).create_client("ec2", region_name="eu-west-1")
    assert sorted(kept.saved) == ["botocore-ec2", "botocore-endpoints"]
    monkeypatch.setattr(Loader, "load_data_with_path", _refuse_models(Loader.load_data_with_path))
    second = SessionMaker(kept=kept).make(Place()).create_client("ec2", region_name="eu-west-1")
    assert second.meta.endpoint_url == first.meta.endpoint_url == "https://ec2.eu-west-1.amazonaws.com"
    assert second.get_paginator("describe_instances").result_keys[0].expression == "Reservations"
    assert sorted(kept.saved) == ["botocore-ec2", "botocore-endpoints"]


def _refuse_models(original: Any) -> Any:
    def load(self: Any, name: str) -> Any:
        if name == "endpoints" or name.startswith("ec2/"):
            raise AssertionError(f"the whole {name} was read")
        return original(self, name)

    return load


@pytest.mark.parametrize("spoilt", ["", "{", "[]", '{"of": 1}', "null", "[" * 100_000])
def test_a_cut_that_cannot_be_used_is_made_again(spoilt: str) -> None:
    kept = InMemory()
    kept.texts["botocore-sts"] = spoilt
    assert set(TrimmedLoader(kept).load_service_model("sts", "service-2")["operations"]) == OPERATIONS["sts"]
    assert kept.saved == ["botocore-sts"]


def test_a_cut_of_other_files_is_made_again() -> None:
    kept = InMemory()
    TrimmedLoader(kept).load_service_model("sts", "service-2")
    held = json.loads(kept.texts["botocore-sts"])
    held["of"][-1][0][2] += 1  # another time of change of one of the files
    kept.texts["botocore-sts"] = json.dumps(held)
    TrimmedLoader(kept).load_service_model("sts", "service-2")
    assert kept.saved == ["botocore-sts", "botocore-sts"]


def test_a_model_of_the_users_own_is_used_whole(tmp_path: Path) -> None:
    own = tmp_path / "sts" / "2030-01-01"
    own.mkdir(parents=True)
    model = {"metadata": {"serviceId": "STS"}, "operations": {"Mine": {"name": "Mine"}}, "shapes": {}}
    (own / "service-2.json").write_text(json.dumps(model))
    kept = InMemory()
    loader = TrimmedLoader(kept, extra_search_paths=[str(tmp_path)])
    assert set(loader.load_service_model("sts", "service-2")["operations"]) == {"Mine"}
    assert kept.saved == []
    old = loader.load_service_model("sts", "service-2", "2011-06-15")
    assert "GetFederationToken" in old["operations"]


def test_a_folder_of_models_that_may_not_be_searched_holds_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    close(tmp_path, monkeypatch)
    loader = TrimmedLoader(InMemory(), extra_search_paths=[str(tmp_path / "models")])
    assert loader.load_data("endpoints")["partitions"]


def test_a_named_version_of_ours_is_cut_and_another_is_not() -> None:
    loader = TrimmedLoader(InMemory())
    latest = loader.determine_latest_version("ec2", "service-2")
    assert set(loader.load_service_model("ec2", "service-2", latest)["operations"]) == OPERATIONS["ec2"]
    assert len(loader.load_service_model("ec2", "service-2", "2014-09-01")["operations"]) > len(OPERATIONS["ec2"])


def test_other_services_are_whole() -> None:
    model = TrimmedLoader(InMemory()).load_service_model("sso-admin", "service-2")
    assert model == Loader().load_service_model("sso-admin", "service-2")


def test_endpoints_are_those_of_botocore_for_every_service_that_is_called() -> None:
    """Also for the clients that botocore makes itself to get credentials."""
    from botocore.regions import EndpointResolver

    cut = EndpointResolver(TrimmedLoader(InMemory()).load_data("endpoints"))
    whole = EndpointResolver(Loader().load_data("endpoints"))
    source = "".join(
        Path(module.__file__).read_text() for module in (botocore.credentials, botocore.tokens, botocore.utils)
    )
    made_by_botocore = set(re.findall(r"""[(\s]['"](sts|sso|sso-oidc|signin)['"],""", source))
    assert {"sts", "sso"} <= made_by_botocore
    prefixes = [_whole(service)["metadata"]["endpointPrefix"] for service in sorted(made_by_botocore)]
    for prefix in ["ec2", "ssm", "iam", "kms", "logs", "s3", *prefixes]:
        for region in ("eu-west-1", "us-east-1", "cn-north-1", "us-gov-west-1", "eu-isoe-west-1"):
            assert cut.construct_endpoint(prefix, region) == whole.construct_endpoint(prefix, region)
    assert cut.get_partition_for_region("ap-southeast-7") == "aws"


def test_texts_are_kept_in_a_folder(tmp_path: Path) -> None:
    kept = KeptTexts(tmp_path / "cache")
    assert kept.load("a") == ""
    kept.save("a", "ä")
    assert KeptTexts(tmp_path / "cache").load("a") == "ä"
    (tmp_path / "cache" / "a.json").write_bytes(b"\xff")
    assert kept.load("a") == ""
    (tmp_path / "cache" / "b.json").mkdir()
    kept.save("b", "text")
    assert kept.load("b") == ""
