"""Leave of the stand-in as payroll would get it: read by the product, and then told what counts."""

from __future__ import annotations

from datetime import date

from bot.domain.leave import LeavePerson
from bot.domain.leave_delivery import DayKey
from bot.providers.leave_protocol import LeaveCode
from bot.providers.simployer.source import SimployerSource
from bot.sync.leave.normal_days import NormalLeave, NormalRules, Withheld, normal_leave
from bot.sync.leave.routes import routes_of
from bot.sync.leave.wanted_days import wanted_days
from sandbox.simployer import Simployer
from sandbox.simployer.leave_admin import LeaveAdministrator
from tests.support.simployer_leave import FRIDAY, MONDAY, read

CODES = (LeaveCode(value="SYK", label="Sick"), LeaveCode(value="FERIE", label="Vacation"))


async def wanted(
    simployer: Simployer, source: SimployerSource
) -> tuple[dict[tuple[str, date, str], str], NormalLeave, dict[str, str]]:
    """Hours by number, day and code; what counted; and the ids of people by their numbers."""
    ids = {number: str(simployer.admin.employee(number)["id"]) for number in ("1001", "1002")}
    people = {
        id_: LeavePerson(
            employee_id=id_, number=number, target_id=number, office_id=simployer.admin.employee(number)["officeId"]
        )
        for number, id_ in ids.items()
    }
    snapshot = await read(source, employee_ids=frozenset(people))
    routes = routes_of(tuple(snapshot.types.values()), CODES, {})
    normal = normal_leave(snapshot, people, routes, NormalRules(first_day=date(2026, 1, 1)))
    found = wanted_days(normal, snapshot, people, routes)
    numbers = {id_: number for number, id_ in ids.items()}

    def named(key: DayKey) -> tuple[str, date, str]:
        return numbers[key.employee_id], key.day, key.code

    return {named(key): str(day.hours) for key, day in found.items()}, normal, ids


async def test_two_types_with_one_code_and_a_free_friday(
    simployer: Simployer, desk: LeaveAdministrator, source: SimployerSource
) -> None:
    """Cases 9, 11, 13, 14, 37 and 51 from one end to the other."""
    desk.work_week("1002", "2020-01-01", days=4)
    desk.request("1001", "Sick leave", MONDAY, hours=("08:00", "11:00"), status="APPROVED")
    desk.request("1001", "Self-certified sick leave", MONDAY, hours=("12:30", "14:00"), status="CONFIRMED")
    desk.request("1001", "Vacation", MONDAY, hours=("14:00", "16:00"), status="APPROVED")
    desk.request("1002", "Sick leave", "2026-11-05", FRIDAY, grade=37.5, status="APPROVED")
    hours, normal, _ = await wanted(simployer, source)
    assert hours == {
        ("1001", date(2026, 11, 2), "SYK"): "4.50",
        ("1001", date(2026, 11, 2), "FERIE"): "2.00",
        ("1002", date(2026, 11, 5), "SYK"): "2.81",
    }
    assert normal.findings == []


async def test_what_cannot_be_read_waits_and_the_rest_goes_on(
    simployer: Simployer, desk: LeaveAdministrator, source: SimployerSource
) -> None:
    leave = desk.request("1001", "Sick leave", MONDAY, "2026-11-03", status="APPROVED")
    desk.request("1002", "Vacation", MONDAY, status="APPROVED")
    simployer.store.oddities[desk.rows(leave["id"])[0]["id"]] = {"hours": "7,5"}
    hours, normal, ids = await wanted(simployer, source)
    assert set(hours) == {("1001", date(2026, 11, 3), "SYK"), ("1002", date(2026, 11, 2), "FERIE")}
    assert normal.withheld == {(ids["1001"], date(2026, 11, 2)): Withheld.UNREADABLE}


async def test_gross_hours_stop_everything(
    simployer: Simployer, desk: LeaveAdministrator, source: SimployerSource
) -> None:
    simployer.store.habits.net_hours = False
    desk.request("1001", "Sick leave", MONDAY, FRIDAY, grade=50, status="APPROVED")
    _, normal, _ = await wanted(simployer, source)
    assert normal.stop is not None
