"""Makes text from outside safe to show: secrets masked, length bounded, nothing left that a terminal obeys.

Everything that smtui prints, draws or logs passes this gate: names, tags, AWS's answers, the words of plugins and
libraries, files, the environment. Only the output of a session's remote program does not.

Masked are the secrets that this process knows, and whatever has the form of one. It knows the environment's, the
credentials in use and session tokens, for as long as it runs: any library may quote one at any time.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import deque
from collections.abc import Iterator, Mapping

MASK = "***"

_SHORTEST = 8
_SHORTEST_PASSWORD = 6
"""Characters. A shorter secret is masked only by its place in a URL: it may be part of any word."""
_SHORTEST_PIECE = 4
_MOST_ANSWERED = 500
_SECRET_VARIABLE = re.compile(
    r"(?:SECRET|TOKEN|PASSWORD|PASSWD|SECRET_ACCESS_KEY|PRIVATE_KEY|API_?KEY)\Z", re.IGNORECASE
)
_URL_VARIABLE = re.compile(r"\A(?:.+_PROXY|AWS_ENDPOINT_URL.*)\Z", re.IGNORECASE)
_MISREAD = re.compile(r"[/:@?#\[\]\\]")
"""Characters at which a library that misreads a URL cuts an unencoded password."""
LONGEST_LINE = 8_000
LONGEST_TEXT = 100_000
MOST_LINES = 1_000
"""The limits of one text on a screen; a note says how much was cut off."""
LONGEST_MESSAGE = 2_000
"""Characters that are kept of an error message."""

_LOOK_AHEAD = 8_192
"""A secret may begin before a cut and end after it."""
_ROOM_FOR_COUNT = 48
_CONTROL_PICTURES = 0x2400
_DELETE_PICTURE = "\N{SYMBOL FOR DELETE}"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = "\u034f\u180b-\u180d\u180f\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""Parts of emoji and of some scripts. Terminals disagree on the width of what they join, which would break columns."""
_NARROWEST_MIDDLE = 3
_BLANK_LETTERS = "\u115f\u1160\u17b4\u17b5\u3164\uffa0"
"""Letters and marks, by their category, that no terminal shows."""
_INVISIBLE = re.compile(f"[{_JOINERS}{_BLANK_LETTERS}]")
_JOINER = re.compile(f"[{_JOINERS}]")
_JOINING_JAMO = re.compile("[\u1160-\u11ff\ud7b0-\ud7ff]")
"""Vowels and final consonants of Hangul, drawn in the cells of the syllable's first consonant."""
_NUMBER = re.compile(r"\d+")
_LONGEST_NUMBER = 12


class KnownSecrets:
    """Secrets by value; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of_environment: frozenset[str] = frozenset()
        self._answered: deque[str] = deque(maxlen=_MOST_ANSWERED)
        self._all: tuple[str, ...] = ()

    def learn(self, *values: str) -> None:
        """Add keys and tokens from AWS; the oldest are dropped, as they have expired."""
        with self._lock:
            for value in values:
                if len(value) >= _SHORTEST and value not in self._answered:
                    self._answered.extend(_spellings(value))
            self._sort()

    def learn_environment(self, environ: Mapping[str, str]) -> None:
        """Add the keys, tokens and passwords of the environment, and those in URLs of proxies and endpoints."""
        secrets = [secret for name, value in environ.items() for secret in _in_variable(name, value)]
        with self._lock:
            self._of_environment |= {spelling for secret in secrets for spelling in _spellings(secret)}
            self._sort()

    def masked(self, text: str) -> str:
        """Return the text with every known secret replaced by `***`."""
        for secret in self._all:
            if secret in text:
                text = text.replace(secret, MASK)
        return text

    def _sort(self) -> None:
        """Return the secrets, longest first: one may be part of another."""
        self._all = tuple(sorted({*self._of_environment, *self._answered}, key=lambda secret: (-len(secret), secret)))


KNOWN_SECRETS = KnownSecrets()


def masked(text: str) -> str:
    """Return the text with every secret replaced by `***`."""
    text = KNOWN_SECRETS.masked(text)
    if "@" in text:
        text = _LOGIN_IN_URL.sub(rf"\g<before>{MASK}@", text)
        text = _LOGIN_WITHOUT_SCHEME.sub(f"{MASK}@", text)
    if _SUSPECT.search(text.lower()):
        for pattern in _SHAPES:
            text = pattern.sub(rf"\g<before>{MASK}", text)
    return text


def masked_strictly(text: str) -> str:
    """Mask an exception's text. It holds no names, so anything like a login is masked, even without a port."""
    text = _MISREAD_URL.sub(lambda found: f"{found['before'] or ''}{MASK}", text)
    return masked(_LOGIN_ANYWHERE.sub(f"{MASK}@", text) if "@" in text else text)


def _in_variable(name: str, value: str) -> Iterator[str]:
    if _URL_VARIABLE.match(name):
        yield from _in_url(value)
    elif _SECRET_VARIABLE.search(name) and len(value) >= _SHORTEST:
        yield value


