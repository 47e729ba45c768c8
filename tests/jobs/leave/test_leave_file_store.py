"""Files of a payroll period: made again whole until somebody says that one was imported, and corrected after that."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.text import text
from bot.domain.findings import Finding
from bot.domain.leave import LeaveFinding, LeaveWindow
from bot.domain.leave_delivery import FileMode, LeaveFileRequest
from bot.domain.leave_settings import LeaveSettings
from bot.domain.resource import Capability, Resource
from bot.jobs.leave.held_file import list_rows, packed_files
from bot.jobs.leave.leave_file_store import LeaveFileStore, MadeFile
from bot.jobs.leave.ledger_journal import LedgerStore
from bot.jobs.leave.plan_leave import LeavePlanned, LeaveRequest, plan_leave
from bot.providers.declaration import LeaveLimits, ResourceSpec
from bot.providers.errors import Unsupported
from bot.providers.leave_protocol import LeaveCode, LeaveFile
from bot.providers.protocol import PackedFile, Settings
from storage import audit, integrations, leave_settings, workspaces
from storage.database import Database
from storage.integrations import Integration
from storage.models import LeaveFileRow, table
from storage.vault import Vault
from tests.jobs.leave.test_apply_leave import BookSource
from tests.storage.conftest import TEAM, new_integration
from tests.support.leave_office import CODES, VACATION, YEAR, LeaveBook

SPEC = ResourceSpec(resource=Resource.ABSENCE, capability=Capability.FILE_SNAPSHOT, leave=LeaveLimits(reads=False))
FIRST, TODAY = date(2026, 11, 1), date(2026, 11, 30)
CONTENT = b"CANARY;801;7,50"
OCTOBER = date(2026, 10, 1)


@dataclass
class FileMaker:
    """A format of one line per row; takes deliveries only if it is `open`."""

    proven: bool = True
    open: bool = True
    made: list[LeaveFileRequest] = field(default_factory=list)
    delivered: int = 0
    findings: tuple[LeaveFinding, ...] = ()

    async def leave_preflight(self) -> Sequence[Finding]:
        return ()

    async def leave_codes(self) -> Sequence[LeaveCode]:
        return CODES

    def differences_proven(self, settings: Settings) -> bool:
        return self.proven

    async def render(self, request: LeaveFileRequest, settings: Settings) -> LeaveFile:
        assert request.mode is not FileMode.LIST
        self.made.append(request)
        packed = PackedFile(name=f"{request.period.name}-{request.sequence}.txt", content=CONTENT)
        return LeaveFile(files=(packed,), content_digest="", findings=self.findings)

    async def deliver(self, file: LeaveFile, settings: Settings) -> None:
        if not self.open:
            raise Unsupported("by hand", text=text("leave.unsupported"))
        self.delivered += 1


class Company:
    def __init__(self, database: Database, integration: Integration) -> None:
        self.database, self.integration = database, integration
        self.source, self.target = BookSource(LeaveBook(window=YEAR)), FileMaker()
        self.files = LeaveFileStore(database=database, integration_id=integration.id)

    async def plan(self, today: date = TODAY) -> LeavePlanned:
        integration = self.integration
        request = LeaveRequest(integration=integration, spec=SPEC, countries=("SE",), today=today, try_closed=True)
        return await plan_leave(self.database, self.source, self.target, request)  # type: ignore[arg-type]

    async def make(
        self, planned: LeavePlanned | None = None, today: date = TODAY, **settings: str
    ) -> list[tuple[str, int, str, list[tuple[int, str]]]]:
        planned = planned or await self.plan(today)
        made = await self.files.make(self.target, planned, settings, "run", today)  # type: ignore[arg-type]
        return [shown(each) for each in made]

    async def choose(self, settings: LeaveSettings) -> None:
        async with self.database.session() as s:
            await leave_settings.put(s, self.integration.id, settings.to_json())

    async def stored(self) -> Sequence[sa.Row[Any]]:
        """The files as the database has them."""
        async with self.database.reading() as s:
            return list(await s.execute(sa.select(*table(LeaveFileRow).c)))

    async def hours(self) -> dict[int, str]:
        """What the ledger says that payroll has of November, by day."""
        found = await LedgerStore(self.database, self.integration.id).days(LeaveWindow(FIRST, TODAY))
        return {entry.day.day: str(entry.detail().hours) for entry in found if entry.content}


def shown(made: MadeFile) -> tuple[str, int, str, list[tuple[int, str]]]:
    rows = [(row.key.day.day, str(row.hours)) for row in made.request.rows]
    return made.stored.period, made.stored.sequence, made.request.mode.value, rows


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    database = Database(f"sqlite:///{tmp_path / 'bot.sqlite3'}", Vault([Vault.generate_key()]))
    await database.migrate()
    settings = LeaveSettings(enabled=True, first_day=date(2026, 11, 1))
    async with database.session() as s:
        await workspaces.ensure(s, TEAM)
        integration = await integrations.create(s, database.vault, new_integration(scope={"kind": "everyone"}))
        await leave_settings.put(s, integration.id, settings.to_json())
    yield Company(database, integration)
    await database.close()


async def test_a_period_is_made_again_whole_until_it_was_imported(company: Company) -> None:
    assert await company.make() == []
    company.source.book.put("l", date(2026, 11, 9))
    assert await company.make() == [("2026-11", 1, "whole", [(9, "7.50")])]
    assert await company.make() == []
    company.source.book.put("m", date(2026, 11, 10))
    assert await company.make() == [("2026-11", 2, "whole", [(9, "7.50"), (10, "7.50")])]
    assert company.target.delivered == 2
    assert await company.files.imported("2026-11", "U1")
    assert not await company.files.imported("2026-11", "U1")
    assert await company.make() == []


@pytest.mark.parametrize("proven", [True, False])
async def test_what_came_after_the_import_is_a_correction_until_that_was_imported(
    company: Company, *, proven: bool
) -> None:
    company.target.proven = proven
    company.source.book.put("l", date(2026, 11, 9), date(2026, 11, 10))
    await company.make()
    await company.files.imported("2026-11", "U1")
    mode = "difference" if proven else "list"
    company.source.book.put("l", date(2026, 11, 9))
    assert await company.make() == [("2026-11", 2, mode, [(10, "-7.50")])]
    assert await company.make() == []
    company.source.book.put("l", date(2026, 11, 9), percent="50")
    assert await company.make() == [("2026-11", 3, mode, [(9, "-7.50"), (9, "3.75"), (10, "-7.50")])]
    assert await company.files.imported("2026-11", "U1")
    assert await company.make() == []
    company.source.book.put("l", date(2026, 11, 9))
    assert await company.make() == [("2026-11", 4, mode, [(9, "-3.75"), (9, "7.50")])]


async def test_a_late_change_is_a_correction_where_the_period_is_closed(company: Company) -> None:
    company.source.book.put("l", date(2026, 11, 9))
    await company.make()
    await company.files.imported("2026-11", "U1")
    settings = LeaveSettings(enabled=True, first_day=date(2026, 11, 1), closed_through=date(2026, 11, 30))
    async with company.database.session() as s:
        await leave_settings.put(s, company.integration.id, settings.to_json())
    company.source.book.remove("l")
    assert await company.make() == [("2026-11", 2, "difference", [(9, "-7.50")])]


async def test_what_waits_for_approval_is_neither_taken_back_nor_forgotten(company: Company) -> None:
    company.source.book.put("l", date(2026, 11, 9))
    company.source.book.put("m", date(2026, 11, 10))
    await company.make()
    await company.files.imported("2026-11", "U1")
    pending, rows = company.source.book.leaves["l"], company.source.book.rows["l"]
    company.source.book.leaves["l"] = replace(pending, status=type(pending.status).PENDING)
    company.source.book.rows["l"] = []
    company.source.book.put("m", date(2026, 11, 11))
    assert await company.make() == [("2026-11", 2, "difference", [(10, "-7.50"), (11, "7.50")])]
    await company.files.imported("2026-11", "U1")
    company.source.book.leaves["l"], company.source.book.rows["l"] = pending, rows
    assert await company.make() == []


async def test_a_file_that_is_not_delivered_is_kept_for_a_person_until_it_is_imported(company: Company) -> None:
    company.target.open = False
    company.source.book.put("l", date(2026, 11, 9))
    assert await company.make() == [("2026-11", 1, "whole", [(9, "7.50")])]
    assert company.target.delivered == 0
    (waits,) = await company.files.waiting()
    assert (waits.period, waits.sequence, waits.rows, waits.delivered) == ("2026-11", 1, 1, False)
    kept = await company.files.latest("2026-11")
    assert kept is not None
    assert packed_files(kept) == [PackedFile(name="2026-11-1.txt", content=CONTENT)]
    assert CONTENT.decode() not in repr(kept) + str(await company.stored())
    # Handed over, it can be asked for again; a newer one takes its place all the same.
    await company.files.handed_over(kept, "U1")
    assert await company.make() == []
    assert [each.sequence for each in await company.files.waiting()] == [1]
    company.source.book.put("m", date(2026, 11, 10))
    await company.make()
    assert [(each.sequence, each.rows) for each in await company.files.waiting()] == [(2, 2)]
    assert await company.files.imported("2026-11", "U1", 2)
    assert await company.files.waiting() == []
    assert [row.sealed for row in await company.stored()] == [None, None]


async def test_what_a_server_took_is_not_kept_and_waits_for_import_too(company: Company) -> None:
    company.source.book.put("l", date(2026, 11, 9))
    await company.make()
    kept = await company.files.latest("2026-11")
    assert kept is not None
    assert (packed_files(kept), list_rows(kept)) == ([], None)
    assert [(each.delivered, each.rows) for each in await company.files.waiting()] == [(True, 1)]


async def test_a_list_has_what_to_take_back_and_what_to_add(company: Company) -> None:
    company.target.proven = False
    company.source.book.put("l", date(2026, 11, 9))
    await company.make()
    await company.files.imported("2026-11", "U1")
    company.source.book.put("l", date(2026, 11, 9), percent="50")
    await company.make()
    kept = await company.files.latest("2026-11")
    assert kept is not None
    assert [row[2:5] for row in list_rows(kept) or ()] == [
        ["2026-11-09", "801", "-7.50"],
        ["2026-11-09", "801", "3.75"],
    ]


async def test_an_import_is_of_the_file_that_was_named_and_of_no_newer_one(company: Company) -> None:
    company.source.book.put("l", date(2026, 11, 9))
    await company.make()
    company.source.book.put("m", date(2026, 11, 10))
    await company.make()
    assert not await company.files.imported("2026-11", "U1", 1)
    assert not await company.files.make_again("2026-11", "U1", 1)
    assert await company.hours() == {}
    assert await company.files.imported("2026-11", "U1", 2)
    assert await company.hours() == {9: "7.50", 10: "7.50"}


async def test_what_was_not_imported_is_made_again_and_forgotten_until_then(company: Company) -> None:
    company.source.book.put("l", date(2026, 11, 9))
    await company.make()
    assert await company.files.make_again("2026-11", "U1", 1)
    assert await company.files.waiting() == []
    assert not await company.files.imported("2026-11", "U1")
    assert await company.make() == [("2026-11", 2, "whole", [(9, "7.50")])]
    assert await company.make() == []


async def test_a_correction_of_what_is_as_it_was_waits_for_nobody(company: Company) -> None:
    company.source.book.put("l", date(2026, 11, 9))
    await company.make()
    await company.files.imported("2026-11", "U1")
    company.source.book.remove("l")
    assert await company.make() == [("2026-11", 2, "difference", [(9, "-7.50")])]
    company.source.book.put("l", date(2026, 11, 9))
    assert await company.make() == []
    assert await company.files.waiting() == []
    assert not await company.files.imported("2026-11", "U1", 2)
    assert await company.hours() == {9: "7.50"}
    # It goes on as before: what changes after that is a correction again.
    company.source.book.remove("l")
    assert await company.make() == [("2026-11", 3, "difference", [(9, "-7.50")])]


async def test_who_said_that_a_file_was_imported_is_recorded_without_what_it_held(company: Company) -> None:
    company.source.book.put("l", date(2026, 11, 9))
    await company.make()
    await company.files.make_again("2026-11", "U1", 1)
    await company.make()
    await company.files.imported("2026-11", "U2", 2)
    await company.files.imported("2026-11", "U2", 2)
    async with company.database.reading() as s:
        entries = await audit.page(s, TEAM)
    said = [(each.actor_id, each.action, each.new) for each in entries if each.action.startswith("leave_file.")]
    assert sorted(said, key=lambda one: one[0]) == [
        ("U1", "leave_file.again", {"period": "2026-11", "sequence": 1, "rows": 1}),
        ("U2", "leave_file.imported", {"period": "2026-11", "sequence": 2, "rows": 1}),
    ]


async def test_a_file_has_what_was_agreed_to_and_nothing_else_is_booked_with_it(company: Company) -> None:
    company.source.book.put("l", date(2026, 11, 9), date(2026, 11, 10))
    planned = await company.plan()
    first, later = planned.days.steps
    assert (first.key.day.day, later.key.day.day) == (9, 10)
    agreed = replace(planned, days=replace(planned.days, steps=[first]))
    assert await company.make(agreed) == [("2026-11", 1, "whole", [(9, "7.50")])]
    await company.files.imported("2026-11", "U1")
    assert await company.hours() == {9: "7.50"}
    assert await company.make() == [("2026-11", 2, "difference", [(10, "7.50")])]


async def test_59_an_import_takes_back_nothing_of_whom_the_file_does_not_name(company: Company) -> None:
    company.source.book.put("l", date(2026, 11, 9))
    company.source.book.put("m", date(2026, 11, 10), employee="e2")
    await company.make()
    await company.files.imported("2026-11", "U1")
    del company.source.people["e2"]  # out of scope: their days are released, not taken back
    company.source.book.put("n", date(2026, 11, 11))
    assert await company.make() == [("2026-11", 2, "difference", [(11, "7.50")])]
    await company.files.imported("2026-11", "U1")
    assert await company.hours() == {9: "7.50", 10: "7.50", 11: "7.50"}


@pytest.mark.parametrize("proven", [True, False])
async def test_periods_that_were_imported_are_corrected_while_others_are_made_whole(
    company: Company, *, proven: bool
) -> None:
    company.target.proven = proven
    await company.choose(LeaveSettings(enabled=True, first_day=OCTOBER))
    company.source.book.put("l", date(2026, 10, 29), date(2026, 11, 3))
    assert await company.make() == [
        ("2026-10", 1, "whole", [(29, "7.50"), (30, "7.50")]),
        ("2026-11", 1, "whole", [(2, "7.50"), (3, "7.50")]),
    ]
    await company.files.imported("2026-10", "U1")
    # Moved by a day: one day less in what was imported, another one in what was not.
    company.source.book.put("l", date(2026, 10, 30), date(2026, 11, 4))
    mode = "difference" if proven else "list"
    assert await company.make() == [
        ("2026-10", 2, mode, [(29, "-7.50")]),
        ("2026-11", 2, "whole", [(2, "7.50"), (3, "7.50"), (4, "7.50")]),
    ]
    assert await company.make() == []
    # All of it is another code now, and the correction was not imported yet: one that replaces it has both.
    company.source.book.put("l", date(2026, 10, 30), date(2026, 11, 4), type_id=VACATION)
    (october, november) = await company.make()
    assert october == ("2026-10", 3, mode, [(29, "-7.50"), (30, "-7.50"), (30, "7.50")])
    assert november[:3] == ("2026-11", 3, "whole")
    await company.files.imported("2026-10", "U1")
    await company.files.imported("2026-11", "U1")
    assert await company.make() == []


async def test_a_period_that_has_days_of_an_imported_one_is_never_whole(company: Company) -> None:
    company.target.proven = False
    company.source.book.put("l", date(2026, 11, 19), date(2026, 11, 20))
    await company.make()
    await company.files.imported("2026-11", "U1")
    # Periods begin on the 15th from now on: the one named after December has the days of the file above.
    await company.choose(LeaveSettings(enabled=True, first_day=FIRST, period_from=15))
    company.source.book.put("l", date(2026, 11, 19), date(2026, 11, 23))
    assert await company.make() == [("2026-12", 1, "list", [(23, "7.50")])]
    await company.files.imported("2026-12", "U1")
    assert await company.hours() == {19: "7.50", 20: "7.50", 23: "7.50"}


async def test_a_file_is_made_anew_for_other_settings_and_a_correction_is_not(company: Company) -> None:
    company.source.book.put("l", date(2026, 11, 9))
    await company.make(encoding="iso-8859-1")
    assert await company.make(encoding="iso-8859-1") == []
    assert await company.make(encoding="utf-8") == [("2026-11", 2, "whole", [(9, "7.50")])]
    assert [(file.sequence, file.replaces) for file in await company.files.waiting()] == [(2, 1)]
    await company.files.imported("2026-11", "U1")
    company.source.book.remove("l")
    assert await company.make(encoding="utf-8") == [("2026-11", 3, "difference", [(9, "-7.50")])]
    assert await company.make(encoding="iso-8859-1") == []


async def test_62_what_is_taken_back_is_taken_from_the_number_that_it_was_imported_under(company: Company) -> None:
    company.source.book.put("l", date(2026, 11, 9))
    await company.make()
    await company.files.imported("2026-11", "U1")
    before = company.source.people["e1"]
    company.source.put(replace(before, number="2042"))
    assert await company.make() == []  # another number alone says nothing of a day
    company.source.book.put("l", date(2026, 11, 9), percent="50")
    await company.make()
    minus, plus = company.target.made[-1].rows
    assert (minus.person.number, str(minus.hours)) == (before.number, "-7.50")
    assert (plus.person.number, str(plus.hours)) == ("2042", "3.75")
