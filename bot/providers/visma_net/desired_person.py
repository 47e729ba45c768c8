"""The person part of what Visma.net should hold, and what in it stands in the way.

Everybody new is a draft, in which mandatory fields may be missing: a lack is told and stops nothing here.
"""

from __future__ import annotations

import phonenumbers

from bot.core.mailbox import read_mailbox
from bot.domain.employee import Employee
from bot.domain.findings import Finding, Severity
from bot.domain.record import Level, Part, Value
from bot.providers.kit.countries import country_code
from bot.providers.kit.norwegian_account import norwegian_account
from bot.providers.kit.norwegian_identity import is_d_number, norwegian_identity
from bot.providers.protocol import Settings
from bot.providers.visma_net.settings import chosen

Values = dict[str, Value]

"""One address with a domain; the check of contacts has told of what is none."""


class VismaNetPersonBuilder:
    """Collects one employee's values and findings."""

    def __init__(self, employee: Employee, settings: Settings) -> None:
        self._employee = employee
        self._settings = settings
        self._values: Values = {}
        self._findings: list[Finding] = []

    def build(self) -> tuple[Part, list[Finding]]:
        """The part and the findings."""
        employee = self._employee
        self._put("number", employee.number)
        self._put("first_name", employee.first_name)
        self._put("last_name", employee.last_name)
        self._put("birth_date", employee.birth_date)
        self._put("external_id", employee.source_id)
        self._identity()
        self._contact()
        self._address()
        self._bank()
        return Part(Level.PERSON, (), self._values), self._findings

    def _put(self, key: str, value: Value) -> None:
        if value not in (None, ""):
            self._values[key] = value

    def _warn(self, code: str, field: str, /, **values: object) -> None:
        self._findings.append(Finding(f"visma_net_{code}", Severity.WARNING, field, values))

    def _identity(self) -> None:
        identity = self._employee.identity
        if identity is None:
            return
        digits = norwegian_identity(identity)
        if digits is None:
            self._warn("foreign_identity", "identity_number")
        else:
            self._put("d_number" if is_d_number(digits) else "identity_number", digits)

    def _contact(self) -> None:
        """E-mail and phone go to new people only, and only as a type that the tenant is known to use."""
        if chosen(self._settings, "email_type"):
            given = (self._employee.work_email, self._employee.private_email)
            self._put("email", next((address for email in given if email and (address := read_mailbox(email))), None))
        if chosen(self._settings, "phone_type"):
            phones = [_norwegian(phone) for phone in (self._employee.private_phone, self._employee.work_phone) if phone]
            self._put("phone", next((phone for phone in phones if phone), None))
            if phones and not any(phones):
                self._warn("foreign_phone", "phone")

    def _address(self) -> None:
        address = self._employee.address
        if address is None:
            return
        self._put("street", address.street)
        self._put("postal_code", address.postal_code)
        self._put("city", address.city)
        code = country_code(address.country)
        self._put("country", code)
        if address.country and code is None:
            self._warn("country_unknown", "country", country=address.country)

    def _bank(self) -> None:
        bank = self._employee.bank
        if bank is None:
            return
        if (number := norwegian_account(bank)) is not None:
            self._put("bank_account", number)
        else:
            self._warn("foreign_bank_account", "bank_account")


def _norwegian(value: str) -> str | None:
    """The national digits of a Norwegian number; Visma.net keeps phones as whole numbers, so others would be cut."""
    try:
        parsed = phonenumbers.parse(value, "NO")
    except phonenumbers.NumberParseException:
        return None
    if parsed.country_code != 47 or not phonenumbers.is_possible_number(parsed):
        return None
    return str(parsed.national_number)
