"""What a row of leave may hold that nobody expected: it is told of them, and nobody else's days go missing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from bot.domain.findings import Severity
from bot.domain.leave import LeaveFinding, LeaveSnapshot, LeaveStatus
from bot.providers.errors import Unsupported
from bot.providers.simployer.source import SimployerSource
from sandbox.simployer import Simployer
from tests.support.properties import examples
from tests.support.simployer_leave import FRIDAY, MONDAY, NOVEMBER

FIELDS = ("parent", "status", "leaveTypeId", "employeeId", "childId", "description", "date", "hours", "extent")


@pytest.fixture
def simployer(simployer: Simployer) -> Simployer:
    """Three people are sick from Monday to Friday."""
    for number in ("1001", "1002", "1003"):
        simployer.admin.leave.request(number, "Sick leave", MONDAY, FRIDAY, status="APPROVED")
    return simployer


def first_row(simployer: Simployer, number: str = "1001") -> dict[str, Any]:
    return simployer.store.history("leave-transaction", simployer.admin.employee(number)["id"])[0]


def employee(simployer: Simployer, number: str = "1001") -> str:
    return str(simployer.admin.employee(number)["id"])


def blocking(snapshot: LeaveSnapshot) -> list[LeaveFinding]:
    return [finding for finding in snapshot.findings if finding.severity is Severity.BLOCKING]


@pytest.mark.parametrize(
    ("field", "odd"),
    [
        ("parent", None), ("parent", "x"), ("parent", {}), ("parent", {"id": "a", "type": "Holiday"}),
        ("parent", {"id": "../x", "type": "Leave"}), ("leaveTypeId", None), ("leaveTypeId", ["a"]), ("childId", 7),
        ("hours", None), ("hours", "7.5"), ("hours", True), ("hours", [7]), ("extent", "half"),
    ],
)  # fmt: skip
async def test_a_day_that_cannot_be_read_is_named(
    simployer: Simployer, source: SimployerSource, field: str, odd: object
) -> None:
    simployer.store.oddities[first_row(simployer)["id"]] = {field: odd}
    snapshot = await source.leave_snapshot(NOVEMBER)
    assert len(snapshot.days) == 14
    (finding,) = blocking(snapshot)
    assert (finding.code, finding.employee_id, finding.day) == (
        "row_unreadable", employee(simployer), date(2026, 11, 2),
    )  # fmt: skip


@pytest.mark.parametrize("odd", [None, "", "soon", 20261102, "2026-13-01T00:00:00Z", ["2026-11-02"]])
async def test_a_day_without_a_date_is_one_of_that_person(
    simployer: Simployer, source: SimployerSource, odd: object
) -> None:
    simployer.store.oddities[first_row(simployer)["id"]] = {"date": odd}
    snapshot = await source.leave_snapshot(NOVEMBER)
    (finding,) = blocking(snapshot)
    assert (finding.employee_id, finding.day) == (employee(simployer), None)
    assert len(snapshot.days) == 14


@pytest.mark.parametrize("odd", [None, 7, ["x"], "", "a b"])
async def test_a_row_that_does_not_say_whose_it_is_belongs_to_its_leave(
    simployer: Simployer, source: SimployerSource, odd: object
) -> None:
    simployer.store.oddities[first_row(simployer)["id"]] = {"employeeId": odd}
    (finding,) = blocking(await source.leave_snapshot(NOVEMBER))
    assert (finding.code, finding.employee_id, finding.day) == (
        "row_unreadable", employee(simployer), date(2026, 11, 2),
    )  # fmt: skip


async def test_a_row_of_nobody_is_told_so_that_nothing_is_taken_back(
    simployer: Simployer, source: SimployerSource
) -> None:
    simployer.store.oddities[first_row(simployer)["id"]] = {"employeeId": None, "parent": None}
    (finding,) = blocking(await source.leave_snapshot(NOVEMBER))
    assert (finding.code, finding.employee_id) == ("row_of_nobody", None)


async def test_a_row_without_an_id_is_read_all_the_same(simployer: Simployer, source: SimployerSource) -> None:
    for number in ("1001", "1002"):
        simployer.store.oddities[first_row(simployer, number)["id"]] = {"id": None}
    snapshot = await source.leave_snapshot(NOVEMBER)
    assert (len(snapshot.days), snapshot.findings) == (15, ())


async def test_a_row_of_somebody_elses_leave_is_believed_of_neither(
    simployer: Simployer, source: SimployerSource
) -> None:
    simployer.store.oddities[first_row(simployer)["id"]] = {"employeeId": employee(simployer, "1004")}
    snapshot = await source.leave_snapshot(NOVEMBER)
    assert len(snapshot.days) == 14
    assert {finding.employee_id for finding in blocking(snapshot)} == {
        employee(simployer), employee(simployer, "1004"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "odd"),
    [
        ("employeeId", None), ("typeId", 7), ("startDate", "soon"), ("startDate", None),
        ("startDate", "0001-01-01"), ("endDate", "later"),
        ("gradePercentage", "half"), ("gradePercentage", 101), ("gradePercentage", -1), ("endDate", 7),
    ],
)  # fmt: skip
async def test_leave_that_cannot_be_read_is_named_and_is_not_gone(
    simployer: Simployer, source: SimployerSource, field: str, odd: object
) -> None:
    leave = first_row(simployer)["parent"]["id"]
    simployer.store.oddities[leave] = {field: odd}
    snapshot = await source.leave_snapshot(NOVEMBER)
    (finding,) = blocking(snapshot)
    assert (finding.code, finding.parent_id) == ("leave_unreadable", leave)
    assert (leave in snapshot.leaves, leave in snapshot.gone, len(snapshot.leaves)) == (False, False, 2)


@pytest.mark.parametrize("odd", ["ON_HOLD", None, 7, ["APPROVED"], "approved"])
async def test_a_status_that_is_not_known_waits(simployer: Simployer, source: SimployerSource, odd: object) -> None:
    row = first_row(simployer)
    simployer.store.oddities[row["id"]] = {"status": odd}
    simployer.store.oddities[row["parent"]["id"]] = {"status": odd}
    snapshot = await source.leave_snapshot(NOVEMBER)
    assert [day.status for day in snapshot.days].count(LeaveStatus.OTHER) == 1
    assert snapshot.leaves[row["parent"]["id"]].status is LeaveStatus.OTHER
    assert [finding.code for finding in snapshot.findings] == ["status_unknown"] * 2


async def test_an_end_of_time_is_an_end(simployer: Simployer, source: SimployerSource) -> None:
    leave = first_row(simployer)["parent"]["id"]
    simployer.store.oddities[leave] = {"endDate": "9999-12-31T23:59:59.999Z"}
    snapshot = await source.leave_snapshot(NOVEMBER)
    assert snapshot.leaves[leave].last_day == date(9999, 12, 31)
    assert snapshot.leaves[leave].is_open


async def test_rows_that_are_all_of_another_shape_stop_absence_and_name_no_person(
    simployer: Simployer, source: SimployerSource
) -> None:
    simployer.admin.leave.request("1004", "Sick leave", MONDAY, "2026-11-27", status="APPROVED")
    for row in simployer.store.rows["leave-transaction"].values():
        simployer.store.oddities[row["id"]] = {"parent": None}
    with pytest.raises(Unsupported) as failed:
        await source.leave_snapshot(NOVEMBER)
    assert failed.value.text.key == "simployer.leave_changed"


def _week(**monday: object) -> dict[str, Any]:
    return {"monday": {"working": True, "duration": 450, "shifts": [], **monday}}


SHIFT = {"startHour": 8, "startMinute": 0, "endHour": 16, "endMinute": 0, "duration": 450}


@pytest.mark.parametrize(
    "odd",
    [
        _week(), _week(shifts=None), _week(shifts=[7]), _week(working="yes"), {"monday": None},
        _week(shifts=[SHIFT | {"startHour": 25}]), _week(shifts=[SHIFT | {"endMinute": 0.5}]),
        _week(shifts=[SHIFT | {"endHour": None}]), {"effectiveFrom": None}, {"effectiveFrom": "soon"},
        {"effectiveTo": "later"},
    ],
)  # fmt: skip
async def test_a_work_week_that_cannot_be_read_is_nobody_elses(
    simployer: Simployer, source: SimployerSource, odd: dict[str, Any]
) -> None:
    """Somebody part-time would otherwise get the hours of the office."""
    own = simployer.admin.leave.work_week("1004", "2020-01-01", days=4)
    simployer.store.oddities[own["id"]] = odd
    snapshot = await source.leave_snapshot(NOVEMBER)
    person = simployer.admin.employee("1004")
    assert snapshot.schedules.on(date(2026, 11, 2), person["id"], person["officeId"]) is None
    assert snapshot.schedules.zone(date(2026, 11, 2), person["id"], person["officeId"]) == "Europe/Oslo"
    (finding,) = snapshot.findings
    assert (finding.code, finding.severity, finding.employee_id) == (
        "week_unreadable", Severity.WARNING, person["id"],
    )  # fmt: skip
    assert len(snapshot.days) == 15


@pytest.mark.parametrize("midnight", [0, 24])
async def test_a_shift_may_end_at_midnight(simployer: Simployer, source: SimployerSource, midnight: int) -> None:
    own = simployer.admin.leave.work_week("1001", "2020-01-01")
    simployer.store.oddities[own["id"]] = _week(shifts=[SHIFT | {"startHour": 16, "endHour": midnight}])
    schedule = (await source.leave_snapshot(NOVEMBER)).schedules.on(date(2026, 11, 2), employee(simployer))
    assert schedule is not None
    assert schedule.hours(date(2026, 11, 2)) == 8


@pytest.mark.parametrize("odd", [7, None, ["801"], "8\x001", "8" * 101])
async def test_a_code_that_cannot_be_read_is_none(simployer: Simployer, source: SimployerSource, odd: object) -> None:
    sick = simployer.admin.leave.type("Sick leave")["id"]
    code = next(row for row in simployer.store.rows["leave-type-code"].values() if row["leaveTypeId"] == sick)
    simployer.store.oddities[code["id"]] = {"code": odd}
    snapshot = await source.leave_snapshot(NOVEMBER)
    assert snapshot.types[sick].codes == ()
    assert [(finding.code, finding.values) for finding in snapshot.findings] == [("codes_unread", {"n": 1})]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
ROW = st.dictionaries(st.sampled_from(FIELDS), JSON, min_size=1)
LEAVE = st.dictionaries(
    st.sampled_from(("employeeId", "typeId", "status", "startDate", "endDate", "gradePercentage")), JSON, min_size=1
)


@given(row=ROW, leave=st.none() | LEAVE)
@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_stands_in_one_row_stops_nobody_else(
    simployer: Simployer, source: SimployerSource, row: dict[str, Any], leave: dict[str, Any] | None
) -> None:
    """Every day of it is there, or a finding says that it could not be read; and never an exception."""
    odd = first_row(simployer)
    simployer.store.oddities = {odd["id"]: row}
    if leave is not None:
        simployer.store.oddities[odd["parent"]["id"]] = leave
    snapshot = await source.leave_snapshot(NOVEMBER)
    others = [day for day in snapshot.days if day.parent_id != odd["parent"]["id"]]
    assert len(others) >= 10
    assert {employee(simployer, number) for number in ("1002", "1003")} <= {day.employee_id for day in others}
    assert len(snapshot.days) == 15 or blocking(snapshot) or row.keys() & {"date"}
    assert odd["parent"]["id"] in snapshot.leaves or blocking(snapshot)
    assert odd["parent"]["id"] not in snapshot.gone
