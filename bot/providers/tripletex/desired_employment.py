"""Employments and their dated rows of terms, as Tripletex should hold them.

Tripletex keeps terms as rows that take effect on a day. A row is made for the start of an employment and for every
day on which pay changes while it lasts, if pay is sent at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from bot.domain.employee import Compensation, Employee, Employment, PayPeriod
from bot.domain.employments import ordered, overlaps
from bot.domain.findings import Finding, Severity
from bot.domain.record import Level, Part, Value
from bot.providers.kit.amounts import rounded, to_cents
from bot.providers.kit.occupation_codes import is_code, only_in_target, own_code
from bot.providers.kit.office_units import differs_in_target, offices_decide, unit_of_office
from bot.providers.protocol import Settings
from bot.providers.tripletex.reference_data import TripletexReferenceData
from bot.providers.tripletex.settings import ACTUAL, FROM_SOURCE, LEFT_ALONE, NO_REASON, NOT_SENT, chosen

PAY = frozenset({"annual_salary", "hourly_wage"})
REPORTED_WITH_REASON = frozenset({"ORDINARY", "MARITIME"})
"""Employment types whose end the a-melding wants a reason for, since January 2021 (tripletex.no/lonn-qa)."""

Values = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Occupation:
    """An occupation code that Tripletex has been seen to know; `default` when it is the integration's, not theirs;
    `told` when there is a finding on a code that cannot be used."""

    code: str | None
    default: bool = False
    told: bool = False


class EmploymentBuilder:
    """Collects one employee's employments, rows and findings. `when_new` are those of employments that must be made,
    `when_empty` those of what Tripletex lacks as well, `when_other` those of what it has otherwise."""

    def __init__(self, employee: Employee, settings: Settings, registers: TripletexReferenceData, today: date) -> None:
        self._employee = employee
        self._settings = settings
        self._registers = registers
        self._today = today
        self._parts: list[Part] = []
        self._findings: list[Finding] = []
        self.when_empty: dict[tuple[Level, date, str], Finding] = {}
        self.when_other: dict[tuple[Level, date, str], Finding] = {}
        self.when_new: dict[tuple[Level, tuple[date, ...]], tuple[Finding, ...]] = {}

    def build(self, occupation: Occupation) -> tuple[list[Part], list[Finding]]:
        """Parts and findings."""
        employments = ordered(self._employee.employments)
        if not employments:
            return [], [Finding("employment.missing", Severity.BLOCKING, "employment")]
        lasting = [e for e in employments if e.end is None or e.end >= self._today]
        for first, second in overlaps(employments):
            values = {"first": first.start, "second": second.start}
            blocking = Finding("employment.overlap", Severity.BLOCKING, "employment", values)
            if first in lasting and second in lasting:
                # Pay is not tied to an employment in the source; with two at once it might be paid twice.
                self._findings.append(blocking)
            elif second in lasting:
                # Tripletex refuses to make the second; where it has both, nobody need be kept out.
                self._findings.append(replace(blocking, severity=Severity.WARNING))
                self.when_new[Level.EMPLOYMENT, (second.start,)] = (blocking,)
        for employment in employments:
            self._employment(employment, over=employment not in lasting)
            if employment in lasting:
                self._told_unpaid(employment)
                if occupation.code is None and not occupation.told:
                    missing = Finding("occupation_code.missing", Severity.WARNING, "occupation_code")
                    self.when_empty[Level.TERMS, employment.start, "occupation_code"] = missing
                if unsaid := only_in_target(self._employee, chosen(self._settings, "occupation_code_field")):
                    self.when_other[Level.TERMS, employment.start, "occupation_code"] = unsaid
                for day in self._days(employment):
                    self._row(employment, day, occupation)
        return self._parts, self._unique_findings()

    def _find(self, code: str, severity: Severity, field: str, **values: object) -> None:
        self._findings.append(Finding(f"tripletex_{code}", severity, field, values))

    def _unique_findings(self) -> list[Finding]:
        return [finding for i, finding in enumerate(self._findings) if finding not in self._findings[:i]]

    def _told_unpaid(self, employment: Employment) -> None:
        """A new employment without pay: pay is not sent, or begins later."""
        pay = self._employee.compensation_on(max(self._today, employment.start))
        if pay is None or chosen(self._settings, "salary") == NOT_SENT:
            address = (Level.EMPLOYMENT, (employment.start,))
            unpaid = Finding("terms.without_pay", Severity.WARNING, "salary", {"start": employment.start})
            self.when_new[address] = (*self.when_new.get(address, ()), unpaid)

    def _employment(self, employment: Employment, *, over: bool) -> None:
        values: Values = {}
        if employment.end is not None:
            values["end_date"] = employment.end
            reason = chosen(self._settings, "end_reason")
            if reason != NO_REASON:
                values["end_reason"] = reason
            elif not over and chosen(self._settings, "employment_type") in REPORTED_WITH_REASON:
                missing = Finding("end_reason.missing", Severity.WARNING, "end_reason")
                self.when_empty[Level.EMPLOYMENT, employment.start, "end_reason"] = missing
        self._division(values, employment.start, over=over)
        # An employment that is over gets its end where Tripletex has it, and is not invented where it has not.
        self._parts.append(Part(Level.EMPLOYMENT, (employment.start,), values, existing_only=over))

    def _division(self, values: Values, start: date, *, over: bool) -> None:
        """The unit of the person's office, where offices are chosen for; else the one of everybody."""
        office = self._employee.office
        decide = offices_decide(self._settings, "office_division")
        of_office = unit_of_office(self._settings, "office_division", "division", office)
        division = of_office.value if decide else chosen(self._settings, "division")
        entry = self._registers.by_value("divisions", division) if division else None
        if entry is not None:
            values["division"] = entry.label
            if decide and not over:
                # Tripletex does not change the unit of an employment: a move is told.
                self.when_other[Level.EMPLOYMENT, start, "division"] = differs_in_target(
                    "division", office, entry.label
                )
        elif over:
            return
        elif decide and of_office.gap is not None:
            address = (Level.EMPLOYMENT, (start,))
            self._findings.append(of_office.gap)
            self.when_new[address] = (*self.when_new.get(address, ()), *of_office.gap_of_new)
        else:
            self._find("division_gone" if division else "division_missing", Severity.BLOCKING, "division")

    def _days(self, employment: Employment) -> list[date]:
        if chosen(self._settings, "salary") == NOT_SENT:
            return [employment.start]  # pay is payroll's own: a change of it in the source makes no row
        changes = {c.effective for c in self._employee.compensations}
        last = employment.end or date.max
        return [employment.start, *sorted(day for day in changes if employment.start < day <= last)]

    def _row(self, employment: Employment, day: date, occupation: Occupation) -> None:
        compensation = self._employee.compensation_on(day)
        following = [c.effective for c in self._employee.compensations if c.effective > day]
        basis = chosen(self._settings, "salary")
        past = bool(following) and following[0] <= self._today and basis != NOT_SENT
        values: Values = {}
        if employment.percentage is None:
            self._find("percentage_missing", Severity.BLOCKING, "percentage")
        else:
            values["percentage"] = employment.percentage
        if compensation is not None:
            unusable = self._pay(values, compensation, employment, past=past)
            if unusable and past and day != employment.start:
                return  # pay of long ago that Tripletex could not hold anyway
        paid = PAY.intersection(values)
        defaults = {"shift_hours"}
        values["remuneration_type"] = self._remuneration(compensation)
        if not paid or chosen(self._settings, "remuneration_type") != FROM_SOURCE:
            defaults.add("remuneration_type")
        values["employment_type"] = chosen(self._settings, "employment_type")
        if (form := self._form(employment)) is not None:
            values["employment_form"] = form
            if employment.type is None or chosen(self._settings, "employment_form") != FROM_SOURCE:
                defaults.add("employment_form")
        values["working_hours_scheme"] = chosen(self._settings, "working_hours_scheme")
        hours = chosen(self._settings, "shift_hours").replace(",", ".")
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?", hours) and values["working_hours_scheme"] != "NOT_SHIFT":
            values["shift_hours"] = Decimal(hours)
        elif values["working_hours_scheme"] != "NOT_SHIFT" and day == employment.start:
            address = (Level.EMPLOYMENT, (day,))
            missing = Finding("shift_hours.missing", Severity.WARNING, "shift_hours")
            self.when_new[address] = (*self.when_new.get(address, ()), missing)
        if occupation.code is not None:
            values["occupation_code"] = occupation.code
            if occupation.default:
                defaults.add("occupation_code")
        if past:
            # A row that a later one has replaced is corrected in its pay alone: the rest is of today, and reported.
            defaults |= values.keys() - (set() if basis == ACTUAL else paid)
        # A row without pay is not made where another with pay has followed already.
        unpaid = past and not paid
        kept = frozenset(defaults & values.keys())
        self._parts.append(Part(Level.TERMS, (employment.start, day), values, unpaid, kept))

    def _pay(self, values: Values, pay: Compensation, employment: Employment, *, past: bool) -> bool:
        """Put in the pay; True when Tripletex cannot hold it. What is past is passed over in silence."""
        basis = chosen(self._settings, "salary")
        if basis == NOT_SENT:
            return False
        problem: Finding | None = None
        if pay.currency.strip().upper() != "NOK":
            expected = {"currency": pay.currency, "expected": ("NOK",)}
            problem = Finding("compensation.currency", Severity.BLOCKING, "currency", expected)
        elif pay.period is PayPeriod.HOUR:
            values["hourly_wage"] = pay.amount
        elif pay.period in (PayPeriod.MONTH, PayPeriod.YEAR):
            annual = pay.amount * 12 if pay.period is PayPeriod.MONTH else pay.amount
            if basis == ACTUAL and employment.percentage == 0:
                problem = Finding("tripletex_pay_of_nothing", Severity.BLOCKING, "percentage")
            elif basis == ACTUAL and employment.percentage is not None:
                # Tripletex wants the salary of a full-time position.
                exact = annual * 100 / employment.percentage
                self._findings += [] if past else rounded(exact, "annual_salary")
                annual = to_cents(exact)
            if problem is None:
                values["annual_salary"] = annual
        else:
            problem = Finding("tripletex_pay_period", Severity.BLOCKING, "compensation")
        if problem is not None and not past:
            self._findings.append(problem)
        return problem is not None

    def _remuneration(self, compensation: Compensation | None) -> str:
        setting = chosen(self._settings, "remuneration_type")
        if setting != FROM_SOURCE:
            return setting
        hourly = compensation is not None and compensation.period is PayPeriod.HOUR
        return "HOURLY_WAGE" if hourly else "MONTHLY_WAGE"

    def _form(self, employment: Employment) -> str | None:
        setting = chosen(self._settings, "employment_form")
        if setting != FROM_SOURCE:
            return setting
        # The one built-in type whose name is published; customers name the others as they like.
        if employment.type is not None and employment.type.name == "permanent_employment":
            return "PERMANENT"
        other = chosen(self._settings, "other_employment_form")
        if other != LEFT_ALONE:
            return other
        name = employment.type.name if employment.type else ""
        self._find("employment_form_unknown", Severity.WARNING, "employment_form", type=name)
        return None


def wanted_occupation(employee: Employee, settings: Settings) -> tuple[Occupation, Finding | None]:
    """The occupation code to use: the employee's own (a custom field of the source) or the integration's default.

    Only codes of seven digits are Tripletex'; four digits are another system and cannot be translated.
    """
    field = chosen(settings, "occupation_code_field")
    code = own_code(employee, field)
    default = Occupation(chosen(settings, "occupation_code") or None, default=True)
    if not code:
        return default, None
    if is_code(code):
        return Occupation(code), None
    finding = Finding("tripletex_occupation_code_invalid", Severity.WARNING, "occupation_code", {"code": code})
    return default, finding
