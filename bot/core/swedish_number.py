"""Swedish identity numbers: personnummer, and samordningsnummer also where day or month of birth is not confirmed.

Source: Skatteverket gives out coordination numbers with day 60 (or 00) or month 00 for people whose birth date is not
known. The personnummer package refuses those.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from personnummer import personnummer
from stdnum import luhn

_WRITTEN = re.compile(r"((?:18|19|20)?)([0-9]{2})([0-9]{2})([0-9]{2})([-+]?)([0-9]{4})")
_UNCONFIRMED_DAYS = frozenset({0, 60})


@dataclass(frozen=True, slots=True)
class SwedishNumber:
    """A valid number. `digits` are twelve, YYYYMMDDNNNN; `born` is None where the birth date is not confirmed."""

    digits: str = field(repr=False)
    born: date | None
    coordination: bool


def parse(value: str, today: date) -> SwedishNumber | None:
    """Read a number with or without separator and century; None when it is none."""
    compact = value.replace(" ", "")
    if not compact.isascii():
        return None
    try:
        known = personnummer.parse(compact)
        return SwedishNumber(str(known.format(True)), known.get_date(), known.is_coordination_number())
    except (personnummer.PersonnummerException, ValueError):
        return _unconfirmed(compact, today)


def _unconfirmed(compact: str, today: date) -> SwedishNumber | None:
    found = _WRITTEN.fullmatch(compact)
    if found is None:
        return None
    century, year, month, day, separator, rest = found.groups()
    unconfirmed = int(day) in _UNCONFIRMED_DAYS or (month == "00" and 60 < int(day) <= 91)
    if not unconfirmed or int(month) > 12 or not luhn.is_valid(year + month + day + rest):
        return None
    if not century:
        full = today.year - (today.year - int(year)) % 100 - (100 if separator == "+" else 0)
        century = str(full // 100)
    return SwedishNumber(f"{century}{year}{month}{day}{rest}", None, coordination=True)
