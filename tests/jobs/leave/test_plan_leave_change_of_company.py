"""Somebody goes from one company to another within one leave: each of the two integrations has its own days."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.employee import Employment, Unit
from bot.domain.leave import LeaveKind, LeavePerson
from bot.domain.leave_delivery import TargetPeriod
from bot.domain.leave_ledger import LedgerDetail, LedgerEntry, LedgerState
from bot.domain.leave_settings import LeaveSettings
from bot.domain.resource import Capability, LeaveWay, Resource
from bot.jobs.leave.ledger_journal import LedgerStore
from bot.jobs.leave.plan_leave import LeaveRequest, plan_leave
from bot.providers.declaration import LeaveLimits, ResourceSpec
from bot.providers.leave_protocol import LeaveCode
from bot.sync.leave.day_plan import StepKind
from bot.sync.leave.ledger_entries import KnownDetail
from bot.sync.leave.normal_days import Withheld
from storage import integrations, leave_settings, people, workspaces
from storage.database import Database
from storage.leave_ledger import PERIOD
from storage.models import IntegrationRow, PersonRow, table
from storage.people import PersonState
from storage.vault import Vault
from tests.jobs.leave.test_apply_leave import Office
from tests.storage.conftest import TEAM, new_integration
from tests.support.leave_office import PARENTAL, ModelTarget, leave_type

FIRST, LAST_IN_A, FIRST_IN_B = date(2026, 11, 9), date(2026, 11, 15), date(2026, 11, 16)
WEEK = [FIRST + timedelta(at) for at in range(5)]
NEXT = [FIRST_IN_B + timedelta(at) for at in range(5)]


PERIODS = ResourceSpec(
    resource=Resource.ABSENCE,
    capability=Capability.REPLACE_DAY,
    leave=LeaveLimits(ways=frozenset({LeaveWay.DAY, LeaveWay.PERIOD})),
)


class WithAbsences(ModelTarget):
    """Takes leaves of absence as well, and has none."""

    async def leave_codes(self) -> Sequence[LeaveCode]:
        return [LeaveCode(value="P", label="P", way=LeaveWay.PERIOD, default_for=LeaveKind.PARENTAL_LEAVE)]

    async def read_periods(self, _people: Sequence[LeavePerson]) -> Sequence[TargetPeriod]:
        return ()


class Two:
    """The integrations of both companies, over one source: people by the office in which they are now."""

    def __init__(self, database: Database, a: Office, b: Office) -> None:
        self.database, self.a, self.b = database, a, b

    def is_in(self, office: str, *employments: Employment) -> None:
        source = self.a.source
        source.put(replace(source.people["e1"], office=Unit(id=office, name=office), employments=employments))


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    database = Database(f"sqlite:///{tmp_path / 'bot.sqlite3'}", Vault([Vault.generate_key()]))
    await database.migrate()
    made = []
    async with database.session() as s:
        await workspaces.ensure(s, TEAM)
        for name in ("a", "b"):
            new = new_integration(scope={"kind": "offices", "ids": [name]}, target_account_id=name)
            integration = await integrations.create(s, database.vault, new)
            placed = [PersonState(source_id="e1", seen_at=datetime(2026, 11, 1, tzinfo=UTC), target_id=f"{name}1")]
            await people.upsert(s, integration.id, placed)
            await leave_settings.put(s, integration.id, LeaveSettings(enabled=True).to_json())
            made.append(Office(database, integration))
    a, b = made
    b.source = a.source
    yield Two(database, a, b)
    await database.close()


def days(target: ModelTarget) -> list[date]:
    return sorted(key.day for key in target.rows)


async def test_case_70_60_who_goes_to_another_company_within_a_leave_has_each_day_once(two: Two) -> None:
    old = Employment(id="j1", start=date(2020, 1, 1))
    two.is_in("a", old)
    two.a.source.book.put("l", FIRST, NEXT[-1])
    # The last day is known before: what comes after it waits in the first company.
    old = replace(old, end=LAST_IN_A)
    new = Employment(id="j2", start=FIRST_IN_B)
    two.is_in("a", old)
    await two.a.run()
    await two.b.run()
    assert (days(two.a.target), days(two.b.target)) == (WEEK, [])

    two.is_in("b", old, new)
    for _ in range(2):
        await two.b.run()
        await two.a.run()
        assert (days(two.a.target), days(two.b.target)) == (WEEK, NEXT)
    planned = await two.b.plan()
    told = [finding for finding in planned.findings if finding.code == "sent_elsewhere"]
    assert [(finding.employee_id, finding.day) for finding in told] == [("e1", day) for day in WEEK]
    assert not planned.days.of_kind(StepKind.DELETE, StepKind.CREATE)


async def test_a_new_employment_in_the_same_company_changes_nothing(two: Two) -> None:
    two.is_in("a", Employment(id="j1", start=date(2020, 1, 1), end=LAST_IN_A), Employment(id="j2", start=FIRST_IN_B))
    async with two.database.session() as s:
        # In the other company long ago.
        rows = table(PersonRow)
        before = {"seen_at": datetime(2018, 11, 1, tzinfo=UTC)}
        await s.execute(sa.update(rows).where(rows.c.integration_id == two.b.integration.id).values(**before))
    two.a.source.book.put("l", FIRST, NEXT[-1])
    await two.a.run()
    await two.b.run()
    assert (days(two.a.target), days(two.b.target)) == ([*WEEK, *NEXT], [])


@pytest.mark.parametrize("how", ["removed", "test"])
async def test_what_was_sent_to_a_test_company_or_one_that_is_gone_stops_nothing(two: Two, how: str) -> None:
    old, new = Employment(id="j1", start=date(2020, 1, 1), end=LAST_IN_A), Employment(id="j2", start=FIRST_IN_B)
    two.is_in("a", old)
    two.a.source.book.put("l", FIRST, NEXT[-1])
    await two.a.run()
    async with two.database.session() as s:
        if how == "removed":
            await integrations.remove(s, two.a.integration.id)
        else:
            rows = table(IntegrationRow)
            await s.execute(sa.update(rows).where(rows.c.id == two.a.integration.id).values(environment="other"))
    two.is_in("b", old, new)
    await two.b.run()
    assert days(two.b.target) == [*WEEK, *NEXT]


async def test_days_that_the_first_company_never_sent_are_told_and_sent_nowhere(two: Two) -> None:
    old, new = Employment(id="j1", start=date(2020, 1, 1), end=LAST_IN_A), Employment(id="j2", start=FIRST_IN_B)
    two.is_in("a", old)
    two.a.source.book.put("l", FIRST, NEXT[-1])
    two.is_in("b", old, new)  # before the first company had a run
    for _ in range(2):
        await two.b.run()
        await two.a.run()
    assert (days(two.a.target), days(two.b.target)) == ([], NEXT)
    planned = await two.b.plan()
    told = [(each.employee_id, each.day) for each in planned.findings if each.code == "not_sent_there"]
    assert told == [("e1", day) for day in WEEK]


async def test_who_goes_to_two_systems_of_one_company_has_days_of_an_earlier_contract_in_both(two: Two) -> None:
    old, new = Employment(id="j1", start=date(2020, 1, 1), end=LAST_IN_A), Employment(id="j2", start=FIRST_IN_B)
    async with two.database.session() as s:
        for made in (two.a, two.b):
            one = made.integration
            made.integration = await integrations.update(s, one.id, one.version, scope={"kind": "everyone"})
    two.is_in("a", old, new)
    two.a.source.book.put("l", FIRST, NEXT[-1])
    await two.b.run()
    assert days(two.b.target) == [*WEEK, *NEXT]


@pytest.mark.parametrize("sent", [True, False])
async def test_a_leave_of_absence_goes_on_in_the_second_company_under_the_number_of_its_part(
    two: Two, *, sent: bool
) -> None:
    old, new = Employment(id="j1", start=date(2020, 1, 1), end=LAST_IN_A), Employment(id="j2", start=FIRST_IN_B)
    two.is_in("a", old)
    book = two.a.source.book
    book.types = (*book.types, leave_type(PARENTAL, LeaveKind.PARENTAL_LEAVE, "P"))
    book.put("l", FIRST, NEXT[-1], type_id=PARENTAL)
    if sent:
        entry = LedgerEntry(
            key="k", employee_id="e1", day=FIRST, content="c", sequence=1, state=LedgerState.DELIVERED, run_id="r",
            contributors=("l",), period="l", detail=KnownDetail(LedgerDetail(code="P")),
        )  # fmt: skip
        await LedgerStore(two.database, two.a.integration.id, unit=PERIOD).append([entry])
    two.is_in("b", old, new)
    two.b.target = WithAbsences()
    request = LeaveRequest(integration=two.b.integration, spec=PERIODS, countries=("NO",), today=NEXT[-1])
    planned = await plan_leave(two.database, two.b.source, two.b.target, request)
    assert [(step.key.reference, step.wanted and step.wanted.first) for step in planned.periods] == [
        ("l:2", FIRST_IN_B)
    ]
    code = Withheld.SENT_ELSEWHERE if sent else Withheld.NOT_SENT_THERE
    assert {each.code for each in planned.findings if each.day in WEEK} == {code}
