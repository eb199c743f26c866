"""Makes clients that sign nothing, for services that know their caller by a token."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from smtui.aws.config_faults import BUNDLE_ADVICE, bundle_trouble, no_such_profile, number_trouble
from smtui.aws.shared_trust import share_trust
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind

if TYPE_CHECKING:
    from smtui.aws.boto_session import SessionMaker
    from smtui.domain.place import Place


def unsigned_client(maker: SessionMaker, service: str, place: Place) -> Any:
    """A client of botocore with the endpoints, proxies and certificates of the place's profile.

    Calls nothing and resolves no credentials. Raises `AwsCallFailed` for a configuration that it cannot use, or what
    botocore raises.
    """
    from botocore import UNSIGNED
    from botocore.config import Config

    session = maker.make(place)
    if place.profile and place.profile not in session.available_profiles:
        raise _unusable(no_such_profile(session), FaultKind.UNKNOWN_PROFILE)
    if trouble := number_trouble(session):
        raise _unusable(trouble)
    if maker.fixed is None and (trouble := bundle_trouble(session)):
        raise _unusable(trouble, advice=BUNDLE_ADVICE)
    client = session.create_client(
        service,
        region_name=place.region,
        config=Config(signature_version=UNSIGNED),
        endpoint_url=maker.fixed.endpoint_url if maker.fixed else None,
    )
    share_trust(client, None)
    return client


def _unusable(trouble: str, kind: FaultKind = FaultKind.BROKEN_CONFIG, advice: str = "") -> AwsCallFailed:
    return AwsCallFailed(Fault(kind, "", "", trouble, datetime.now(UTC), advice=advice))
