"""What the source's numbers mean, found out from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.domain.leave import LeaveDay, LeaveStatus, ParentKind
from bot.sync.leave.normal_days import NormalRules, Withheld
from bot.sync.leave.probes import (
    ExtentContradiction,
    ExtentScale,
    ExtentVerdict,
    HoursMeaning,
    extent_verdict,
    hours_meaning,
    percent_of,
)
from tests.support.leave_office import LeaveOffice


def row(hours: str, extent: str | None) -> LeaveDay:
    return LeaveDay(
        employee_id="e1",
        day=date(2026, 3, 2),
        parent_id="l",
        parent=ParentKind.LEAVE,
        type_id="t",
        status=LeaveStatus.APPROVED,
        hours=Decimal(hours),
        extent=None if extent is None else Decimal(extent),
    )


def scheduled(_row: LeaveDay) -> Decimal:
    return Decimal("7.5")


P, F, U = ExtentScale.PERCENT, ExtentScale.FRACTION, ExtentScale.UNDECIDED


@pytest.mark.parametrize(
    ("rows", "known", "scale"),
    [
        ([("7.5", "100"), ("3.75", "50")], U, P),
        ([("7.5", "1"), ("3.75", "0.5")], U, F),
        ([("3.75", "0.5")], U, U),
        ([("3.75", "0.5")], F, F),
        ([("7.5", None)], P, P),
        ([("0.08", "1")], P, P),
    ],
)
def test_the_scale_is_told_by_what_is_above_one_or_a_whole_day(
    rows: list[tuple[str, str | None]], known: ExtentScale, scale: ExtentScale
) -> None:
    assert extent_verdict([row(*each) for each in rows], scheduled, known) == ExtentVerdict(scale)


@pytest.mark.parametrize(
    ("rows", "known"), [([("7.5", "100")], F), ([("7.5", "1")], P), ([("7.5", "1"), ("7.5", "100")], U)]
)
def test_two_scales_stop_absence(rows: list[tuple[str, str]], known: ExtentScale) -> None:
    with pytest.raises(ExtentContradiction):
        extent_verdict([row(*each) for each in rows], scheduled, known)


@pytest.mark.parametrize(
    ("extents", "known", "scale", "odd"),
    [
        (["100", None], F, F, {0}),
        (["100", "0.5", "0.5"], F, F, {0}),
        (["1", "50"], P, P, {0}),
        (["1", "100", "100"], U, P, {0}),
        (["100", "1", "1"], U, F, {0}),
        (["100", "1", None], U, U, {0, 1}),
        (["100", "1"], U, None, None),
        (["100", "100", "100", "0.5"], F, None, None),
        (["100", "100", "100", None], F, None, None),
        (["100", "100", "100", "1", "1", "1"], U, None, None),
    ],
)
def test_a_few_peoples_rows_decide_for_nobody_elses(
    extents: list[str | None], known: ExtentScale, scale: ExtentScale | None, odd: set[int] | None
) -> None:
    rows = [replace(row("7.5", extent), employee_id=f"e{at}") for at, extent in enumerate(extents)]
    if scale is None or odd is None:
        with pytest.raises(ExtentContradiction):
            extent_verdict(rows, scheduled, known)
    else:
        assert extent_verdict(rows, scheduled, known) == ExtentVerdict(scale, frozenset(f"e{at}" for at in odd))


@pytest.mark.parametrize("odd", [("7.5", "50"), ("7.5", "5000")])
async def test_one_persons_row_stops_nobody_elses_absence(odd: tuple[str, str]) -> None:
    day = date(2026, 3, 2)
    office = LeaveOffice(rules=NormalRules(first_day=date(2026, 1, 1), extent=P if odd[1] == "50" else F))
    office.book.put("l1", day)
    office.book.rows["l1"] = [replace(one, extent=Decimal(odd[1])) for one in office.book.rows["l1"]]
    office.book.put("l2", day, employee="e2", hours="3")
    await office.run()
    assert {key.employee_id for key in office.target.hours()} == {"e2"}
    assert office.normal.withheld.keys() == {("e1", day)}
    assert [finding.employee_id for finding in office.normal.findings] == ["e1"]


@pytest.mark.parametrize(
    ("rows", "meaning"),
    [
        ([("3.75", "50")], HoursMeaning.NET),
        ([("7.5", "50")], HoursMeaning.GROSS),
        ([("7.5", "50"), ("2.81", "37.5")], HoursMeaning.MIXED),
        ([("7.5", "100"), ("2", "50")], HoursMeaning.UNDECIDED),
    ],
)
def test_graded_hours_are_what_is_left_or_the_whole_day(rows: list[tuple[str, str]], meaning: HoursMeaning) -> None:
    assert hours_meaning([row(*each) for each in rows], scheduled, P).meaning is meaning


def test_an_extent_is_a_percentage_once_its_scale_is_known() -> None:
    assert percent_of(row("3.75", "0.5"), F) == 50
    assert percent_of(row("3.75", "50"), P) == 50
    assert percent_of(row("3.75", "50"), U) is None


def test_whole_days_of_graded_leave_stop_everything_and_nothing_is_planned_of_them() -> None:
    made = LeaveOffice()
    made.book.put("l", date(2026, 3, 2), date(2026, 3, 3), percent="50")
    made.book.rows["l"] = [replace(each, hours=Decimal("7.5")) for each in made.book.rows["l"]]
    assert made.plan().steps == []
    assert made.normal.stop is not None
    assert made.normal.stop.code == "hours_gross"
    made.book.put("m", date(2026, 3, 4), percent="50")
    made.plan()
    assert made.normal.stop is None
    assert set(made.normal.withheld.values()) == {Withheld.GROSS_HOURS}
    assert NormalRules(first_day=date(2026, 1, 1)).extent is U
