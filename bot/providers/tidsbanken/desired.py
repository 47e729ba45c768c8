"""What Tidsbanken should hold of an employee, and what stands in the way.

There is one row for a person, so employments that follow each other without a gap are one. After a gap the next one
takes the place of the one before on its first day.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from bot.domain.employee import Employee, Employment
from bot.domain.employments import EmploymentRun
from bot.domain.findings import Finding, Severity
from bot.domain.record import Address, Level, Part, Value
from bot.providers.kit.amounts import rounded, to_cents
from bot.providers.kit.elements import plain
from bot.providers.kit.norwegian_account import norwegian_account
from bot.providers.kit.norwegian_identity import norwegian_identity
from bot.providers.kit.norwegian_phone import norwegian_phone
from bot.providers.kit.one_employment import employment_in_force
from bot.providers.kit.record_builder import RecordBuilder
from bot.providers.protocol import Desired, Settings
from bot.providers.tidsbanken.reference_data import TidsbankenReferenceData
from bot.providers.tidsbanken.settings import BY_HAND, NO_DEPARTMENT, chosen

HUNDRED = Decimal(100)
PERSON: Address = (Level.PERSON, ())

Values = dict[str, Value]


class TidsbankenBuilder(RecordBuilder):
    """Collects one employee's values and findings. The lists must have been loaded."""

    system = "tidsbanken"

    def __init__(self, employee: Employee, settings: Settings, lists: TidsbankenReferenceData, today: date) -> None:
        super().__init__(employee, settings, today)
        self._lists = lists

    def build(self) -> Desired:
        """The record, and everything that is to be told."""
        values = {**self._person(), **self._employment()}
        kept = {key: value for key, value in values.items() if value not in (None, "")}
        return Desired(
            record=(Part(*PERSON, kept),),
            findings=self._told,
            when_new=self.when_new,
            unspoken=frozenset({"department"} if chosen(self._settings, "department") == NO_DEPARTMENT else ()),
        )

    def _person(self) -> Values:
        employee, address = self._employee, self._employee.address
        phones = (norwegian_phone(phone) for phone in (employee.private_phone, employee.work_phone) if phone)
        values: Values = {
            "number": self._number(),
            "first_name": plain(employee.first_name),
            "last_name": plain(employee.last_name),
            "birth_date": employee.birth_date,
            "email": self._email(),
            "phone": next((phone for phone in phones if phone), None),
            "title": plain(employee.title),
            "department": self._department(),
        }
        if address is not None:
            values |= {"street": plain(address.street), "postal_code": plain(address.postal_code)}
            values["city"] = plain(address.city)
        if employee.identity is not None:
            values["identity_number"] = norwegian_identity(employee.identity)
            if values["identity_number"] is None:
                self._find("foreign_identity", Severity.WARNING, "identity_number")
        if employee.bank is not None:
            values["bank_account"] = norwegian_account(employee.bank)
            if values["bank_account"] is None:
                self._find("bank_account_unusable", Severity.WARNING, "bank_account")
        return values

    def _number(self) -> str:
        """Numbers are whole numbers: one that is written otherwise never matches."""
        number = self._employee.number.strip()
        if number and not re.fullmatch(r"[1-9][0-9]{0,8}", number):
            self._find("number_format", Severity.BLOCKING, "number", number=number)
        return number

    def _department(self) -> str | None:
        unit = self._employee.department
        if unit is None or chosen(self._settings, "department") == NO_DEPARTMENT:
            return None
        found = self._lists.department_of(unit)
        if found is None:
            self._find("department_unknown", Severity.WARNING, "department", unit=unit.name)
        return found.label if found else None

    def _employment(self) -> Values:
        run = self._run()
        if run is None:
            self._findings.append(Finding("employment.missing", Severity.BLOCKING, "employment"))
            return {}
        over = run.end is not None and run.end < self._today
        now = next((job for job in reversed(run.employments) if job.start <= self._today), run.employments[0])
        values: Values = {"start_date": run.start, "inactive": over}
        values["employee_group"] = self._group(now)
        if over:
            # Time of the last days may still have to be entered: whether the system closes somebody is a choice.
            if chosen(self._settings, "leavers") == BY_HAND:
                del values["inactive"]
            self._needed(PERSON, "employment_over", "employment")
            return values
        share = now.percentage
        if share is not None and 0 <= share <= HUNDRED:
            values["percentage"] = to_cents(share)
            self._findings += rounded(share, "percentage")
        elif share is not None:
            self._find("percentage_unusable", Severity.WARNING, "percentage")
        return values

    def _run(self) -> EmploymentRun | None:
        found = employment_in_force(self._employee.employments, self._today)
        self._findings += found.findings
        for later in found.later:
            self._find("employment_to_come", Severity.WARNING, "employment", day=later.start)
        return found.run

    def _group(self, employment: Employment) -> str | None:
        """The group of somebody new: the one for permanent employees, or that for all others where one is chosen."""
        # The one built-in type whose name is published; customers name the others as they like.
        permanent = employment.type is None or employment.type.name == "permanent_employment"
        wanted = (not permanent and chosen(self._settings, "other_group")) or chosen(self._settings, "group")
        group = self._lists.group(wanted)
        if group is None:
            self._needed(PERSON, "group_missing", "employee_group")
        return group.label if group else None
