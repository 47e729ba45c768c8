"""What Kleer's schema allows, element by element and in its order, and what is refused beyond that.

Source: Kleer's XML schema of August 2025. Which words and statuses a refusal has is not published; these are the
stand-in's own, but for "Tekniskt fel". Identity numbers are checked, which is stricter than what is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from xml.etree import ElementTree as ET

Document = dict[str, Any]

PATTERNS = {
    "int": r"-?[0-9]{1,9}",
    "long": r"-?[0-9]{1,18}",
    "decimal": r"-?[0-9]+(\.[0-9]+)?",
    "boolean": r"true|false",
    "string": r"[\s\S]*",
}


class RefusedByKleer(Exception):
    """Not done: a status, and one sentence."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.status = message, status


@dataclass(frozen=True)
class Kind:
    """An element: `type` is one of `PATTERNS`, "date", or choices with a bar between; else it has `parts`."""

    name: str
    type: str = ""
    parts: tuple[Kind, ...] = ()
    needed: bool = False
    many: bool = False


def _each(names: str, kind: str = "string", *, needed: bool = False) -> tuple[Kind, ...]:
    return tuple(Kind(name, kind, needed=needed) for name in names.split())


def _wrapped(name: str, part: str, inner: tuple[Kind, ...]) -> Kind:
    return Kind(name, parts=(Kind(part, parts=inner, many=True),))


_ID = _each("id", "int", needed=True)
_SHARES = (*_ID, Kind("percentage", "decimal"))

USER = Kind(
    "user",
    parts=(
        *_ID,
        Kind("foreign-id", "string"),
        Kind("internal-id", "int"),
        *_each("name email", needed=True),
        Kind("active", "boolean", needed=True),
        Kind("dimension-entry", parts=_ID),
        _wrapped("dimensions", "dimension-entry", _SHARES),
        Kind("dimension-user-percentage", "decimal"),
    ),
)
AGREEMENT = Kind(
    "payroll-user-writable",
    parts=(
        *_each("ssn address1 address2 zip-code state country-code phone"),
        *_each("tax-table tax-table-column", "int"),
        *_each("tax-percentage one-time-tax-percentage", "decimal"),
        *_each("clearing-nr account-nr"),
        Kind("employment-start-date", "date"),
        Kind(
            "employment-end-date",
            parts=(Kind("employment-end-date", "date"), Kind("employment-end-type", "Disabled|NextMonth")),
        ),
        Kind("notes", "string"),
        Kind("travel-reimbursement-per-mile", "long"),
        *_each("expense-allowance fuel-benefit", "boolean"),
        Kind("monthly-salary-type", "Next|Current"),
        Kind("monthly-salary", "long"),
        Kind("monthly-salary-start-date", "date"),
        Kind("monthly-salary-yearly-pension", "long"),
        Kind("hourly-salary", "long"),
        Kind("hourly-salary-start-date", "date"),
        Kind("provision", "boolean"),
        Kind("month-report-strategy", "DontCreate|Create|CreateApproveSelf"),
        _wrapped(
            "schedules",
            "schedule",
            (
                Kind("schedule", parts=_ID, needed=True),
                *_each("start-date end-date", "date"),
                Kind("comment", "string", needed=True),
            ),
        ),
        _wrapped("dimension-entries", "dimension-entry", _ID),
        Kind("manager-user", parts=_ID),
        Kind("vacation-entitlement", parts=(Kind("start-date", "date"), Kind("entitlement", "long"))),
    ),
)
EVENT = Kind(
    "payroll-event",
    parts=(
        Kind("id", "int"),
        Kind("date", "date", needed=True),
        Kind("hours", "decimal", needed=True),
        Kind(
            "type",
            "Sick|Vacation|LeaveOfAbsence|LeaveOfAbsenceVacationEarned|WorkHour|ParentalLeave|Childcare"
            "|CloseRelativeCare|PaternityLeave|Furlough|OtherLeave|OtherLeaveVacationNotEarned",
            needed=True,
        ),
        Kind("child", parts=_ID),
        Kind("comment", "string", needed=True),
    ),
)
TIME = Kind("event-writable", parts=(Kind("foreign-id", "string"),))
"""Time entries: of what they hold, all that is known here is what happens without a foreign id."""
SIGN_IN = Kind("user-authentication", parts=_each("email password", needed=True))


def read(raw: bytes, kind: Kind) -> Document:
    """The one element of a body. Raises `RefusedByKleer`; so do all that follow."""
    try:
        element = ET.fromstring(raw)  # noqa: S314 - what the bot has just sent
    except ET.ParseError:
        raise RefusedByKleer("Felaktig XML.") from None
    if element.tag != kind.name:
        raise RefusedByKleer(f"Oväntat element: {element.tag}.")
    return _parts(element, kind)


def _parts(element: ET.Element, kind: Kind) -> Document:
    """Elements that exist, each in its place, none twice, none missing, each of its type."""
    known = [part.name for part in kind.parts]
    places = []
    made: Document = {}
    if element.attrib or (element.text or "").strip():
        raise RefusedByKleer(f"Oväntat innehåll i {element.tag}.")
    for inner in element:
        if inner.tag not in known:
            raise RefusedByKleer(f"Oväntat element: {inner.tag}.")
        places.append(known.index(inner.tag))
        part = kind.parts[places[-1]]
        value = _parts(inner, part) if part.parts else _text(inner, part)
        if part.many:
            made.setdefault(part.name, []).append(value)
        elif part.name in made:
            raise RefusedByKleer(f"Elementet {inner.tag} förekommer två gånger.")
        else:
            made[part.name] = value
    if places != sorted(places):
        raise RefusedByKleer(f"Elementen i {element.tag} är i fel ordning.")
    for part in kind.parts:
        if part.needed and made.get(part.name) in (None, ""):
            raise RefusedByKleer(f"Elementet {part.name} saknas.")
    return made


def _text(element: ET.Element, kind: Kind) -> str:
    text = element.text or ""
    if kind.type == "date":
        if not is_day(text):
            raise RefusedByKleer(f"Ogiltigt datum i {element.tag}.")
    elif not re.fullmatch(PATTERNS.get(kind.type, kind.type), text):
        raise RefusedByKleer(f"Ogiltigt värde i {element.tag}.")
    return text


def is_day(value: str) -> bool:
    try:
        return len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


def check_identity(value: str) -> None:
    """Ten or twelve digits with a right check digit, with or without a dash; a coordination number too."""
    digits = value.replace("-", "")[-10:]
    if not re.fullmatch(r"([0-9]{2})?[0-9]{6}-?[0-9]{4}", value) or sum(_luhn(digits)) % 10:
        raise RefusedByKleer("Ogiltigt personnummer.")


def _luhn(digits: str) -> Iterable[int]:
    for place, digit in enumerate(digits):
        yield sum(divmod(int(digit) * (2 - place % 2), 10))


def check_account(clearing: str, number: str) -> None:
    if not re.fullmatch(r"[0-9]{4,5}", clearing) or not re.fullmatch(r"[0-9]{2,12}", number):
        raise RefusedByKleer("Ogiltigt bankkonto.")
