"""Employments and salaries as PowerOffice Go should hold them.

What holds of an employment now stands on it; a salary is a line of its own from a day on. A line is made for the start
of an employment and for every day on which pay changes while it lasts.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from bot.domain.employee import Compensation, Employee, Employment, PayPeriod
from bot.domain.employments import ordered, overlaps
from bot.domain.findings import Finding, Severity
from bot.domain.record import Level, Part, Value
from bot.providers.kit.amounts import rounded, to_cents
from bot.providers.kit.occupation_codes import is_code, only_in_target, own_code
from bot.providers.kit.office_units import differs_in_target, offices_decide, unit_of_office
from bot.providers.kit.record_builder import RecordBuilder
from bot.providers.poweroffice_go.field_table import FIXED, HOURLY
from bot.providers.poweroffice_go.reference_data import GoReferenceData
from bot.providers.poweroffice_go.settings import AS_IS, CHOICES, NOT_SENT, TO_FULL_TIME, chosen
from bot.providers.protocol import Settings

HUNDRED = Decimal(100)
_E = Level.EMPLOYMENT


class GoEmploymentBuilder(RecordBuilder):
    """Collects one employee's employments, salaries and findings. `when_new` are those of employments that must be
    made, `when_other` those of what Go has otherwise."""

    system = "poweroffice_go"

    def __init__(self, employee: Employee, settings: Settings, registers: GoReferenceData, today: date) -> None:
        super().__init__(employee, settings, today)
        self._registers = registers
        self._parts: list[Part] = []
        self.when_other: dict[tuple[Level, date, str], Finding] = {}

    def build(self) -> tuple[list[Part], list[Finding]]:
        """Parts and findings. The lists must have been loaded."""
        employments = ordered(self._employee.employments)
        if not employments:
            return [], [Finding("employment.missing", Severity.BLOCKING, "employment")]
        lasting = [one for one in employments if one.end is None or one.end >= self._today]
        for first, second in overlaps(employments):
            values = {"first": first.start, "second": second.start}
            overlap = Finding("employment.overlap", Severity.BLOCKING, "employment", values)
            if first in lasting and second in lasting:
                # Pay is not tied to an employment in the source; with two at once it might be paid twice.
                self._findings.append(overlap)
            elif second in lasting:
                self._findings.append(replace(overlap, severity=Severity.WARNING))
        for employment in employments:
            if employment in lasting:
                self._lasting(employment)
            else:
                # One that is over gets its end where Go has it, and is not invented where it has not.
                self._parts.append(Part(_E, (employment.start,), self._end(employment), existing_only=True))
        return self._parts, list(self._told)

    def _end(self, employment: Employment) -> dict[str, Value]:
        if employment.end is None:
            return {}
        reason = CHOICES.get(chosen(self._settings, "end_reason"))
        if reason is None:
            self._find("end_reason_missing", Severity.BLOCKING, "end_reason")
        return {"end_date": employment.end, "end_reason": reason}

    def _lasting(self, employment: Employment) -> None:
        start = employment.start
        values = self._end(employment)
        self._division(values, start)
        values |= self._registers.defaults
        if None in self._registers.defaults.values():
            self._needed((_E, (start,)), "defaults_missing", "full_time_hours")
        self._form(values, employment)
        self._occupation(values, start)
        share = employment.percentage
        if share is None or not 0 <= share <= HUNDRED:
            self._find("percentage_missing", Severity.BLOCKING, "percentage")
        else:
            values["percentage"] = share
        # What nobody has said of this person fills what is empty, and is no difference to what is there.
        own = own_code(self._employee, chosen(self._settings, "occupation_code_field"))
        unsaid = {"employment_form": employment.type is None, "occupation_code": not is_code(own)}
        kept = {key for key, is_so in unsaid.items() if is_so} & values.keys()
        self._parts.append(Part(_E, (start,), values, defaults=frozenset(kept)))
        basis = chosen(self._settings, "salary")
        pay = self._employee.compensation_on(max(self._today, start))
        if pay is None or basis == NOT_SENT:
            self._tell_when_new(
                (_E, (start,)), Finding("terms.without_pay", Severity.WARNING, "salary", {"start": start})
            )
        if basis != NOT_SENT:
            self._salaries(employment, basis)

    def _division(self, values: dict[str, Value], start: date) -> None:
        """The enterprise of the person's office, where offices are chosen for; else the one of everybody."""
        office = self._employee.office
        decide = offices_decide(self._settings, "office_enterprise")
        of_office = unit_of_office(self._settings, "office_enterprise", "division", office)
        wanted = of_office.value if decide else chosen(self._settings, "enterprise")
        entry = self._registers.by_id("Enterprises", wanted) if wanted else None
        if entry is not None:
            values["division"] = entry.label
            if decide:
                # It is written to new employments only: what stands in others is payroll's, and told.
                self.when_other[_E, start, "division"] = differs_in_target("division", office, entry.label)
        elif decide and of_office.gap is not None:
            self._findings.append(of_office.gap)
            self._tell_when_new((_E, (start,)), *of_office.gap_of_new)
        else:
            self._needed((_E, (start,)), "enterprise_missing", "division")

    def _form(self, values: dict[str, Value], employment: Employment) -> None:
        # The one built-in type whose name is published; customers name the others as they like.
        permanent = employment.type is not None and employment.type.name == "permanent_employment"
        form = "Permanent" if permanent else CHOICES.get(chosen(self._settings, "other_employment_form"))
        if form is not None:
            values["employment_form"] = form
        else:
            name = employment.type.name if employment.type else ""
            self._find("employment_form_unknown", Severity.WARNING, "employment_form", type=name)
            self._needed((_E, (employment.start,)), "employment_form_unknown", "employment_form", type=name)

    def _occupation(self, values: dict[str, Value], start: date) -> None:
        """The employee's own code, else the default. Go reports by it, so that one it has is told and not replaced."""
        own = own_code(self._employee, chosen(self._settings, "occupation_code_field"))
        default = chosen(self._settings, "occupation_code")
        for wrong in (own, default):
            if wrong and not is_code(wrong):
                self._find("occupation_code_invalid", Severity.WARNING, "occupation_code", code=wrong)
        if unsaid := only_in_target(self._employee, chosen(self._settings, "occupation_code_field")):
            self.when_other[_E, start, "occupation_code"] = unsaid
        code = next((one for one in (own, default) if is_code(one)), None)
        if code is None:
            self._needed((_E, (start,)), "occupation_code_missing", "occupation_code")
            return
        values["occupation_code"] = code
        if code == own:
            differs = Finding("poweroffice_go_occupation_differs", Severity.WARNING, "occupation_code", {"code": code})
            self.when_other[_E, start, "occupation_code"] = differs

    def _salaries(self, employment: Employment, basis: str) -> None:
        start, last = employment.start, employment.end or date.max
        days = {pay.effective for pay in self._employee.compensations if start < pay.effective <= last}
        for day in sorted({start, *days}):
            pay = self._employee.compensation_on(day)
            following = [each.effective for each in self._employee.compensations if each.effective > day]
            past = bool(following) and following[0] <= self._today
            if pay is None or not (row := self._salary(pay, employment, basis, past=past)):
                continue
            self._parts.append(Part(Level.TERMS, (start, day), row))

    def _salary(self, pay: Compensation, employment: Employment, basis: str, *, past: bool) -> dict[str, Value]:
        """A line; {} when Go cannot hold the pay. What is past is passed over in silence."""
        found: list[Finding] = []
        share, row = employment.percentage, dict[str, Value]()
        if pay.currency.strip().upper() != "NOK":
            values = {"currency": pay.currency, "expected": ("NOK",)}
            found = [Finding("compensation.currency", Severity.BLOCKING, "currency", values)]
        elif pay.period is PayPeriod.HOUR:
            row = {"remuneration_type": HOURLY, "hourly_wage": pay.amount}
        elif pay.period not in (PayPeriod.MONTH, PayPeriod.YEAR):
            found = [Finding("poweroffice_go_pay_period", Severity.BLOCKING, "compensation")]
        elif basis == TO_FULL_TIME and share == 0:
            found = [Finding("poweroffice_go_pay_of_nothing", Severity.BLOCKING, "percentage")]
        else:
            annual = pay.amount * 12 if pay.period is PayPeriod.MONTH else pay.amount
            if basis != AS_IS and share is not None:
                annual = annual * HUNDRED / share if basis == TO_FULL_TIME else annual * share / HUNDRED
                found = rounded(annual, "annual_salary")
                annual = to_cents(annual)
            row = {"remuneration_type": FIXED, "annual_salary": annual}
        self._findings += [] if past else found
        return row
