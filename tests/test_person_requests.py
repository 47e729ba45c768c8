"""Whoever is erased is named nowhere, not even to who has the key, and nobody is erased beneath a plan that waits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import privacy
from bot.core.text import text
from bot.domain.change import Lookalike
from bot.domain.change import Person as Employee
from bot.domain.outcome import Outcome, OutcomeKind
from bot.sync.checks.findings import finding
from bot.sync.codec import outcome_to_json
from storage import drafts, integrations, kept_plans, outcomes, people, plan_digest, plans, runs, seals
from storage.database import Database
from storage.models import Base
from storage.outcomes import StoredOutcome
from storage.people import PersonState
from storage.run_options import RunOptions
from storage.runs import RunKind, RunState
from storage.vault import Vault
from tests.storage.conftest import ADMIN, TEAM, new_run
from tests.support.migrated import KEY, copy_into
from tests.support.run_walk import walk
from tests.test_privacy import NOW, fill


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(copy_into(tmp_path), Vault([KEY]))
    await fill(made, TEAM)
    yield made
    await made.close()


async def everywhere(database: Database) -> str:
    """All that the database holds, opened, but for what is said to stay: days of absence and the audit."""
    told: list[str] = []
    async with database.reading() as s:
        for one in Base.metadata.sorted_tables:
            if one.name not in ("leave_ledger", "audit"):
                told += [repr(row) for row in (await s.execute(sa.select(one))).all()]
        for column in seals.COLUMNS:
            rows = column.rows
            if rows.name == "leave_ledger":
                continue
            asked = sa.select(*rows.c, column.team.label("whose")).where(rows.c[column.name].is_not(None))
            for row in (await s.execute(asked)).all():
                told.append(repr(column.open(database.vault, row.whose, row._mapping, row._mapping[column.name])))
    return "\n".join(told)


def files_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


async def test_an_erased_person_is_named_nowhere_not_even_with_the_key(database: Database, tmp_path: Path) -> None:
    number, target, name = "CANARY-1", "t-CANARY-2", "Canary Berg"
    alike = Outcome(
        OutcomeKind.CONFLICT,
        Employee("e2", "1006", "Olav", None),
        findings=(finding("target.looks_like", other=name, number=number),),
        reason=text("check.target.looks_like", other=name, number=number),
        lookalikes=(Lookalike(target, number, name, "name"), Lookalike("t-3", "1009", "Kari Holm", "name")),
    )
    gone, other = (
        StoredOutcome(position=5, source_id="e7-CANARY", person_number=number, kind="created", person_name=name,
                      target_id=target, detail={"name": name}),
        StoredOutcome(position=6, source_id="e2", person_number="1006", kind="conflict", person_name="Olav",
                      findings=("target.looks_like",), detail=outcome_to_json(alike)),
    )  # fmt: skip
    async with database.session() as s:
        await runs.advance(s, f"sync:{TEAM}", RunState.CANCELLED)
        (one,) = await integrations.list_for(s, TEAM)
        for run_id, state in (("preview:told", RunState.REPORTING), ("preview:kept", RunState.DONE)):
            options = RunOptions(only=frozenset({"e7-CANARY"}))
            await runs.create(s, replace(new_run(one, run_id), kind=RunKind.PREVIEW, options=options))
            await plans.store(s, database.vault, run_id, "header", [("e7-CANARY", "create", {"name": name})])
            await outcomes.record(s, database.vault, run_id, [gone, other])
            await walk(s, run_id, state, finished_at=NOW)
        known = PersonState(source_id="e7-CANARY", number=number, target_id=target, seen_at=NOW)
        await people.upsert(s, one.id, [known])
        for kind, said in (("plan", {"plan_query": f"who is {name}?"}), ("scope", {"ids": ["e7-CANARY"]})):
            await drafts.open(s, database.vault, TEAM, ADMIN, kind, said, timedelta(days=1))
    assert (await everywhere(database)).casefold().count("canary") > 10
    await privacy.erase_person(database, TEAM, number, None)
    left_of_them = [line for line in (await everywhere(database)).splitlines() if "canary" in line.casefold()]
    assert left_of_them == []
    # The question about the other one is still there, without them; and so is a conversation about somebody else.
    async with database.reading() as s:
        (told,) = [each for each in await outcomes.all(s, database.vault, "preview:told") if each.position == 6]
        assert told.detail["lookalikes"] == [["t-3", "1009", "Kari Holm", "name"]]
        assert await drafts.current(s, database.vault, TEAM, ADMIN, "setup") is not None
    # Numbers and ids lie in clear: neither in what the file has free, nor in its log.
    assert [name for name, held in files_of(tmp_path).items() if b"CANARY" in held] == []
    # Those who are being told of the preview are told all the same, and nothing of its plan is kept.
    async with database.session() as s:
        await runs.advance(s, "preview:told", RunState.DONE)
        assert await kept_plans.latest(s, one.id) is None


async def test_nobody_is_erased_beneath_a_plan_that_waits_for_an_approval(database: Database) -> None:
    async with database.session() as s:
        await walk(s, f"sync:{TEAM}", RunState.WAITING_APPROVAL)
    with pytest.raises(privacy.NotDone, match="has not ended"):
        await privacy.erase_person(database, TEAM, "1005", None)
    async with database.reading() as s:
        assert await plan_digest.computed(s, database.vault, f"sync:{TEAM}") == await plan_digest.stored(
            s, database.vault, f"sync:{TEAM}"
        )
