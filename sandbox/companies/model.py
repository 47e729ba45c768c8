"""What a made-up company is, before any system holds it: places, units and people, as plain records.

Dates are ISO text ("2026-01-31"), amounts are in `currency` per `period`, `rate` is percent of full
time, `hours_per_week` counts at full rate of that person. A key that is absent is a value that nobody
ever entered, which is the commonest fault in real data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NotRequired, TypedDict


class Office(TypedDict):
    name: str
    timezone: str
    country: str
    phone: NotRequired[str]
    email: NotRequired[str]


class Department(TypedDict):
    name: str
    description: NotRequired[str]
    parent: NotRequired[str]
    cost_center: NotRequired[str]


class CostCenter(TypedDict):
    code: str
    name: str


class Employment(TypedDict):
    """`kind` names an employment type as the HR system calls it, such as permanent_employment."""

    start: str
    end: NotRequired[str]
    kind: str
    rate: float
    country: str


class Compensation(TypedDict):
    """`period` is HOURLY, MONTHLY or ANNUAL; `start` may lie ahead."""

    start: str
    amount: float
    currency: str
    period: str


class BankAccount(TypedDict, total=False):
    bank: str
    clearing: str
    number: str
    iban: str
    bic: str
    country: str


class Address(TypedDict, total=False):
    street: str
    postal_code: str
    city: str
    country: str


class Person(TypedDict):
    """One person on the payroll; `note` says what is odd about them, for whoever reads the data."""

    number: str
    first_name: str
    last_name: str
    office: str
    department: str
    employments: list[Employment]
    compensations: list[Compensation]
    birth_date: NotRequired[str]
    identity_number: NotRequired[str]
    identity_country: NotRequired[str]
    gender: NotRequired[str]
    nationality: NotRequired[str]
    title: NotRequired[str]
    cost_center: NotRequired[str]
    manager: NotRequired[str]
    work_email: NotRequired[str]
    private_email: NotRequired[str]
    work_phone: NotRequired[str]
    private_phone: NotRequired[str]
    bank: NotRequired[BankAccount]
    address: NotRequired[Address]
    hours_per_week: NotRequired[float]
    custom: NotRequired[dict[str, str | float | bool]]
    note: NotRequired[str]


class Child(TypedDict):
    name: str
    born: str


class Leave(TypedDict):
    """Leave of the person with that number. `kind` is a leave type's name; `end` is a day, or "open".

    `grade` is in percent. `half` is morning or afternoon, `hours` are clock times, for part of a single day.
    """

    number: str
    kind: str
    start: str
    end: str
    status: str
    grade: NotRequired[float]
    half: NotRequired[str]
    hours: NotRequired[list[str]]
    child: NotRequired[Child]
    note: NotRequired[str]


@dataclass(frozen=True)
class Company:
    """A company as its HR department knows it. Offices, departments and cost centres are named uniquely."""

    name: str
    legal_name: str
    org_number: str
    offices: list[Office] = field(default_factory=list)
    departments: list[Department] = field(default_factory=list)
    cost_centers: list[CostCenter] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    leave: list[Leave] = field(default_factory=list)
