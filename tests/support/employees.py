"""Made-up employees with valid numbers, for tests."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from bot.domain.employee import (
    BankAccount,
    Compensation,
    Employee,
    Employment,
    EmploymentType,
    IdentityNumber,
    PayPeriod,
    Unit,
)
from bot.sync.checks.norwegian import check_digits

TODAY = date(2026, 3, 2)
PERMANENT = EmploymentType(id="t1", name="permanent_employment")


def fingerprint(data: str) -> str:
    """A keyed hash, as storage's vault gives one."""
    return hmac.new(b"test key", data.encode(), hashlib.sha256).hexdigest()


def fnr(born: date, individual: int = 0, *, d_number: bool = False, synthetic: bool = False) -> str:
    """A Norwegian identity number for somebody born between 1940 and 1999; `individual` picks one of several."""
    day = born.day + (40 if d_number else 0)
    month = born.month + (80 if synthetic else 0)
    for serial in range(individual * 3, 500):  # one in six serials has no valid check digits
        nine = f"{day:02}{month:02}{born.year % 100:02}{serial:03}"
        if pairs := check_digits(nine, rule_2032=False):
            return nine + min(pairs)
    raise AssertionError("no number left")


def account(serial: int) -> str:
    """A Norwegian bank account with a right check digit."""
    for tail in range(100):
        ten = f"{1503 + serial // 1000:04}{serial % 1000 * 100 + tail:06}"
        weights = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
        check = -sum(int(d) * w for d, w in zip(ten, weights, strict=True)) % 11
        if check != 10:
            return ten + str(check)
    raise AssertionError("no account left")


def employee(n: int = 1, **changes: Any) -> Employee:
    """A complete employee, the nth; anything can be changed by name."""
    born = date(1960 + n % 39, 1 + n % 12, 1 + n % 28)
    start = date(2020, 1, 1)
    person = Employee(
        source_id=f"s{n}",
        number=str(1000 + n),
        first_name=f"Kari{letters(n)}",
        last_name=f"Nordmann{letters(n)}",
        birth_date=born,
        identity=IdentityNumber(value=fnr(born, n % 100), country="NO"),
        work_email=f"kari{n}@example.com",
        work_phone="+4790000000",
        bank=BankAccount(number=account(n), country="NO"),
        department=Unit(id="d1", name="Sales"),
        hire_date=start,
        employments=(Employment(id=f"e{n}", start=start, percentage=Decimal(100), type=PERMANENT, country="NO"),),
        compensations=(
            Compensation(id=f"c{n}", effective=start, amount=Decimal(50000), currency="NOK", period=PayPeriod.MONTH),
        ),
    )
    return replace(person, **changes)


def letters(n: int) -> str:
    """A number as letters: names hold no digits."""
    return "".join("abcdefghij"[int(digit)] for digit in str(n))


def ended(person: Employee, last_day: date) -> Employee:
    """The person with the employment over."""
    *before, last = person.employments
    return replace(person, active=last_day >= TODAY, employments=(*before, replace(last, end=last_day)))


def paid(person: Employee, amount: int, effective: date) -> Employee:
    """The person with a further dated salary."""
    later = Compensation(
        id=f"{person.source_id}-{effective}",
        effective=effective,
        amount=Decimal(amount),
        currency="NOK",
        period=PayPeriod.MONTH,
    )
    return replace(person, compensations=(*person.compensations, later))
