"""A step that loses a race leaves everything as it was, and says nothing of what did not happen."""

from __future__ import annotations

import sqlalchemy as sa

from bot.jobs.engine.engine import Progress
from bot.jobs.runs.queue import report_id
from bot.jobs.runs.remarks import remarks_of
from bot.jobs.runs.service import RunRequest
from bot.sync.plan.guard import Thresholds
from storage.runs import RunKind, RunState
from tests.support.replica_world import World, until

STRICT = Thresholds(creates_share=0, creates_people=1).to_json()
"""Every plan that creates somebody must be approved."""


async def test_what_the_target_finds_before_a_run_is_told_with_it(on_sqlite: World) -> None:
    on_sqlite.crowd(1)
    rights = on_sqlite.books.rows["Entitlement"]
    for key in [key for key, row in rights.items() if row["name"] == "AUTH_WAGE_INFORMATION"]:
        del rights[key]
    integration = await on_sqlite.connect()
    async with on_sqlite.working() as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.PREVIEW, "U1", "press-1"))

        async def is_over() -> bool:
            return (await on_sqlite.run(run.id)).ended

        await until(is_over)
    told = {remark.text.key: remark.text.values for remark in remarks_of(await on_sqlite.run(run.id))}
    assert told["check.tripletex_rights_missing"] == {"rights": ("AUTH_WAGE_INFORMATION",)}


async def test_a_run_that_is_overtaken_as_it_begins_puts_an_end_to_no_other(on_sqlite: World) -> None:
    on_sqlite.crowd(10)
    integration = await on_sqlite.connect(thresholds=STRICT)
    asked = RunRequest(integration.id, RunKind.SYNC, "U1", "press-2")
    async with on_sqlite.working() as jobs:
        older = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))

        async def waits() -> bool:
            return (await on_sqlite.run(older.id)).state is RunState.WAITING_APPROVAL

        await until(waits)
        async with on_sqlite.database.session() as s:
            # As soon as the older one is ended, the newer one is in a state in which it cannot begin.
            moved = f"UPDATE runs SET state = 'reporting' WHERE id = '{asked.run_id}'"
            when = f"AFTER UPDATE OF state ON runs WHEN NEW.id = '{older.id}'"
            await s.execute(sa.text(f"CREATE TRIGGER elsewhere {when} BEGIN {moved}; END"))
        newer = await jobs.runs.start(asked)

        async def is_over() -> bool:
            standing = await jobs.engine.status(newer.id)
            return standing is not None and standing.progress is Progress.DONE

        await until(is_over)
        assert await waits()
        assert await jobs.engine.status(report_id(older.id)) is None
        assert on_sqlite.tellings.of("finished") == []
