"""The person part of what Tripletex should hold, and what in it stands in the way.

Rules follow Simployer's own integration (work e-mail before private, national identity number or D-number, no
international id) and what Tripletex has been seen to refuse.
"""

from __future__ import annotations

import unicodedata
from datetime import date

import phonenumbers

from bot.core.mailbox import read_mailbox
from bot.domain.employee import Employee
from bot.domain.findings import Finding, Severity
from bot.domain.record import Level, Part, Value
from bot.providers.kit.countries import country_code
from bot.providers.kit.norwegian_account import norwegian_account
from bot.providers.kit.norwegian_identity import is_d_number, norwegian_identity
from bot.providers.kit.office_units import offices_decide, unit_of_office
from bot.providers.protocol import Settings
from bot.providers.tripletex.reference_data import TripletexEntry, TripletexReferenceData
from bot.providers.tripletex.settings import chosen

LONGEST = {
    "number": 100,
    "first_name": 100,
    "last_name": 100,
    "email": 100,
    "street": 255,
    "postal_code": 100,
    "city": 100,
}
"""Characters that Tripletex takes. Source: API v2 description 2.71.30, the last to state lengths."""

NEEDED = frozenset({"number", "first_name", "last_name"})
"""Of these, what Tripletex makes nobody without."""

Values = dict[str, Value]


