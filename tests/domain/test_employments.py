"""Employments that run at once or follow each other: what counts is how far they reach, not which began last."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.employee import Employment
from bot.domain.employments import end_of, overlaps, runs

OPEN = Employment(id="a", start=date(2020, 1, 1))
SHORT = Employment(id="b", start=date(2021, 1, 1), end=date(2021, 6, 30))
LATER = Employment(id="c", start=date(2025, 1, 1))


def test_an_open_employment_reaches_over_a_shorter_one_that_began_later() -> None:
    assert [run.employments for run in runs([LATER, SHORT, OPEN])] == [(OPEN, SHORT, LATER)]
    assert [(run.start, run.end) for run in runs([SHORT, OPEN])] == [(OPEN.start, None)]
    assert list(overlaps([SHORT, LATER, OPEN])) == [(OPEN, SHORT), (OPEN, LATER)]


def test_the_last_day_of_a_run_is_the_latest_of_all() -> None:
    longer = Employment(id="a", start=OPEN.start, end=date(2027, 12, 31))
    (run,) = runs([longer, SHORT])
    assert run.end == date(2027, 12, 31)
    assert run.furthest is longer
    assert end_of([]) is None


def test_a_run_ends_where_a_day_is_between() -> None:
    next_day = Employment(id="c", start=date(2021, 7, 1))
    day_after = Employment(id="d", start=date(2021, 7, 2))
    assert len(runs([SHORT, next_day])) == 1
    assert list(overlaps([SHORT, next_day])) == []
    assert [run.start for run in runs([SHORT, day_after])] == [SHORT.start, day_after.start]


@pytest.mark.parametrize("end", [date.max, date.min])
def test_no_day_is_beyond_the_calendar(end: date) -> None:
    edge = Employment(id="e", start=date.min, end=end)
    assert runs([edge, LATER])[0].start == date.min


def test_one_that_ends_before_it_begins_is_none() -> None:
    assert runs([Employment(id="x", start=date(2021, 1, 1), end=date(2020, 1, 1))]) == []
