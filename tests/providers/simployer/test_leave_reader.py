"""Leave of a window, read whole. Numbers of cases are those of the facts about absence."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.leave import LeaveStatus
from bot.providers.errors import CredentialsRefused, NotPermitted, WrongAccount
from bot.providers.simployer.source import SimployerSource
from sandbox.simployer import Simployer
from sandbox.simployer.leave_admin import LeaveAdministrator
from tests.support.provider_connections import simployer_source
from tests.support.simployer_leave import FRIDAY, MONDAY, codes, days, read, shown


async def test_parents_of_delivered_days_are_asked_for_wherever_they_went(
    desk: LeaveAdministrator, source: SimployerSource
) -> None:
    leave = desk.request("1001", "Sick leave", "2027-03-01", "2027-03-05", status="PENDING")
    assert leave["id"] not in (await read(source)).leaves
    snapshot = await read(source, parents=frozenset({leave["id"], "entry:1", "../../x", "0" * 24}))
    assert snapshot.leaves[leave["id"]].first_day == date(2027, 3, 1)
    assert snapshot.gone == {"0" * 24}


@pytest.mark.parametrize("verb", ["cancel", "deny", "delete"])
async def test_what_is_taken_back_is_known_by_its_status_or_is_gone(
    desk: LeaveAdministrator, source: SimployerSource, verb: str
) -> None:
    """Case 22."""
    leave = desk.request("1001", "Sick leave", MONDAY, FRIDAY, status="APPROVED")
    getattr(desk, verb)(leave["id"])
    snapshot = await read(source, parents=frozenset({leave["id"]}))
    assert snapshot.days == []
    if verb == "delete":
        assert snapshot.gone == {leave["id"]}
        assert not snapshot.leaves
    else:
        status = {"cancel": LeaveStatus.CANCELLED, "deny": LeaveStatus.DENIED}[verb]
        assert snapshot.leaves[leave["id"]].status is status


@pytest.mark.parametrize("keeps", [False, True])
async def test_leave_that_waits_again_is_there_with_or_without_rows(
    simployer: Simployer, desk: LeaveAdministrator, source: SimployerSource, keeps: bool
) -> None:
    """Case 21: what waits for a decision is told from what is gone."""
    simployer.store.habits.keeps_pending = keeps
    leave = desk.request("1001", "Sick leave", MONDAY, FRIDAY, status="APPROVED")
    desk.edit(leave["id"])
    snapshot = await read(source)
    assert len(snapshot.days) == (5 if keeps else 0)
    assert snapshot.leaves[leave["id"]].status is LeaveStatus.PENDING


async def test_an_edit_shows_in_the_rows_and_not_in_ids(desk: LeaveAdministrator, source: SimployerSource) -> None:
    """Cases 16 to 20 and 24: an edit makes new rows of the same leave, a new leave gives the same rows."""
    leave = desk.request("1001", "Vacation", MONDAY, FRIDAY, status="APPROVED")
    before = await read(source)
    desk.shorten(leave["id"], "2026-11-09")
    assert [day for day, _ in shown(await read(source))] == days(2, 3, 4, 5, 6, 9)
    desk.shorten(leave["id"], "2026-11-03")
    desk.request("1001", "Sick leave", "2026-11-04", FRIDAY, status="CONFIRMED")
    after = await read(source)
    assert shown(after) == shown(before)
    assert {day.type_id for day in after.days} == {desk.type("Vacation")["id"], desk.type("Sick leave")["id"]}
    desk.move(leave["id"], 7)
    assert [day for day, _ in shown(await read(source))] == days(4, 5, 6, 9, 10)
    desk.delete(leave["id"])
    desk.request("1001", "Vacation", "2026-11-09", "2026-11-10", status="APPROVED")
    assert shown(await read(source)) == [(day, "7.5") for day in days(4, 5, 6, 9, 10)]


async def test_only_those_named_are_asked_for(
    simployer: Simployer, desk: LeaveAdministrator, source: SimployerSource
) -> None:
    """Case 70: what is not in an integration's scope is not read for it."""
    for number in ("1001", "1002"):
        desk.request(number, "Sick leave", MONDAY, status="APPROVED")
    wanted = simployer.admin.employee("1001")["id"]
    snapshot = await read(source, employee_ids=frozenset({wanted}))
    assert {day.employee_id for day in snapshot.days} == {wanted}
    assert {leave.employee_id for leave in snapshot.leaves.values()} == {wanted}
    for path, name in (("/leave", "employeeId"), ("/leave-transaction", "employeeId"), ("/employee", "id")):
        (asked,) = [e.query for e in simployer.requests.matching("GET", path)]
        assert asked[f"filters[{name}][$in][]"] == [wanted]
    assert (await read(source, employee_ids=frozenset())).days == []


