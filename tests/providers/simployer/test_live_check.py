"""What a real account is asked of leave, tried on the stand-in with its switches this way and that."""

from __future__ import annotations

import json

import pytest

from bot.core.diagnosis import Diagnosis
from bot.providers.simployer import live_check
from sandbox.simployer import GOOD_TOKEN, REVOKED_TOKEN, Simployer
from sandbox.simployer.leave_admin import LeaveAdministrator
from tests.support.provider_connections import HASTE
from tests.support.simployer_leave import FRIDAY, MONDAY, TODAY


async def ask(simployer: Simployer, token: str = GOOD_TOKEN) -> dict[str, Diagnosis]:
    found = await live_check.examine({"url": simployer.url, **HASTE}, token, today=TODAY().date())
    return {one.what: one for one in found}


@pytest.fixture(autouse=True)
def away(desk: LeaveAdministrator) -> None:
    desk.request("1001", "Sick leave", MONDAY, FRIDAY, status="CONFIRMED")
    desk.request("1001", "Sick leave", "2026-11-09", grade=50, status="APPROVED")
    desk.request("1001", "Vacation", "2026-11-10", half="morning", status="APPROVED")
    desk.request("1001", "Vacation", "2026-05-01", status="APPROVED")
    desk.request("2001", "Sick leave", MONDAY, "open", status="CONFIRMED")


async def test_an_account_is_asked_and_left_as_it_was(simployer: Simployer) -> None:
    before = json.dumps(simployer.snapshot())
    found = await ask(simployer)
    assert {one.what: one.says for one in found.values() if not one.ok} == {}
    says = {what: one.says for what, one in found.items()}
    assert says["account"] == "Polarbönan"
    assert says["lists of leave"] == "all five are open to this token"
    assert "filtered list" in says["totals"]
    assert says["leave types"] == "7 read, 1 without a code, 1 codes of several"
    assert "in minutes" in says["work weeks"]
    assert says["times of days"].startswith("T00:00:00")
    assert "blank" in says["no child"]
    assert says["extent"].endswith("percent")
    assert says["graded hours"] == "net: 1"
    assert says["half days"] == "a shift: 1"
    assert "far away: 1" in says["last days"]
    assert "rows confirmed" in says["statuses"]
    assert "2026-05-01: 1" in says["holidays"]
    assert "by reading" in says["edits"]
    assert json.dumps(simployer.snapshot()) == before
    assert {request.method for request in simployer.requests} == {"GET"}


async def test_what_is_otherwise_than_expected_shows(simployer: Simployer, desk: LeaveAdministrator) -> None:
    habits = simployer.store.habits
    habits.percent_extent, habits.net_hours, habits.no_child = False, False, "null"
    habits.instants, habits.ends = "local_noon", "next_midnight"
    simployer.total_of_everything = True
    simployer.closed = {"child"}
    desk.recompute("1001")
    for row in simployer.store.rows["work-week"].values():
        simployer.store.oddities[row["id"]] = {"monday": {"working": True, "duration": 450, "shifts": []}}
    found = await ask(simployer)
    assert "not open" in found["lists of leave"].says
    assert found["extent"].says.endswith("undecided")
    assert "whole days: 1" in found["graded hours"].says or "not seen" in found["graded hours"].says
    assert "cut short" in found["totals"].says
    assert "null" in found["no child"].says
    assert not found["times of days"].ok
    assert not found["work weeks"].ok
    assert "hours are not known" in found["work weeks"].says


async def test_nothing_of_anybody_is_told(simployer: Simployer) -> None:
    told = str([one.says for one in (await ask(simployer)).values()])
    for word in ("Ingrid", "Solbakken", "Sick", "Vacation", "1001"):
        assert word not in told


async def test_a_refused_token_ends_the_asking_with_advice(simployer: Simployer) -> None:
    found = await ask(simployer, REVOKED_TOKEN)
    assert set(found) == {"account"}
    assert not found["account"].ok
    assert REVOKED_TOKEN not in found["account"].says


async def test_one_closed_list_does_not_hide_the_other_answers(simployer: Simployer) -> None:
    simployer.closed = {"leave"}
    found = await ask(simployer)
    assert not found["lists of leave"].ok
    assert not found["extent"].ok
    assert found["leave types"].ok
