"""Name, employee number and birth date."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.core.likeness import lookalikes_in
from bot.core.text import text
from bot.domain.employee import Employee
from bot.domain.findings import Finding
from bot.sync.checks.context import CheckContext
from bot.sync.checks.findings import finding

_YOUNGEST, _OLDEST = 13, 90

_UNKNOWN: Mapping[str, dict[str, object]] = {"compensation.unreadable": {"effective": text("check.day_unknown")}}
"""What a check's text names and the source may not have said."""


def check_person(employee: Employee, _context: CheckContext) -> Iterator[Finding]:
    """What every system asks for first."""
    for field, name in {"first_name": employee.first_name, "last_name": employee.last_name}.items():
        if not name.strip():
            yield finding("name.first_missing" if field == "first_name" else "name.last_missing")
        elif any(letter.isdigit() or not letter.isprintable() for letter in name):
            yield finding("name.odd", field=field)
    if not employee.number.strip():
        yield finding("number.missing")
    elif _misleading(employee.number.strip()):
        yield finding("number.characters")
    elif employee.number != employee.number.strip():
        yield finding("number.spaces")


def check_reading(employee: Employee, context: CheckContext) -> Iterator[Finding]:
    """What the source has of the person and could not be read, as far as it still matters."""
    for one in employee.misread:
        if one.until is None or one.until >= context.today:
            yield replace(finding(one.code, field=one.field), values=_UNKNOWN.get(one.code, {}) | dict(one.values))


def _misleading(number: str) -> bool:
    """Whether a number is another one than it looks: with something that cannot be seen, or a letter or digit of
    another script or width. Payroll systems would take it for another number than the one that is read."""
    return not number.isprintable() or unicodedata.normalize("NFKC", number) != number or lookalikes_in(number)


def check_birth_date(employee: Employee, context: CheckContext) -> Iterator[Finding]:
    """The birth date: there, past, and of somebody who can be at work."""
    born, today = employee.birth_date, context.today
    if born is None:
        yield finding("birth_date.missing")
        return
    if born > today:
        yield finding("birth_date.future")
        return
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if not _YOUNGEST <= age <= _OLDEST:
        yield finding("birth_date.implausible", age=age)
