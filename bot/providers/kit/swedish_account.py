"""Swedish bank accounts as the targets that take no others want them."""

from __future__ import annotations

from bot.domain.employee import BankAccount
from bot.providers.kit.json_values import digits_of


def swedish_account(bank: BankAccount) -> tuple[str, str] | None:
    """The clearing number and the account number, digits alone; None for any other account."""
    clearing, number = digits_of(bank.clearing) or "", digits_of(bank.number) or ""
    if (
        (clearing + number).isascii()
        and clearing.isdecimal()
        and len(clearing) in (4, 5)
        and number.isdecimal()
        and 2 <= len(number) <= 12
    ):
        return clearing, number
    return None