def _in_url(url: str) -> Iterator[str]:
    """Yield the login of a URL, with or without a scheme, and the password alone; as in the URL and decoded."""
    from urllib.parse import unquote

    login, at, _ = url.rpartition("://")[2].rpartition("@")
    user, colon, password = login.partition(":")
    if not at or not password:
        return
    yield f"{user}{colon}{password}"
    yield f"{unquote(user)}:{unquote(password)}"
    yield from (f"{user}:{piece}" for piece in _MISREAD.split(password)[:1] if piece)
    for spelling in {password, unquote(password)}:
        if len(spelling) >= _SHORTEST_PASSWORD:
            yield spelling
        yield from (piece for piece in _MISREAD.split(spelling) if piece != spelling and len(piece) >= _SHORTEST_PIECE)


def _spellings(secret: str) -> Iterator[str]:
    """Yield the secret as it is, as a URL writes it, as Python and JSON quote it, and as sent to a proxy."""
    import json
    from base64 import b64encode
    from urllib.parse import quote, quote_plus

    yield secret
    quoted = (
        quote(secret, "", errors="replace"),
        quote(secret, errors="replace"),
        quote_plus(secret, errors="replace"),
    )
    yield from {*quoted, repr(secret)[1:-1], json.dumps(secret)[1:-1]} - {secret}
    if ":" in secret:
        yield b64encode(secret.encode("utf-8", "replace")).decode()


