"""The person part of what PowerOffice Go should hold, and what in it stands in the way."""

from __future__ import annotations

import re
import unicodedata

from bot.core.mailbox import read_mailbox
from bot.domain.employee import Employee
from bot.domain.findings import Finding, Severity
from bot.domain.record import Level, Part, Value
from bot.providers.kit.countries import country_code
from bot.providers.kit.norwegian_account import norwegian_account
from bot.providers.kit.norwegian_identity import norwegian_identity
from bot.providers.kit.norwegian_phone import norwegian_phone
from bot.providers.poweroffice_go.reference_data import GoReferenceData

LONGEST = {"street": 200, "city": 100, "postal_code": 50, "external_id": 50}
"""Characters that Go takes."""


class GoPersonBuilder:
    """Collects one employee's values and findings. `when_new` are those of somebody who must be created."""

    def __init__(self, employee: Employee, registers: GoReferenceData) -> None:
        self._employee = employee
        self._registers = registers
        self._values: dict[str, Value] = {}
        self._findings: list[Finding] = []
        self.when_new: tuple[Finding, ...] = ()

    def build(self) -> tuple[Part, list[Finding]]:
        """The part and the findings. The lists must have been loaded."""
        employee = self._employee
        self._number()
        self._put("first_name", employee.first_name)
        self._put("last_name", employee.last_name)
        self._put("birth_date", employee.birth_date)
        self._put("title", employee.title)
        self._put("external_id", employee.source_id)
        if employee.identity is not None:
            self._put("identity_number", norwegian_identity(employee.identity))
            if "identity_number" not in self._values:
                self._find("foreign_identity", Severity.WARNING, "identity_number")
        given = (employee.work_email, employee.private_email)
        self._put("email", next((address for email in given if email and (address := read_mailbox(email))), None))
        phones = [norwegian_phone(phone) for phone in (employee.private_phone, employee.work_phone) if phone]
        self._put("phone", next((phone for phone in phones if phone), None))
        self._department()
        self._address()
        if employee.bank is not None:
            self._put("bank_account", norwegian_account(employee.bank))
            if "bank_account" not in self._values:
                self._find("foreign_bank_account", Severity.WARNING, "bank_account")
        return Part(Level.PERSON, (), self._values), self._findings

    def _put(self, key: str, value: Value) -> None:
        if value not in (None, ""):
            self._values[key] = value

    def _find(self, code: str, severity: Severity, field: str, **values: object) -> None:
        self._findings.append(Finding(f"poweroffice_go_{code}", severity, field, values))

    def _number(self) -> None:
        """Go's numbers are whole numbers, and accounts of the ledger: one that is written otherwise never matches."""
        number = self._employee.number.strip()
        self._put("number", number)
        if number and not re.fullmatch(r"[1-9][0-9]{0,17}", number):
            self._find("number_format", Severity.BLOCKING, "number", number=number)
        elif number and self._registers.series and not any(a <= int(number) <= b for a, b in self._registers.series):
            ranges = tuple(f"{first}-{last}" for first, last in self._registers.series)
            values = {"number": number, "ranges": ranges}
            self.when_new = (Finding("poweroffice_go_number_series", Severity.BLOCKING, "number", values),)

    def _department(self) -> None:
        """The active department of the same number or name."""
        department = self._employee.department
        if department is None:
            return
        active = [each for each in self._registers.entries("Departments") if each.active]
        found = [each for each in active if _compared(each.name) == _compared(department.name)]
        found = [each for each in (found or active) if department.code and each.code == department.code] or found
        if len(found) == 1:
            self._put("department", found[0].label)
        else:
            code = "department_ambiguous" if found else "department_unknown"
            values = {"department": department.name}
            self._findings.append(Finding(f"poweroffice_go_{code}", Severity.WARNING, "department", values))

    def _address(self) -> None:
        """City and postal code or nothing: Go takes no new address without both."""
        address = self._employee.address
        if address is None:
            return
        for key, value in (("street", address.street), ("postal_code", address.postal_code), ("city", address.city)):
            if value and len(value.strip()) > LONGEST[key]:
                self._find("too_long", Severity.WARNING, key, limit=LONGEST[key])
            else:
                self._put(key, value.strip() if value else None)
        if not {"postal_code", "city"} <= self._values.keys():
            for key in ("street", "postal_code", "city"):
                self._values.pop(key, None)
            self._find("address_incomplete", Severity.WARNING, "address")
            return
        self._put("country", country_code(address.country))
        if address.country and "country" not in self._values:
            self._find("country_unknown", Severity.WARNING, "country", country=address.country)


def _compared(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()
