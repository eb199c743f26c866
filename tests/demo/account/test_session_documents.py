"""The Region's documents as boto3 sees them, and what its nodes are told to do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from smtui.demo.account.session_documents import DOCUMENTS, SHARED_PREFIX, setup_of
from smtui.demo.region import SimulatedRegion
from smtui.domain.document import BrokenDocument, SessionType, parse_document
from tests.demo.support import client

WEB = "i-0a1b2c3d4e5f60718"
PORT = "AWS-StartPortForwardingSession"


def listed(ssm: Any, owner: str, **more: Any) -> list[str]:
    filters = [{"Key": "DocumentType", "Values": ["Session"]}, {"Key": "Owner", "Values": [owner]}]
    pages = ssm.get_paginator("list_documents").paginate(Filters=filters, **more)
    return [entry["Name"] for page in pages for entry in page["DocumentIdentifiers"]]


def refusal(ssm: Any, document: str, parameters: dict[str, list[str]]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        ssm.start_session(Target=WEB, DocumentName=document, Parameters=parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_each_owner_has_its_own_across_pages(region: SimulatedRegion) -> None:
    ssm = client(region, "ssm")
    assert PORT in listed(ssm, "Amazon")
    own = [
        "SSM-SessionManagerRunShell",
        "Acme-Broken",
        "Acme-Exit",
        "Acme-ForwardWeb",
        "Acme-Restart",
        "Acme-TailLog",
        "Acme-Uptime",
    ]
    assert listed(ssm, "Self") == own == listed(ssm, "Self", PaginationConfig={"PageSize": 2})
    assert listed(ssm, "Private") == [f"{SHARED_PREFIX}Shared-DiskUsage"]


def test_another_region_has_amazons_alone(region: SimulatedRegion) -> None:
    ssm = client(region, "ssm", region_name="us-east-1")
    assert listed(ssm, "Self") == []
    assert len(listed(ssm, "Amazon")) == 6
    with pytest.raises(ClientError, match="InvalidDocument"):
        ssm.get_document(Name="SSM-SessionManagerRunShell")


def test_a_filter_that_aws_does_not_know_is_refused(region: SimulatedRegion) -> None:
    with pytest.raises(ClientError, match="InvalidFilterKey"):
        client(region, "ssm").list_documents(Filters=[{"Key": "Colour", "Values": ["blue"]}])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_can_be_read(region: SimulatedRegion, name: str) -> None:
    ssm = client(region, "ssm")
    got = ssm.get_document(Name=name, DocumentFormat="JSON")
    found = ssm.list_documents(Filters=[{"Key": "Name", "Values": [name]}])["DocumentIdentifiers"]
    [listed] = [each for each in found if each["Name"] == name]
    assert json.loads(got["Content"])["description"]
    read = parse_document(name, listed["Owner"], got["Content"])
    assert isinstance(read, BrokenDocument) == (name == "Acme-Broken")


@pytest.mark.parametrize(
    ("document", "parameters", "code", "words"),
    [
        ("Acme-Nope", {}, "InvalidDocument", "Document with name Acme-Nope does not exist."),
        ("Acme-Broken", {}, "InvalidDocument", "not a session document"),
        (PORT, {"portNumber": ["65536"]}, "InvalidParameters", '"portNumber" has value "65536" not matching'),
        (PORT, {"portNumber": ["80\n"]}, "InvalidParameters", "not matching"),
        (PORT, {"portNumber": ["80", "81"]}, "InvalidParameters", "exactly one value"),
        (PORT, {"port": ["80"]}, "InvalidParameters", "port is not defined"),
        ("Acme-Restart", {}, "InvalidParameters", "service is required"),
        ("Acme-Restart", {"service": ["cron"]}, "InvalidParameters", "not in [api, nginx, worker]"),
        ("Acme-TailLog", {"logpath": ["/etc/passwd"]}, "InvalidParameters", "not matching"),
    ],
)
def test_what_start_session_refuses(
    region: SimulatedRegion, document: str, parameters: dict[str, list[str]], code: str, words: str
) -> None:
    got = refusal(client(region, "ssm"), document, parameters)
    assert got[0] == code
    assert words in got[1]
    assert region.sessions.active() == []


def test_a_session_keeps_its_document_and_values(region: SimulatedRegion) -> None:
    client(region, "ssm").start_session(Target=WEB, DocumentName=PORT, Parameters={"portNumber": ["7"]})
    (session,) = region.sessions.active()
    assert (session.document_name, session.parameters) == (PORT, {"portNumber": ("7",)})


def test_values_and_defaults_are_filled_in() -> None:
    setup = setup_of("AWS-StartPortForwardingSessionToRemoteHost", {"host": ["db.internal"], "portNumber": ["5432"]})
    assert setup.session_type == SessionType.PORT
    assert setup.properties == {
        "type": "LocalPortForwarding",
        "host": "db.internal",
        "portNumber": "5432",
        "localPortNumber": "0",
    }
    assert setup_of("Acme-Exit", {"status": ["7"]}).properties["linux"]["commands"].endswith("exit 7'")
    assert setup_of(f"{SHARED_PREFIX}Shared-DiskUsage", {}).properties["linux"]["commands"] == "df -h / /tmp"
    assert setup_of("", {}).session_type == SessionType.STANDARD_STREAM


def test_a_value_that_looks_like_a_placeholder_is_not_filled_in_again() -> None:
    setup = setup_of("AWS-StartNonInteractiveCommand", {"command": ["echo {{ separateOutputStream }}"]})
    assert setup.properties["linux"]["commands"] == "echo {{ separateOutputStream }}"
