"""What Kleer should hold of an employee, and what stands in the way.

A user has one agreement.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from bot.domain.employee import Employee, Employment, PayPeriod
from bot.domain.employments import EmploymentRun
from bot.domain.findings import Finding, Severity
from bot.domain.record import Level, Part, Value
from bot.providers.kit.elements import plain
from bot.providers.kit.swedish_builder import DayOfPay, SwedishBuilder, monthly
from bot.providers.kit.swedish_phone import swedish_phone
from bot.providers.kleer.field_table import PAY
from bot.providers.kleer.reference_data import KleerReferenceData
from bot.providers.kleer.settings import (
    AS_IS,
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


class KleerBuilder(SwedishBuilder):
    """Collects one employee's values and findings. The reference data must have been loaded."""

    system = "kleer"

    def __init__(self, employee: Employee, settings: Settings, registers: KleerReferenceData, today: date) -> None:
        super().__init__(employee, settings, today)
        self._registers = registers
        self._unit = chosen(settings, "salary_unit")

    def build(self) -> Desired:
        """The record, and everything that is to be told."""
        parts = [self._person(), *self._employment()]
        silent = (PAY if self._withheld else frozenset[str]()) | self._without_center
        return Desired(record=tuple(parts), findings=self._told, when_new=self.when_new, unspoken=silent)

    @property
    def _withheld(self) -> bool:
        """Whether no pay is sent. Until a person has said the unit, none is."""
        return chosen(self._settings, "salary") == NOT_SENT or self._unit not in (KRONOR, ORE)

    @property
    def _without_center(self) -> frozenset[str]:
        """The cost centre, where the settings keep it from Kleer."""
        return frozenset({"cost_center"}) if chosen(self._settings, "unit_from") == NO_UNIT else frozenset()

    def _person(self) -> Part:
        employee, address = self._employee, (Level.PERSON, ())
        values: dict[str, Value] = {
            "number": plain(employee.number),
            "name": plain(employee.name),
            "email": self._email(),
        }
        if values["email"] is None:
            self._needed(address, "email_missing", "email")
        if chosen(self._settings, "new_people") != CREATED:
            self._needed(address, "user_missing", "employment", number=employee.number.strip())
        return Part(*address, {key: value for key, value in values.items() if value})

    def _private(self) -> dict[str, Value]:
        """What an agreement holds of the person."""
        employee = self._employee
        values: dict[str, Value] = {
            "identity_number": self._identity(),
            "phone": swedish_phone(plain(employee.private_phone)) or swedish_phone(plain(employee.work_phone)),
            "cost_center": self._cost_center(chosen(self._settings, "unit_from"), self._registers.label_of),
            **self._home(),
            **self._bank(),
        }
        return {key: value for key, value in values.items() if value not in (None, "")}

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

    def _pay(self, run: EmploymentRun) -> list[Part]:
        """A row for the first day, and one for every day on which pay changes."""
        if self._registers.unit not in (None, self._unit):
            self._find("unit_contradicted", Severity.BLOCKING, "salary")
        begun = [one for one in run.employments if one.start <= max(self._today, run.start)]
        rows = ((each.day, self._row(each, begun[-1])) for each in self._pay_by_day(run))
        return [Part(Level.TERMS, (run.start, day), row) for day, row in rows if row]

    def _row(self, held: DayOfPay, job: Employment) -> dict[str, Value]:
        """A row; {} when Kleer cannot hold the pay. What is past is passed over in silence."""
        pay, day, past, ahead = held.pay, held.day, held.past, held.ahead
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
            amount = monthly(pay, share, of_full_time=None if basis == AS_IS else basis == TO_FULL_TIME)
            row = {"salary": self._whole(amount)}
            hourly = [one for one in self._employee.compensations if one.period is PayPeriod.HOUR]
            if not ahead and not past and any(one.effective < day for one in hourly):
                # The rate that they were paid by ends; one that payroll enters after that stays.
                row["hourly_wage"] = Decimal(0)
            if self._written(amount) != row["salary"]:
                found = [Finding("value.rounded", Severity.WARNING, "salary")]
        self._findings += [] if past else found
        return row

    def _written(self, kronor: Decimal) -> Decimal:
        """An amount in the unit of the company's Kleer."""
        return kronor * HUNDRED if self._unit == ORE else kronor

    def _whole(self, kronor: Decimal) -> Decimal:
        """The same as Kleer holds it: it has whole numbers alone."""
        return self._written(kronor).quantize(Decimal(1), ROUND_HALF_UP)