async def test_a_test_group_of_a_large_account_reads_only_its_weeks(
    simployer: Simployer, desk: LeaveAdministrator, source: SimployerSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.providers.simployer.leave_reader.FEW_WEEKS", 3)
    wanted = frozenset(simployer.admin.employee(number)["id"] for number in ("1001", "2001"))
    desk.request("2001", "Sick leave", MONDAY, status="APPROVED")
    snapshot = await read(source, employee_ids=wanted)
    office = simployer.admin.employee("2001")["officeId"]
    assert snapshot.schedules.on(date(2026, 11, 2), simployer.admin.employee("2001")["id"], office) is not None
    assert snapshot.schedules.on(date(2026, 11, 2), simployer.admin.employee("1001")["id"]) is not None


async def test_of_very_many_people_everyone_is_read_and_the_rest_dropped(
    simployer: Simployer, desk: LeaveAdministrator, source: SimployerSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.providers.simployer.leave_reader.NAMED_AT_MOST", 1)
    for number in ("1001", "1002", "1003"):
        desk.request(number, "Sick leave", MONDAY, status="APPROVED")
    wanted = frozenset(simployer.admin.employee(number)["id"] for number in ("1001", "1003"))
    snapshot = await read(source, employee_ids=wanted)
    assert {day.employee_id for day in snapshot.days} == wanted
    assert {leave.employee_id for leave in snapshot.leaves.values()} == wanted


async def test_nothing_is_selected_where_a_selection_would_lose_something(
    simployer: Simployer, desk: LeaveAdministrator, source: SimployerSource
) -> None:
    desk.request("1001", "Sick leave", MONDAY, status="APPROVED")
    await read(source)
    asked = {e.path.removeprefix("/v1"): e.query for e in simployer.requests}
    assert "select" not in asked["/leave-transaction"]
    assert "select" not in asked["/work-week"]
    assert asked["/leave-transaction"]["filters[date][$gte]"] == ["2026-10-31T00:00:00.000Z"]
    assert asked["/leave-transaction"]["filters[date][$lt]"] == ["2026-12-02T00:00:00.000Z"]
    assert asked["/employee"]["select"] == ["id,officeId,employmentCountry"]
    assert all("relations" not in query for path, query in asked.items() if path != "/leave-type")


class TestRights:
    async def test_missing_rights_are_told_before_a_run_and_stop_absence_alone(
        self, simployer: Simployer, source: SimployerSource
    ) -> None:
        assert await source.leave_preflight() == []
        simployer.closed = {"leave", "leave-transaction"}
        (finding,) = await source.leave_preflight()
        assert (finding.code, finding.severity.value) == ("simployer_leave_rights", "blocking")
        assert finding.values == {"lists": ("leave", "leave-transaction")}
        with pytest.raises(NotPermitted) as refused:
            await read(source)
        assert refused.value.text.key == "simployer.leave_not_permitted"
        assert len([person async for page in source.employees() for person in page]) == 40

    async def test_without_the_right_to_children_days_are_read(
        self, simployer: Simployer, desk: LeaveAdministrator, source: SimployerSource
    ) -> None:
        child = desk.add_child("2001", "Alva", "2021-03-09")
        desk.request("2001", "Care of sick child", MONDAY, child=child["id"], status="APPROVED")
        simployer.closed = {"child"}
        assert [finding.severity.value for finding in await source.leave_preflight()] == ["warning"]
        snapshot = await read(source)
        assert len(snapshot.days) == 1
        assert codes(snapshot) == {"children_hidden"}

    async def test_a_token_that_dies_between_two_pages_makes_no_snapshot(
        self, simployer: Simployer, source: SimployerSource
    ) -> None:
        simployer.faults.unauthorized(path="/leave$")
        with pytest.raises(CredentialsRefused):
            await read(source)

    async def test_another_companys_leave_is_not_read(self, simployer: Simployer) -> None:
        async with simployer_source(simployer, expected="f" * 24) as other:
            for ask in (other.leave_types, other.leave_preflight, lambda: read(other)):
                with pytest.raises(WrongAccount):
                    await ask()
        assert {e.path for e in simployer.requests} == {"/v1/company"}
