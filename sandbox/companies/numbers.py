"""Identity numbers, bank accounts and company numbers that pass every check and belong to nobody.

- Norwegian identity numbers are synthetic ones as Skatteetaten's Tenor test register makes them: 80 is
  added to the month, which no real number has.
- Swedish ones take birth numbers 238 and 239, as the test numbers that Skatteverket publishes do.
- Norwegian company numbers begin with 3, as Tenor's synthetic companies do.
- Bank accounts have a right check digit after a made-up number.
"""

from __future__ import annotations

from datetime import date

_FIRST = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_SECOND = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


class NoSuchNumber(ValueError):
    """The check digits come to 10, so the authority skips this number; take the next one."""


def norwegian_identity_number(born: date, individual: int, *, temporary: bool = False) -> str:
    """A synthetic fødselsnummer, or D-number (`temporary`, day plus 40). `individual` is 0..999.

    The individual number's range tells the century (000-499 before 2000, 500-999 after 1999) and an even
    last digit a woman. Raises NoSuchNumber for those that do not exist, ValueError on the wrong century.
    """
    if (born.year >= 2000) is not (individual >= 500):
        raise ValueError(f"individual number {individual} does not fit the year {born.year}")
    day = born.day + (40 if temporary else 0)
    stem = f"{day:02d}{born.month + 80:02d}{born.year % 100:02d}{individual:03d}"
    for weights in (_FIRST, _SECOND):
        stem += _mod11(stem, weights)
    return stem


def swedish_identity_number(born: date, *, woman: bool, coordination: bool = False, separator: str = "-") -> str:
    """A personnummer as YYYYMMDD-NNNN, or a samordningsnummer (`coordination`, day plus 60)."""
    day = born.day + (60 if coordination else 0)
    stem = f"{born:%y%m}{day:02d}{238 if woman else 239}"
    return f"{born.year // 100}{stem[:6]}{separator}{stem[6:]}{_luhn(stem)}"


def norwegian_account(serial: int) -> str:
    """An eleven-digit account under the made-up bank register number 9999. Raises NoSuchNumber."""
    stem = f"9999{serial:06d}"
    return stem + _mod11(stem, _SECOND)


def swedish_account(serial: int) -> tuple[str, str]:
    """Clearing and account number, in SEB's range and form (clearing without its first digit takes part)."""
    clearing, stem = "5999", f"{serial:06d}"
    digits = clearing[1:] + stem
    return clearing, stem + _mod11(digits, tuple(range(len(digits) + 1, 1, -1)))


def norwegian_company_number(serial: int) -> str:
    """A nine-digit organisasjonsnummer. Raises NoSuchNumber."""
    stem = f"3{serial:07d}"
    return stem + _mod11(stem, (3, 2, 7, 6, 5, 4, 3, 2))


def _mod11(stem: str, weights: tuple[int, ...]) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(stem, weights, strict=True))
    check = -total % 11
    if check == 10:
        raise NoSuchNumber(stem)
    return str(check)


def _luhn(stem: str) -> str:
    total = 0
    for place, digit in enumerate(stem):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)
