"""Open lines of leave in a modal: any number of them, in every language, with all that is needed to answer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from bot.domain.change import Person
from bot.domain.leave_delivery import CloseReason, RowReference
from bot.domain.resource import LeaveWay
from bot.locales.translator import Translator, translator
from bot.sync.leave.day_applier import DayOutcomeKind
from bot.sync.leave.day_plan import ConflictKind
from bot.sync.leave.leave_answers import OpenLine
from bot.sync.leave.leave_line import FoundPeriod, LeaveLine, LeavePlace
from bot.views.blocks import View
from bot.views.runs import leave_decisions as views
from bot.views.runs.leave_decisions import OpenLinesPage
from tests.support.view_pieces import ALL, LONG, frame, good_view, markdown_of

MONDAY = date(2026, 3, 2)
KARI = Person("s1", "1001", "Kari Nordmann", "t1")


def opened(at: int = 0, reason: str = ConflictKind.EDITED, who: Person = KARI, code: str = "801") -> OpenLine:
    held = reason in set(CloseReason)
    line = LeaveLine(
        kind=DayOutcomeKind.HELD if held else DayOutcomeKind.CONFLICT, first=MONDAY + timedelta(at), last=None,
        code=code, old=Decimal("7.50"), new=Decimal("3.75"), reason=reason, key="k", place=LeavePlace(1),
    )  # fmt: skip
    return OpenLine(at=at, person=who, line=line)


def shown(t: Translator, *lines: OpenLine) -> View:
    return views.questions(frame(t), OpenLinesPage(lines=lines, system="Tripletex", left=len(lines)))


@pytest.mark.parametrize("t", ALL, ids=lambda t: t.language)
@pytest.mark.parametrize("reasons", [list(ConflictKind), [CloseReason.MONTH], [*ConflictKind, *CloseReason]])
def test_a_full_page_is_a_view_that_slack_takes(t: Translator, reasons: list[str]) -> None:
    who = Person("s1", LONG[:40], LONG, "t1")
    lines = [opened(at, str(reasons[at % len(reasons)]), who, LONG) for at in range(views.PAGE)]
    lines[0] = replace(lines[0], line=replace(lines[0].line, way=LeaveWay.PERIOD))
    view = shown(t, *lines)
    good_view(view)
    assert "<!channel>" not in markdown_of(view)
    names = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    asked = {int(name.rpartition(".")[2]) for name in names if name.startswith(views.ANSWER)}
    ticks = {
        int(option["value"])
        for block in view["blocks"]
        if str(block.get("block_id")).startswith(views.TICKS)
        for option in block["element"]["options"]
    }
    assert asked | ticks == set(range(views.PAGE))
    assert not asked & ticks
    good_view(views.done(t, kept=2, refused=1))
    good_view(views.saved(t))


def test_a_leave_of_absence_that_was_changed_there_is_shown_from_day_to_day_on_either_side() -> None:
    found = FoundPeriod(
        row=RowReference("1"), code="FURLOUGH", first=MONDAY, last=MONDAY + timedelta(29), percent=Decimal(80)
    )
    one = opened()
    line = replace(one.line, way=LeaveWay.PERIOD, place=LeavePlace(1, "", ("l",), "l", found, True), new=Decimal(100))
    said = markdown_of(shown(translator("en"), replace(one, line=line)))
    assert "code FURLOUGH, 2 Mar 2026 to 31 Mar 2026, 80 % in Tripletex" in said
    assert "code 801, 2 Mar 2026 to no end, 100 % in Simployer" in said


def test_a_question_says_who_when_and_what_stands_on_either_side_and_nothing_is_in_the_metadata() -> None:
    view = shown(translator("en"), opened(), opened(1, CloseReason.MONTH))
    said = markdown_of(view)
    assert "*Kari Nordmann (1001)*, 2 Mar 2026, code 801: 7.5 hours in Tripletex, 3.75 hours in Simployer." in said
    choices = json.dumps(view["blocks"])
    for offered in ("Keep as it stands in Tripletex", "Use what Simployer says", "Decide later"):
        assert offered in choices
    assert "Code 801: 7.5 hours become 3.75" in choices
    assert "801" not in str(view["private_metadata"])
    assert "Kari" not in str(view["private_metadata"])
