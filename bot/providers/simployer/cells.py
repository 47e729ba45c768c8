"""Values out of Simployer's rows, and what of them cannot be read.

A field that is missing, null or blank is the same nothing: the description makes nearly every field optional and does
not say which of the three a field that nobody filled in will be. Anything else that is not what the description says
is kept as a `Misread` of the person: it stops them where they would be paid wrongly without it, and nobody else.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.employee import Misread
from bot.providers.simployer.calendar import calendar_day

Row = Mapping[str, Any]

LONGEST = 1_000
"""Characters of a text that can be one: nothing of a person is longer."""

LARGEST = Decimal(10) ** 15
MOST_DECIMALS = 40

END_OF_TIME = date(2099, 12, 31)
"""From here on a last day is none: systems that must give a date write 9999-12-31 or 2099-12-31 for "no end"."""

BEGINNING_OF_TIME = date(1850, 1, 1)
"""Up to here a date is none: 0001-01-01 is what some systems write for "no date"."""

NO_ID = "no id "
"""What stands before the made-up id of a row that has none: it is told by it and never asked for."""

_ID = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,64}")
"""What can be named in a filter. The ids of Simployer are 24 hexadecimal digits."""

_KEYS = frozenset({"number", "identity_number", "bank_account"})
"""Fields that are wrong as soon as a character of them is."""

_NEEDED = _KEYS | {"first_name", "last_name", "birth_date", "start_date", "end_date", "employment", "compensation"}
"""Fields without which a person would be paid wrongly, or not be known."""

_BLANKS = frozenset("\t\n\r\v\f\x85\u2028\u2029")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Cells:
    """Reads the values of one person's rows and keeps what could not be read, each thing once."""

    def __init__(self) -> None:
        self._misread: dict[Misread, None] = {}

    @property
    def misread(self) -> tuple[Misread, ...]:
        """What could not be read, in the order in which it was met."""
        return tuple(self._misread)

    def note(self, code: str, field: str, *, until: date | None = None, **values: date | Decimal | str) -> None:
        """Keep that something could not be read; `until` is the last day on which it matters."""
        self._misread[Misread(code, field, tuple(values.items()), until)] = None

    def unreadable(self, field: str, *, until: date | None = None) -> None:
        """Keep that a field holds what cannot be read."""
        self.note("source.unreadable" if field in _NEEDED else "source.left_out", field, until=until)

    def word(self, row: Row, key: str, field: str) -> str | None:
        """Text without blanks around it; None for nothing."""
        value = row.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            self.unreadable(field)
            return None
        text = str(value).strip()
        if len(text) > LONGEST:
            self.unreadable(field)
            return None
        clean, whole = cleaned(text)
        if field in _KEYS and (not whole or any(letter in _BLANKS for letter in text)):
            self.unreadable(field)
        elif not whole:
            self.note("source.characters", field)
        return clean or None

    def day(self, row: Row, key: str, zone: ZoneInfo, field: str) -> date | None:
        """The calendar day in a field; None for nothing."""
        try:
            found = calendar_day(row.get(key), zone)
        except (ValueError, OverflowError):
            self.unreadable(field)
            return None
        if found is not None and found < BEGINNING_OF_TIME and field not in ("start_date", "end_date"):
            self.unreadable(field)
            return None
        return found

    def last_day(self, row: Row, key: str, zone: ZoneInfo) -> date | None:
        """A last day; None for nothing and for one at the end of time."""
        found = self.day(row, key, zone, "end_date")
        return None if found is not None and found >= END_OF_TIME else found


def identified(row: object) -> dict[str, Any]:
    """A row with an id. One that has none gets one of its content, so that it is counted, met once, and told."""
    fields: dict[str, Any] = row if isinstance(row, dict) else {}
    known = fields.get("id")
    if isinstance(known, str) and _ID.fullmatch(known):
        return fields
    content = json.dumps(row, sort_keys=True, default=str)
    return {**fields, "id": NO_ID + hashlib.sha256(content.encode()).hexdigest()[:24]}


_REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,64}")


def identifier(value: object) -> str | None:
    """An id that another row has, and that can stand in an address; None for anything else."""
    return value if isinstance(value, str) and _REFERENCE.fullmatch(value) else None


def cleaned(text: str) -> tuple[str, bool]:
    """A text composed and without what no system can hold (half characters, control and direction characters), and
    whether nothing but line breaks and tabs had to go."""
    if text.isascii() and text.isprintable():
        return text, True
    kept: list[str] = []
    whole = True
    for letter in text:
        if letter in _BLANKS:
            kept.append(" ")
        elif unicodedata.category(letter) in ("Cc", "Cs") or letter in _BIDI or ord(letter) & 0xFFFE == 0xFFFE:
            whole = False
        else:
            kept.append(letter)
    return unicodedata.normalize("NFC", "".join(kept)).strip(), whole


def word(value: object) -> str | None:
    """Text as `Cells.word` gives it, where nobody is told what of it could not be read."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    return cleaned(str(value)[:LONGEST].strip())[0] or None


def day(row: Row, key: str, zone: ZoneInfo) -> date | None:
    """A calendar day, where nobody is told that it is none."""
    return Cells().day(row, key, zone, "hire_date")


def number(value: object) -> Decimal | None:
    """An exact number; None for nothing, for something else, and for one that no pay or share can be."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    exact = Decimal(value)
    if not exact.is_finite() or exact.copy_abs() >= LARGEST or -int(exact.as_tuple().exponent) > MOST_DECIMALS:
        return None
    return exact


def country(code: str | None) -> str | None:
    """A country code in capitals, as far as the source gave one."""
    return code.upper() if code and len(code) == 2 else code


def ascii_digits(text: str | None) -> str | None:
    """A text with its digits as ASCII, whatever script or width they were typed in: as every target wants them."""
    if text is None or text.isascii():
        return text
    return "".join(letter if (digit := unicodedata.decimal(letter, None)) is None else str(digit) for letter in text)
