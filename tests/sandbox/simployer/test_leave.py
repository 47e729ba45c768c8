"""Simployer's stand-in: leave, the rows of days that it makes, and the page on which people edit it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx
import pytest

from sandbox.companies import polarbonan
from sandbox.companies.generator import Generator
from sandbox.simployer import Simployer
from tests.contracts.contract import contract
from tests.support.api_calls import noon, simployer_client

TODAY = noon(2026, 11, 2)
DESCRIBED = contract("simployer")
MONDAY, FRIDAY = "2026-11-02", "2026-11-06"


@pytest.fixture
async def simployer() -> AsyncIterator[Simployer]:
    company = polarbonan.company(TODAY().date())
    company.leave.clear()
    async with Simployer(company, clock=TODAY) as system:
        yield system


@pytest.fixture
async def client(simployer: Simployer) -> AsyncIterator[httpx.AsyncClient]:
    async with simployer_client(simployer) as client:
        yield client


async def rows(client: httpx.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    answer = await client.get(f"/leave-transaction?limit=500&sort[date]=asc{query}")
    assert answer.status_code == 200, answer.json()
    DESCRIBED.hold_answer("GET", "/leave-transaction", answer.json())
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def test_approved_leave_has_a_row_for_each_working_day(simployer: Simployer, client: httpx.AsyncClient) -> None:
    leave = simployer.admin.leave.request("1001", "Vacation", "2026-10-30", "2026-11-03")
    assert await rows(client) == []
    simployer.admin.leave.approve(leave["id"])
    found = await rows(client)
    assert [(row["date"][:10], row["hours"], row["extent"]) for row in found] == [
        ("2026-10-30", 7.5, 100), ("2026-11-02", 7.5, 100), ("2026-11-03", 7.5, 100),
    ]  # fmt: skip
    assert {(row["parent"]["id"], row["parent"]["type"], row["status"]) for row in found} == {
        (leave["id"], "Leave", "APPROVED")
    }
    one = (await client.get(f"/leave-transaction/{found[0]['id']}")).json()
    DESCRIBED.hold_answer("GET", "/leave-transaction/{id}", one)
    assert one["data"] == found[0]
    DESCRIBED.hold_answer("GET", "/leave/{id}", (await client.get(f"/leave/{leave['id']}?relations=type")).json())


async def test_an_edit_keeps_the_leave_and_makes_its_rows_anew(simployer: Simployer, client: httpx.AsyncClient) -> None:
    desk = simployer.admin.leave
    leave = desk.request("1001", "Sick leave", MONDAY, FRIDAY, status="APPROVED")
    before = await rows(client)
    desk.shorten(leave["id"], "2026-11-04")
    after = await rows(client)
    assert [row["date"] for row in after] == [row["date"] for row in before[:3]]
    assert not {row["id"] for row in before} & {row["id"] for row in after}
    desk.edit(leave["id"], gradePercentage=50)
    assert await rows(client) == []
    desk.confirm(leave["id"])
    assert {(row["hours"], row["extent"], row["status"]) for row in await rows(client)} == {(3.75, 50, "CONFIRMED")}
    desk.move(leave["id"], 7)
    assert (await rows(client))[0]["date"][:10] == "2026-11-09"


@pytest.mark.parametrize("verb", ["deny", "cancel"])
async def test_what_is_taken_back_stays_without_rows(
    simployer: Simployer, client: httpx.AsyncClient, verb: str
) -> None:
    leave = simployer.admin.leave.request("1001", "Sick leave", MONDAY, FRIDAY, status="APPROVED")
    getattr(simployer.admin.leave, verb)(leave["id"])
    assert await rows(client) == []
    status = (await client.get(f"/leave/{leave['id']}")).json()["data"]["status"]
    assert status == {"deny": "DENIED", "cancel": "CANCELLED"}[verb]


async def test_deleted_leave_is_not_found(simployer: Simployer, client: httpx.AsyncClient) -> None:
    leave = simployer.admin.leave.request("1001", "Sick leave", MONDAY, FRIDAY, status="APPROVED")
    assert (await client.delete(f"/leave/{leave['id']}")).status_code == 204
    assert (await client.get(f"/leave/{leave['id']}")).status_code == 404
    assert await rows(client) == []


async def test_leave_that_waits_again_may_keep_its_rows(simployer: Simployer, client: httpx.AsyncClient) -> None:
    simployer.store.habits.keeps_pending = True
    leave = simployer.admin.leave.request("1001", "Sick leave", MONDAY, FRIDAY, status="APPROVED")
    simployer.admin.leave.edit(leave["id"], endDate=MONDAY)
    assert len(await rows(client)) == 5


async def test_part_of_a_day(simployer: Simployer, client: httpx.AsyncClient) -> None:
    desk = simployer.admin.leave
    desk.work_week("1001", "2026-01-01")
    desk.request("1001", "Vacation", "2026-11-02", half="morning", status="APPROVED")
    desk.request("1001", "Vacation", "2026-11-03", half="afternoon", status="APPROVED")
    desk.request("1001", "Off duty", "2026-11-04", hours=("13:00", "14:20"), status="APPROVED")
    assert [row["hours"] for row in await rows(client)] == [4, 3.5, 1.333333]
    leave = (await client.get("/leave?sort[startDate]=desc&limit=1")).json()["data"][0]
    assert (leave["duration"], leave["startDate"], leave["endDate"]) == (
        "minutes", "2026-11-04T12:00:00.000Z", "2026-11-04T13:20:00.000Z",
    )  # fmt: skip


async def test_part_time_is_a_shorter_week(simployer: Simployer, client: httpx.AsyncClient) -> None:
    desk = simployer.admin.leave
    desk.work_week("1001", "2026-01-01", days=4)
    desk.work_week("1001", "2026-11-04", shifts=[("08:00", "14:00")])
    desk.request("1001", "Sick leave", MONDAY, FRIDAY, status="APPROVED")
    assert [row["hours"] for row in await rows(client)] == [7.5, 7.5, 6, 6, 6]
    desk.work_week("1002", "2026-01-01", days=5, shifts=[("22:00", "06:00")])
    desk.request("1002", "Sick leave", FRIDAY, status="APPROVED")
    assert (await rows(client))[-1]["hours"] == 8


async def test_holidays_are_not_known_unless_rows_leave_them_out(
    simployer: Simployer, client: httpx.AsyncClient
) -> None:
    simployer.admin.leave.request("2001", "Vacation", "2026-12-24", "2026-12-25", status="APPROVED")
    assert len(await rows(client)) == 2
    simployer.store.habits.holidays.add(date(2026, 12, 25))
    simployer.admin.leave.recompute("2001")
    assert len(await rows(client)) == 1


async def test_scales_and_gross_hours_are_switches(simployer: Simployer, client: httpx.AsyncClient) -> None:
    simployer.store.habits.percent_extent = False
    simployer.store.habits.net_hours = False
    simployer.admin.leave.request("1001", "Sick leave", MONDAY, grade=37.5, status="APPROVED")
    assert [(row["hours"], row["extent"]) for row in await rows(client)] == [(7.5, 0.375)]


@pytest.mark.parametrize(
    ("instants", "ends", "start", "end", "row"),
    [
        ("utc_midnight", "midnight", "2026-10-26T00:00:00.000Z", "2026-10-26T00:00:00.000Z",
         "2026-10-26T00:00:00.000Z"),
        ("local_midnight", "last_moment", "2026-10-25T23:00:00.000Z", "2026-10-26T22:59:59.999Z",
         "2026-10-25T23:00:00.000Z"),
        ("local_midnight", "next_midnight", "2026-10-25T23:00:00.000Z", "2026-10-26T23:00:00.000Z",
         "2026-10-25T23:00:00.000Z"),
        ("local_noon", "midnight", "2026-10-26T11:00:00.000Z", "2026-10-26T11:00:00.000Z", "2026-10-26T11:00:00.000Z"),
    ],
)  # fmt: skip
async def test_days_travel_as_instants(
    simployer: Simployer, client: httpx.AsyncClient, instants: Any, ends: Any, start: str, end: str, row: str
) -> None:
    simployer.store.habits.instants, simployer.store.habits.ends = instants, ends
    simployer.admin.leave.request("1001", "Sick leave", "2026-10-26", status="APPROVED")
    leave = (await client.get("/leave")).json()["data"][0]
    assert (leave["startDate"], leave["endDate"]) == (start, end)
    assert [found["date"] for found in await rows(client)] == [row]
    # The filter works on what is stored, not on the local day.
    assert len(await rows(client, f"&filters[date][$gte]={row}")) == 1
    assert await rows(client, f"&filters[date][$gt]={row}") == []


async def test_leave_until_further_notice_ends_far_away_or_nowhere(
    simployer: Simployer, client: httpx.AsyncClient
) -> None:
    simployer.admin.leave.request("1001", "Sick leave", "2026-11-02", "open", status="CONFIRMED")
    assert (await client.get("/leave")).json()["data"][0]["endDate"] == "2099-12-31T00:00:00.000Z"
    assert 250 < len(await rows(client)) < 300
    simployer.store.habits.open_end = "null"
    assert (await client.get("/leave")).json()["data"][0]["endDate"] is None
    assert (await client.get("/leave?filters[endDate][$gte]=2026-11-01")).json()["data"] == []


@pytest.mark.parametrize(("habit", "shown"), [("", ""), ("null", None), ("missing", "nothing")])
async def test_no_child_is_blank_null_or_missing(
    simployer: Simployer, client: httpx.AsyncClient, habit: Any, shown: str | None
) -> None:
    simployer.store.habits.no_child = habit
    simployer.admin.leave.request("1001", "Sick leave", MONDAY, status="APPROVED")
    row = (await client.get("/leave-transaction")).json()["data"][0]
    assert row.get("childId", "nothing") == row.get("description", "nothing") == shown


async def test_absence_of_a_timesheet_has_an_entry_as_parent(simployer: Simployer, client: httpx.AsyncClient) -> None:
    simployer.admin.leave.from_timesheet("1001", "Off duty", MONDAY, 2.5)
    (row,) = await rows(client)
    assert (row["parent"]["type"], row["hours"]) == ("TimesheetEntry", 2.5)
    entry = (await client.get(f"/timesheet-entry/{row['parent']['id']}")).json()["data"]
    assert (entry["minutes"], entry["status"]) == (150, "APPROVED")
    for name in ("timesheet", "timesheet-entry", "timesheet-entry-type"):
        DESCRIBED.hold_answer("GET", f"/{name}", (await client.get(f"/{name}")).json())


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("select=id,parent", "each value in select"), ("select=status", "each value in select"),
        ("filters[status]=APPROVED", "filters.property status"), ("filters[parent]=1", "filters.property parent"),
        ("filters[date][$like]=2026", "property $like"), ("sort[status]=asc", "sort.property status"),
        ("relations=parent", "each value in relations"),
    ],
)  # fmt: skip
async def test_what_is_not_described_of_rows_is_refused(client: httpx.AsyncClient, query: str, fault: str) -> None:
    answer = await client.get(f"/leave-transaction?{query}")
    assert answer.status_code == 400
    assert any(fault in line for line in answer.json()["message"])


async def test_rows_cannot_be_written(client: httpx.AsyncClient) -> None:
    assert (await client.post("/leave-transaction", json={})).status_code in (404, 405)


async def test_codes_are_optional_and_not_unique(client: httpx.AsyncClient) -> None:
    body = (await client.get("/leave-type?relations=leaveTypeCode")).json()
    codes = [row["code"] for row in body["relations"]["leaveTypeCode"]]
    assert codes.count("SYK") == 2
    assert len({row["leaveTypeId"] for row in body["relations"]["leaveTypeCode"]}) == len(body["data"]) - 1
    assert [row["name"] for row in body["data"] if row["archived"]] == ["Study leave"]


async def test_a_list_can_shrink_in_words_alone(simployer: Simployer, client: httpx.AsyncClient) -> None:
    simployer.admin.leave.request("1001", "Sick leave", MONDAY, FRIDAY, status="APPROVED")
    simployer.total_shrinks(by=3, path="/leave-transaction$", nth=2)
    assert [(await client.get("/leave-transaction")).json()["total"] for _ in range(3)] == [5, 2, 5]
    simployer.total_of_everything = True
    assert (await client.get("/leave-transaction?filters[employeeId]=x")).json()["total"] == 5


async def test_a_token_may_lack_the_right_to_leave(simployer: Simployer, client: httpx.AsyncClient) -> None:
    simployer.closed = {"leave", "leave-transaction"}
    answers = [
        (await client.get(path)).status_code for path in ("/leave", "/leave/1", "/leave-transaction", "/employee")
    ]
    assert answers == [403, 403, 403, 200]


async def test_the_demo_has_leave_of_every_kind(tmp_path: Any) -> None:
    simployer = Simployer(polarbonan.company(TODAY().date()), clock=TODAY)
    store = simployer.store
    assert {row["status"] for row in store.rows["leave"].values()} == {
        "PENDING", "DENIED", "CANCELLED", "APPROVED", "CONFIRMED",
    }  # fmt: skip
    assert {row["duration"] for row in store.rows["leave"].values()} == {"longer", "one_day", "half_day", "minutes"}
    assert len(store.rows["leave-transaction"]) > 100
    simployer.save(tmp_path / "simployer.json")
    later = Simployer(clock=TODAY)
    later.load(tmp_path / "simployer.json")
    leave = next(iter(later.store.rows["leave"]))
    later.admin.leave.delete(leave)
    assert len(later.store.rows["leave-transaction"]) < len(store.rows["leave-transaction"])


async def test_made_up_companies_have_leave_of_any_amount() -> None:
    people = Generator(20)
    company = people.with_people()
    company.leave.extend(people.leave(date(2026, 11, 2)))
    rows_of = Simployer(company, clock=TODAY).store.rows["leave-transaction"]
    assert len(rows_of) == 80


class TestThePage:
    """Leave as a person edits it, in a browser without any script."""

    @pytest.fixture
    async def page(self, simployer: Simployer) -> AsyncIterator[httpx.AsyncClient]:
        url = simployer.url.removesuffix("/v1")
        async with httpx.AsyncClient(base_url=url, follow_redirects=True) as page:
            yield page

    async def test_leave_goes_through_its_life(self, simployer: Simployer, page: httpx.AsyncClient) -> None:
        asked = {"number": "1001", "kind": "Sick leave", "start": MONDAY, "end": FRIDAY, "grade": "50"}
        assert (await page.post("/leave/request", data=asked)).status_code == 200
        ((leave_id, leave),) = simployer.store.rows["leave"].items()
        assert (leave["status"], leave["gradePercentage"]) == ("PENDING", 50)
        for verb, count, hours in (("approve", 5, 18.75), ("cancel", 0, 0), ("confirm", 5, 18.75)):
            shown = (await page.post(f"/leave/{leave_id}/{verb}")).text
            assert f"{count} rows, {hours:g} hours" in shown
        changed = {"kind": "Vacation", "start": MONDAY, "end": "2026-11-03", "grade": ""}
        assert "2 rows, 15 hours" in (await page.post(f"/leave/{leave_id}/change", data=changed)).text
        await page.post(f"/leave/{leave_id}/delete")
        assert not simployer.store.rows["leave"]

    async def test_part_days_open_leave_and_a_part_time_week(
        self, simployer: Simployer, page: httpx.AsyncClient
    ) -> None:
        week = {"number": "1001", "since": "2026-01-01", "days": "4", "from1": "08:00", "to1": "14:00"}
        await page.post("/leave/work-week", data=week)
        for extra in ({"half": "morning"}, {"from": "09:00", "to": "10:00"}, {"open": "on"}):
            await page.post("/leave/request", data={"number": "1001", "kind": "Vacation", "start": MONDAY, **extra})
        leaves = list(simployer.store.rows["leave"].values())
        for leave in leaves:
            await page.post(f"/leave/{leave['id']}/approve")
        assert [simployer.admin.leave.rows(leave["id"])[0]["hours"] for leave in leaves] == [3, 1, 6]
        assert leaves[2]["endDate"] == "2099-12-31"

    @pytest.mark.parametrize(
        ("path", "fields"),
        [
            ("request", {"number": "1001", "kind": "Vacation", "start": FRIDAY, "end": MONDAY}),
            ("request", {"number": "1001", "kind": "Nothing", "start": MONDAY}),
            ("request", {"number": "9999", "kind": "Vacation", "start": MONDAY}),
            ("request", {"number": "1001", "kind": "Vacation", "start": "soon"}),
            ("request", {"number": "1001", "kind": "Vacation", "start": MONDAY, "grade": "101"}),
            ("request", {}),
            ("nowhere/approve", {}),
        ],
    )
    async def test_what_cannot_be_done_is_told(
        self, simployer: Simployer, page: httpx.AsyncClient, path: str, fields: dict[str, str]
    ) -> None:
        answer = await page.post(f"/leave/{path}", data=fields)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert not simployer.store.rows["leave"]

    async def test_the_screen_says_where_it_is(self, simployer: Simployer, page: httpx.AsyncClient) -> None:
        simployer.admin.leave.request("1001", "Vacation", MONDAY, FRIDAY)
        table = simployer.tables()["tables"][-1]
        assert table["title"] == f"Leave, edited at {page.base_url}/leave"
        assert table["rows"] == [["1001", "Vacation", MONDAY, FRIDAY, "100 %", "pending"]]
        assert "Ingrid Solbakken, 1001" in (await page.get("/leave")).text
