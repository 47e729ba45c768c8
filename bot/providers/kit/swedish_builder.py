"""What Swedish systems with room for one employment have in common of a record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bot.domain.employee import Compensation, PayPeriod, Unit
from bot.domain.employments import EmploymentRun
from bot.domain.findings import Severity
from bot.domain.record import Value
from bot.providers.kit.json_values import digits_of
from bot.providers.kit.one_employment import employment_in_force
from bot.providers.kit.record_builder import RecordBuilder
from bot.providers.kit.swedish_account import swedish_account
from bot.providers.kit.swedish_identity import swedish_identity

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class DayOfPay:
    """Pay from a day on. `past` is what is not in force any more, `ahead` what is not yet."""

    day: date
    pay: Compensation = field(repr=False)
    past: bool
    ahead: bool


class SwedishBuilder(RecordBuilder):
    """Employments that follow each other without a gap are one: its first day is the first one's, and its last the last
    one's. After a gap the next one takes the place of the one before on its first day, and not earlier, so that a last
    salary is still paid by the employment that it is of."""

    def _identity(self) -> str | None:
        identity = self._employee.identity
        if identity is None or not identity.value.strip():
            return None
        number = swedish_identity(identity, self._today)
        if number is None:
            self._find("identity_not_swedish", Severity.WARNING, "identity_number")
        return number

    def _home(self) -> dict[str, Value]:
        """A postal code is compared without the blank that people write in it."""
        home = super()._home()
        return home | {"postal_code": digits_of(home["postal_code"])} if home else {}

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

    def _cost_center(self, source: str, known_as: Callable[[Unit], str | None]) -> str | None:
        """What the system calls the unit that its cost centre is chosen to come of: a `cost_center`, a `department`."""
        units = {"cost_center": self._employee.cost_center, "department": self._employee.department}
        unit = units.get(source)
        known = known_as(unit) if unit is not None else None
        if unit is not None and known is None:
            self._find("cost_center_unknown", Severity.WARNING, "cost_center", unit=unit.name)
        return known

    def _run(self) -> EmploymentRun | None:
        found = employment_in_force(self._employee.employments, self._today)
        self._findings += found.findings
        for later in found.later:
            self._find("employment_to_come", Severity.WARNING, "employment", day=later.start)
        return found.run

    def _pay_by_day(self, run: EmploymentRun) -> Iterator[DayOfPay]:
        """The pay of the first day, and of every day on which it changes."""
        last, rows = run.end or date.max, self._employee.compensations
        for day in sorted({run.start, *(pay.effective for pay in rows if run.start < pay.effective <= last)}):
            pay = self._employee.compensation_on(day)
            followed = min((each.effective for each in rows if each.effective > day), default=date.max)
            if pay is not None:
                yield DayOfPay(day, pay, past=followed <= self._today, ahead=day > max(self._today, run.start))


def monthly(pay: Compensation, share: Decimal | None, *, of_full_time: bool | None) -> Decimal:
    """Pay by year or month as pay by month: of full time, of the `share` (percent), or (None) as it is."""
    amount = pay.amount / 12 if pay.period is PayPeriod.YEAR else pay.amount
    if of_full_time is None or share is None:
        return amount
    return amount * HUNDRED / share if of_full_time else amount * share / HUNDRED
