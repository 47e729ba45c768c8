"""Pay: there, positive, in the target's currency, and of a size that a person can earn."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from bot.domain.employee import Compensation, Employee, Employment, PayPeriod
from bot.domain.findings import Finding
from bot.sync.checks.context import CheckContext
from bot.sync.checks.findings import finding

_PER_YEAR = {
    PayPeriod.HOUR: 1950,
    PayPeriod.DAY: 260,
    PayPeriod.WEEK: 52,
    PayPeriod.TWO_WEEKS: 26,
    PayPeriod.MONTH: 12,
    PayPeriod.QUARTER: 4,
    PayPeriod.YEAR: 1,
}

# Per year of full-time work, in Norwegian kroner; a yardstick for slips of the period or a digit, not a rate.
_LOW, _HIGH = Decimal(120_000), Decimal(4_000_000)
_ABSURDLY_LOW, _ABSURDLY_HIGH = Decimal(12_000), Decimal(40_000_000)
_CROWNS = {
    "NOK": Decimal(1),
    "SEK": Decimal(1),
    "DKK": Decimal("1.5"),
    "EUR": Decimal("11.5"),
    "USD": Decimal("10.5"),
    "GBP": Decimal("13.5"),
    "ISK": Decimal("0.08"),
}


JUMP = Decimal(3)
"""How many times the pay before it, or what part of it, new pay is asked about: a month taken for a year is 12."""

RECENT_DAYS = 60
"""For how long after its day pay that has jumped is still told: by then it has been paid."""


def jumps(before: Decimal, after: Decimal) -> bool:
    """Whether pay changes out of proportion. Both are positive, or nothing is said."""
    if not (before.is_finite() and after.is_finite() and before > 0 and after > 0):
        return False
    return not before / JUMP < after < before * JUMP


def yearly(pay: Compensation) -> Decimal:
    """The amount for a year of full-time work, in its own currency."""
    return pay.amount * _PER_YEAR[pay.period]


def check_compensation(employee: Employee, context: CheckContext) -> Iterator[Finding]:
    """The pay that is in force and every later one. Amounts are never put into a finding."""
    in_force = employee.compensation_on(context.today)
    ahead = [pay for pay in employee.compensations if pay.effective > context.today]
    judged = [*([in_force] if in_force else []), *ahead]
    job = employee.employment_on(context.today)
    if not judged:
        yield finding("compensation.missing")
    elif in_force is None and job is not None and job.start <= context.today:
        yield finding("compensation.not_yet", effective=min(pay.effective for pay in ahead))
    for pay in judged:
        yield from _amount(pay, employee.employment_on(max(pay.effective, context.today)))
        yield from _jump(pay, employee, context)
        wanted = context.currencies
        if wanted and pay.currency.strip().upper() not in wanted:
            yield finding("compensation.currency", currency=pay.currency, expected=tuple(sorted(wanted)))


def _jump(pay: Compensation, employee: Employee, context: CheckContext) -> Iterator[Finding]:
    """Beside the pay before it in the source, which a system that cannot be read has been given."""
    earlier = [other for other in employee.compensations if other.effective < pay.effective]
    if not earlier or (context.today - pay.effective).days > RECENT_DAYS:
        return
    before = earlier[-1]
    alike = before.currency.strip().upper() == pay.currency.strip().upper()
    if alike and pay.amount.is_finite() and before.amount.is_finite() and jumps(yearly(before), yearly(pay)):
        yield finding("compensation.jump", effective=pay.effective)


def _amount(pay: Compensation, job: Employment | None) -> Iterator[Finding]:
    if not pay.amount.is_finite() or pay.amount <= 0:
        yield finding("compensation.not_positive", effective=pay.effective)
        return
    rate = _CROWNS.get(pay.currency.strip().upper())
    if rate is None:
        return
    year = yearly(pay) * rate
    # What an account's amounts are of is not known: who works little may earn little.
    percentage = job.percentage if job is not None and job.percentage is not None else Decimal(100)
    share = min(max(percentage, Decimal(0)) / 100, Decimal(1))
    if not _ABSURDLY_LOW <= year <= _ABSURDLY_HIGH:
        yield finding("compensation.absurd", effective=pay.effective)
    elif year < _LOW * share:
        yield finding("compensation.low", effective=pay.effective)
    elif year > _HIGH:
        yield finding("compensation.high", effective=pay.effective)
