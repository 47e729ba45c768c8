"""Absence from the source into the payroll system by files: what is there in the end is what is wanted.

Numbers in the names of tests are those of the list of edge cases of absence.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from bot.domain.leave_delivery import FileMode
from bot.domain.leave_settings import LeaveSettings
from bot.domain.resource import Resource
from bot.jobs.leave.leave_file_store import LeaveFileStore, MadeFile
from bot.jobs.leave.plan_leave import LeaveRequest, plan_leave
from bot.providers import registry
from bot.providers.paxml.leave_target import PaxmlLeaveTarget
from sandbox.paxml import Paxml, Refused
from sandbox.paxml.times import TimeRules
from storage import integrations, leave_settings, workspaces
from storage.database import Database
from storage.integrations import Integration
from storage.vault import Vault
from tests.jobs.leave.test_apply_leave import BookSource
from tests.providers.paxml.customer import leave_inbox
from tests.storage.conftest import TEAM, new_integration
from tests.support.leave_office import CARE, LONG_DAY, SICK, VACATION, YEAR, LeaveBook, week

FIRST, TODAY = date(2026, 10, 1), date(2026, 11, 30)


class Payroll:
    """A Swedish company with absence by PAXml; whoever imports a file says so."""

    def __init__(self, database: Database, integration: Integration, system: Paxml) -> None:
        self.database, self.integration, self.system = database, integration, system
        self.source = BookSource(LeaveBook(window=YEAR, schedules=(week(LONG_DAY),)))
        self.target: PaxmlLeaveTarget = leave_inbox(system)
        self.files = LeaveFileStore(database=database, integration_id=integration.id)
        self.settings: dict[str, str] = {}
        for person in self.source.people.values():
            system.books.people[person.number] = {"efternamn": person.last_name}

    async def make(self) -> dict[str, MadeFile]:
        """A run; what it made, by period."""
        spec = registry.target("paxml").info.spec(Resource.ABSENCE)
        assert spec is not None
        request = LeaveRequest(integration=self.integration, spec=spec, countries=("SE",), today=TODAY, try_closed=True)
        planned = await plan_leave(self.database, self.source, self.target, request)
        made = await self.files.make(self.target, planned, self.settings, "run", TODAY)
        return {one.stored.period: one for one in made}

    async def take(self, made: MadeFile) -> list[str]:
        """Import the file of a period, and say so if it was taken in."""
        assert made.file is not None
        (one,) = made.file.files
        try:
            self.system.times.take(one.content, self.system.books.people)
        except Refused as refused:
            return refused.problems
        assert await self.files.imported(made.stored.period, "U1")
        return []

    def type_in(self, made: MadeFile) -> None:
        """A person works through a list: with its minus and plus, as the screen of a payroll system allows."""
        hours = self.system.times.hours
        for row in made.request.rows:
            key = f"{row.person.number}|{row.key.day}|{row.key.code}"
            hours[key] = f"{float(hours.get(key, 0)) + float(row.hours):.2f}"
            if hours[key] == "0.00":
                del hours[key]

    def held(self) -> dict[str, str]:
        """Hours of the first person, by day and code."""
        number = self.source.people["e1"].number
        found = self.system.times.of(number)
        return {f"{day[5:]} {code}": hours for (day, code), hours in sorted(found.items())}


@pytest.fixture
async def payroll(tmp_path: Path) -> AsyncIterator[Payroll]:
    database = Database(f"sqlite:///{tmp_path / 'bot.sqlite3'}", Vault([Vault.generate_key()]))
    await database.migrate()
    async with database.session() as s:
        await workspaces.ensure(s, TEAM)
        integration = await integrations.create(s, database.vault, new_integration(scope={"kind": "everyone"}))
        await leave_settings.put(s, integration.id, LeaveSettings(enabled=True, first_day=FIRST).to_json())
    async with Paxml() as system:
        yield Payroll(database, integration, system)
    await database.close()


async def test_31_a_period_is_repeated_until_it_was_imported_and_each_importer_has_it_once(payroll: Payroll) -> None:
    payroll.source.book.put("l", date(2026, 11, 9))
    first = (await payroll.make())["2026-11"]
    assert first.delivered is False  # a person is given it
    payroll.source.book.put("m", date(2026, 11, 10), type_id=VACATION)
    second = (await payroll.make())["2026-11"]
    assert (second.stored.sequence, second.request.mode) == (2, FileMode.WHOLE)
    assert await payroll.take(second) == []
    assert payroll.held() == {"11-09 SJK": "8.00", "11-10 SEM": "8.00"}
    assert await payroll.make() == {}


async def test_32_33_corrections_of_a_period_that_was_imported_and_a_whole_one_beside_it(payroll: Payroll) -> None:
    payroll.settings = {"corrections": "two_rows"}
    payroll.system.times.rules = TimeRules(minus=True)
    payroll.source.book.put("l", date(2026, 10, 29), date(2026, 10, 30))
    payroll.source.book.put("m", date(2026, 11, 9))
    made = await payroll.make()
    assert await payroll.take(made["2026-10"]) == []
    payroll.source.book.put("l", date(2026, 10, 29), percent="50")
    payroll.source.book.put("n", date(2026, 10, 30), type_id=CARE)
    payroll.source.book.remove("m")
    payroll.source.book.put("o", date(2026, 11, 10))
    made = await payroll.make()
    assert {period: one.request.mode for period, one in made.items()} == {
        "2026-10": FileMode.DIFFERENCE,
        "2026-11": FileMode.WHOLE,
    }
    assert [await payroll.take(one) for one in made.values()] == [[], []]
    assert payroll.held() == {"10-29 SJK": "4.00", "10-30 VAB": "8.00", "11-10 SJK": "8.00"}
    assert await payroll.make() == {}


async def test_32_what_is_not_proven_is_a_list_and_never_a_file(payroll: Payroll) -> None:
    payroll.source.book.put("l", date(2026, 11, 9), date(2026, 11, 10))
    assert await payroll.take((await payroll.make())["2026-11"]) == []
    payroll.source.book.put("l", date(2026, 11, 9), percent="50")
    made = (await payroll.make())["2026-11"]
    assert (made.request.mode, made.file, made.delivered) == (FileMode.LIST, None, False)
    assert [str(row.hours) for row in made.request.rows] == ["-8.00", "4.00", "-8.00"]
    # Another day on top, before anybody has worked through it: one list with all of it.
    payroll.source.book.put("m", date(2026, 11, 11))
    made = (await payroll.make())["2026-11"]
    assert (made.stored.sequence, len(made.request.rows)) == (3, 4)
    payroll.type_in(made)
    assert await payroll.files.imported("2026-11", "U1")
    assert payroll.held() == {"11-09 SJK": "4.00", "11-11 SJK": "8.00"}
    # Proven from now on: a list that was done is behind it.
    payroll.settings = {"corrections": "net"}
    payroll.system.times.rules = TimeRules(minus=True)
    payroll.source.book.put("l", date(2026, 11, 9), type_id=SICK)
    assert await payroll.take((await payroll.make())["2026-11"]) == []
    assert payroll.held() == {"11-09 SJK": "8.00", "11-11 SJK": "8.00"}
    assert await payroll.make() == {}


async def test_a_leave_that_is_moved_out_of_what_was_imported_is_there_once(payroll: Payroll) -> None:
    payroll.settings = {"corrections": "two_rows"}
    payroll.system.times.rules = TimeRules(minus=True)
    payroll.source.book.put("l", date(2026, 10, 30))
    assert await payroll.take((await payroll.make())["2026-10"]) == []
    payroll.source.book.put("l", date(2026, 11, 2))
    made = await payroll.make()
    assert [await payroll.take(one) for one in made.values()] == [[], []]
    assert payroll.held() == {"11-02 SJK": "8.00"}


async def test_3_a_row_on_a_public_holiday_is_sent_and_the_schedule_is_free_that_day(payroll: Payroll) -> None:
    async with payroll.database.session() as s:
        started = LeaveSettings(enabled=True, first_day=date(2026, 5, 1))
        await leave_settings.put(s, payroll.integration.id, started.to_json())
    ascension = date(2026, 5, 14)
    payroll.source.book.put("l", ascension)
    assert await payroll.take((await payroll.make())["2026-05"]) == []
    schedule = payroll.system.times.schedules[payroll.source.people["e1"].number]
    assert payroll.held() == {"05-14 SJK": "8.00"}
    assert (schedule["2026-05-13"], schedule["2026-05-14"], schedule["2026-05-15"]) == ("8.00", "0.00", "8.00")
