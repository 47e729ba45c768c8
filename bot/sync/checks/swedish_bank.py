"""Swedish bank accounts: clearing number and account number.

Source: Bankgirot, "Bankernas kontonummer" (2019-10-22), and Svenska Bankföreningen's list of clearing numbers. Some old
Swedbank accounts have no check digit at all, so that a doubt is never more than a warning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from stdnum import luhn


class AccountForm(Enum):
    """How an account is built: where its check digit comes from."""

    ELEVEN_WITHOUT_FIRST = "mod 11 over the last three of the clearing number and the account"
    ELEVEN_WITH_ALL = "mod 11 over the clearing number and the account"
    ELEVEN_EITHER = "mod 11, one of the two"
    TEN_DIGITS = "mod 10 over an account of ten digits"
    HANDELSBANKEN = "mod 11 over an account of eight or nine digits"
    PLUSGIROT = "mod 10 over an account of two to ten digits"
    SWEDBANK = "mod 10 over an account of up to ten digits"


@dataclass(frozen=True, slots=True)
class SwedishAccount:
    """An account with a known clearing number. `clearing` has four digits, or Swedbank's five.

    `plausible` is False when its length or check digit is not what the bank uses.
    """

    clearing: str = field(repr=False)
    number: str = field(repr=False)
    form: AccountForm
    plausible: bool


_FORMS: tuple[tuple[AccountForm, tuple[tuple[int, int], ...]], ...] = (
    (AccountForm.TEN_DIGITS, ((3300, 3300), (3782, 3782), (9180, 9189), (9300, 9349), (9570, 9579), (9890, 9899))),
    (AccountForm.HANDELSBANKEN, ((6000, 6999),)),
    (AccountForm.PLUSGIROT, ((9500, 9549), (9960, 9969))),
    (AccountForm.SWEDBANK, ((8000, 8999),)),
    (
        AccountForm.ELEVEN_WITHOUT_FIRST,
        (
            (1100, 2099), (2400, 2499), (3000, 3999), (5000, 5999), (7000, 7999), (9060, 9069), (9120, 9124),
            (9130, 9149), (9170, 9179), (9230, 9239), (9250, 9259), (9270, 9289), (9400, 9449), (9460, 9469),
            (9630, 9639), (9680, 9689),
        ),
    ),
    (
        AccountForm.ELEVEN_WITH_ALL,
        (
            (2300, 2399), (4000, 4999), (9020, 9029), (9040, 9049), (9100, 9109), (9150, 9169), (9190, 9199),
            (9260, 9269), (9390, 9399), (9470, 9479), (9550, 9569), (9590, 9599), (9640, 9679), (9700, 9709),
            (9780, 9789), (9880, 9889),
        ),
    ),
    # Banks younger than the manual: type 1, as all new banks, but which of its two sums is not published.
    (AccountForm.ELEVEN_EITHER, ((9070, 9079), (9580, 9589), (9710, 9719), (9750, 9759))),
)  # fmt: skip


def read(clearing: str, number: str) -> SwedishAccount | None:
    """Read digits; the clearing number may stand at the start of `number`. None for an unknown clearing number."""
    if not clearing:
        width = 5 if number.startswith("8") and luhn.is_valid(number[:5]) and len(number) >= 14 else 4
        clearing, number = number[:width], number[width:]
    form = _form(clearing)
    if form is None or not number:
        return None
    return SwedishAccount(clearing, number, form, _plausible(form, clearing, number))


def _form(clearing: str) -> AccountForm | None:
    if len(clearing) == 5 and clearing.startswith("8"):
        clearing = clearing[:4]
    if len(clearing) != 4:
        return None
    code = int(clearing)
    return next((form for form, ranges in _FORMS if any(low <= code <= high for low, high in ranges)), None)


def _plausible(form: AccountForm, clearing: str, number: str) -> bool:
    match form:
        case AccountForm.ELEVEN_WITHOUT_FIRST:
            return len(number) == 7 and _mod_11(clearing[1:] + number)
        case AccountForm.ELEVEN_WITH_ALL:
            return len(number) == 7 and _mod_11(clearing + number)
        case AccountForm.ELEVEN_EITHER:
            return len(number) == 7 and (_mod_11(clearing[1:] + number) or _mod_11(clearing + number))
        case AccountForm.TEN_DIGITS:
            return len(number) == 10 and luhn.is_valid(number)
        case AccountForm.HANDELSBANKEN:
            return len(number) in (8, 9) and _mod_11(number)
        case AccountForm.PLUSGIROT:
            return 2 <= len(number) <= 10 and luhn.is_valid(number)
        case AccountForm.SWEDBANK:
            return 6 <= len(number) <= 10 and luhn.is_valid(number) and _swedbank_clearing(clearing)


def _swedbank_clearing(clearing: str) -> bool:
    return len(clearing) == 4 or luhn.is_valid(clearing)


def _mod_11(digits: str) -> bool:
    """Weights 1 to 10 from the right, beginning again with 1."""
    return sum(int(digit) * (place % 10 + 1) for place, digit in enumerate(reversed(digits))) % 11 == 0
