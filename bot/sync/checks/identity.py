"""National identity numbers of the Nordic countries: which kind they are, and whether they fit the birth date."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from stdnum.dk import cpr
from stdnum.exceptions import ValidationError
from stdnum.fi import hetu

from bot.core import swedish_number
from bot.domain.employee import Employee
from bot.domain.findings import Finding
from bot.sync.checks import norwegian
from bot.sync.checks.context import CheckContext, country_of_work
from bot.sync.checks.findings import finding


class IdentityKind(StrEnum):
    """What a valid number is; `COORDINATION` is the Swedish samordningsnummer."""

    ORDINARY = "ordinary"
    D_NUMBER = "d_number"
    COORDINATION = "coordination"
    TEMPORARY = "temporary"


@dataclass(frozen=True, slots=True)
class Identity:
    """A valid number: `bare` is its usual form without separators (a Finnish one keeps its century sign).

    `synthetic` numbers are for tests only. `fits` tells whether somebody born on a day can have it.
    """

    country: str
    kind: IdentityKind
    bare: str = field(repr=False)
    synthetic: bool
    fits: Callable[[date], bool]


def read_identity(value: str, country: str, today: date, *, test: bool = False) -> Identity | None:
    """Read a number as one country's; None when it is not valid there, or the country is not known here.

    `test` accepts numbers that only exist in test registers, and Norwegian ones of the 2032 rule before their time.
    """
    reader = _READERS.get(country.upper())
    if reader is None or not value.isascii():
        return None
    return reader(value.strip(), today, test)


def check_identity(employee: Employee, context: CheckContext) -> Iterator[Finding]:
    """The identity number: there, valid in its country, right for the target's environment and the birth date."""
    value = employee.identity.value.strip() if employee.identity else ""
    if not value:
        yield finding("identity.missing")
        return
    stated = employee.identity.country if employee.identity else None
    worked_in = country_of_work(employee, context)
    if stated is not None and stated.upper() not in _READERS:
        yield finding("identity.unchecked", country=stated)
        return
    countries = [stated.upper()] if stated else [*([worked_in] if worked_in else []), *context.countries, *_GUESSED]
    identity = _read_as_any(value, countries, context)
    if identity is None:
        yield finding("identity.invalid")
        return
    if identity.synthetic and not context.is_test:
        yield finding("identity.synthetic")
    if employee.birth_date is not None and not identity.fits(employee.birth_date):
        yield finding("identity.birth_date")
    if context.countries and identity.country not in context.countries:
        yield finding("identity.foreign", country=identity.country)


def _read_as_any(value: str, countries: Iterable[str], context: CheckContext) -> Identity | None:
    """The number as of the first country that it is valid in. A synthetic one is read, to be named as such."""
    for country in dict.fromkeys(countries):
        early = country == "NO" and not context.is_test and norwegian.parse(value, context.today) is None
        identity = None if early else read_identity(value, country, context.today, test=True)
        if identity is not None:
            return identity
    return None


def _norwegian(value: str, today: date, test: bool) -> Identity | None:
    number = norwegian.parse(value, today, rule_2032=True if test else None, made_up=test)
    if number is None or (number.synthetic and not test):
        return None
    kind = IdentityKind.D_NUMBER if number.kind is norwegian.NorwegianKind.D_NUMBER else IdentityKind.ORDINARY
    return Identity("NO", kind, number.digits, number.synthetic, number.agrees_with)


def _swedish(value: str, today: date, _test: bool) -> Identity | None:
    number = swedish_number.parse(value, today)
    if number is None or (number.born is not None and number.born > today):
        return None
    born, whole = number.born, len(re.sub(r"[^0-9]", "", value)) == 12
    kind = IdentityKind.COORDINATION if number.coordination else IdentityKind.ORDINARY

    def fits(day: date) -> bool:
        if born is None:
            return True  # not confirmed, so there is nothing to compare
        if whole:
            return day == born
        return (day.year % 100, day.month, day.day) == (born.year % 100, born.month, born.day)

    return Identity("SE", kind, number.digits, False, fits)


def _danish(value: str, today: date, _test: bool) -> Identity | None:
    try:
        bare = cpr.validate(value)
        born = cpr.get_birth_date(bare)
    except ValidationError:
        return None
    return Identity("DK", IdentityKind.ORDINARY, bare, False, born.__eq__) if born <= today else None


def _finnish(value: str, today: date, test: bool) -> Identity | None:
    try:
        bare = hetu.validate(value, allow_temporary=test)
    except ValidationError:
        return None
    century = {"+": 1800}.get(bare[6], 1900 if bare[6] in "-YXWVU" else 2000)
    born = date(century + int(bare[4:6]), int(bare[2:4]), int(bare[:2]))
    temporary = int(bare[7:10]) >= 900
    kind = IdentityKind.TEMPORARY if temporary else IdentityKind.ORDINARY
    return Identity("FI", kind, bare, temporary, born.__eq__) if born <= today else None


_GUESSED = ("NO", "SE", "FI")
"""Countries whose check digits say enough to guess them. Ten digits of anything may be a Danish number."""

_READERS: dict[str, Callable[[str, date, bool], Identity | None]] = {
    "NO": _norwegian,
    "SE": _swedish,
    "DK": _danish,
    "FI": _finnish,
}
