"""What Fortnox should hold of an employee, and what stands in the way.

A record has room for one employment.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from bot.domain.employee import Compensation, Employee, Employment, PayPeriod
from bot.domain.employments import EmploymentRun
from bot.domain.findings import Finding, Severity
from bot.domain.record import Address, Level, Part, Value
from bot.providers.fortnox.reference_data import CostCenters
from bot.providers.fortnox.settings import (
    AS_IS,
    FORMS,
    FRACTION,
    NOT_SENT,
    PERSONNEL,
    TO_FULL_TIME,
    chosen,
    unspoken,
)
from bot.providers.kit.amounts import rounded, to_cents
from bot.providers.kit.elements import ElementRules, plain
from bot.providers.kit.swedish_builder import SwedishBuilder, monthly
from bot.providers.kit.swedish_phone import swedish_phone
from bot.providers.protocol import Desired, Settings

HUNDRED = Decimal(100)
CURRENCY = "SEK"

_TAKEN = r"[^\"<>|~{}\[\]]"
RULES = ElementRules(
    {
        "number": _TAKEN + "{1,15}",
        "title": _TAKEN + "{1,30}",
        **dict.fromkeys(
            ("first_name", "last_name", "email", "phone", "work_phone", "street", "postal_code", "city", "country"),
            _TAKEN + "*",
        ),
    },
    keys=frozenset({"number", "first_name", "last_name"}),
    key_unfit="fortnox_key_unfit",
    value_unfit="fortnox_value_unfit",
)
"""Lengths are those of the description; the characters are those that Fortnox' list is known to lack."""


class FortnoxBuilder(SwedishBuilder):
    """Collects one employee's values and findings. The cost centres must have been loaded."""

    system = "fortnox"

    def __init__(self, employee: Employee, settings: Settings, cost_centers: CostCenters, today: date) -> None:
        super().__init__(employee, settings, today)
        self._cost_centers = cost_centers

    def build(self) -> Desired:
        """The record, and everything that is to be told."""
        parts = [self._person(), *self._employment()]
        return Desired(
            record=tuple(parts), findings=self._told, when_new=self.when_new, unspoken=unspoken(self._settings)
        )

    def _person(self) -> Part:
        employee = self._employee
        values: dict[str, Value] = {
            "number": employee.number.strip(),
            "first_name": plain(employee.first_name),
            "last_name": plain(employee.last_name),
            "identity_number": self._identity(),
            "email": self._email(),
            "phone": swedish_phone(plain(employee.private_phone)),
            "work_phone": swedish_phone(plain(employee.work_phone)),
            "title": plain(employee.title),
            "cost_center": self._cost_center(chosen(self._settings, "unit_from"), self._cost_centers.code_of),
            **self._home(),
            **self._bank(),
        }
        if values["email"] is None:
            self._needed((Level.PERSON, ()), "email_missing", "email")
        fitting, unfit = RULES.fitting({key: value for key, value in values.items() if value not in (None, "")})
        self._findings += unfit
        return Part(Level.PERSON, (), fitting)

    def _employment(self) -> list[Part]:
        run = self._run()
        if run is None:
            self._findings.append(Finding("employment.missing", Severity.BLOCKING, "employment"))
            return []
        address, job = (Level.EMPLOYMENT, (run.start,)), self._job(run)
        over = run.end is not None and run.end < self._today
        if over:
            # One that is over gets its end where Fortnox has it, and is not invented where it has not: and nobody is
            # made there without one.
            self._needed((Level.PERSON, ()), "employment_over", "employment", end=run.end)
            return [Part(*address, {"end_date": run.end}, existing_only=True)]
        values: dict[str, Value] = {"inactive": False}
        if run.end is not None:
            values["end_date"] = run.end
        kept: set[str] = set()
        self._form(values, kept, job, address)
        personnel = chosen(self._settings, "personnel_type")
        if personnel in PERSONNEL:
            values["personnel_type"] = personnel.upper()
        else:
            self._needed(address, "personnel_type_missing", "personnel_type")
        self._share(values, job)
        rows = self._pay(run, job)
        pay = self._employee.compensation_on(max(self._today, run.start))
        if pay is None:
            self._needed(address, "pay_missing", "remuneration_type")
        else:
            values["remuneration_type"] = "TIM" if pay.period is PayPeriod.HOUR else "MAN"
        return [Part(*address, values, defaults=frozenset(kept)), *rows]

    def _job(self, run: EmploymentRun) -> Employment:
        """The employment of a run that counts today, or on its first day."""
        begun = [one for one in run.employments if one.start <= max(self._today, run.start)]
        return begun[-1]

    def _form(self, values: dict[str, Value], kept: set[str], job: Employment, address: Address) -> None:
        # The one built-in type whose name is published; customers name the others as they like.
        permanent = job.type is not None and job.type.name == "permanent_employment"
        other = chosen(self._settings, "other_employment_form")
        if permanent or other in FORMS:
            values["employment_form"] = "TV" if permanent else other.upper()
            kept |= {"employment_form"} if job.type is None else set()
        else:
            self._needed(address, "employment_form_unknown", "employment_form", type=job.type.name if job.type else "")

    def _share(self, values: dict[str, Value], job: Employment) -> None:
        scale, share = chosen(self._settings, "full_time_equivalent"), job.percentage
        if scale == NOT_SENT or share is None:
            return
        values["full_time_equivalent"] = share / HUNDRED if scale == FRACTION else share

    def _pay(self, run: EmploymentRun, job: Employment) -> list[Part]:
        """A row for the first day, and one for every day on which pay changes."""
        basis = chosen(self._settings, "salary")
        if basis == NOT_SENT:
            return []
        rows = ((each.day, self._row(each.pay, job, basis, past=each.past)) for each in self._pay_by_day(run))
        return [Part(Level.TERMS, (run.start, day), row) for day, row in rows if row]

    def _row(self, pay: Compensation, job: Employment, basis: str, *, past: bool) -> dict[str, Value]:
        """A row; {} when Fortnox cannot hold the pay. What is past is passed over in silence."""
        found: list[Finding] = []
        share, row = job.percentage, dict[str, Value]()
        if pay.currency.strip().upper() != CURRENCY:
            values = {"currency": pay.currency, "expected": (CURRENCY,)}
            found = [Finding("compensation.currency", Severity.BLOCKING, "currency", values)]
        elif pay.period is PayPeriod.HOUR:
            row, found = {"hourly_wage": to_cents(pay.amount)}, rounded(pay.amount, "hourly_wage")
        elif pay.period not in (PayPeriod.MONTH, PayPeriod.YEAR):
            found = [Finding("fortnox_pay_period", Severity.BLOCKING, "compensation")]
        elif basis != AS_IS and not share:
            found = [Finding("fortnox_pay_of_nothing", Severity.BLOCKING, "percentage")]
        else:
            amount = monthly(pay, share, of_full_time=None if basis == AS_IS else basis == TO_FULL_TIME)
            row, found = {"salary": to_cents(amount)}, rounded(amount, "salary")
        self._findings += [] if past else found
        return row
