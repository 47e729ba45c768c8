"""What a new salary row takes over of the pay in the row before it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.record import Value
from bot.providers.tripletex.bodies import carried

# What the change sets itself takes the place of what is taken over.
SALARY, HOURLY = {"annual_salary": Decimal(546_000)}, {"hourly_wage": Decimal(250)}

BOTH = {"annualSalary": Decimal(390_000), "hourlyWage": Decimal(200)}


@pytest.mark.parametrize(
    ("before", "new", "taken"),
    [
        # Derived, as Tripletex makes it: it follows the new salary.
        (BOTH, SALARY, BOTH | {"hourlyWage": Decimal(280)}),
        # Typed beside a salary: overtime is paid by it.
        (BOTH | {"hourlyWage": Decimal(231)}, SALARY, BOTH | {"hourlyWage": Decimal(231)}),
        # It was the pay itself, which another kind takes the place of.
        ({"annualSalary": 0, "hourlyWage": Decimal(231)}, SALARY, {}),
        (BOTH, HOURLY, {"hourlyWage": Decimal(200)}),
        ({"annualSalary": 0, "hourlyWage": Decimal(231)}, {}, {"hourlyWage": Decimal(231)}),
    ],
)
def test_pay_of_the_row_before(before: Mapping[str, Any], new: Mapping[str, Value], taken: Mapping[str, Any]) -> None:
    assert carried(before, new) == taken
