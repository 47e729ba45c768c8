"""Norwegian identity numbers (fødselsnummer, D-number) and bank accounts.

Sources: Skatteetaten's folkeregisteret-api-dokumentasjon, "nyttfnr2032" (check digits from 2032 on) and the Tenor test
data (month + 80). python-stdnum knows neither, so the two check digits are computed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from stdnum.no import kontonr

FIRST_DAY_OF_2032_RULE = date(2032, 1, 1)

_WEIGHTS_1 = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_WEIGHTS_2 = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


_ADDED_IN_TESTS = (80, 65, 40)
"""What is added to the month of numbers that belong to no one: Tenor's, and those of other makers of test data."""


class NorwegianKind(StrEnum):
    """Which register issued the number."""

    ORDINARY = "ordinary"
    D_NUMBER = "d_number"


@dataclass(frozen=True, slots=True)
class NorwegianNumber:
    """A valid number. `digits` are its 11 digits; `synthetic` numbers belong to no one and exist for tests.

    `birth_date` is None where the century cannot be told, which is so for every number of the 2032 rule.
    """

    digits: str
    kind: NorwegianKind
    synthetic: bool
    birth_date: date | None
    day_month_year: tuple[int, int, int]

    def agrees_with(self, born: date) -> bool:
        """Whether the number can belong to somebody born on that day."""
        if self.birth_date is not None:
            return self.birth_date == born
        return self.day_month_year == (born.day, born.month, born.year % 100)


def check_digits(first_nine: str, *, rule_2032: bool) -> frozenset[str]:
    """All pairs of check digits that fit: one by the old rule or none, up to four from 2032 on."""
    total = sum(int(digit) * weight for digit, weight in zip(first_nine, _WEIGHTS_1, strict=True))
    pairs = set()
    for base in (11, 12, 13, 14) if rule_2032 else (11,):
        first = (base - total % 11) % 11
        if first == 10:
            continue
        ten = first_nine + str(first)
        second = -sum(int(digit) * weight for digit, weight in zip(ten, _WEIGHTS_2, strict=True)) % 11
        if second != 10:
            pairs.add(f"{first}{second}")
    return frozenset(pairs)


def parse(value: str, today: date, *, rule_2032: bool | None = None, made_up: bool = False) -> NorwegianNumber | None:
    """Read a number, with or without separators; None when it is none.

    `made_up` accepts numbers of other test data than Tenor's, which outside tests are none. `rule_2032` accepts the
    check digits of numbers issued from 2032 on; by default from that day on.
    """
    digits = value.strip().replace(" ", "").replace("-", "")
    if len(digits) != 11 or not (digits.isascii() and digits.isdigit()):
        return None
    newer = today >= FIRST_DAY_OF_2032_RULE if rule_2032 is None else rule_2032
    classic = digits[9:] in check_digits(digits[:9], rule_2032=False)
    if not classic and not (newer and digits[9:] in check_digits(digits[:9], rule_2032=True)):
        return None
    day, month, year = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    kind = NorwegianKind.D_NUMBER if day > 40 else NorwegianKind.ORDINARY
    added = next((more for more in (_ADDED_IN_TESTS if made_up else (80,)) if 1 <= month - more <= 12), 0)
    synthetic = added > 0
    day -= 40 if kind is NorwegianKind.D_NUMBER else 0
    month -= added
    if not any(_exists(century + year, month, day) for century in (1800, 1900, 2000)):
        return None
    born = _birth_date(day, month, year, int(digits[6:9])) if classic and today < FIRST_DAY_OF_2032_RULE else None
    if born is not None and born > today:
        born = None
    if born is None and not newer:
        return None
    return NorwegianNumber(digits, kind, synthetic, born, (day, month, year))


def _birth_date(day: int, month: int, year: int, individual: int) -> date | None:
    if individual < 500:
        century = 1900
    elif individual < 750 and year >= 54:
        century = 1800
    elif year < 40:
        century = 2000
    elif individual >= 900:
        century = 1900
    else:
        return None
    return date(century + year, month, day) if _exists(century + year, month, day) else None


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def bank_account(value: str) -> str | None:
    """The 11 digits of a Norwegian account with a right check digit, or None. The 7-digit giro form is refused."""
    digits = value.strip().replace(".", "").replace(" ", "").replace("-", "")
    if len(digits) != 11 or not digits.isascii() or not digits.isdigit() or digits.startswith("0000"):
        return None
    return digits if kontonr.is_valid(digits) else None
