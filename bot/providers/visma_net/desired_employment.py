"""Employments as Visma.net should hold them: positions with what holds now, and the salaries that are to come."""

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
from bot.providers.protocol import Settings
from bot.providers.visma_net.field_table import ORDINARY, PERMANENT, REGISTERS
from bot.providers.visma_net.reference_data import VismaNetReferenceData
from bot.providers.visma_net.settings import AS_IS, NOT_SENT, TO_FULL_TIME, chosen

HUNDRED = Decimal(100)

Values = dict[str, Value]

_PERIODS = {
    PayPeriod.MONTH: "monthly_salary",
    PayPeriod.HOUR: "hourly_wage",
    PayPeriod.YEAR: "annual_salary",
}


class PositionBuilder:
    """Collects one employee's positions, coming salaries and findings. `when_new` are those of positions that must be
    made, `when_other` those of what Visma.net has otherwise."""

    def __init__(self, employee: Employee, settings: Settings, registers: VismaNetReferenceData, today: date) -> None:
        self._employee = employee
        self._settings = settings
        self._registers = registers
        self._today = today
        self._parts: list[Part] = []
        self._findings: list[Finding] = []
        self.when_new: dict[tuple[Level, tuple[date, ...]], tuple[Finding, ...]] = {}
        self.when_other: dict[tuple[Level, date, str], Finding] = {}

    def build(self) -> tuple[list[Part], list[Finding]]:
        """Parts and findings. The registers must have been loaded."""
        employments = ordered(self._employee.employments)
        if not employments:
            return [], [Finding("employment.missing", Severity.BLOCKING, "employment")]
        self._tell_overlaps(employments)
        for employment in employments:
            if employment.end is not None and employment.end < self._today:
                # One that is over gets its end where Visma.net has it, and is not invented where it has not.
                self._parts.append(Part(Level.EMPLOYMENT, (employment.start,), self._end(employment), True))
            else:
                self._lasting(employment)
        return self._parts, [f for i, f in enumerate(self._findings) if f not in self._findings[:i]]

    def _tell_overlaps(self, employments: list[Employment]) -> None:
        lasting = [one for one in employments if one.end is None or one.end >= self._today]
        for first, second in overlaps(lasting):
            # Pay is not tied to an employment in the source; with two at once it might be paid twice.
            self._findings.append(_overlap(first, second))
        for first, second in overlaps(employments):
            if first not in lasting and second in lasting:
                # Positions of one person do not overlap, not by a day. Where Visma.net has both, nobody is kept out.
                self._findings.append(replace(_overlap(first, second), severity=Severity.WARNING))
                self._tell_when_new(second.start, _overlap(first, second))

    def _find(self, code: str, severity: Severity, field: str, /, **values: object) -> None:
        self._findings.append(Finding(f"visma_net_{code}", severity, field, values))

    def _end(self, employment: Employment) -> Values:
        if employment.end is None:
            return {}
        reason = chosen(self._settings, "end_reason")
        return {"end_date": employment.end} | ({"end_reason": reason} if reason else {})

    def _lasting(self, employment: Employment) -> None:
        values: Values = {"position_type": ORDINARY, **self._end(employment)}
        self._tax_unit(values, employment.start)
        self._chosen_of_register(values, "work_time_agreement", chosen(self._settings, "work_time_agreement"))
        defaults: set[str] = set()
        if (form := self._form(employment)) is not None:
            values["employment_form"] = form
            if employment.type is None:
                defaults.add("employment_form")
        own, default = self._occupation()
        if own or default:
            values["occupation_code"] = own or default
            if not own:
                defaults.add("occupation_code")
        if unsaid := only_in_target(self._employee, chosen(self._settings, "occupation_code_field")):
            self.when_other[Level.EMPLOYMENT, employment.start, "occupation_code"] = unsaid
        if employment.percentage is None:
            self._find("percentage_missing", Severity.BLOCKING, "percentage")
        else:
            values["percentage"] = employment.percentage
        day = max(self._today, employment.start)
        pay = self._employee.compensation_on(day)
        if pay is not None and (amount := self._amount(pay, employment)) is not None:
            values[amount[0]] = amount[1]
            values["effective_from"] = max(pay.effective, employment.start)
        if pay is None or chosen(self._settings, "salary") == NOT_SENT:
            unpaid = Finding("terms.without_pay", Severity.WARNING, "salary", {"start": employment.start})
            self._tell_when_new(employment.start, unpaid)
        kept = frozenset(defaults)  # what nobody has said of this person fills what is empty, and replaces nothing
        self._parts.append(Part(Level.EMPLOYMENT, (employment.start,), values, defaults=kept))
        # Salaries to come stand in rows of their own; this one says from where on there are such rows.
        self._parts.append(Part(Level.TERMS, (employment.start, employment.start), {}))
        for coming in self._employee.compensations:
            if day < coming.effective <= (employment.end or date.max):
                amount = self._amount(coming, employment)
                if amount is not None:
                    row = {amount[0]: amount[1]}
                    self._parts.append(Part(Level.TERMS, (employment.start, coming.effective), row))

    def _tell_when_new(self, start: date, *found: Finding) -> None:
        address = (Level.EMPLOYMENT, (start,))
        self.when_new[address] = (*self.when_new.get(address, ()), *found)

    def _tax_unit(self, values: Values, start: date) -> None:
        """The unit of the person's office, where offices are chosen for; else the one of everybody."""
        if not offices_decide(self._settings, "office_tax_unit"):
            self._chosen_of_register(values, "tax_unit", chosen(self._settings, "tax_unit"))
            return
        office = self._employee.office
        of_office = unit_of_office(self._settings, "office_tax_unit", "tax_unit", office)
        if of_office.gap is not None:
            self._findings.append(of_office.gap)
            self._tell_when_new(start, *of_office.gap_of_new)
            return
        self._chosen_of_register(values, "tax_unit", of_office.value)
        if "tax_unit" in values:
            # It is written to new positions only: what stands in others is payroll's, and told.
            self.when_other[Level.EMPLOYMENT, start, "tax_unit"] = differs_in_target(
                "tax_unit", office, values["tax_unit"]
            )

    def _chosen_of_register(self, values: Values, key: str, identifier: str) -> None:
        entry = self._registers.by_id(REGISTERS[key], identifier) if identifier else None
        if entry is not None:
            values[key] = entry.label
        elif identifier:
            self._find("choice_gone", Severity.BLOCKING, key)
        else:
            self._find("choice_missing", Severity.BLOCKING, key)

    def _form(self, employment: Employment) -> str | None:
        # The one built-in type whose name is published; customers name the others as they like.
        if employment.type is not None and employment.type.name == "permanent_employment":
            return PERMANENT
        other = chosen(self._settings, "other_employment_form")
        if not other:
            name = employment.type.name if employment.type else ""
            self._find("employment_form_unknown", Severity.WARNING, "employment_form", type=name)
        return other or None

    def _occupation(self) -> tuple[str | None, str | None]:
        """The seven-digit STYRK code: the employee's own (a custom field of the source), and the default."""
        field = chosen(self._settings, "occupation_code_field")
        code = own_code(self._employee, field)
        if is_code(code):
            return code, None
        default = chosen(self._settings, "occupation_code") or None
        if default is not None and not is_code(default):
            # Choices are the codes that the tenant's people carry, whatever those are.
            self._find("occupation_code_invalid", Severity.WARNING, "occupation_code", code=default)
            default = None
        if code:
            self._find("occupation_code_invalid", Severity.WARNING, "occupation_code", code=code)
        elif default is None:
            self._find("occupation_code_missing", Severity.WARNING, "occupation_code")
        return None, default

    def _amount(self, pay: Compensation, employment: Employment) -> tuple[str, Decimal] | None:
        """Field and amount of a compensation; None, and a finding, when Visma.net cannot hold it."""
        basis = chosen(self._settings, "salary")
        if basis == NOT_SENT:
            return None
        if pay.currency.strip().upper() != "NOK":
            values = {"currency": pay.currency, "expected": ("NOK",)}
            self._findings.append(Finding("compensation.currency", Severity.BLOCKING, "currency", values))
            return None
        key = _PERIODS.get(pay.period)
        if key is None:
            self._find("pay_period", Severity.BLOCKING, "compensation")
            return None
        share = employment.percentage
        if key == "hourly_wage" or basis == AS_IS or share is None:
            return key, pay.amount
        if basis == TO_FULL_TIME and share == 0:
            self._find("pay_of_nothing", Severity.BLOCKING, "percentage")
            return None
        amount = pay.amount * HUNDRED / share if basis == TO_FULL_TIME else pay.amount * share / HUNDRED
        self._findings += rounded(amount, key)
        return key, to_cents(amount)


def _overlap(first: Employment, second: Employment) -> Finding:
    values = {"first": first.start, "second": second.start}
    return Finding("employment.overlap", Severity.BLOCKING, "employment", values)
