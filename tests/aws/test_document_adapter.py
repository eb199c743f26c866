"""Session documents over real calls: each owner's pages, and the content of one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smtui.aws.places import BotoAws, BotoPlaces
from smtui.domain.document import DocumentSide, DocumentSummary, DocumentText
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.place import Place
from tests.aws.conftest import ScriptedAws


@pytest.fixture
def aws(scripted: ScriptedAws) -> BotoAws:
    return BotoPlaces.fixed(scripted.url, "AKID", "secret", "eu-west-1").at(Place())


def sent(scripted: ScriptedAws) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in scripted.requests]


def test_session_documents_of_one_owner_page_by_page(aws: BotoAws, scripted: ScriptedAws) -> None:
    scripted.will_answer(
        {
            "DocumentIdentifiers": [{"Name": "Acme-Exit", "Owner": "111122223333", "PlatformTypes": ["Linux"]}],
            "NextToken": "t",
        },
        {"DocumentIdentifiers": [{"Name": "Acme-Tail"}, {"Owner": "111122223333"}]},
    )
    pages = list(aws.session_documents(DocumentSide.SELF))
    assert pages == [
        [DocumentSummary("Acme-Exit", "111122223333", DocumentSide.SELF, ("Linux",))],
        [DocumentSummary("Acme-Tail", "", DocumentSide.SELF)],
    ]
    filters = [{"Key": "DocumentType", "Values": ["Session"]}, {"Key": "Owner", "Values": ["Self"]}]
    assert sent(scripted) == [
        {"Filters": filters, "MaxResults": 50},
        {"Filters": filters, "MaxResults": 50, "NextToken": "t"},
    ]


def test_a_denied_owner_names_the_action(aws: BotoAws, scripted: ScriptedAws) -> None:
    scripted.will_fail("AccessDeniedException", "User: x is not authorized")
    with pytest.raises(AwsCallFailed) as raised:
        list(aws.session_documents(DocumentSide.PRIVATE))
    assert (raised.value.fault.kind, raised.value.fault.action) == (FaultKind.DENIED, "ssm:ListDocuments")


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("Acme-Exit", {"DocumentVersion": "$LATEST"}),
        ("SSM-SessionManagerRunShell", {"DocumentVersion": "$LATEST"}),
        ("AWS-StartSSHSession", {}),
        ("arn:aws:ssm:eu-west-1:111122223333:document/Theirs", {}),
    ],
)
def test_the_content_is_asked_for_as_json_and_of_our_own_documents_the_newest(
    aws: BotoAws, scripted: ScriptedAws, name: str, version: dict[str, str]
) -> None:
    scripted.will_answer({"Name": name, "Content": "{}", "DocumentVersion": "3"})
    assert aws.document(name) == DocumentText("{}", "3")
    assert sent(scripted) == [{"Name": name, "DocumentFormat": "JSON", **version}]


def test_no_content_is_a_fault_and_no_empty_document(aws: BotoAws, scripted: ScriptedAws) -> None:
    scripted.will_answer({"Name": "Acme-Exit"})
    with pytest.raises(AwsCallFailed) as raised:
        aws.document("Acme-Exit")
    assert (raised.value.fault.kind, raised.value.fault.action) == (FaultKind.SERVICE, "ssm:GetDocument")


@pytest.mark.parametrize(
    ("code", "kind"),
    [("InvalidDocument", FaultKind.INVALID_DOCUMENT), ("AccessDeniedException", FaultKind.DENIED)],
)
def test_a_document_that_cannot_be_had(aws: BotoAws, scripted: ScriptedAws, code: str, kind: FaultKind) -> None:
    scripted.will_fail(code, "no")
    with pytest.raises(AwsCallFailed) as raised:
        aws.document("Acme-Nope")
    assert raised.value.fault.kind is kind
