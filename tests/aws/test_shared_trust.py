"""The clients of a place share one context; a file of authorities is read again only if it changed."""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore
import pytest
from botocore.httpsession import create_urllib3_context

from smtui.aws.boto_session import FixedAccess, SessionMaker
from smtui.aws.connection import Connection, Patience
from smtui.aws.shared_trust import LoadedOnce, share_trust
from smtui.domain.place import Place

BUNDLE = Path(botocore.__file__).with_name("cacert.pem")


def _context(client: Any) -> Any:
    return client._endpoint.http_session._manager.connection_pool_kw["ssl_context"]


def test_all_clients_of_a_place_share_one_context() -> None:
    maker = SessionMaker(FixedAccess("https://127.0.0.1:9", "AKIDEXAMPLE", "secret", "eu-west-1"))
    connection = Connection(Place(), maker, lambda: datetime.now(UTC))
    opened = connection.opened()
    clients = [connection.client(opened, service) for service in ("sts", "ssm", "ec2")]
    clients.append(connection.client(opened, "ssm", Patience.ONCE))
    contexts = {id(_context(client)) for client in clients}
    assert contexts == {id(opened.shared.trust)}
    assert isinstance(opened.shared.trust, LoadedOnce)
    botocores = create_urllib3_context()
    for trait in ("verify_mode", "check_hostname", "options", "minimum_version", "verify_flags"):
        assert getattr(opened.shared.trust, trait) == getattr(botocores, trait)


def test_authorities_are_read_once_until_their_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", lambda _, file, *__: read.append(str(file)))
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("one")
    context = LoadedOnce(ssl.PROTOCOL_TLS_CLIENT)
    for _ in range(3):
        context.load_verify_locations(bundle)
    assert len(read) == 1
    os.utime(bundle, ns=(1, 1))
    context.load_verify_locations(bundle)
    context.load_verify_locations(tmp_path / "other.pem")
    context.load_verify_locations(None, str(tmp_path))
    assert len(read) == 4


def test_a_file_that_cannot_be_used_fails_each_time(tmp_path: Path) -> None:
    context = LoadedOnce(ssl.PROTOCOL_TLS_CLIENT)
    (tmp_path / "empty.pem").write_text("")
    for _ in range(2):
        with pytest.raises(ssl.SSLError):
            context.load_verify_locations(str(tmp_path / "empty.pem"))
        with pytest.raises(FileNotFoundError):
            context.load_verify_locations(str(tmp_path / "none.pem"))
    context.load_verify_locations(str(BUNDLE))
    assert context.cert_store_stats()["x509_ca"] > 50


def test_a_client_of_an_unknown_kind_keeps_its_own() -> None:
    assert share_trust(SimpleNamespace(), None) is None
    other = SimpleNamespace(_endpoint=SimpleNamespace(http_session=SimpleNamespace(_manager=SimpleNamespace())))
    assert share_trust(other, None) is None
