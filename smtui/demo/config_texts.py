"""Writes the AWS configuration of the demo: five profiles, each with another kind of credentials."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from smtui.demo.account.organisation import START_URL
from smtui.demo.story.account_facts import ACCOUNT, HOME_REGION, OTHER_ACCOUNT
from smtui.demo.story.callers import ADMIN, HUB, MFA_DEVICE, NEVER_A_CODE, OPS

if TYPE_CHECKING:
    from smtui.demo.demo_config import DemoConfig
    from smtui.demo.wire.signature import KeyPair

SSO_SESSION = "acme"
SSO_START_URL = START_URL
SSO_REGION = HOME_REGION
STATIC, CHAIN, SIGNED_OUT, MFA, DENIED = "default", "stage", "prod-ops", "admin", "hub"
"""The names of the profiles."""
_EXPIRED_SINCE = timedelta(hours=3)


def write_config(config: DemoConfig, endpoint_url: str, keys: KeyPair, start_url: str = SSO_START_URL) -> None:
    """Make the folder and its files, for the user alone. Raises OSError."""
    tokens = config.folder / "sso" / "cache"
    tokens.mkdir(parents=True, mode=0o700)
    config.home.chmod(0o700)
    _write(config.config, _config_text(endpoint_url, start_url))
    _write(config.credentials, _credentials_text(keys))
    name = hashlib.sha1(SSO_SESSION.encode(), usedforsecurity=False).hexdigest()
    _write(tokens / f"{name}.json", json.dumps(_expired_token(start_url)))


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _config_text(endpoint_url: str, start_url: str) -> str:
    role = "arn:aws:iam::{}:role/{}".format
    return f"""# The AWS configuration of smtui's demo. It ends with the demo.

[default]
region = {HOME_REGION}
endpoint_url = {endpoint_url}

# A role that may only go on to the second account: it may not list nodes.
[profile {DENIED}]
role_arn = {role(ACCOUNT, HUB)}
source_profile = {STATIC}
region = {HOME_REGION}
endpoint_url = {endpoint_url}

# A role of the second account, by way of the first role.
[profile {CHAIN}]
role_arn = {role(OTHER_ACCOUNT, OPS)}
source_profile = {DENIED}
region = {HOME_REGION}
endpoint_url = {endpoint_url}

# A role that asks for an MFA code. In the demo any six digits except {NEVER_A_CODE} are one, and each is good once.
[profile {MFA}]
role_arn = {role(OTHER_ACCOUNT, ADMIN)}
source_profile = {STATIC}
mfa_serial = {MFA_DEVICE}
region = eu-central-1
endpoint_url = {endpoint_url}

# IAM Identity Center. Its sign-in has expired.
[profile {SIGNED_OUT}]
sso_session = {SSO_SESSION}
sso_account_id = {ACCOUNT}
sso_role_name = {OPS}
region = us-east-1
endpoint_url = {endpoint_url}

[sso-session {SSO_SESSION}]
sso_start_url = {start_url}
sso_region = {SSO_REGION}
sso_registration_scopes = sso:account:access
"""


def _credentials_text(keys: KeyPair) -> str:
    lines = [
        f"[{STATIC}]",
        f"aws_access_key_id = {keys.access_key_id}",
        f"aws_secret_access_key = {keys.secret_access_key}",
        f"aws_account_id = {ACCOUNT}",
    ]
    if keys.session_token:
        lines.append(f"aws_session_token = {keys.session_token}")
    return "\n".join(lines) + "\n"


def _expired_token(start_url: str) -> Mapping[str, str]:
    return {
        "startUrl": start_url,
        "region": SSO_REGION,
        "accessToken": "expired-before-the-demo-began",
        "expiresAt": f"{datetime.now(UTC) - _EXPIRED_SINCE:%Y-%m-%dT%H:%M:%SZ}",
    }
