"""What is long over is erased: runs but the last of each kind, and people whom no comparison of everyone meets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from storage import aged_records, people, problems, resolutions, runs
from storage.database import Database
from storage.integrations import Integration
from storage.models import IntegrationRow, RunRow, table
from storage.people import PersonState
from storage.resolutions import ResolutionKind, StoredResolution
from storage.runs import NewRun, RunKind, RunTrigger
from tests.storage.conftest import TEAM

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)


async def ended(
    database: Database, integration: Integration, run_id: str, kind: RunKind, at: datetime, *, state: str = "done"
) -> None:
    async with database.session() as s:
        await runs.create(
            s, NewRun(id=run_id, integration_id=integration.id, team_id=TEAM, kind=kind, trigger=RunTrigger.MANUAL)
        )
        rows = table(RunRow)
        values = {"state": state, "created_at": at, "finished_at": at if state == "done" else None}
        await s.execute(sa.update(rows).where(rows.c.id == run_id).values(**values))


async def test_runs_that_are_long_over_go_but_for_the_last_of_each_kind(
    database: Database, integration: Integration
) -> None:
    old = NOW - timedelta(days=2000)
    await ended(database, integration, "sync:1", RunKind.SYNC, old)
    await ended(database, integration, "sync:2", RunKind.SYNC, old + timedelta(days=1))
    await ended(database, integration, "sync:3", RunKind.SYNC, NOW)
    await ended(database, integration, "preview:1", RunKind.PREVIEW, old)
    await ended(database, integration, "sync:waits", RunKind.SYNC, old, state="waiting_approval")
    async with database.session() as s:
        assert await aged_records.erase_runs(s, NOW - timedelta(days=1095), limit=1) == 1
        assert await aged_records.erase_runs(s, NOW - timedelta(days=1095)) == 1
        assert await aged_records.erase_runs(s, NOW - timedelta(days=1095)) == 0
        left = set(await s.scalars(sa.select(RunRow.id)))
    assert left == {"sync:3", "preview:1", "sync:waits"}


@pytest.mark.parametrize(
    ("compared", "left"),
    [
        (None, {"here", "gone"}),
        (NOW - timedelta(days=1000), {"here", "gone"}),
        (NOW, {"here"}),
    ],
)
async def test_whoever_no_comparison_of_everyone_has_met_is_forgotten_and_nobody_while_none_was_made(
    database: Database, integration: Integration, compared: datetime | None, left: set[str]
) -> None:
    gone = NOW - timedelta(days=1100)
    async with database.session() as s:
        known = [PersonState(source_id="here", seen_at=NOW), PersonState(source_id="gone", seen_at=gone, number="7")]
        await people.upsert(s, integration.id, known)
        await problems.note(s, integration.id, "r1", [("gone", "bank.missing"), ("here", "bank.missing")], gone)
        await resolutions.put(
            s,
            StoredResolution(
                integration_id=integration.id, source_id="gone", decision=ResolutionKind.SKIP, target_id=None,
                decided_by="U1", decided_at=gone,
            ),
        )  # fmt: skip
        rows = table(IntegrationRow)
        await s.execute(sa.update(rows).where(rows.c.id == integration.id).values(full_compare_at=compared))
        await aged_records.forget_people(s, timedelta(days=1095))
        assert set(await people.load(s, integration.id)) == left
        assert {key[0] for key in await problems.load(s, integration.id)} == left
        assert set(await resolutions.load(s, integration.id)) == left - {"here"}
