"""Blanks in an outside system's own words what is private, by value and by shape, before they go anywhere.

A system that refuses something likes to quote it: the identity number, the account, the pay, the token. What is known
to be private is held here while it can be quoted: secrets as long as whatever holds them lives, a change's values while
it is being made. Nothing of it is ever given out.
"""

from __future__ import annotations

import base64
import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from decimal import Decimal
from urllib.parse import quote, quote_plus, unquote
from weakref import WeakValueDictionary

from bot.core.log_config import REDACTED, redact

LENGTH = 500
"""Characters that are kept of what a system says."""

_READ_AT_MOST, _CUT_IN_TWO = 5_000, 300
"""Characters that are looked at, as no answer may keep the process busy, and those at the end of them that may be the
first half of something private."""

_MOST_DIGITS = 30
"""No amount of money has more; a number of millions of digits would take for ever to write out."""

_BETWEEN = r"[\s.,'’·•_\-/:+|\u2010-\u2015\u2212]{0,3}"
"""What people and systems put between the digits of a number."""

_SPREAD_NUMBER = re.compile(r"(?<![\d.,])\d(?:[ .\-/\u2010-\u2015\u2212]{0,3}\d){9,11}(?![\d])")
"""As many digits as an identity number or an account has, whatever stands between them."""

_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
_SLASHED = re.compile(r"""\\(["'/\\])""")
_OF_BASE64 = 8
"""Characters of base64 that are not found by chance."""

_PRIVATE_NAMES = re.compile(
    r"identity|national|ssn|d_?number|bank|account|iban|bban|salary|wage|amount|rate|pay(?!ment)|compensation"
    r"|lon|persnr|konto|token|secret|password|authorization",
    re.IGNORECASE,
)


def secrets_in(header: str) -> list[str]:
    """What an `Authorization` header carries: a token, or a user and a password."""
    carried = header.split()[-1:]
    try:
        return carried + [base64.b64decode(one, validate=True).decode().partition(":")[2] for one in carried]
    except ValueError:
        return carried


class PrivateCode(str):
    """A short code that says something private by itself, such as why somebody is away: blanked wherever it stands as
    a word of its own, though three capitals are a currency elsewhere."""

    __slots__ = ()


class Secret:
    """A holder of words that are blanked for as long as it lives."""

    __slots__ = ("__weakref__", "_spelled", "_words")

    def __init__(self, words: Iterable[str]) -> None:
        self._words = tuple(words)
        self._spelled = frozenset(one.lower() for word in self._words for one in _quoted(word.strip()) if len(one) >= 4)
        _secrets[id(self)] = self

    def __repr__(self) -> str:
        return f"<Secret of {len(self._words)} words>"

    def patterns(self, lowered: str) -> Iterator[str]:
        """How the words are quoted in a line, which is given in small letters. A plain search first: there may be some
        hundred connections, each with a dozen spellings."""
        return (re.escape(one) for one in self._spelled if one in lowered)


def _quoted(plain: str) -> Iterator[str]:
    """How a secret could be quoted. What it is read in has been decoded as well: it may hold what looks encoded."""
    if len(plain) < 4:
        return
    decoded = _decoded(plain)
    # Half characters as well, which nobody can send and somebody may have entered.
    whole = plain.encode("utf-8", "surrogatepass")
    yield from (plain, decoded, decoded.replace(" ", "+"), quote(whole, safe=""), quote_plus(whole))
    yield from (json.dumps(plain)[1:-1], whole.hex(), *_in_base64(plain))
    # A key of several lines is quoted by a line as well.
    yield from (line.strip() for line in plain.splitlines() if len(line.strip()) > 16)


_secrets: WeakValueDictionary[int, Secret] = WeakValueDictionary()
_values: ContextVar[set[object] | None] = ContextVar("private_values", default=None)


@contextmanager
def private_values(values: Iterable[object]) -> Iterator[None]:
    """While this is open, these values are blanked as well: texts, numbers, in all spellings."""
    token = _values.set({*(_values.get() or ()), *(one for one in values if _counts(one))})
    try:
        yield
    finally:
        _values.reset(token)


def note_sent(body: object, name: str = "") -> None:
    """Take what is sent under a name such as `salary` for private, where `private_values` is open."""
    held = _values.get()
    if held is None:
        return
    if isinstance(body, Mapping):
        for key, value in body.items():
            # What is below a private name is private, whatever its own name is.
            note_sent(value, name if _PRIVATE_NAMES.search(name) else str(key))
    elif isinstance(body, list | tuple):
        for value in body:
            note_sent(value, name)
    elif _PRIVATE_NAMES.search(name) and _counts(body):
        held.add(body)


