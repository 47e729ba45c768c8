"""What is counted before absence is switched on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.domain.leave import LeaveKind
from bot.sync.leave.first_look import LeaveLook, first_look
from bot.sync.leave.normal_days import NormalRules
from bot.sync.leave.probes import ExtentScale
from bot.sync.leave.routes import routes_of
from tests.support.leave_office import CARE, CODES, OTHER, SICK, TYPES, VACATION, LeaveBook, leave_type, person

MEMBERS = {f"e{at}": person(at) for at in (1, 2)}
FROM, OPEN = date(2026, 10, 1), date(2026, 11, 1)


def looked(book: LeaveBook, **rules: object) -> LeaveLook:
    known = NormalRules(first_day=FROM, places=False, **rules)  # type: ignore[arg-type]
    return first_look(book.snapshot(), MEMBERS, routes_of(book.types, CODES, {}), known, OPEN)


def test_people_and_days_are_counted_by_type_within_scope_and_from_the_first_day() -> None:
    book = LeaveBook()
    book.put("before", date(2026, 9, 29), date(2026, 10, 2))
    book.put("open", date(2026, 10, 30), date(2026, 11, 3), employee="e2")
    book.put("stranger", date(2026, 11, 2), employee="e3", type_id=VACATION)
    book.put("unmapped", date(2026, 11, 5), type_id=OTHER)
    found = looked(book)
    assert [(each.type.id, each.people, each.days, each.earlier) for each in found.types] == [
        (OTHER, 1, 1, 0),
        (SICK, 2, 5, 3),
        (CARE, 0, 0, 0),
        (VACATION, 0, 0, 0),
    ]
    assert (found.people, found.stop) == (2, None)


def test_an_archived_type_is_asked_about_only_while_somebody_has_it() -> None:
    old = replace(leave_type("t-old", LeaveKind.OFF_DUTY, "9"), archived=True)
    book = LeaveBook(types=(*TYPES, old))
    assert "t-old" not in {each.type.id for each in looked(book).types}
    book.put("l1", date(2026, 11, 5), type_id="t-old")
    assert "t-old" in {each.type.id for each in looked(book).types}


def test_numbers_that_contradict_those_of_before_stop_it() -> None:
    book = LeaveBook()
    book.put("l1", date(2026, 11, 5))
    stop = looked(book, extent=ExtentScale.FRACTION).stop
    assert stop is not None
    assert stop.code == "extent_contradiction"
