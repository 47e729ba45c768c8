"""Norwegian bank accounts as the targets that take no others want them."""

from __future__ import annotations

import re

from bot.domain.employee import BankAccount


def norwegian_account(bank: BankAccount) -> str | None:
    """The eleven digits of a Norwegian account, given as such or as an IBAN; None for any other account."""
    number = re.sub(r"[\s.\-]", "", bank.number or "")
    iban = re.sub(r"\s", "", bank.iban or "").upper()
    if re.fullmatch(r"[0-9]{11}", number) and bank.country in (None, "NO") and not bank.clearing:
        return number
    # In a Norwegian IBAN the account number stands behind four characters.
    return iban[4:] if re.fullmatch(r"NO[0-9]{13}", iban) else None
