"""The canonical employee: what sync works on, whatever the source and the target.

Private values (identity number, bank account, pay) are left out of every repr, so that a record can be named in a
log line or an exception without giving them away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

Scalar = str | bool | Decimal | None


class PayPeriod(StrEnum):
    """The period that an amount of pay is for."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    TWO_WEEKS = "two_weeks"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A department, office or cost centre. `code` is its number where the source has one."""

    id: str
    name: str
    code: str | None = None
    parent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityNumber:
    """A national identity number as the source wrote it; `country` is ISO 3166-1 alpha-2, when the source says."""

    value: str = field(repr=False)
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """A bank account as the source wrote it: domestic (clearing and number) or IBAN and BIC."""

    clearing: str | None = field(default=None, repr=False)
    number: str | None = field(default=None, repr=False)
    iban: str | None = field(default=None, repr=False)
    bic: str | None = field(default=None, repr=False)
    bank: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A home address. `country` is what the source wrote, a code or a name."""

    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmploymentType:
    """A form of employment, named by the source (`permanent_employment`, or a customer's own)."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Employment:
    """One employment; `percentage` is of full time, which is 100; the last day is `end`, inclusive, None while open."""

    id: str
    start: date
    end: date | None = None
    percentage: Decimal | None = None
    type: EmploymentType | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compensation:
    """Pay from a day on: `amount` in `currency` (ISO 4217) for one `period`."""

    id: str
    effective: date
    amount: Decimal = field(repr=False)
    currency: str
    period: PayPeriod


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkWeek:
    """Scheduled work from a day on, and before the day `until`; `minutes` per weekday, Monday first, None for a week
    that cannot be read."""

    effective: date
    until: date | None = None
    minutes: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Misread:
    """Something that the source has of a person and that cannot be read, or not as it stands.

    `code` is that of the check that tells it, `field` a canonical field, `values` fill its texts and hold no private
    value. `until` is the last day on which it matters, None while it does.
    """

    code: str
    field: str
    values: tuple[tuple[str, date | Decimal | str], ...] = ()
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Employee:
    """A person as the source knows them, with their history.

    `number` is the employee number, "" when the source has none: it is the key to match on and never invented.
    Employments and compensations are ordered by start, oldest first, and include the future. `state` is that of a
    `EmployeeState` of the same person at the same time. `misread` is what else the source has and could not be read.
    """

    source_id: str
    number: str
    first_name: str
    last_name: str
    active: bool = True
    birth_date: date | None = None
    identity: IdentityNumber | None = field(default=None, repr=False)
    nationality: str | None = None
    gender: str | None = None
    title: str | None = None
    work_email: str | None = None
    private_email: str | None = None
    work_phone: str | None = None
    private_phone: str | None = None
    bank: BankAccount | None = field(default=None, repr=False)
    address: Address | None = None
    department: Unit | None = None
    office: Unit | None = None
    cost_center: Unit | None = None
    hire_date: date | None = None
    end_date: date | None = None
    employments: tuple[Employment, ...] = ()
    compensations: tuple[Compensation, ...] = field(default=(), repr=False)
    work_weeks: tuple[WorkWeek, ...] = ()
    custom: Mapping[str, Scalar] = field(default_factory=dict, repr=False)
    updated: datetime | None = None
    misread: tuple[Misread, ...] = ()
    state: str = field(default="", repr=False, compare=False)

    @property
    def name(self) -> str:
        """First and last name, as shown to people."""
        return f"{self.first_name} {self.last_name}".strip()

    def employment_on(self, day: date) -> Employment | None:
        """The employment that covers a day; of several, the one that started last."""
        covering = [e for e in self.employments if e.start <= day and (e.end is None or e.end >= day)]
        return covering[-1] if covering else None

    def compensation_on(self, day: date) -> Compensation | None:
        """The compensation in force on a day: the latest that is effective on or before it."""
        effective = [c for c in self.compensations if c.effective <= day]
        return effective[-1] if effective else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSummary:
    """Enough of a person to choose them in a list: no private value. `country` is where they are employed, as the
    source writes it, if it says so."""

    source_id: str
    number: str
    name: str
    title: str | None = None
    department_id: str | None = None
    office_id: str | None = None
    active: bool = True
    start: date | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCount:
    """A department or office and how many active people it has."""

    unit: Unit
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeState:
    """The state of a person as an incremental read gives it: no identity number, bank account, address or custom field.

    `state` is another one as soon as anything may have changed that the source would tell of the person, pay and work
    included; "" when it cannot promise that. It is a hash without a key: it is compared, and never kept as it is.
    """

    summary: PersonSummary
    employments: tuple[Employment, ...] = ()
    state: str = field(default="", repr=False)

    @property
    def source_id(self) -> str:
        """The source's id of the person."""
        return self.summary.source_id

    @property
    def active(self) -> bool:
        """Whether the source counts the person as active."""
        return self.summary.active
