"""Occupation codes of STYRK-98, seven digits, as a customer's own field of the source has them."""

from __future__ import annotations

import re

from bot.domain.employee import Employee
from bot.domain.findings import Finding, Severity


def own_code(employee: Employee, field: str) -> str:
    """What the employee has in the customer's own field; "" for nothing, or where no field is chosen."""
    own = employee.custom.get(field) if field else None
    return "" if own in (None, "") or isinstance(own, bool) else str(own).strip()


def is_code(code: str) -> bool:
    """Whether it is one of seven digits; four are another list, and cannot be translated."""
    return re.fullmatch(r"[0-9]{7}", code) is not None


def only_in_target(employee: Employee, field: str) -> Finding | None:
    """What is told where the target has a code and the chosen field of the employee is empty; None otherwise."""
    if not field or own_code(employee, field):
        return None
    return Finding("value.only_in_target", Severity.WARNING, "occupation_code")
