"""The document of the session preferences: its versions, what a change answers, and what AWS would refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from smtui.demo.region import SimulatedRegion
from tests.demo.support import client, quiet_region

NAME = "SSM-SessionManagerRunShell"


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatedRegion]:
    with quiet_region() as region:
        yield region


@pytest.fixture
def ssm(running: SimulatedRegion) -> Any:
    running.account.restore()
    running.faults.apply({"reset": True})
    return client(running, "ssm")


def refusal(call: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(**params)
    return str(raised.value.response["Error"]["Code"])


def document(**inputs: Any) -> str:
    return json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs})


def update(ssm: Any, content: str, version: str = "$LATEST") -> Any:
    return ssm.update_document(Name=NAME, Content=content, DocumentVersion=version)["DocumentDescription"]


def idle_of(ssm: Any, **version: str) -> str:
    content = ssm.get_document(Name=NAME, **version)["Content"]
    return str(json.loads(content)["inputs"]["idleSessionTimeout"])


def test_the_story_has_three_versions(ssm: Any) -> None:
    listed = ssm.list_document_versions(Name=NAME)["DocumentVersions"]
    assert [(each["DocumentVersion"], each["IsDefaultVersion"]) for each in listed] == [
        ("3", True),
        ("2", False),
        ("1", False),
    ]
    assert [each["CreatedDate"].date().isoformat() for each in listed] == ["2026-09-14", "2026-05-19", "2026-02-11"]
    assert [idle_of(ssm, DocumentVersion=number) for number in "123"] == ["60", "30", "20"]
    described = ssm.describe_document(Name=NAME)["Document"]
    assert (described["LatestVersion"], described["DefaultVersion"], described["Status"]) == ("3", "3", "Active")


def test_versions_come_in_pages(ssm: Any) -> None:
    pages = ssm.get_paginator("list_document_versions").paginate(Name=NAME, PaginationConfig={"PageSize": 2})
    assert [len(page["DocumentVersions"]) for page in pages] == [2, 1]


def test_an_update_is_the_newest_and_not_yet_the_default_version(ssm: Any) -> None:
    told = update(ssm, document(idleSessionTimeout="5"))
    assert (told["DocumentVersion"], told["LatestVersion"], told["DefaultVersion"]) == ("4", "4", "3")
    assert (idle_of(ssm), idle_of(ssm, DocumentVersion="$LATEST")) == ("20", "5")
    done = ssm.update_document_default_version(Name=NAME, DocumentVersion="4")["Description"]
    assert done["DefaultVersion"] == "4"
    assert idle_of(ssm) == idle_of(ssm, DocumentVersion="$DEFAULT") == "5"
    assert ssm.get_document(Name=NAME)["DocumentVersion"] == "4"
    assert client_list_version(ssm) == "4"


def client_list_version(ssm: Any) -> str:
    owner = {"Key": "Owner", "Values": ["Self"]}
    listed = ssm.list_documents(Filters=[owner])["DocumentIdentifiers"]
    return next(str(each["DocumentVersion"]) for each in listed if each["Name"] == NAME)


def test_the_newest_version_can_be_named_by_its_number_alone(ssm: Any) -> None:
    assert update(ssm, document(idleSessionTimeout="5"), "3")["DocumentVersion"] == "4"
    call = ssm.update_document
    params = {"Name": NAME, "Content": document(idleSessionTimeout="6")}
    assert refusal(call, **params, DocumentVersion="3") == "InvalidDocumentVersion"
    assert refusal(call, **params, DocumentVersion="$DEFAULT") == "InvalidDocumentVersion"


def test_a_content_that_any_version_has_is_refused(ssm: Any) -> None:
    first, newest = (ssm.get_document(Name=NAME, DocumentVersion=number)["Content"] for number in "13")
    for content in (first, newest):
        params = {"Name": NAME, "Content": content, "DocumentVersion": "$LATEST"}
        assert refusal(ssm.update_document, **params) == "DuplicateDocumentContent"
    assert update(ssm, f"{first} ")["DocumentVersion"] == "4"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("{", "InvalidDocumentContent"),
        ('{"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": []}', "InvalidDocumentContent"),
        ('{"schemaVersion": "1.0", "sessionType": "Port", "inputs": {}}', "InvalidDocumentContent"),
        ('{"schemaVersion": "2.2", "sessionType": "Standard_Stream", "inputs": {}}', "InvalidDocumentSchemaVersion"),
        (document(idleSessionTimeout="0"), "InvalidDocumentContent"),
        (document(idleSessionTimeout=5), "InvalidDocumentContent"),
        (document(maxSessionDuration="1441"), "InvalidDocumentContent"),
        (document(runAsEnabled="perhaps"), "InvalidDocumentContent"),
        (document(shellProfile={"linux": "x" * 513}), "InvalidDocumentContent"),
        (document(shellProfile={"bsd": ""}), "InvalidDocumentContent"),
        (document(idleTimeout="5"), "InvalidDocumentContent"),
        (document(s3KeyPrefix="x" * 66_000), "MaxDocumentSizeExceeded"),
    ],
)
def test_a_content_that_is_none(ssm: Any, content: str, code: str) -> None:
    assert refusal(ssm.update_document, Name=NAME, Content=content, DocumentVersion="$LATEST") == code
    assert ssm.describe_document(Name=NAME)["Document"]["LatestVersion"] == "3"


def test_contents_that_are_fine(ssm: Any) -> None:
    for content in (
        document(idleSessionTimeout="60", maxSessionDuration="1440", s3EncryptionEnabled="true"),
        document(idleSessionTimeout="{{ idle }}", maxSessionDuration="", shellProfile={"linux": "x" * 512}),
    ):
        update(ssm, content)


def test_versions_that_are_not_there(ssm: Any) -> None:
    assert refusal(ssm.get_document, Name=NAME, DocumentVersion="9") == "InvalidDocumentVersion"
    assert refusal(ssm.describe_document, Name=NAME, DocumentVersion="9") == "InvalidDocumentVersion"
    call = ssm.update_document_default_version
    assert refusal(call, Name=NAME, DocumentVersion="9") == "InvalidDocumentVersion"
    assert refusal(call, Name=NAME, DocumentVersion="$LATEST") == "ValidationException", "its pattern has digits alone"


def test_too_many_versions(ssm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.demo.operations.preference_calls._MOST_VERSIONS", 3)
    params = {"Name": NAME, "Content": document(), "DocumentVersion": "$LATEST"}
    assert refusal(ssm.update_document, **params) == "DocumentVersionLimitExceeded"


def test_other_documents_stay_as_they_are(ssm: Any) -> None:
    params = {"Content": document(), "DocumentVersion": "$LATEST"}
    assert refusal(ssm.update_document, Name="Acme-Exit", **params) == "InvalidDocumentOperation"
    assert refusal(ssm.update_document, Name="SSM-Nope-Nope", **params) == "InvalidDocumentOperation"
    described = ssm.describe_document(Name="Acme-Exit")["Document"]
    assert (described["LatestVersion"], described["Owner"]) == ("1", "111122223333")
    assert len(ssm.list_document_versions(Name="Acme-Exit")["DocumentVersions"]) == 1
    assert refusal(ssm.list_document_versions, Name="Nope-Nope") == "InvalidDocument"


def test_another_region_has_none_until_they_are_saved(running: SimulatedRegion, ssm: Any) -> None:
    there = client(running, "ssm", region_name="us-east-1")
    for call in (there.get_document, there.describe_document, there.list_document_versions):
        assert refusal(call, Name=NAME) == "InvalidDocument"
    assert refusal(there.update_document, Name=NAME, Content=document()) == "InvalidDocument"
    told = there.create_document(Name=NAME, Content=document(idleSessionTimeout="7"), DocumentType="Session")
    assert told["DocumentDescription"]["DocumentVersion"] == "1"
    assert (idle_of(there), idle_of(ssm), client_list_version(there)) == ("7", "20", "1")
    again = {"Name": NAME, "Content": document(), "DocumentType": "Session"}
    assert refusal(there.create_document, **again) == "DocumentAlreadyExists"
    assert update(there, document(idleSessionTimeout="8"))["DocumentVersion"] == "2"


def test_only_session_documents_of_that_name_can_be_created(running: SimulatedRegion, ssm: Any) -> None:
    there = client(running, "ssm", region_name="us-east-1")
    content = document()
    assert (
        refusal(there.create_document, Name="Mine", Content=content, DocumentType="Session") == "DocumentLimitExceeded"
    )
    assert refusal(there.create_document, Name=NAME, Content=content) == "InvalidDocumentContent"


def test_switches_restore_the_story(running: SimulatedRegion, ssm: Any) -> None:
    update(ssm, document(idleSessionTimeout="5"))
    running.faults.apply({"switch": ["bucket-deleted"]})
    content = ssm.get_document(Name=NAME)["Content"]
    assert json.loads(content)["inputs"]["s3BucketName"] == "acme-session-output"
    assert ssm.describe_document(Name=NAME)["Document"]["LatestVersion"] == "3"


def test_a_denial_names_the_document(running: SimulatedRegion, ssm: Any) -> None:
    running.faults.apply({"deny": ["ssm:UpdateDocument"]})
    with pytest.raises(ClientError, match=f"ssm:UpdateDocument on resource: .*document/{NAME}"):
        update(ssm, document())


def test_the_callers_tags(running: SimulatedRegion, ssm: Any) -> None:
    iam = client(running, "iam")
    tag = {"Key": "SSMSessionRunAs", "Value": "ec2-user"}
    assert iam.get_user()["User"]["Tags"] == []
    iam.tag_user(UserName="demo-operator", Tags=[tag, {"Key": "team", "Value": "ops"}])
    iam.untag_user(UserName="demo-operator", TagKeys=["team"])
    assert iam.get_user(UserName="demo-operator")["User"]["Tags"] == [tag]
    assert refusal(iam.get_user, UserName="nobody") == "NoSuchEntity"
