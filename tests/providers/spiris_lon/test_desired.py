"""What is told of an employee whom Spiris Lön cannot hold whole."""

from __future__ import annotations

from datetime import date

from bot.providers.spiris_lon.desired import SpirisBuilder
from tests.providers.spiris_lon.connections import employee
from tests.support.provider_people import TODAY, job


def test_an_employment_after_a_gap_is_told_and_not_sent() -> None:
    later = job(date(2027, 9, 1))
    coming_back = employee(employments=(job(end=date(2027, 1, 31)), later))
    desired = SpirisBuilder(coming_back, {}, TODAY).build()
    told = {finding.code: finding.values for finding in desired.findings}
    assert told["spiris_lon_employment_to_come"] == {"day": later.start}
    assert later.start not in desired.record[0].values.values()
