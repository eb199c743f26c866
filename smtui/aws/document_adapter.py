"""Lists session documents and fetches their content.

Sources: https://docs.aws.amazon.com/systems-manager/latest/APIReference/ (API_ListDocuments, API_DocumentIdentifier,
API_GetDocument).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smtui.aws.api_calls import ApiCalls, mappings, text, texts
from smtui.domain.document import DocumentSide, DocumentSummary, DocumentText

_NOT_OURS = ("AWS-", "AWSEC2-", "AWSSupport-", "Amazon", "arn:")
_DOCUMENTS_A_PAGE = 50
"""The largest page that AWS gives."""


class DocumentAdapter:
    """The documents of one place. Every method blocks and raises `AwsCallFailed`, whose fault names the IAM action."""

    def __init__(self, calls: ApiCalls) -> None:
        self._calls = calls

    def session_documents(self, side: DocumentSide) -> Iterator[Sequence[DocumentSummary]]:
        """ssm:ListDocuments of type Session for one owner, page by page; entries without a name are left out."""
        filters = [{"Key": "DocumentType", "Values": ["Session"]}, {"Key": "Owner", "Values": [side.value]}]
        for page in self._calls.pages("ssm:ListDocuments", page_size=_DOCUMENTS_A_PAGE, Filters=filters):
            yield [
                DocumentSummary(text(entry, "Name"), text(entry, "Owner"), side, texts(entry, "PlatformTypes"))
                for entry in mappings(page)
                if text(entry, "Name")
            ]

    def document(self, name: str) -> DocumentText:
        """ssm:GetDocument: the content as JSON, which AWS makes of documents that were written as YAML, too.

        Of the account's own documents it is the newest version, which StartSession uses whichever is the default one:
        https://github.com/aws/session-manager-plugin/issues/112.
        """
        action = "ssm:GetDocument"
        version = {} if name.startswith(_NOT_OURS) else {"DocumentVersion": "$LATEST"}
        answer = self._calls.call(action, Name=name, DocumentFormat="JSON", **version)
        content = answer.get("Content")
        if not isinstance(content, str):
            raise self._calls.odd_answer(action, f"The answer for {name} holds no content.")
        return DocumentText(content, text(answer, "DocumentVersion"))
