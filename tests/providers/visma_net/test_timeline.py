"""Timelines: whatever is opened, what was before stays, and nothing overlaps or gapes."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.providers.visma_net.timeline import Entry, begins, ends, in_force, opened
from tests.support.properties import examples

DAY = timedelta(days=1)
FIRST = date(2024, 1, 1)


def put(value: str) -> Any:
    return lambda entry: entry.update(value=value)


def entry(value: str, start: date | None = None, end: date | None = None) -> Entry:
    bounds = {"activeStart": start and start.isoformat(), "activeEnd": end and end.isoformat()}
    return {"value": value, **{name: day for name, day in bounds.items() if day}}


def test_the_vendors_example() -> None:
    before = [{"salaryType": "Period", "monthlySalary": "10000"}]
    after = opened(before, date(2022, 3, 1), lambda e: e.update(monthlySalary="12300"))
    assert after == [
        {"salaryType": "Period", "monthlySalary": "10000", "activeEnd": "2022-02-28"},
        {"salaryType": "Period", "monthlySalary": "12300", "activeStart": "2022-03-01"},
    ]


def test_the_first_value_of_a_new_timeline_needs_no_bound() -> None:
    assert opened([], FIRST, put("a"), first_day=FIRST) == [{"value": "a"}]
    assert opened([], FIRST + DAY, put("a"), first_day=FIRST) == [{"value": "a", "activeStart": "2024-01-02"}]


def test_what_is_planned_stays_planned() -> None:
    planned = [entry("a", None, date(2024, 5, 31)), entry("c", date(2024, 6, 1))]
    after = opened(planned, date(2024, 3, 1), put("b"))
    assert after == [
        entry("a", None, date(2024, 2, 29)),
        entry("b", date(2024, 3, 1), date(2024, 5, 31)),
        entry("c", date(2024, 6, 1)),
    ]


def test_an_entry_that_begins_on_the_day_is_changed_in_place_with_its_bounds() -> None:
    planned = [entry("a", None, date(2024, 5, 31)), {**entry("c", date(2024, 6, 1)), "kept": 1}]
    assert opened(planned, date(2024, 6, 1), put("b"))[1] == {**entry("b", date(2024, 6, 1)), "kept": 1}


def test_unknown_members_are_carried_on_and_ids_are_not() -> None:
    after = opened([{"value": "a", "unit": "x", "id": "7"}], FIRST, put("b"))
    assert after == [
        {"value": "a", "unit": "x", "id": "7", "activeEnd": "2023-12-31"},
        {"value": "b", "unit": "x", "activeStart": "2024-01-01"},
    ]


@st.composite
def timelines(draw: st.DrawFn) -> list[Entry]:
    """Entries that meet, the first and last perhaps open, as Visma.net wants them."""
    days = sorted(draw(st.sets(st.integers(1, 400), max_size=5)))
    bounds = [None, *(FIRST + timedelta(days=n) for n in days), None]
    made = [
        entry(f"v{place}", start, end and end - DAY)
        for place, (start, end) in enumerate(pairwise(bounds))
        if place >= 0
    ]
    if draw(st.booleans()):
        made[0]["activeStart"] = FIRST.isoformat()
    return made


@examples()
@given(timelines(), st.integers(0, 500))
def test_opening_changes_only_what_comes_from_the_day_on(before: list[Entry], offset: int) -> None:
    day = FIRST + timedelta(days=offset)
    given_first = deepcopy(before)
    after = opened(before, day, put("new"))
    assert before == given_first
    held = in_force(after, day)
    assert held is not None
    assert held["value"] == "new"
    for earlier, later in pairwise(sorted(after, key=begins)):
        assert ends(earlier) + DAY == begins(later)
    for n in range(offset):
        past = FIRST + timedelta(days=n)
        was, now = in_force(before, past), in_force(after, past)
        assert (was and was["value"]) == (now and now["value"])
    last = ends(held)
    for n in range(1, 30):
        if last < date.max - timedelta(days=30):
            was, now = in_force(before, last + n * DAY), in_force(after, last + n * DAY)
            assert (was and was["value"]) == (now and now["value"])
