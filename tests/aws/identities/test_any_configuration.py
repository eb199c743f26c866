"""Whatever the configuration files hold: nothing raises, and every kind is the one that botocore resolves."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import CredentialRetrievalError, MissingDependencyException
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtui.aws.identities.aws_files import read_aws_files
from smtui.aws.identities.kept_credentials import KeptCredentials
from smtui.aws.identities.profile_reader import ProfileReader
from smtui.aws.identities.sign_in_files import SignInFiles
from smtui.domain.places.profile import ProfileKind
from tests.aws.identities.test_profile_kinds import METHODS, session_of

NAMES = ("a", "b", "c")
VALUES: dict[str, tuple[str, ...]] = {
    "role_arn": ("arn:aws:iam::777788889999:role/R",),
    "source_profile": (*NAMES, "gone"),
    "credential_source": ("Environment", "Moon"),
    "web_identity_token_file": ("/none", ""),
    "sso_session": ("acme", "other"),
    "sso_account_id": ("111122223333",),
    "sso_role_name": ("Ops",),
    "sso_start_url": ("https://x/start",),
    "sso_region": ("eu-west-1", "us-east-1"),
    "aws_access_key_id": ("AKIA",),
    "aws_secret_access_key": ("s",),
    "aws_session_token": ("t",),
    "login_session": ("arn:aws:iam::1:user/x",),
    "mfa_serial": ("m",),
    "duration_seconds": ("900", "long"),
}
sections = st.dictionaries(st.sampled_from(sorted(VALUES)), st.integers(0, 3), max_size=6).map(
    lambda held: {key: VALUES[key][number % len(VALUES[key])] for key, number in held.items()}
)
files = st.dictionaries(st.sampled_from(NAMES), sections, max_size=3)


def ini(profiles: dict[str, dict[str, str]], heading: str) -> str:
    return "".join(
        f"[{heading}{name}]\n" + "".join(f"{key} = {value}\n" for key, value in held.items())
        for name, held in profiles.items()
    )


@settings(max_examples=25, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files, files, st.booleans())
def test_every_kind_is_botocores(
    config: dict[str, dict[str, str]], shared: dict[str, dict[str, str]], has_region: bool
) -> None:
    session = "[sso-session acme]\nsso_start_url = https://x/start\n" + "sso_region = eu-west-1\n" * has_region
    with tempfile.TemporaryDirectory() as folder:
        texts = (ini(config, "profile ") + session, ini(shared, ""))
        reader = ProfileReader(session_of(Path(folder), *texts), {}, Path(folder, "none"))
        states = SignInFiles(reader.files, KeptCredentials(Path(folder, ".aws")), {})
        found = reader.profiles()
        assert [profile.name for profile in found.profiles] == list(dict.fromkeys((*config, *shared)))
        for profile in found.profiles:
            states.state(profile)
            resolved = resolved_by_botocore(session_of(Path(folder), *texts, profile=profile.name))
            if resolved is None:
                assert profile.trouble, "botocore refuses it"
            elif not (profile.kind is ProfileKind.SSO and profile.trouble and not resolved):
                # An SSO session without account and role gives botocore no credentials, and no reason to say why.
                assert not profile.trouble, "botocore takes it"
                assert resolved in METHODS[profile.kind]


def resolved_by_botocore(session: Any) -> str | None:
    """The provider that botocore takes, empty for none; None if it refuses."""
    try:
        credentials = session.get_credentials()
    except MissingDependencyException:
        held = session.get_scoped_config()
        return "assume-role" if "role_arn" in held and "web_identity_token_file" not in held else "login"
    except CredentialRetrievalError:
        return "assume-role"  # the environment has no keys for the role
    except Exception:  # botocore raises whatever occurs
        return None
    return credentials.method if credentials is not None else ""


@settings(max_examples=40, derandomize=True)
@given(
    st.binary(max_size=60), st.sampled_from([b"", b"[profile p]\n", b"[profile p]\ns3 =\n", b"\xef\xbb\xbf[default]\n"])
)
def test_no_content_raises(content: bytes, before: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        session = session_of(Path(folder), "")
        Path(folder, "config").write_bytes(before + content)
        files = read_aws_files(session)
        for profile in ProfileReader(session, {}, Path(folder, "none")).profiles().profiles:
            SignInFiles(files, KeptCredentials(Path(folder)), {}).state(profile)


@pytest.fixture(autouse=True)
def without_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
