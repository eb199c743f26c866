"""Lets a botocore session read and keep everything in a folder like `~/.aws` instead of the user's own.

botocore fixes the paths of its caches when it is imported, so the caches themselves are replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

Variable = tuple[str | None, list[str] | None, Any, Callable[[Any], Any] | None]
"""botocore's: name in the configuration file, environment variables, default, conversion."""
_NOTHING: Variable = (None, None, None, None)


def variables_of(folder: Path) -> Mapping[str, Variable]:
    """The session variables with which botocore reads the two files of `folder` and no variable of the environment."""
    return {
        "profile": _NOTHING,
        "region": ("region", None, None, None),
        "config_file": (None, None, str(folder / "config"), None),
        "credentials_file": (None, None, str(folder / "credentials"), None),
        "ca_bundle": ("ca_bundle", None, None, None),
        "use_fips_endpoint": _NOTHING,
        "use_dualstack_endpoint": _NOTHING,
    }


def keep_tokens_in(session: Any, folder: Path) -> None:
    """Make the session look for SSO tokens in `folder`, also those of the sources of roles."""
    from botocore.exceptions import BotoCoreError
    from botocore.tokens import SSOTokenProvider, _sso_json_dumps
    from botocore.utils import JSONFileCache

    try:
        resolver = session.get_component("credential_provider")
    except BotoCoreError:
        return  # an unknown profile or a broken file: whoever uses the session is told
    cache = JSONFileCache(str(folder / "sso" / "cache"), dumps_func=_sso_json_dumps)
    provider = resolver.get_provider("sso")
    # There is no public way: botocore's own variable is read when it is imported.
    provider._token_cache = cache  # noqa: SLF001
    provider._token_provider = SSOTokenProvider(session, cache=cache, profile_name=session.profile)  # noqa: SLF001
    resolver.get_provider("assume-role")._profile_provider_builder._sso_token_cache = cache  # noqa: SLF001


def call_only(session: Any, endpoint_url: str) -> None:
    """Make every client of the session call this endpoint, also those that botocore makes to fetch credentials.

    AWS_ENDPOINT_URL of the user's environment would come before that of the folder's configuration.
    """
    made = session.create_client

    def create_client(*args: Any, **settings: Any) -> Any:
        return made(*args, **{**settings, "endpoint_url": endpoint_url})

    session.create_client = create_client
