"""Pay: there, positive, in the target's currency, and of a size that a person can earn."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from bot.domain.employee import Compensation, Employee, PayPeriod
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


def yearly(pay: Compensation) -> Decimal:
    """The amount for a year of full-time work, in its own currency."""
    return pay.amount * _PER_YEAR[pay.period]


def check_compensation(employee: Employee, context: CheckContext) -> Iterator[Finding]:
    """The pay that is in force and every later one. Amounts are never put into a finding."""
    in_force = employee.compensation_on(context.today)
    ahead = [pay for pay in employee.compensations if pay.effective > context.today]
    judged = [*([in_force] if in_force else []), *ahead]
    if not judged:
        yield finding("compensation.missing")
    for pay in judged:
        yield from _amount(pay)
        wanted = context.currencies
        if wanted and pay.currency.strip().upper() not in wanted:
            yield finding("compensation.currency", currency=pay.currency, expected=tuple(sorted(wanted)))


def _amount(pay: Compensation) -> Iterator[Finding]:
    if not pay.amount.is_finite() or pay.amount <= 0:
        yield finding("compensation.not_positive", effective=pay.effective)
        return
    rate = _CROWNS.get(pay.currency.strip().upper())
    if rate is None:
        return
    year = yearly(pay) * rate
    if not _ABSURDLY_LOW <= year <= _ABSURDLY_HIGH:
        yield finding("compensation.absurd", effective=pay.effective)
    elif year < _LOW:
        yield finding("compensation.low", effective=pay.effective)
    elif year > _HIGH:
        yield finding("compensation.high", effective=pay.effective)
