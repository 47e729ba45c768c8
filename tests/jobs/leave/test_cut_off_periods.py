"""A period that is cut off although nobody has called its file imported: the file stays, and later changes are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from bot.domain.leave_settings import LeaveSettings
from bot.jobs.leave.plan_leave import LeavePlanned, LeaveRequest, plan_leave
from bot.sync.leave.day_plan import StepKind
from bot.sync.leave.normal_days import Withheld
from tests.jobs.leave.test_leave_file_store import SPEC, TODAY, Company
from tests.jobs.leave.test_leave_file_store import company as company
from tests.support.leave_office import SICK, VACATION

NINE, TEN, ELEVEN = (date(2026, 11, day) for day in (9, 10, 11))
BEFORE, AFTER = datetime(2026, 11, 30, 10, tzinfo=UTC), datetime(2026, 11, 30, 12, tzinfo=UTC)
HELD, NO_FILE = Withheld.FILE_CUT_OFF, Withheld.NO_FILE_BY_CUT_OFF


async def plan(company: Company, now: datetime, today: date = TODAY) -> LeavePlanned:
    request = LeaveRequest(
        integration=company.integration, spec=SPEC, countries=("SE",), today=today, now=now, try_closed=True
    )
    return await plan_leave(company.database, company.source, company.target, request)  # type: ignore[arg-type]


def told(planned: LeavePlanned) -> list[tuple[int, str, str, str | None]]:
    """Days of a plan: what is done, hours before and after, and why not."""
    steps = planned.days.steps
    return [(step.key.day.day, step.kind.value, f"{step.old:f}>{step.new:f}", step.reason) for step in steps]


@pytest.fixture
async def cut_off(company: Company) -> Company:
    """The period ends at noon of its last day, 12:00 in Stockholm."""
    await company.choose(
        LeaveSettings(
            enabled=True, first_day=date(2026, 11, 1), cut_off_day=0, cut_off_time=time(12), zone="Europe/Stockholm"
        )
    )
    return company


async def test_until_the_cut_off_the_file_is_made_again_and_from_then_on_it_stays(cut_off: Company) -> None:
    book = cut_off.source.book
    book.put("l", NINE, TEN)
    assert [made[:2] for made in await cut_off.make(await plan(cut_off, BEFORE))] == [("2026-11", 1)]
    book.put("m", ELEVEN)
    assert [made[:2] for made in await cut_off.make(await plan(cut_off, BEFORE))] == [("2026-11", 2)]
    book.put("n", date(2026, 11, 12))
    planned = await plan(cut_off, AFTER)
    assert await cut_off.make(planned) == []
    assert told(planned) == [
        (9, "create", "0>7.50", None),
        (10, "create", "0>7.50", None),
        (11, "create", "0>7.50", None),
        (12, "held", "0>7.50", HELD),
    ]
    (waits,) = await cut_off.files.waiting()
    assert waits.sequence == 2


async def test_what_was_withdrawn_or_changed_in_a_file_that_waits_is_told(cut_off: Company) -> None:
    book = cut_off.source.book
    book.put("l", NINE)
    book.put("m", TEN)
    book.put("n", ELEVEN, type_id=SICK)
    await cut_off.make(await plan(cut_off, BEFORE))
    book.remove("l")
    book.put("m", TEN, percent="50")
    book.put("n", ELEVEN, type_id=VACATION)  # another code: what the file has goes, what it has not comes
    planned = await plan(cut_off, AFTER)
    assert await cut_off.make(planned) == []
    assert sorted(told(planned)) == [
        (9, "held", "7.50>0", HELD),
        (10, "held", "7.50>3.75", HELD),
        (11, "held", "0>7.50", HELD),
        (11, "held", "7.50>0", HELD),
    ]
    book.put("l", NINE)
    book.put("m", TEN)
    book.put("n", ELEVEN, type_id=SICK)
    assert {step.kind for step in (await plan(cut_off, AFTER)).days.steps} == {StepKind.CREATE}


async def test_62_a_number_that_is_another_by_now_is_told(cut_off: Company) -> None:
    cut_off.source.book.put("l", NINE)
    await cut_off.make(await plan(cut_off, BEFORE))
    cut_off.source.put(replace(cut_off.source.people["e1"], number="2042"))
    planned = await plan(cut_off, AFTER)
    assert told(planned) == [(9, "held", "7.50>7.50", HELD)]
    assert await cut_off.make(planned) == []


async def test_once_it_is_imported_what_was_held_is_a_correction_that_nobody_is_asked_about_twice(
    cut_off: Company,
) -> None:
    book = cut_off.source.book
    book.put("l", NINE)
    await cut_off.make(await plan(cut_off, BEFORE))
    book.put("l", TEN)
    await cut_off.make(await plan(cut_off, AFTER))
    assert await cut_off.files.imported("2026-11", "U1")
    planned = await plan(cut_off, AFTER)
    assert {step.reason for step in planned.days.steps} == {None}
    assert await cut_off.make(planned) == [("2026-11", 2, "difference", [(9, "-7.50"), (10, "7.50")])]


async def test_a_file_that_was_refused_is_made_again_whole_with_what_holds_now(cut_off: Company) -> None:
    book = cut_off.source.book
    book.put("l", NINE)
    await cut_off.make(await plan(cut_off, BEFORE))
    book.put("m", TEN)
    assert await cut_off.files.make_again("2026-11", "U1", 1)
    assert await cut_off.make(await plan(cut_off, AFTER)) == [("2026-11", 2, "whole", [(9, "7.50"), (10, "7.50")])]
    book.put("n", ELEVEN)
    planned = await plan(cut_off, AFTER)
    assert [step.reason for step in planned.days.steps] == [None, None, HELD]
    assert await cut_off.make(planned) == []


async def test_days_of_which_no_file_was_made_in_time_wait_for_a_person(cut_off: Company) -> None:
    cut_off.source.book.put("l", NINE)
    planned = await plan(cut_off, AFTER)
    assert told(planned) == [(9, "held", "0>7.50", NO_FILE)]
    assert await cut_off.make(planned) == []
    assert [made[:2] for made in await cut_off.make(await plan(cut_off, BEFORE))] == [("2026-11", 1)]


async def test_without_a_cut_off_nothing_is_held_and_the_next_period_is_open(company: Company) -> None:
    company.source.book.put("l", NINE)
    assert [step.kind for step in (await plan(company, AFTER)).days.steps] == [StepKind.CREATE]
    await company.choose(
        LeaveSettings(enabled=True, first_day=date(2026, 11, 1), cut_off_day=0, zone="Europe/Stockholm")
    )
    company.source.book.put("l", NINE, NINE)
    company.source.book.put("m", date(2026, 12, 9))
    december = datetime(2026, 12, 10, 9, tzinfo=UTC)
    planned = await plan(company, december, today=december.date())
    assert [(step.key.day.month, step.reason) for step in planned.days.steps] == [(12, None), (11, NO_FILE)]
    assert await company.make(planned, today=december.date()) == [("2026-12", 1, "whole", [(9, "7.50")])]


async def test_a_period_that_is_read_in_part_alone_is_not_made_again_without_the_rest(company: Company) -> None:
    settings = LeaveSettings(enabled=True, first_day=date(2026, 1, 1))
    await company.choose(settings)
    company.source.book.put("l", date(2026, 7, 30), date(2026, 7, 31))
    july = [made for made in await company.make() if made[0] == "2026-07"]
    assert [len(made[3]) for made in july] == [2]
    await company.choose(replace(settings, closed_through=date(2026, 10, 31)))
    assert await company.make(await plan(company, AFTER)) == []
    await company.choose(replace(settings, closed_through=date(2026, 10, 20)))
    assert await company.make(await plan(company, AFTER)) == []