def cleaned(words: str | None, *, by_shape: bool = True) -> str | None:
    """A system's words as one line, with everything private blanked, and not longer than `LENGTH`.

    `by_shape` blanks what looks like an identity number or an account as well; the ids of requests may look so.
    """
    if words is None:
        return None
    line = one_line(unicodedata.normalize("NFKC", _decoded(words[:_READ_AT_MOST])))
    lowered = line.lower()
    patterns = [pattern for secret in list(_secrets.values()) for pattern in secret.patterns(lowered)]
    patterns += [pattern for value in _values.get() or () for pattern in _spellings(value)]
    if patterns:
        # The longest first: what is part of another must not leave the rest of it.
        line = re.sub("|".join(sorted(patterns, key=len, reverse=True)), REDACTED, line, flags=re.IGNORECASE)
    if len(words) > _READ_AT_MOST:
        line = line[:-_CUT_IN_TWO]
    said = _SPREAD_NUMBER.sub(REDACTED, str(redact(line))) if by_shape else line
    return (said if len(said) <= LENGTH else said[: LENGTH - 1].rstrip() + "…") or None


def _decoded(words: str) -> str:
    """Words as they were meant, where a system gives them as they stand in an address, a page or JSON."""
    if not any(mark in words for mark in "%&\\") and words.isascii():
        return words
    for _ in range(2):
        words = html.unescape(unquote(words))
        words = _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), words)
    # Digits of any script are read as ours, and so found.
    words = "".join(str(unicodedata.digit(one)) if one.isdecimal() and not one.isascii() else one for one in words)
    return _SLASHED.sub(r"\1", words)


def _in_base64(word: str) -> Iterator[str]:
    """What stands in base64 of anything that has the word in it, such as a user and a password: by each of the three
    places at which it can begin within a group, but for the groups that it shares with what is beside it."""
    whole = word.encode("utf-8", "surrogatepass")
    yield base64.b64encode(whole).decode()
    for before, first in ((0, 0), (1, 2), (2, 3)):
        held = b"\0" * before + whole
        core = base64.b64encode(held).decode()[first : len(held) // 3 * 4]
        if len(core) >= _OF_BASE64:
            yield from {core, core.replace("+", "-").replace("/", "_")}


def one_line(words: str) -> str:
    """Without line breaks, control characters, and marks that change the direction of what follows or are not seen."""
    if words.isprintable():  # which nearly all words are, and which is a hundred times quicker to see
        return " ".join(words.split())
    kept = (" " if unicodedata.category(one) in _BREAKS else one for one in words)
    return " ".join("".join(one for one in kept if unicodedata.category(one) not in _UNSEEN).split())


_BREAKS = frozenset({"Cc", "Zl", "Zp", "Zs"})
_UNSEEN = frozenset({"Cf", "Cs"})


def _counts(value: object) -> bool:
    return isinstance(value, str | int | float | Decimal) and not isinstance(value, bool)


def _spellings(value: object) -> Iterator[str]:
    """Regular expressions for one private value."""
    if isinstance(value, Decimal | int | float):
        yield from _amount(Decimal(str(value)))
        return
    plain = unicodedata.normalize("NFKC", str(value)).strip()
    if isinstance(value, PrivateCode) and len(plain) > 1:
        yield rf"(?<!\w){re.escape(plain)}(?!\w)"
    bare = re.sub(r"[^0-9A-Za-z]", "", plain)
    if re.fullmatch(r"[A-Za-z]{0,4}[0-9A-Za-z]*\d{3}[0-9A-Za-z]*", bare) and len(bare) >= 4:
        yield _spread(bare)
        if re.fullmatch(r"(19|20)\d{10}", bare):
            yield _spread(bare[2:])
        if re.fullmatch(r"[A-Za-z]{2}\d{2}[0-9A-Za-z]{8,}", bare):
            yield _spread(bare[4:])
    elif len(plain) >= 3 and not re.fullmatch(r"[A-Z]{3}", plain):
        yield r"\s+".join(re.escape(word) for word in plain.split())
    if re.fullmatch(r"-?\d+([.,]\d+)?", plain):
        yield from _amount(Decimal(plain.replace(",", ".")))


def _spread(bare: str) -> str:
    """Characters with anything usual between them; one that is short is not found within another number."""
    found = _BETWEEN.join(map(re.escape, bare))
    return found if len(bare) > 6 else rf"(?<!\d){found}(?!\d)"


def _amount(amount: Decimal) -> Iterator[str]:
    """An amount with any separators, and any decimals or none."""
    if not amount.is_finite() or not 1 <= amount.adjusted() <= _MOST_DIGITS:
        return
    whole = str(int(abs(amount)))
    spread = r"[\s.,'’·_]?".join(whole)
    yield rf"(?<!\d){spread}(?:[.,]\d+)?(?!\d)"


def values_of(record: Iterable[Mapping[str, object]], private: frozenset[str]) -> Iterator[object]:
    """The private ones among the values of a record's parts."""
    for part in record:
        yield from (value for key, value in part.items() if key in private and not isinstance(value, date))
