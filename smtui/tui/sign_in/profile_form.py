"""Fills in and checks the forms of a profile: its name, its Region, a new SSO session."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from smtui.domain.places.profile import SsoSession
from smtui.domain.places.wanted_profile import DEFAULT_SCOPE, WantedProfile, name_trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smtui.domain.places.profile import ProfileList
    from smtui.tui.sign_in.browse_rows import Picked

NAME, REGION, URL, SSO_REGION = "name", "Region", "start URL", "SSO Region"
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]{1,2}")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9_.+-]+")


def suggested_name(picked: Picked, known: ProfileList) -> str:
    """Return a name for the profile that no other has: `stage-OpsEngineer`, else with a number."""
    account = _NOT_IN_NAMES.sub("-", picked.account.name.casefold()).strip("-") or picked.account.account_id
    name = f"{account}-{picked.role.name}"
    others = (f"{name}-{number}" for number in range(2, 100))
    return next((each for each in (name, *others) if known.named(each) is None), name)


def wanted(session: SsoSession, picked: Picked, texts: Mapping[str, str]) -> WantedProfile:
    """Return the profile that the form asks for; nothing in it is checked."""
    name, region = texts[NAME].strip(), texts[REGION].strip()
    return WantedProfile(name, session, picked.account.account_id, picked.role.name, region)


def profile_complaints(texts: Mapping[str, str], known: ProfileList) -> dict[str, str]:
    """Return what is wrong with the fields of a profile, by name."""
    found = {NAME: name_trouble(texts[NAME].strip(), known), REGION: _region_trouble(texts[REGION])}
    return {name: words for name, words in found.items() if words}


def session_of(texts: Mapping[str, str]) -> SsoSession:
    """Return the SSO session that the form asks for."""
    return SsoSession(texts[NAME].strip(), texts[URL].strip(), texts[SSO_REGION].strip(), (DEFAULT_SCOPE,))


def session_complaints(texts: Mapping[str, str], known: ProfileList) -> dict[str, str]:
    """Return what is wrong with the fields of an SSO session, by name."""
    session = session_of(texts)
    taken = next((each for each in known.sessions if each.name == session.name), None)
    found = {
        URL: _url_trouble(session.start_url),
        SSO_REGION: _region_trouble(session.region) or ("" if session.region else "SSO Region is missing."),
        NAME: "" if session.name else "session name is missing: any word, as acme.",
    }
    if taken is not None and (taken.start_url, taken.region) != (session.start_url, session.region):
        found[NAME] = f"There is an SSO session {session.name} already, with another start URL or Region."
    return {name: words for name, words in found.items() if words}


def _url_trouble(url: str) -> str:
    if not url:
        return "start URL is missing: your AWS access portal, as https://acme.awsapps.com/start."
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "start URL is no address."
    if parts.scheme != "https" and host not in ("127.0.0.1", "localhost"):
        return "start URL begins with https://."
    return "" if "." in host or host == "localhost" else "start URL names no host."


def _region_trouble(region: str) -> str:
    return "" if not region.strip() or _REGION.fullmatch(region.strip()) else "This is no Region, as eu-west-1 is one."
