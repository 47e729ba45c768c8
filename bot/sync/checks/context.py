"""What a check needs to know besides the employee."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from bot.domain.employee import Employee, EmployeeState
from bot.domain.findings import Finding

PRODUCTION = "production"

_CURRENCIES = {"NO": "NOK", "SE": "SEK", "DK": "DKK", "FI": "EUR", "IS": "ISK"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """The day, and where the target stands.

    `environment` is the target account's (`Account.environment`): made-up identity numbers are right only outside
    production. `countries` are those the target pays in, ISO 3166-1 alpha-2. What else a target cannot be without, it
    says itself (`Desired.findings`).
    """

    today: date
    environment: str = PRODUCTION
    countries: tuple[str, ...] = ()

    @property
    def is_test(self) -> bool:
        """Whether the target is a test account."""
        return self.environment != PRODUCTION

    @property
    def country(self) -> str | None:
        """The target's country, if it has only one."""
        return self.countries[0] if len(self.countries) == 1 else None

    @property
    def currencies(self) -> frozenset[str]:
        """The currencies that the target pays in, as far as its countries tell."""
        return frozenset(_CURRENCIES[country] for country in self.countries if country in _CURRENCIES)


Check = Callable[[Employee, CheckContext], Iterable[Finding]]
"""One check: what it finds in one employee."""


def country_of_work(employee: Employee, context: CheckContext) -> str | None:
    """Where the employee works: the country of the employment in force or to come, else the target's only one."""
    current = employee.employment_on(context.today) or (employee.employments[-1] if employee.employments else None)
    return (current.country if current else None) or context.country


def has_left(employee: Employee | EmployeeState, today: date) -> bool:
    """Whether the employment is over: not active, and no employment runs or is still to begin."""
    return not employee.active and not any(job.end is None or job.end >= today for job in employee.employments)
