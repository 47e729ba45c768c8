"""Numbers of the form of absence: only those that it offers are taken."""

from __future__ import annotations

import pytest

from bot.handlers.edit.absence_draft import picked_number
from bot.views.edit.absence import CUT_OFFS, PERIOD_DAYS

UNOFFERED = ("0", "29", "31", "-11", "16", "1000000", "9" * 400, "x", "", " 1", "1.0")


@pytest.mark.parametrize("said", [*UNOFFERED, None])
def test_a_number_that_was_not_offered_changes_nothing(said: str | None) -> None:
    days = [day for day in PERIOD_DAYS if str(day) != said]
    assert picked_number({"b": said}, "b", days, 5) == 5
    offs = [day for day in CUT_OFFS if str(day) != said]
    assert picked_number({"b": said}, "b", offs, None) is None
    assert picked_number({}, "b", PERIOD_DAYS, 5) == 5


@pytest.mark.parametrize("offered", [PERIOD_DAYS, CUT_OFFS])
def test_each_that_is_offered_is_taken(offered: range) -> None:
    assert [picked_number({"b": str(one)}, "b", offered, 99) for one in offered] == list(offered)
