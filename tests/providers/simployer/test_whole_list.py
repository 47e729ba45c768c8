"""Rows that come and go while they are read: nothing may look taken back, nor be there twice."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.leave import LeaveStatus
from bot.providers.errors import NotPermitted, Unavailable
from bot.providers.simployer.source import SimployerSource
from sandbox.simployer import Simployer
from sandbox.simployer.leave_admin import LeaveAdministrator
from tests.support.provider_connections import simployer_source
from tests.support.simployer_leave import FRIDAY, MONDAY, codes, days, read, shown

NUMBERS = ("1001", "1002", "1003", "1004", "1005", "1006")


class TestListsThatMove:
    """Rows that come and go while they are read: nothing may look taken back, nor be there twice."""

    @pytest.fixture(autouse=True)
    def many(self, simployer: Simployer, desk: LeaveAdministrator) -> list[dict[str, Any]]:
        simployer.max_limit = 7
        return [desk.request(number, "Sick leave", MONDAY, FRIDAY, status="APPROVED") for number in NUMBERS]

    @pytest.mark.parametrize("most", [1, 2, 7, 500])
    async def test_pages_of_any_size_are_the_whole(
        self, simployer: Simployer, source: SimployerSource, most: int
    ) -> None:
        simployer.max_limit = most
        snapshot = await read(source)
        assert shown(snapshot) == sorted((day, "7.5") for day in days(2, 3, 4, 5, 6) for _ in NUMBERS)
        assert len(snapshot.leaves) == len(NUMBERS)

    @pytest.mark.parametrize("path", ["/leave-transaction$", "/leave$", "/leave-type$"])
    @pytest.mark.parametrize("nth", [1, 2, 3])
    @pytest.mark.parametrize("fault", ["shrinks", "short", "empty"])
    async def test_a_page_that_does_not_fit_is_read_again(
        self, simployer: Simployer, source: SimployerSource, path: str, nth: int, fault: str
    ) -> None:
        whole = shown(await read(source))
        if fault == "shrinks":
            simployer.total_shrinks(by=5, path=path, nth=nth)
        elif fault == "short":
            simployer.faults.truncated_page(path=path, nth=nth)
        else:
            simployer.faults.empty_page(path=path, nth=nth)
        snapshot = await read(source)
        assert shown(snapshot) == whole
        assert len(snapshot.leaves) == len(NUMBERS)
        assert len(snapshot.types) == 7

    @pytest.mark.parametrize("path", ["/leave-transaction$", "/leave$"])
    async def test_a_total_that_never_rests_makes_no_plan(
        self, simployer: Simployer, source: SimployerSource, path: str
    ) -> None:
        """Case 57: three pages of nine and a smaller total are an error, and never fewer days."""
        simployer.max_limit = 3
        for nth in range(2, 60, 2):
            simployer.total_shrinks(by=nth, path=path, nth=nth)
        with pytest.raises(Unavailable) as failed:
            await read(source)
        assert (failed.value.text.key, failed.value.sent) == ("simployer.list_moved", False)

    async def test_a_list_that_stays_short_makes_no_plan(self, simployer: Simployer, source: SimployerSource) -> None:
        simployer.faults.empty_page(path="/leave-transaction$", nth=2, times=None)
        with pytest.raises(Unavailable):
            await read(source)

    async def test_a_total_may_count_what_the_filter_leaves_out(
        self, simployer: Simployer, desk: LeaveAdministrator, source: SimployerSource
    ) -> None:
        desk.request("1009", "Vacation", "2026-06-01", "2026-06-12", status="APPROVED")
        simployer.total_of_everything = True
        assert len((await read(source)).days) == 5 * len(NUMBERS)

    @pytest.mark.parametrize("nth", range(1, 8))
    async def test_an_edit_between_two_pages_is_there_once(
        self, simployer: Simployer, desk: LeaveAdministrator, many: list[dict[str, Any]], nth: int
    ) -> None:
        """Its rows come back under new ids at the end of the list, as many as before: the total tells nothing."""
        simployer.faults.meanwhile(
            lambda: desk.change(many[0]["id"], gradePercentage=50), path="/leave-transaction$", nth=nth
        )
        async with simployer_source(simployer) as source:
            snapshot = await read(source)
        edited = [str(day.hours) for day in snapshot.days if day.parent_id == many[0]["id"]]
        assert edited in (["3.75"] * 5, ["7.5"] * 5)
        assert len(snapshot.days) == 5 * len(NUMBERS)

    async def test_leave_deleted_after_its_rows_were_read_has_none(
        self, simployer: Simployer, desk: LeaveAdministrator, source: SimployerSource, many: list[dict[str, Any]]
    ) -> None:
        simployer.faults.meanwhile(lambda: desk.delete(many[0]["id"]), path="/leave$")
        snapshot = await read(source)
        assert snapshot.gone == {many[0]["id"]}
        assert len(snapshot.days) == 5 * len(NUMBERS) - 5

    async def test_rows_that_outlive_their_leave_have_a_parent_that_is_gone(
        self, simployer: Simployer, source: SimployerSource, many: list[dict[str, Any]]
    ) -> None:
        simployer.store.remove("leave", many[0]["id"])
        snapshot = await read(source)
        assert snapshot.gone == {many[0]["id"]}
        assert sum(day.parent_id in snapshot.gone for day in snapshot.days) == 5

    async def test_leave_approved_after_the_rows_were_read_gets_them(
        self, simployer: Simployer, desk: LeaveAdministrator, source: SimployerSource
    ) -> None:
        """A day delivered before would look taken back: its leave is decided, and there is no row."""
        leave = desk.request("1009", "Vacation", MONDAY, FRIDAY)
        simployer.faults.meanwhile(lambda: desk.approve(leave["id"]), path="/leave$")
        snapshot = await read(source)
        assert snapshot.leaves[leave["id"]].status is LeaveStatus.APPROVED
        assert sum(day.parent_id == leave["id"] for day in snapshot.days) == 5

    async def test_leave_moved_after_its_rows_were_read_has_the_new_ones(
        self, simployer: Simployer, desk: LeaveAdministrator, source: SimployerSource, many: list[dict[str, Any]]
    ) -> None:
        simployer.faults.meanwhile(lambda: desk.move(many[0]["id"], 7), path="/leave$")
        snapshot = await read(source)
        assert sorted(day.day for day in snapshot.days if day.parent_id == many[0]["id"]) == days(9, 10, 11, 12, 13)

    async def test_only_a_plain_not_found_says_that_leave_is_gone(
        self, simployer: Simployer, source: SimployerSource
    ) -> None:
        wanted = "a" * 24
        for body in ({"status": "ok", "data": None}, {"status": "ok", "data": {"id": "b" * 24}}):
            simployer.faults.status(200, body, path=f"/leave/{wanted}$")
            snapshot = await read(source, parents=frozenset({wanted}))
            assert (snapshot.gone, codes(snapshot)) == (frozenset(), {"leave_unreadable"})
        simployer.faults.status(403, {}, path=f"/leave/{wanted}$")
        with pytest.raises(NotPermitted):
            await read(source, parents=frozenset({wanted}))
