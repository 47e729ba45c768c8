"""Bank accounts: a Norwegian account and an IBAN must be right, a Swedish one is only doubted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import iban as iban_number
from stdnum.exceptions import ValidationError

from bot.domain.employee import BankAccount, Employee
from bot.domain.findings import Finding
from bot.sync.checks import norwegian, swedish_bank
from bot.sync.checks.context import CheckContext, country_of_work
from bot.sync.checks.findings import finding


def read_iban(value: str) -> str | None:
    """An IBAN without spaces when its country, length and check digits are right, else None."""
    if not value.isascii():
        return None
    try:
        # The national account number inside is judged by its own rule, which for Sweden only warns.
        return str(iban_number.validate(value, check_country=False))
    except ValidationError:
        return None


def check_bank(employee: Employee, context: CheckContext) -> Iterator[Finding]:
    """The account that the pay goes to."""
    bank = employee.bank
    if bank is None or not any((bank.number, bank.iban)):
        yield finding("bank.missing")
        return
    iban = read_iban(bank.iban) if bank.iban else None
    if bank.iban and iban is None:
        yield finding("bank.iban")
    if not bank.number:
        return
    match _country(bank, iban, employee, context):
        case "NO":
            yield from _norwegian(bank, iban)
        case "SE":
            yield from _swedish(bank)
        case _:
            yield finding("bank.unchecked")


def _country(bank: BankAccount, iban: str | None, employee: Employee, context: CheckContext) -> str | None:
    if bank.country:
        return bank.country.upper()
    if iban:
        return iban[:2]
    if bank.clearing:
        return "SE"  # only Swedish accounts come with a clearing number of their own
    return context.country or country_of_work(employee, context)


def _norwegian(bank: BankAccount, iban: str | None) -> Iterator[Finding]:
    account = norwegian.bank_account(bank.number or "")
    if account is None:
        yield finding("bank.invalid")
    elif iban is not None and iban.startswith("NO") and iban[4:] != account:
        yield finding("bank.iban_differs")


def _swedish(bank: BankAccount) -> Iterator[Finding]:
    account = swedish_bank.read(re.sub(r"[^0-9]", "", bank.clearing or ""), re.sub(r"[^0-9]", "", bank.number or ""))
    if account is None:
        yield finding("bank.clearing")
    elif not account.plausible:
        yield finding("bank.check_digit")
