"""Lets the clients of a profile read the certificate authorities once: botocore reads them for every connection.

That takes 18 ms of processor time: 0.7 s for the forty connections of a diagnosis. Which file is trusted is botocore's
choice, as before. Source: botocore/httpsession.py, urllib3/util/ssl_.py.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any


class LoadedOnce(ssl.SSLContext):
    """Reads a file of authorities again only if it has changed."""

    def load_verify_locations(self, cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
        """As in `ssl.SSLContext`."""
        try:
            about = Path(cafile).stat() if cafile else None
        except OSError:
            about = None  # OpenSSL says what is wrong with it
        read = (str(cafile), about.st_mtime_ns, about.st_size) if about is not None else None
        known: set[Any] = self.__dict__.setdefault("smtui_read", set())
        if read is None or capath or cadata or read not in known:
            super().load_verify_locations(cafile, capath, cadata)
            known.add(read)


def share_trust(client: Any, shared: LoadedOnce | None) -> LoadedOnce | None:
    """Give botocore's client the context of the place's other clients; returns the context to share from now on.

    A client that looks unlike the botocore that we know keeps its own. So does a connection through a proxy.
    """
    manager = getattr(getattr(getattr(client, "_endpoint", None), "http_session", None), "_manager", None)
    options = getattr(manager, "connection_pool_kw", None)
    own = options.get("ssl_context") if isinstance(options, dict) else None
    if not isinstance(options, dict) or type(own) is not ssl.SSLContext:
        return shared
    if shared is None:
        own.__class__ = LoadedOnce
        shared = own  # type: ignore[assignment]
    options["ssl_context"] = shared
    return shared