# Strangers choose the text: every repetition is bounded, or ends where the next part begins.
_LOGIN_IN_URL = re.compile(
    r"(?P<before>\b[a-zA-Z][a-zA-Z0-9+.-]{0,30}://)"
    r"(?:[^\s/?#@\"'<>]{1,512}|[^\s/:@\"'<>\[]{1,128}:(?!//|\d{1,5}[/?#])[^\s@\"'<>]{1,512})@"
)
"""The second form has an unencoded password; digits before a path are a port."""
_LOGIN_WITHOUT_SCHEME = re.compile(r"(?<![\w./:@%+~-])[\w.%+~-]{1,128}:[^\s/@\"'<>]{1,512}@(?=[\w.\[\]:-]{1,255}:\d)")
"""Only with a port behind it: a Name, a tag or a role session may also hold an @."""
_LOGIN_ANYWHERE = re.compile(r"(?<![\w./:@%+~-])[\w.%+~-]{1,128}:[^\s/@\"'<>]{1,512}@(?=[\w\[])")
_MISREAD_URL = re.compile(
    r"(?P<before>Failed to parse: |cast to integer value as |Invalid URL:? )"
    r"(?:'[^']{0,1024}'|\"[^\"]{0,1024}\"|\S{1,1024})"
    r"|(?:^|(?<=\s))\S{1,1024}(?= isn't a valid (?:URI|proxy))"
)
"""The part of an unreadable URL that urllib, urllib3 and websockets quote may be part of its password."""
_SUSPECT = re.compile(
    r"secret|token|passw|authorization|x-amz-|bearer|signature=|accesskeyid|wss?://|eyj|iqojb3|fwogzx|aqodyx"
)
"""Searched in the lower-case text first, which costs a fraction of the patterns themselves."""
_NAMES = (
    r"(?:aws_?)?secret_?access_?key|(?:aws_?)?session_?token|security_?token|token_?value|access_?token|refresh_?token"
    r"|id_?token|client_?secret|x-amz-security-token|(?:proxy-)?authorization"
)
_SHAPES = (
    re.compile(
        rf"(?P<before>\b(?:{_NAMES})[\"']?\s{{0,4}}[:=]\s{{0,4}}[\"']?(?:(?:Basic|Bearer|AWS4-HMAC-SHA256)\s{{1,4}})?)"
        r"(?!(?:Basic|Bearer|AWS4-HMAC-SHA256)\s)[^\s\"',;&<>{}()*][^\s\"'&<>{}]{0,8192}",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<before>\bpassw(?:or)?d(?:=|\"\s{0,4}:\s{0,4}\"))[^\s\"'&*][^\s\"'&]{0,512}", re.IGNORECASE),
    re.compile(
        r"(?P<before>[?&](?:X-Amz-(?:Signature|Credential|Security-Token)|AWSAccessKeyId|Signature|(?:access_|id_)?token)=)"
        r"[^\s&\"'<>*][^\s&\"'<>]{0,8192}",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<before>\bSignature=)[0-9a-f]{16,128}", re.IGNORECASE),
    re.compile(r"(?P<before>\bBearer\s{1,4})[\w.~+/-]{16,8192}={0,2}", re.IGNORECASE),
    re.compile(r"(?P<before>\bwss?://[^\s?\"'<>]{1,1024}\?)[^\s\"'<>*][^\s\"'<>]{0,8192}"),
    re.compile(r"(?P<before>)\beyJ[\w-]{10,4096}\.[\w-]{10,8192}(?:\.[\w-]{0,4096})?"),
    re.compile(r"(?P<before>)\b(?:IQoJb3|FwoGZX|AQoDYX)[\w+/=%-]{40,8192}"),
)


def composed(text: str) -> str:
    """Return the text in Unicode's composed form (NFC), so that an `é` of two code points equals one of one."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def folded(text: str) -> str:
    """Return the text for comparing, whatever its case and however accents are encoded."""
    return composed(composed(text).casefold())


def has_words(words: str, *texts: str) -> bool:
    """Tell whether each of these words is somewhere in the texts, as `folded` compares."""
    text = folded("\n".join(texts))
    return all(word in text for word in folded(words).split())


def natural(text: str) -> str:
    """Return a sort key in which `web-2` comes before `web-10`, whatever the case."""
    return _NUMBER.sub(lambda digits: digits.group().zfill(_LONGEST_NUMBER), text.casefold())


def blank_last(text: str) -> tuple[bool, str]:
    """Return a sort key of natural order with empty text last."""
    return (not text, natural(text))


def harmless(text: str) -> str:
    """Return the text as one line to show: secrets masked, cut if very long, and `printable`."""
    return printable(_bounded(masked(text[: LONGEST_LINE + _LOOK_AHEAD]), LONGEST_LINE, len(text)))


def harmless_lines(text: str) -> list[str]:
    """Return the lines of a text, each `harmless`; carriage returns before line ends are dropped."""
    shown = _bounded(masked(text[: LONGEST_TEXT + _LOOK_AHEAD]), LONGEST_TEXT, len(text))
    lines = shown.split("\n")
    if len(lines) > MOST_LINES:
        lines[MOST_LINES - 1 :] = [f"… ({len(lines) - MOST_LINES + 1:,} more lines)"]
    return [harmless(line.rstrip("\r").expandtabs()) for line in lines]


def kept_message(text: str) -> str:
    """Return an error message from outside with secrets masked and its length bounded; not yet `printable`."""
    return _bounded(masked(text[: LONGEST_MESSAGE + _LOOK_AHEAD]), LONGEST_MESSAGE, len(text))


def error_words(error: BaseException) -> str:
    """Return the text of a library's exception, as `kept_message` does; its class name if it has none."""
    said = str(error)
    kept = masked_strictly(said[: LONGEST_MESSAGE + _LOOK_AHEAD])
    return _bounded(kept, LONGEST_MESSAGE, len(said)) or type(error).__name__


def printable(text: str) -> str:
    """Return the text on one line with nothing in it that a terminal obeys; input fields may hold it.

    Control characters become their pictures (ESC is `␛`), so that a strange name stays recognisable; marks that
    change the direction of writing, lone surrogates and unassigned code points become U+FFFD.
    """
    if text.isprintable() and (text.isascii() or not _INVISIBLE.search(text)):
        return text
    return "".join(map(_shown, _JOINER.sub("", text)))


def hidden_in(text: str) -> str:
    """Return the first character that a terminal does not show as it is, except joiners; "" for none."""
    if text.isprintable() and (text.isascii() or not _INVISIBLE.search(text)):
        return ""
    return next((character for character in _JOINER.sub("", text) if _shown(character) != character), "")


def _bounded(text: str, limit: int, whole: int) -> str:
    """Cut the text to `limit` characters, with a note of how many are missing; `whole` is its original length."""
    if len(text) <= limit and whole <= limit + _LOOK_AHEAD:
        return text
    kept = text[: limit - _ROOM_FOR_COUNT]
    return f"{kept} … ({max(whole, len(text)) - len(kept):,} more characters)"


def _shown(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(_CONTROL_PICTURES + code)
    if code == 0x7F:
        return _DELETE_PICTURE
    if character in _BLANK_LETTERS or unicodedata.category(character) in _UNPRINTABLE:
        return _REPLACEMENT
    return character


def cell_width(text: str) -> int:
    """Count the terminal cells of harmless text, by East Asian width, as rich does; combining marks take none."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Mc", "Me"} or _JOINING_JAMO.match(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def fit(text: str, width: int) -> str:
    """Cut harmless text with an ellipsis, or pad it with blanks, to exactly `width` cells."""
    own = cell_width(text)
    if own <= width:
        return text + " " * (width - own)
    if width <= 0:
        return ""
    kept = _beginning(text, width - 1)
    return f"{kept}…" + " " * (width - 1 - cell_width(kept))


def fit_middle(text: str, width: int) -> str:
    """Cut the middle out of harmless text, or pad it with blanks, to exactly `width` cells."""
    if cell_width(text) <= width or width < _NARROWEST_MIDDLE:
        return fit(text, width)
    room = width - 1
    head = _beginning(text, room - room // 2 + (width % 2))
    tail = _beginning(text[::-1], room - cell_width(head))[::-1]
    kept = f"{head}…{tail}"
    return kept + " " * (width - cell_width(kept))


def _beginning(text: str, room: int) -> str:
    kept = 0
    for character in text:
        room -= _cells(character)
        if room < 0:
            break
        kept += 1
    return text[:kept]
