"""A person with a browser: opens the pages of IAM Identity Center and clicks."""

from __future__ import annotations

import html
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Seen:
    """What a request brought: status, page, and where it leads."""

    status: int
    text: str
    location: str = ""

    def click(self, word: str) -> Seen:
        """Follow the link with this word, on the page's own host."""
        found = re.search(rf'<a href="([^"]+)">{word}</a>', self.text)
        assert found, self.text
        return opened(urllib.parse.urljoin(self.location, html.unescape(found[1])))


class _Stays(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Leave the redirect to the test."""


def opened(address: str) -> Seen:
    """Open the address, without following where it leads; `location` is that, else the address itself."""
    opener = urllib.request.build_opener(_Stays, urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=60) as response:
            return Seen(response.status, response.read().decode(), address)
    except urllib.error.HTTPError as answer:
        with answer:
            return Seen(answer.code, answer.read().decode(), answer.headers.get("location", address))


def answered(address: str, word: str = "Approve") -> Seen:
    """Open a page that asks, click, and go where that leads."""
    seen = opened(address).click(word)
    return opened(seen.location) if seen.status == 303 else seen
