"""The kinds of profiles, against botocore's own resolver."""

from __future__ import annotations

from dataclasses import dataclass
from json import JSONDecodeError
from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import AssumeRoleCredentialFetcher
from botocore.exceptions import CredentialRetrievalError, InvalidConfigError
from botocore.session import Session

from smtui.aws.config_faults import no_such_profile
from smtui.aws.identities.aws_files import read_aws_files
from smtui.aws.identities.kept_credentials import role_session_key
from smtui.aws.identities.profile_reader import ProfileReader
from smtui.domain.places.profile import Profile, ProfileKind, ProfileList

Kind = ProfileKind
_SSO = "sso_session = acme\nsso_account_id = 111122223333\nsso_role_name = Ops\n"
_ROLE = "role_arn = arn:aws:iam::777788889999:role/path/Audit\n"
_KEYS = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = secret\n"
_SESSION = "[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n"
METHODS = {
    Kind.KEYS: {"shared-credentials-file", "config-file"},
    Kind.TEMPORARY_KEYS: {"shared-credentials-file", "config-file"},
    Kind.ROLE: {"assume-role"},
    Kind.SSO: {"sso"},
    Kind.LOGIN: {"login"},
    Kind.PROGRAM: {"custom-process"},
    Kind.WEB_IDENTITY: {"assume-role-with-web-identity"},
    Kind.MACHINE: {""},
}


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No AWS variable of the machine counts, and no metadata service is asked."""
    import os

    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def session_of(folder: Path, config: str, credentials: str = "", profile: str | None = None) -> Any:
    (folder / "config").write_text(config)
    (folder / "credentials").write_text(credentials)
    variables = {
        "config_file": (None, None, str(folder / "config"), None),
        "credentials_file": (None, None, str(folder / "credentials"), None),
    }
    return Session(session_vars=variables, profile=profile)


def read(folder: Path, config: str, credentials: str = "", environment: dict[str, str] | None = None) -> ProfileList:
    return ProfileReader(session_of(folder, config, credentials), environment or {}, folder / "no vendor").profiles()


def only(folder: Path, config: str, credentials: str = "") -> Profile:
    """The profile named `p`."""
    found = read(folder, config, credentials).named("p")
    assert found is not None
    return found


@dataclass(frozen=True)
class Sample:
    """A profile `p` and what is to be found of it."""

    config: str
    kind: ProfileKind
    credentials: str = ""
    trouble: str = ""
    """A part of the sentence; then botocore refuses it, too."""


SAMPLES = {
    "keys in the credentials file": Sample("", Kind.KEYS, f"[p]\n{_KEYS}"),
    "keys in the configuration file": Sample(f"[profile p]\n{_KEYS}", Kind.KEYS),
    "temporary keys": Sample("", Kind.TEMPORARY_KEYS, f"[p]\n{_KEYS}aws_session_token = token\n"),
    "a role": Sample(f"[profile p]\n{_ROLE}source_profile = base\n", Kind.ROLE, f"[base]\n{_KEYS}"),
    "a role with keys of its own": Sample(f"[profile p]\n{_ROLE}{_KEYS}source_profile = p\n", Kind.ROLE),
    "a chain": Sample(
        f"[profile p]\n{_ROLE}source_profile = m\n[profile m]\n{_ROLE}source_profile = base\n",
        Kind.ROLE,
        f"[base]\n{_KEYS}",
    ),
    "a role of the environment": Sample(f"[profile p]\n{_ROLE}credential_source = Environment\n", Kind.ROLE),
    "a role through SSO": Sample(f"[profile p]\n{_ROLE}source_profile = s\n[profile s]\n{_SSO}{_SESSION}", Kind.ROLE),
    "SSO": Sample(f"[profile p]\n{_SSO}{_SESSION}", Kind.SSO),
    "SSO in the older form": Sample(
        "[profile p]\nsso_start_url = https://x/start\nsso_region = us-east-1\n"
        "sso_account_id = 1\nsso_role_name = Ops\n",
        Kind.SSO,
    ),
    "SSO wins over keys": Sample(f"[profile p]\n{_SSO}{_SESSION}", Kind.SSO, f"[p]\n{_KEYS}"),
    "shared keys win over aws login": Sample(
        "[profile p]\nlogin_session = arn:aws:iam::1:user/x\n", Kind.KEYS, f"[p]\n{_KEYS}"
    ),
    "a program": Sample("[profile p]\ncredential_process = /bin/echo x\n", Kind.PROGRAM),
    "a program wins over keys beside it": Sample(
        f"[profile p]\ncredential_process = /bin/echo x\n{_KEYS}", Kind.PROGRAM
    ),
    "a web identity": Sample(f"[profile p]\n{_ROLE}web_identity_token_file = /t\n", Kind.WEB_IDENTITY),
    "nothing": Sample("[profile p]\nregion = eu-west-1\n", Kind.MACHINE),
    "a name in quotation marks": Sample(f'[profile "p"]\n{_KEYS}', Kind.KEYS),
    "no source": Sample(f"[profile p]\n{_ROLE}", Kind.ROLE, trouble="neither source_profile nor credential_source"),
    "both sources": Sample(
        f"[profile p]\n{_ROLE}source_profile = base\ncredential_source = Environment\n",
        Kind.ROLE,
        f"[base]\n{_KEYS}",
        trouble="both source_profile and credential_source",
    ),
    "an unknown source": Sample(
        f"[profile p]\n{_ROLE}credential_source = Moon\n", Kind.ROLE, trouble="credential_source Moon"
    ),
    "a missing source": Sample(
        f"[profile p]\n{_ROLE}source_profile = gone\n", Kind.ROLE, trouble="gone, and there is no such profile"
    ),
    "a source without credentials": Sample(
        f"[profile p]\n{_ROLE}source_profile = m\n[profile m]\nregion = x\n",
        Kind.ROLE,
        trouble="Profile m, the source of p, has no credentials",
    ),
    "a loop": Sample(
        f"[profile p]\n{_ROLE}source_profile = m\n[profile m]\n{_ROLE}source_profile = p\n",
        Kind.ROLE,
        trouble="leads back to itself: p → m → p",
    ),
    "a loop of one": Sample(f"[profile p]\n{_ROLE}source_profile = p\n", Kind.ROLE, trouble="itself: p → p"),
    "a web identity without role": Sample(
        "[profile p]\nweb_identity_token_file = /t\n", Kind.WEB_IDENTITY, trouble="no role_arn"
    ),
    "an unknown session": Sample(f"[profile p]\n{_SSO}", Kind.SSO, trouble="there is no [sso-session acme]"),
    "a session without Region": Sample(
        f"[profile p]\n{_SSO}[sso-session acme]\nsso_start_url = https://x\n",
        Kind.SSO,
        trouble="[sso-session acme], which profile p uses, lacks sso_region",
    ),
    "half of SSO": Sample("[profile p]\nsso_account_id = 1\n", Kind.SSO, trouble="lacks sso_role_name"),
    "two values of one key": Sample(
        f"[profile p]\n{_SSO}sso_region = us-east-1\n{_SESSION}",
        Kind.SSO,
        trouble="sso_region differs between profile p and [sso-session acme]",
    ),
    "half a key": Sample("[profile p]\naws_access_key_id = AKIA\n", Kind.KEYS, trouble="not its secret"),
    "an empty program": Sample("[profile p]\ncredential_process =\n", Kind.PROGRAM, trouble="is empty"),
    "a missing program": Sample(
        "[profile p]\ncredential_process = ./none --of it\n", Kind.PROGRAM, trouble="./none, which was not found"
    ),
    "an open quotation mark": Sample(
        "[profile p]\ncredential_process = echo 'x\n", Kind.PROGRAM, trouble="open quotation mark"
    ),
}


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES.keys())
def test_a_profile_is_of_the_kind_that_botocore_resolves(sample: Sample, tmp_path: Path) -> None:
    found = only(tmp_path, sample.config, sample.credentials)
    assert found.kind is sample.kind
    assert sample.trouble in found.trouble
    assert bool(sample.trouble) == bool(found.trouble)

    resolved = _method(session_of(tmp_path, sample.config, sample.credentials, "p"))
    if sample.trouble:
        assert resolved is None
    else:
        assert resolved in METHODS[found.kind]


def _method(session: Any) -> str | None:
    """The provider that botocore takes, empty for none; None if it refuses. It runs programs, which we never do."""
    try:
        credentials = session.get_credentials()
    except JSONDecodeError:
        return "custom-process"  # it ran, and printed no JSON
    except CredentialRetrievalError:
        return "assume-role"  # the environment has no keys for the role
    except Exception:  # botocore raises whatever occurs
        return None
    return credentials.method if credentials is not None else ""


def test_what_a_role_is_and_what_it_comes_from(tmp_path: Path) -> None:
    config = (
        f"[profile p]\n{_ROLE}source_profile = m\nregion = eu-west-1\n"
        f"[profile m]\n{_ROLE}source_profile = s\nmfa_serial = arn:aws:iam::1:mfa/maria\n[profile s]\n{_SSO}{_SESSION}"
    )
    found = only(tmp_path, config)
    assert (found.account, found.role, found.region) == ("777788889999", "Audit", "eu-west-1")
    assert found.chain == ("m", "s")
    assert found.mfa_serial == "arn:aws:iam::1:mfa/maria"
    assert found.sso is not None
    assert (found.sso.name, found.sso.region) == ("acme", "eu-west-1")


def test_a_broken_file_names_its_line_and_the_rest_is_listed(tmp_path: Path) -> None:
    found = read(tmp_path, f"[profile p]\n{_KEYS}nonsense\n[profile q]\nregion = eu-west-1\n", f"[r]\n{_KEYS}")
    assert f"{tmp_path / 'config'} cannot be read: line 4" in found.trouble
    assert [profile.name for profile in found.profiles] == ["p", "q", "r"]
    assert all(profile.trouble == found.trouble for profile in found.profiles)
    assert found.profiles[1].region == "eu-west-1"


@pytest.mark.parametrize(
    "content",
    [b"key = 1\n[profile p]\n", b"[profile p]\n[profile p]\n", b"[profile p\nregion = x\n", b"[profile p]\n\xff = 1\n",
     b"[profile p]\ns3 =\n  broken\n", b"\xef\xbb\xbf[profile p]\n", b"\x00[", b"[profile p]\nregion\n x\n"],
)  # fmt: skip
def test_no_broken_file_raises(content: bytes, tmp_path: Path) -> None:
    session = session_of(tmp_path, "", f"[r]\n{_KEYS}")
    (tmp_path / "config").write_bytes(content)
    found = ProfileReader(session, {}).profiles()
    assert "config cannot be read" in found.trouble
    assert found.named("r") is not None


def test_no_configuration_at_all(tmp_path: Path) -> None:
    session = session_of(tmp_path, "", "")
    for name in ("config", "credentials"):
        (tmp_path / name).unlink()
    found = ProfileReader(session, {}, tmp_path / "no vendor").profiles()
    assert found.trouble == "No AWS configuration was found."
    assert found.files == (str(tmp_path / "config"), str(tmp_path / "credentials"))
    assert found.profiles == ()


def test_keys_of_the_environment_stand_first(tmp_path: Path) -> None:
    config = f"[default]\n{_ROLE}source_profile = base\n[profile base]\n{_KEYS}"
    found = read(tmp_path, config, environment={"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "x"})
    assert (found.profiles[0].name, found.profiles[0].kind) == ("", Kind.ENVIRONMENT)
    # A role of the default profile wins over a web identity, as botocore's order has it.
    web = {"AWS_WEB_IDENTITY_TOKEN_FILE": "/t", "AWS_ROLE_ARN": "arn:aws:iam::1:role/R"}
    assert read(tmp_path, config, environment=web).named("") is None
    unnamed = read(tmp_path, "", environment=web).named("")
    assert unnamed is not None
    assert (unnamed.kind, unnamed.role) == (Kind.ENVIRONMENT, "R")


def test_the_role_of_a_machine_is_listed_where_there_is_one(tmp_path: Path) -> None:
    container = read(tmp_path, "", environment={"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"}).named("")
    assert container is not None
    assert container.detail == "this container's role"
    vendor = tmp_path / "vendor"
    vendor.write_text("Amazon EC2\n")
    instance = ProfileReader(session_of(tmp_path, ""), {}, vendor).profiles()
    assert [profile.kind for profile in instance.profiles] == [Kind.MACHINE]
    off = ProfileReader(session_of(tmp_path, ""), {"AWS_EC2_METADATA_DISABLED": "true"}, vendor).profiles()
    assert off.profiles == ()


def test_a_default_profile_that_does_not_exist_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "gone")
    found = read(tmp_path, f"[profile p]\n{_KEYS}")
    assert found.trouble == "AWS_PROFILE names gone, and there is no such profile."
    assert found.default_profile == "gone"


def test_a_services_section_that_is_not_there_is_named(tmp_path: Path) -> None:
    found = only(tmp_path, f"[profile p]\nservices = private\n{_KEYS}")
    assert found.trouble == "Profile p has services private, and there is no [services private]."
    with pytest.raises(InvalidConfigError):
        session_of(tmp_path, f"[profile p]\nservices = private\n{_KEYS}", "", "p").create_client("sts", "eu-west-1")


def test_arguments_of_a_program_are_not_kept(tmp_path: Path) -> None:
    assert only(tmp_path, "[profile p]\ncredential_process = /bin/echo --token s3cret\n").detail == "/bin/echo"


def test_secrets_are_not_in_the_repr_of_what_was_read(tmp_path: Path) -> None:
    assert "AKIAEXAMPLE" not in repr(read_aws_files(session_of(tmp_path, f"[profile p]\n{_KEYS}")))


@pytest.mark.parametrize(
    ("settings", "arguments"),
    [
        ({}, {}),
        ({"external_id": "e", "mfa_serial": "arn:m"}, {"ExternalId": "e", "SerialNumber": "arn:m"}),
        ({"duration_seconds": "900", "role_session_name": "n"}, {"DurationSeconds": 900, "RoleSessionName": "n"}),
    ],
)
def test_the_key_of_a_role_session_is_botocores(settings: dict[str, str], arguments: dict[str, Any]) -> None:
    arn = "arn:aws:iam::1:role/R"
    fetcher = AssumeRoleCredentialFetcher(None, None, arn, extra_args=arguments)
    assert role_session_key({"role_arn": arn, **settings}) == fetcher._cache_key


@pytest.mark.parametrize(("sources", "works"), [(100, True), (101, False), (2000, False)])
def test_a_chain_that_is_far_too_long_is_named(tmp_path: Path, sources: int, *, works: bool) -> None:
    chain = "".join(f"[profile {at}]\n{_ROLE}source_profile = {at + 1}\n" for at in range(1, sources))
    keys = f"[profile {sources}]\naws_access_key_id = a\naws_secret_access_key = b\n"
    found = only(tmp_path, f"[profile p]\n{_ROLE}source_profile = 1\n{chain}{keys}")
    assert found.trouble == ("" if works else "Profile p has a chain of more than 100 source_profiles.")


PASSED_OVER = """[prod]
region = x
[profile two words]
region = x
[profile "open]
region = x
[plugins]
a = b
"""


def test_headings_that_aws_passes_over_are_named_where_they_were_meant(tmp_path: Path) -> None:
    found = read(tmp_path, PASSED_OVER)
    assert found.ignored == ("prod", "profile two words", 'profile "open')
    assert found.trouble.endswith("config has no profile: AWS passes over [prod]. Write [profile NAME].")
    assert found.why_missing("prod").endswith("Its [prod] is passed over: write [profile prod].")
    assert found.why_missing("two words").endswith('write [profile "two words"].')
    assert found.why_missing("open").endswith("write [profile open].")
    assert found.why_missing("gone") == "The AWS configuration has no profile gone."
    fine = read(tmp_path, f"{PASSED_OVER}[default]\nregion = x\n[sso-session a]\n[services b]\n")
    assert not fine.trouble
    assert fine.ignored == found.ignored
    session = session_of(tmp_path, PASSED_OVER)
    session.set_config_variable("profile", "prod")
    assert no_such_profile(session) == (
        'There is no profile "prod". Its [prod] is passed over: write [profile prod]. No profile is configured.'
    )
