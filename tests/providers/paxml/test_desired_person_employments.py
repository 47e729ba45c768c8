"""First and last day of somebody with several employments: what counts is which one reaches furthest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.domain.employee import Employment
from bot.domain.findings import Severity
from bot.providers.paxml.desired_person import PaxmlPersonBuilder
from tests.providers.agda_ps.customer import HIRED, employment, swede
from tests.support.employees import TODAY

SPRING = employment(date(2021, 1, 1), date(2021, 6, 30))


@pytest.mark.parametrize(
    ("jobs", "end"),
    [
        ((employment(HIRED, date(2027, 12, 31)), SPRING), date(2027, 12, 31)),
        ((employment(HIRED), SPRING), None),
        ((employment(HIRED, date(2025, 12, 31)), SPRING), date(2025, 12, 31)),
        ((employment(HIRED, date(2026, 3, 31)), SPRING, employment(date(2026, 4, 1))), None),
        ((employment(HIRED, date(2025, 12, 31)), SPRING, employment(date(2026, 1, 1))), None),
    ],
)
def test_a_short_employment_within_a_longer_one_ends_nobody(jobs: tuple[Employment, ...], end: date | None) -> None:
    part, findings = PaxmlPersonBuilder(replace(swede(), employments=jobs), {}, TODAY).build()
    assert part is not None
    assert (part.values["start_date"], part.values["end_date"]) == (HIRED, end)
    assert [found for found in findings if found.severity is Severity.BLOCKING] == []
