"""Made-up employees, as the canonical model has them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from bot.domain.employee import (
    Address,
    BankAccount,
    Compensation,
    Employee,
    Employment,
    EmploymentType,
    IdentityNumber,
    PayPeriod,
    Unit,
)

TODAY = date(2026, 11, 22)
PERMANENT = EmploymentType(id="t1", name="permanent_employment")


def job(
    start: date = date(2024, 3, 1), end: date | None = None, percentage: str | None = "100", **more: Any
) -> Employment:
    share = Decimal(percentage) if percentage is not None else None
    return Employment(id=f"e{start}", start=start, end=end, percentage=share, **{"type": PERMANENT, **more})


def pay(effective: date, amount: str, currency: str = "NOK", period: PayPeriod = PayPeriod.MONTH) -> Compensation:
    return Compensation(
        id=f"c{effective}", effective=effective, amount=Decimal(amount), currency=currency, period=period
    )


def kari(**different: Any) -> Employee:
    """A complete Norwegian employee; `different` overrides fields."""
    values: dict[str, Any] = {
        "source_id": "67" + "0" * 22,
        "number": "3001",
        "first_name": "Kari",
        "last_name": "Nordlund",
        "birth_date": date(1990, 5, 17),
        "identity": IdentityNumber(value="17059012345", country="NO"),
        "work_email": "kari.nordlund@polarbonan.example",
        "work_phone": "+47 22 00 11 22",
        "private_phone": "+4740012345",
        "bank": BankAccount(number="9999.04.00001", country="NO"),
        "address": Address(street="Kaffegata 1", postal_code="0150", city="Oslo", country="Norge"),
        "department": Unit(id="d1", name="Roastery"),
        "employments": (job(),),
        "compensations": (pay(date(2024, 3, 1), "50000"),),
    }
    return Employee(**{**values, **different})
