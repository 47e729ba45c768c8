"""E-mail addresses and phone numbers."""

from __future__ import annotations

from collections.abc import Iterator

import phonenumbers

from bot.core.mailbox import read_mailbox
from bot.domain.employee import Employee
from bot.domain.findings import Finding
from bot.sync.checks.context import CheckContext, country_of_work
from bot.sync.checks.findings import finding


def read_email(value: str) -> str | None:
    """An address that payroll systems accept (RFC 5321 mailbox, ASCII, with a domain), else None."""
    return read_mailbox(value)


def e164(value: str, country: str | None) -> str | None:
    """A phone number as +4790000000; `country` is where it is dialled when it has no country code. None if invalid."""
    try:
        number = phonenumbers.parse(value, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def check_contact(employee: Employee, context: CheckContext) -> Iterator[Finding]:
    """Addresses and numbers that a target would refuse or nobody could reach."""
    emails = {"work_email": employee.work_email, "private_email": employee.private_email}
    if not any(address and address.strip() for address in emails.values()):
        yield finding("email.missing")
    for field, address in emails.items():
        if address and address.strip() and read_email(address) is None:
            yield finding("email.invalid", field=field)
    country = country_of_work(employee, context)
    for field, number in {"work_phone": employee.work_phone, "private_phone": employee.private_phone}.items():
        if number and number.strip() and e164(number, country) is None:
            yield finding("phone.invalid", field=field)
