"""The last day of a period of service is that of the employment that reaches furthest, not of the one begun last."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

import pytest

from sandbox.agda_ps import GOOD, AgdaPs, demo
from tests.providers.agda_ps.customer import HIRED, Customer, employment, inbox, swede

SPRING = employment(date(2021, 1, 1), date(2021, 6, 30))


@pytest.fixture
async def agda() -> AsyncIterator[AgdaPs]:
    async with demo() as system:
        yield system


@pytest.mark.parametrize(("end", "told"), [(None, None), (date(2027, 12, 31), "2028-01-01")])
async def test_a_short_employment_within_a_longer_one_ends_nobody(
    agda: AgdaPs, end: date | None, told: str | None
) -> None:
    customer = Customer(inbox(agda))
    await customer.sync(replace(swede(), employments=(employment(HIRED, end), SPRING)))
    (job,) = agda.of(GOOD.username, "Test").people["1/701"]["groups"]["Anstallningar"]
    assert (job["ANSTALLNINGSDATUM"], job.get("AVGANGSDATUM")) == ("2020-01-01", told)


async def test_what_follows_the_longer_one_is_no_employment_of_its_own(agda: AgdaPs) -> None:
    customer = Customer(inbox(agda))
    last = date(2026, 3, 31)
    jobs = (employment(HIRED, last), SPRING, employment(date(2026, 4, 1), percentage=50))
    await customer.sync(replace(swede(), employments=jobs))
    (job,) = agda.of(GOOD.username, "Test").people["1/701"]["groups"]["Anstallningar"]
    assert (job["ANSTALLNINGSDATUM"], job.get("AVGANGSDATUM")) == ("2020-01-01", None)
