"""A scheduled run over both stand-ins: what was kept of people is what the next run recognises them by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.jobs.runs.service import RunRequest
from storage import people
from storage.people import PersonState
from storage.runs import RunKind, RunState
from tests.support.replica_world import World
from tests.support.slots import start_slot


async def remembered(world: World, integration_id: str) -> dict[str, PersonState]:
    async with world.database.reading() as s:
        return await people.load(s, integration_id)


async def test_a_scheduled_run_looks_at_those_alone_whom_it_does_not_recognise(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    left = on_sqlite.simployer.store.handed_out
    # Nobody was changed just now: what was cannot be told from what may be changed within the same moment.
    for row in on_sqlite.simployer.store.rows["employee"].values():
        row["updated"] = "2025-01-01T12:00:00.000Z"
    async with on_sqlite.working() as jobs:
        first = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        assert (await on_sqlite.ended(first.id)).counts == {"created": 12}
        known = await remembered(on_sqlite, integration.id)
        recognised = {source_id for source_id, person in known.items() if person.trace}
        assert recognised  # all but those who have a birthday about now

        left.clear()
        on_sqlite.tripletex.requests.clear()
        slot = datetime.now(UTC).replace(microsecond=0)
        second = await start_slot(jobs, on_sqlite.database, integration, slot)
        assert (await on_sqlite.ended(second.id)).counts == {"unchanged": 12}
        assert left["employee.bankAccount"] == 12 - len(recognised)
        assert on_sqlite.tripletex.requests.writes() == []
        again = await remembered(on_sqlite, integration.id)
        assert {source_id: again[source_id].trace for source_id in recognised} == {
            source_id: known[source_id].trace for source_id in recognised
        }

        # A raise changes no `updated`; it is seen all the same, and it alone.
        raised = on_sqlite.simployer.store.rows["employee"][min(recognised)]
        on_sqlite.simployer.admin.change_compensation(str(raised["employeeNumber"]), amount=71_000)
        left.clear()
        third = await start_slot(jobs, on_sqlite.database, integration, slot + timedelta(days=1))
        ended = await on_sqlite.ended(third.id)
        assert (ended.state, ended.counts) == (RunState.DONE, {"unchanged": 11, "updated": 1})
        assert left["employee.bankAccount"] == 12 - len(recognised) + 1