class TripletexPersonBuilder:
    """Collects one employee's values and findings. `when_new` are those of somebody who must be created."""

    def __init__(self, employee: Employee, settings: Settings, registers: TripletexReferenceData) -> None:
        self._employee = employee
        self._settings = settings
        self._registers = registers
        self._values: Values = {}
        self._findings: list[Finding] = []
        self._defaults: set[str] = set()
        self.when_new: tuple[Finding, ...] = ()
        self.when_other: dict[tuple[Level, date, str], Finding] = {}

    def build(self) -> tuple[Part, list[Finding]]:
        """The part and the findings. The registers it needs must have been loaded."""
        employee = self._employee
        self._put("number", employee.number)
        self._put("first_name", employee.first_name)
        self._put("last_name", employee.last_name)
        self._put("birth_date", employee.birth_date)
        if employee.birth_date is None:
            # Tripletex asks for it as soon as there is an employment.
            self._findings.append(Finding("birth_date.missing", Severity.BLOCKING, "birth_date"))
        self._identity()
        self._email()
        self._phones()
        self._bank()
        self._department()
        self._address()
        category = chosen(self._settings, "employee_category")
        if category and (entry := self._registers.by_value("categories", category)):
            self._put("employee_category", entry.label)
        elif category:
            self._find("choice_gone", Severity.WARNING, "employee_category")
        self._put("user_type", chosen(self._settings, "user_type"))
        self._lengths()
        return Part(Level.PERSON, (), self._values, defaults=frozenset(self._defaults)), self._findings

    def _put(self, key: str, value: Value) -> None:
        if value not in (None, ""):
            self._values[key] = value

    def _find(self, code: str, severity: Severity, field: str, **values: object) -> None:
        self._findings.append(Finding(f"tripletex_{code}", severity, field, values))

    def _identity(self) -> None:
        identity = self._employee.identity
        if identity is None:
            return
        digits = norwegian_identity(identity)
        if digits is None:
            self._find("foreign_identity", Severity.WARNING, "identity_number")
        else:
            self._put("d_number" if is_d_number(digits) else "identity_number", digits)

    def _email(self) -> None:
        given = [e for e in (self._employee.work_email, self._employee.private_email) if e]
        usable = [address for email in given if (address := read_mailbox(email))]
        if usable:
            self._put("email", usable[0])
        elif not all(email.isascii() for email in given):
            self._find("email_not_ascii", Severity.WARNING, "email")
        if not usable and chosen(self._settings, "user_type") != "NO_ACCESS":
            self._find("email_needed", Severity.BLOCKING, "email")

    def _phones(self) -> None:
        region = next((e.country for e in reversed(self._employee.employments) if e.country), None) or "NO"
        if (work := _phone(self._employee.work_phone, region)) is not None:
            self._put("work_phone", work[1] if work[0] == "NO" else work[2])
        if (mobile := _phone(self._employee.private_phone, region)) is not None:
            country, national, international = mobile
            if country and self._registers.by_label("countries", country):
                self._put("mobile_phone", national)
                self._put("mobile_country", country)
            elif international.startswith("+47"):
                self._put("mobile_phone", national)  # as Tripletex has a number that names no country: Svalbard's too
            else:
                self._put("mobile_phone", international)
                self._find("mobile_country_unknown", Severity.WARNING, "mobile_phone")

    def _bank(self) -> None:
        bank = self._employee.bank
        if bank is None:
            return
        if (number := norwegian_account(bank)) is not None:
            self._put("bank_account", number)
        else:
            self._find("foreign_bank_account", Severity.WARNING, "bank_account")

    def _department(self) -> None:
        """The department of the person's office, where offices are chosen for; else the one of the same name."""
        of_office = unit_of_office(self._settings, "office_department", "department", self._employee.office)
        if not offices_decide(self._settings, "office_department"):
            self._department_by_name()
        elif of_office.gap is not None:
            self._findings.append(of_office.gap)
            self.when_new = of_office.gap_of_new
            return
        elif entry := self._registers.by_value("departments", of_office.value):
            self._put("department", entry.label)
        else:
            self._find("choice_gone", Severity.WARNING, "department")
        in_use = any(not entry.inactive for entry in self._registers.loaded("departments"))
        if in_use and "department" not in self._values:
            # Where departments are in use, Tripletex makes nobody without one.
            self.when_new = (Finding("tripletex_department_missing", Severity.BLOCKING, "department"),)

    def _department_by_name(self) -> None:
        department = self._employee.department
        found: list[TripletexEntry] = []
        if department is not None:
            found = _named(self._registers, department.name, department.code)
        default = chosen(self._settings, "default_department")
        if default and self._registers.by_value("departments", default) is None:
            self._find("choice_gone", Severity.WARNING, "department")
        if len(found) == 1:
            self._put("department", found[0].label)
        elif default and (entry := self._registers.by_value("departments", default)):
            # The setting's, and not the person's: it replaces no department that payroll has chosen for them.
            self._put("department", entry.label)
            self._defaults.add("department")
            if department is not None:
                unknown = Finding(
                    "tripletex_department_unknown", Severity.WARNING, "department", {"department": department.name}
                )
                self.when_other[Level.PERSON, date.min, "department"] = unknown
        elif len(found) > 1 and department is not None:
            self._find("department_ambiguous", Severity.WARNING, "department", department=department.name)
        elif department is not None:
            self._find("department_unknown", Severity.WARNING, "department", department=department.name)

    def _address(self) -> None:
        address = self._employee.address
        if address is None:
            return
        self._put("street", address.street)
        self._put("postal_code", address.postal_code)
        self._put("city", address.city)
        code = country_code(address.country)
        if code and self._registers.by_label("countries", code):
            self._put("country", code)
        elif address.country and address.country.strip():
            self._find("country_unknown", Severity.WARNING, "country", country=address.country.strip())

    def _lengths(self) -> None:
        for key, longest in LONGEST.items():
            value = self._values.get(key)
            if not isinstance(value, str) or len(value) <= longest:
                continue
            if key in NEEDED or (key == "email" and chosen(self._settings, "user_type") != "NO_ACCESS"):
                self._find("too_long", Severity.BLOCKING, key, limit=longest)
            else:
                # What nobody needs to be paid is left out, and keeps nobody out.
                del self._values[key]
                self._find("too_long", Severity.WARNING, key, limit=longest)


def _named(registers: TripletexReferenceData, name: str, code: str | None) -> list[TripletexEntry]:
    departments = [entry for entry in registers.loaded("departments") if not entry.inactive]
    wanted = _compared(name)
    found = [entry for entry in departments if _compared(entry.name) == wanted]
    return [entry for entry in found if code and entry.number == code] or found


def _compared(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


def _phone(value: str | None, region: str) -> tuple[str | None, str, str] | None:
    """(country, national number, international form), or None for what is no phone number."""
    if not value:
        return None
    try:
        parsed = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    country = phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(
        parsed.country_code or 0
    )
    international = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    # The national significant number keeps its leading zeros, which Italy writes and the Nordics do not.
    return country, phonenumbers.national_significant_number(parsed), international
