"""What Kleer should hold of an employee, and what stands in the way.

A user has one agreement, so employments that follow each other without a gap are one: its first day is the first one's,
and its last the last one's. After a gap the next one takes the place of the one before on its first day, and not
earlier, so that a last salary is still paid by the employment that it is of.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from bot.core.mailbox import read_mailbox
from bot.domain.employee import Compensation, Employee, Employment, PayPeriod
from bot.domain.employments import EmploymentRun
from bot.domain.findings import Finding, Severity
from bot.domain.record import Address, Level, Part, Value
from bot.providers.kit.countries import country_code
from bot.providers.kit.elements import plain
from bot.providers.kit.json_values import digits_of
from bot.providers.kit.one_employment import employment_in_force
from bot.providers.kit.swedish_account import swedish_account
from bot.providers.kit.swedish_identity import swedish_identity
from bot.providers.kit.swedish_phone import swedish_phone
from bot.providers.kleer.field_table import PAY
from bot.providers.kleer.reference_data import KleerReferenceData
from bot.providers.kleer.settings import (
    AS_IS,
    COST_CENTER,
    CREATED,
    KRONOR,
    NO_UNIT,
    NOT_SEEN,
    NOT_SENT,
    ORE,
    TO_FULL_TIME,
    chosen,
)
from bot.providers.protocol import Desired, Settings

HUNDRED = Decimal(100)
CURRENCY = "SEK"


class KleerBuilder:
    """Collects one employee's values and findings. The reference data must have been loaded."""

    def __init__(self, employee: Employee, settings: Settings, registers: KleerReferenceData, today: date) -> None:
        self._employee = employee
        self._settings = settings
        self._registers = registers
        self._today = today
        self._unit = chosen(settings, "salary_unit")
        self._findings: list[Finding] = []
        self._when_new: dict[Address, tuple[Finding, ...]] = {}

    def build(self) -> Desired:
        """The record, and everything that is to be told."""
        parts = [self._person(), *self._employment()]
        findings = tuple(found for i, found in enumerate(self._findings) if found not in self._findings[:i])
        silent = (PAY if self._withheld else frozenset[str]()) | self._without_center
        return Desired(record=tuple(parts), findings=findings, when_new=self._when_new, unspoken=silent)

    @property
    def _withheld(self) -> bool:
        """Whether no pay is sent. Until a person has said the unit, none is."""
        return chosen(self._settings, "salary") == NOT_SENT or self._unit not in (KRONOR, ORE)

    @property
    def _without_center(self) -> frozenset[str]:
        """The cost centre, where the settings keep it from Kleer."""
        return frozenset({"cost_center"}) if chosen(self._settings, "unit_from") == NO_UNIT else frozenset()

    def _find(self, code: str, severity: Severity, field: str, /, **values: object) -> None:
        self._findings.append(Finding(f"kleer_{code}", severity, field, values))

    def _tell_when_new(self, address: Address, *found: Finding) -> None:
        self._when_new[address] = (*self._when_new.get(address, ()), *found)

    def _needed(self, address: Address, code: str, field: str, /, **values: object) -> None:
        """What Kleer makes nobody without; somebody whom it has keeps their own."""
        self._tell_when_new(address, Finding(f"kleer_{code}", Severity.BLOCKING, field, values))

    def _person(self) -> Part:
        employee, address = self._employee, (Level.PERSON, ())
        given = (employee.work_email, employee.private_email)
        values: dict[str, Value] = {
            "number": plain(employee.number),
            "name": plain(employee.name),
            "email": next((mailbox for one in given if one and (mailbox := read_mailbox(one))), None),
        }
        if values["email"] is None:
            self._needed(address, "email_missing", "email")
        if chosen(self._settings, "new_people") != CREATED:
            self._needed(address, "user_missing", "employment", number=employee.number.strip())
        return Part(*address, {key: value for key, value in values.items() if value})

    def _private(self) -> dict[str, Value]:
        """What an agreement holds of the person."""
        employee, address = self._employee, self._employee.address
        values: dict[str, Value] = {
            "identity_number": self._identity(),
            "phone": swedish_phone(plain(employee.private_phone)) or swedish_phone(plain(employee.work_phone)),
            "cost_center": self._cost_center(),
        }
        if address is not None:
            country = country_code(address.country)
            if address.country and country is None:
                self._find("country_unknown", Severity.WARNING, "country", country=address.country)
            values |= {"street": plain(address.street), "postal_code": digits_of(address.postal_code)}
            values |= {"city": plain(address.city), "country": country}
        return {key: value for key, value in (values | self._bank()).items() if value not in (None, "")}

    def _identity(self) -> str | None:
        identity = self._employee.identity
        if identity is None or not identity.value.strip():
            return None
        number = swedish_identity(identity, self._today)
        if number is None:
            self._find("identity_not_swedish", Severity.WARNING, "identity_number")
        return number

    def _bank(self) -> dict[str, Value]:
        bank = self._employee.bank
        if bank is None:
            return {}
        if (account := swedish_account(bank)) is not None:
            clearing, number = account
            return {"clearing_number": clearing, "bank_account": number}
        if digits_of(bank.number) or bank.iban:
            self._find("bank_account_unusable", Severity.WARNING, "bank_account")
        return {}

    def _cost_center(self) -> str | None:
        source = chosen(self._settings, "unit_from")
        unit = self._employee.cost_center if source == COST_CENTER else self._employee.department
        if unit is None or source == NO_UNIT:
            return None
        label = self._registers.label_of(unit)
        if label is None:
            self._find("cost_center_unknown", Severity.WARNING, "cost_center", unit=unit.name)
        return label

    def _employment(self) -> list[Part]:
        run = self._run()
        if run is None:
            self._findings.append(Finding("employment.missing", Severity.BLOCKING, "employment"))
            return []
        address, values = (Level.EMPLOYMENT, (run.start,)), self._private()
        if run.end is not None:
            values["end_date"] = run.end
        if run.end is not None and run.end < self._today:
            # One that is over is kept right where Kleer has it, and is not invented where it has not.
            return [Part(*address, values, existing_only=True)]
        if "identity_number" not in values:
            self._needed(address, "identity_missing", "identity_number")
        rows = [] if self._withheld else self._pay(run)
        if not rows:
            without = Finding("terms.without_pay", Severity.WARNING, "salary", {"start": run.start})
            self._tell_when_new(address, without)
        if self._unit == NOT_SEEN and chosen(self._settings, "salary") != NOT_SENT:
            self._find("unit_not_seen", Severity.WARNING, "salary")
        return [Part(*address, {**values, "inactive": False}), *rows]

    def _run(self) -> EmploymentRun | None:
        found = employment_in_force(self._employee.employments, self._today)
        self._findings += found.findings
        for later in found.later:
            self._find("employment_to_come", Severity.WARNING, "employment", day=later.start)
        return found.run

    def _pay(self, run: EmploymentRun) -> list[Part]:
        """A row for the first day, and one for every day on which pay changes."""
        if self._registers.unit not in (None, self._unit):
            self._find("unit_contradicted", Severity.BLOCKING, "salary")
        begun = [one for one in run.employments if one.start <= max(self._today, run.start)]
        last, now = run.end or date.max, max(self._today, run.start)
        changes = {pay.effective for pay in self._employee.compensations if run.start < pay.effective <= last}
        parts = []
        for day in sorted({run.start, *changes}):
            pay = self._employee.compensation_on(day)
            later = [each.effective for each in self._employee.compensations if each.effective > day]
            past = bool(later) and later[0] <= now
            if pay is not None and (row := self._row(pay, begun[-1], day, past=past, ahead=day > now)):
                parts.append(Part(Level.TERMS, (run.start, day), row))
        return parts

    def _row(self, pay: Compensation, job: Employment, day: date, *, past: bool, ahead: bool) -> dict[str, Value]:
        """A row; {} when Kleer cannot hold the pay. What is past is passed over in silence."""
        found: list[Finding] = []
        basis, share, row = chosen(self._settings, "salary"), job.percentage, dict[str, Value]()
        if pay.currency.strip().upper() != CURRENCY:
            values = {"currency": pay.currency, "expected": (CURRENCY,)}
            found = [Finding("compensation.currency", Severity.BLOCKING, "currency", values)]
        elif pay.period is PayPeriod.HOUR:
            # Kleer shows one rate, without those before and after it.
            if ahead:
                found = [Finding("kleer_rate_to_come", Severity.WARNING, "hourly_wage", {"day": day})]
            elif not past and self._written(pay.amount) != self._whole(pay.amount):
                found = [Finding("kleer_rate_of_ore", Severity.BLOCKING, "hourly_wage")]
            elif not past:
                # Somebody is paid by the hour or by the month, never both.
                row = {"hourly_wage": self._whole(pay.amount), "salary": Decimal(0)}
        elif pay.period not in (PayPeriod.MONTH, PayPeriod.YEAR):
            found = [Finding("kleer_pay_period", Severity.BLOCKING, "compensation")]
        elif basis != AS_IS and not share:
            found = [Finding("kleer_pay_of_nothing", Severity.BLOCKING, "percentage")]
        else:
            monthly = pay.amount / 12 if pay.period is PayPeriod.YEAR else pay.amount
            if basis != AS_IS and share is not None:
                monthly = monthly * HUNDRED / share if basis == TO_FULL_TIME else monthly * share / HUNDRED
            row = {"salary": self._whole(monthly)}
            hourly = [one for one in self._employee.compensations if one.period is PayPeriod.HOUR]
            if not ahead and not past and any(one.effective < day for one in hourly):
                # The rate that they were paid by ends; one that payroll enters after that stays.
                row["hourly_wage"] = Decimal(0)
            if self._written(monthly) != row["salary"]:
                found = [Finding("value.rounded", Severity.WARNING, "salary")]
        self._findings += [] if past else found
        return row

    def _written(self, kronor: Decimal) -> Decimal:
        """An amount in the unit of the company's Kleer."""
        return kronor * HUNDRED if self._unit == ORE else kronor

    def _whole(self, kronor: Decimal) -> Decimal:
        """The same as Kleer holds it: it has whole numbers alone."""
        return self._written(kronor).quantize(Decimal(1), ROUND_HALF_UP)
