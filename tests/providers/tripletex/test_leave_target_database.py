"""Whole runs of absence into Tripletex on a real database, with what an integration chooses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from bot.domain.leave import LeaveKind
from bot.domain.leave_calendar import ScheduleOwner, Shift, WorkSchedule
from bot.domain.leave_settings import LeaveRoute, LeaveSettings
from bot.domain.resource import LeaveWay
from bot.jobs.leave.apply_leave import LeaveApplier, LeaveResult
from bot.jobs.leave.plan_leave import LeavePlanned, LeaveRequest, plan_leave
from bot.providers.tripletex.leave_settings import ABSENCE
from bot.providers.tripletex.leave_target import TripletexLeaveTarget
from bot.sync.leave.day_applier import DayOutcomeKind
from storage import integrations, leave_settings, people, workspaces
from storage.database import Database
from storage.integrations import Integration
from storage.people import PersonState
from storage.vault import Vault
from tests.jobs.leave.test_apply_leave import BookSource
from tests.providers.tripletex.leave_world import LeaveWorld
from tests.storage.conftest import TEAM, new_integration
from tests.support.leave_office import PARENTAL, VACATION, YEAR, LeaveBook, leave_type

MONDAY, TUESDAY = date(2026, 11, 2), date(2026, 11, 3)
SIX_HOURS = WorkSchedule(
    owner=ScheduleOwner.COMPANY,
    owner_id="",
    effective=date(2020, 1, 1),
    zone="Europe/Oslo",
    shifts=(*(((Shift(time(9), time(15)),),) * 5), (), ()),
)
CHOSEN = LeaveSettings(
    enabled=True,
    routes={
        PARENTAL: LeaveRoute("PARENTAL_BENEFITS", LeaveWay.PERIOD),
        VACATION: LeaveRoute("802"),
    },
    values={"vacation_activity": "802", "vacation_day_hours": "7.5", "deduct_parental_benefits": "yes"},
)


class Runs:
    """Runs of one integration with the stand-in for Tripletex."""

    def __init__(self, database: Database, integration: Integration, leave_target: TripletexLeaveTarget) -> None:
        self.database, self.integration, self.target = database, integration, leave_target
        types = (leave_type(VACATION, LeaveKind.VACATION), leave_type(PARENTAL, LeaveKind.PARENTAL_LEAVE))
        self.source = BookSource(LeaveBook(window=YEAR, types=types, schedules=(SIX_HOURS,)))
        self.runs = 0

    async def plan(self) -> LeavePlanned:
        request = LeaveRequest(integration=self.integration, spec=ABSENCE, countries=("NO",), today=date(2026, 11, 10))
        return await plan_leave(self.database, self.source, self.target, request)

    async def run(self) -> LeaveResult:
        planned, result = await self.plan(), LeaveResult()
        self.runs += 1
        applier = LeaveApplier(
            database=self.database, integration_id=self.integration.id, run_id=f"run{self.runs}", gate=_go, own=_go
        )
        await applier.apply(self.target, planned, result)
        return result


async def _go() -> None:
    return


@pytest.fixture
async def office(tmp_path: Path, world: LeaveWorld, leave_target: TripletexLeaveTarget) -> AsyncIterator[Runs]:
    database = Database(f"sqlite:///{tmp_path / 'bot.sqlite3'}", Vault([Vault.generate_key()]))
    await database.migrate()
    async with database.session() as session:
        await workspaces.ensure(session, TEAM)
        integration = await integrations.create(session, database.vault, new_integration(scope={"kind": "everyone"}))
        placed = PersonState(
            source_id="e1", seen_at=datetime(2026, 11, 1, tzinfo=UTC), target_id=world.person().target_id
        )
        await people.upsert(session, integration.id, [placed])
        await leave_settings.put(session, integration.id, CHOSEN.to_json())
    yield Runs(database, integration, leave_target)
    await database.close()


async def test_8_vacation_and_36_38_leave_go_their_ways_as_chosen(office: Runs, world: LeaveWorld) -> None:
    book = office.source.book
    book.put("l1", MONDAY, TUESDAY, type_id=VACATION)
    book.put("l2", date(2026, 11, 9), date(2026, 11, 27), type_id=PARENTAL)
    await office.run()
    assert world.officer.hours("1001") == {("2026-11-02", "802"): 7.5, ("2026-11-03", "802"): 7.5}
    (leave,) = world.officer.leaves("1001")
    assert (leave["startDate"], leave["endDate"], leave["percentage"], leave["isWageDeduction"]) == (
        "2026-11-09", "2026-11-27", 100, True,
    )  # fmt: skip
    assert leave["importedLeaveOfAbsenceId"] == "l2"
    written = world.writes()
    again = await office.run()
    assert (again.days, again.periods) == ([], [])
    assert world.writes() == written
    book.put("l2", date(2026, 11, 9), date(2026, 11, 20), type_id=PARENTAL)
    book.put("l1", MONDAY, type_id=VACATION, percent="50")
    await office.run()
    assert world.officer.hours("1001") == {("2026-11-02", "802"): 3.75}
    assert [row["endDate"] for row in world.officer.leaves("1001")] == ["2026-11-20"]


async def test_39_leave_that_was_withdrawn_is_a_persons_decision(office: Runs, world: LeaveWorld) -> None:
    office.source.book.put("l2", date(2026, 11, 9), date(2026, 11, 27), type_id=PARENTAL)
    await office.run()
    written = world.writes()
    office.source.book.remove("l2")
    (outcome,) = (await office.run()).periods
    assert outcome.kind is DayOutcomeKind.CONFLICT
    assert world.writes() == written


async def test_the_choices_can_be_left_out(office: Runs, world: LeaveWorld) -> None:
    async with office.database.session() as session:
        await leave_settings.put(session, office.integration.id, replace(CHOSEN, values={}).to_json())
    office.source.book.put("l1", MONDAY, type_id=VACATION)
    office.source.book.put("l2", date(2026, 11, 9), date(2026, 11, 27), type_id=PARENTAL)
    await office.run()
    assert world.officer.hours("1001") == {("2026-11-02", "802"): 6.0}
    assert [row["isWageDeduction"] for row in world.officer.leaves("1001")] == [False]
