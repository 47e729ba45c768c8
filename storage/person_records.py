"""What is stored of one person, by their employee number: found, given out and erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import kept_plans, person_mentions, plans, run_selection, runs, seals, verdicts
from storage.clock import utc_now
from storage.errors import RunUnderWay, Unreadable, WrongOwner
from storage.models import (
    IntegrationRow,
    LeaveEntryRow,
    LeaveFileRow,
    OutcomeRow,
    PersonRow,
    PlanChangeRow,
    ProblemRow,
    ResolutionRow,
    RunRow,
    table,
)
from storage.run_states import RunState
from storage.session_vault import vault_of
from storage.upsert import touched
from storage.vault import Vault

KEYED = frozenset({"fingerprint", "trace", "key", "content", "before", "key_mark"})
"""Columns of hashes by a key of the bot's: they tell nobody anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecords:
    """Who the person is in a workspace: ids in the source by integration, with the integrations' names."""

    team_id: str
    source_ids: Mapping[str, frozenset[str]]
    number: str
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def ids(self) -> frozenset[str]:
        """The ids in the source: more than one where a number was given to several people in turn."""
        return frozenset().union(*self.source_ids.values())


async def find(session: AsyncSession, team_id: str, number: str, source_id: str | None = None) -> PersonRecords:
    """Who has, or had, an employee number in a workspace's integrations; only the one with an id, if it is given."""
    integration_rows = table(IntegrationRow).c
    own = await session.execute(
        sa.select(integration_rows.id, integration_rows.name).where(integration_rows.team_id == team_id)
    )
    names: dict[str, str] = dict(own.all())
    people, outcomes, run_rows = table(PersonRow).c, table(OutcomeRow).c, table(RunRow).c
    known = sa.select(people.integration_id, people.source_id).where(
        people.integration_id.in_(names), people.number == number
    )
    seen = (
        sa.select(run_rows.integration_id, outcomes.source_id)
        .join(table(RunRow), run_rows.id == outcomes.run_id)
        .where(run_rows.team_id == team_id, outcomes.person_number == number)
    )
    found = {(str(one), str(person)) for one, person in await session.execute(sa.union(known, seen))}
    ids = {person for _, person in found if source_id in (None, person)}
    # In another integration the same person may be known by the id alone.
    source_ids = dict.fromkeys(names, frozenset(ids)) if ids else {}
    return PersonRecords(team_id=team_id, source_ids=source_ids, number=number, names=names)


async def chosen_in(session: AsyncSession, found: PersonRecords) -> dict[str, list[str]]:
    """Where somebody has chosen, or left out, the person by name: ids of theirs by the integration's id.

    A choice is the workspace's own setting, and stays until somebody there changes it.
    """
    rows = table(IntegrationRow).c
    kept = await session.execute(sa.select(rows.id, rows.scope).where(rows.id.in_(found.source_ids)))
    chosen = {one: sorted({*scope.get("ids", ()), *scope.get("excluded", ())} & found.ids) for one, scope in kept}
    return {one: ids for one, ids in chosen.items() if ids}


async def held_files(session: AsyncSession, found: PersonRecords) -> int:
    """How many files of absence, each of everybody in a period, are kept for integrations that know the person."""
    rows = table(LeaveFileRow)
    kept = sa.select(sa.func.count()).select_from(rows)
    mine = rows.c.integration_id.in_(found.source_ids), rows.c.sealed.is_not(None)
    return await session.scalar(kept.where(*mine)) or 0


async def read(session: AsyncSession, vault: Vault, found: PersonRecords) -> list[dict[str, Any]]:
    """Every row about the person, opened: `table`, `integration`, and the columns. It holds private data."""
    lines: list[dict[str, Any]] = []
    for model, one, rows in await _rows(session, found):
        for row in rows:
            plain = {
                name: value
                for name, value in row._mapping.items()
                if name not in KEYED and not isinstance(value, bytes)
            }
            lines.append(
                {"table": model.__tablename__, "integration": found.names[one], **plain, **_opened(vault, row)}
            )
    return lines


async def erase(session: AsyncSession, found: PersonRecords, but_draft: str | None = None) -> dict[str, int]:
    """Erase what may be erased; says how many rows of each table. Needs a session of `Database.session`.

    Entries of absence stay until their time (`storage.leave_ledger`): without them a day would be delivered twice.
    Plans go whole: those that were kept of previews, and those of runs that are still being told of. Unfinished
    conversations that name the person go too, but for the one in which this is asked (`but_draft`), and so does what a
    system, or whoever refused a run, said of runs with the person among their people or by a name of theirs. Raises
    `RunUnderWay` while a run of an integration concerned is, or waits for an approval.
    """
    rows = table(IntegrationRow).c
    # Held until this is committed: no run of theirs begins meanwhile, as its row refers to the integration's.
    held = sa.select(rows.id).where(rows.id.in_(found.source_ids)).order_by(rows.id).with_for_update()
    await session.execute(held)
    for one in found.source_ids:
        if await runs.working(session, one):
            raise RunUnderWay(found.names[one])
    erased: dict[str, int] = {}
    mentioned = await _mentioned(session, found)
    erased["words"] = await person_mentions.forget_words(session, found.team_id, mentioned)
    for one, ids in found.source_ids.items():
        await kept_plans.erase(session, one)
        await verdicts.erase(session, one)
        for run in await runs.active(session, one):
            if run.state is RunState.REPORTING:
                await plans.erase(session, run.id)
        own_runs = sa.select(RunRow.id).where(RunRow.integration_id == one)
        for model, mine in (
            (OutcomeRow, OutcomeRow.run_id.in_(own_runs)),
            (PersonRow, PersonRow.integration_id == one),
            (ProblemRow, ProblemRow.integration_id == one),
            (ResolutionRow, ResolutionRow.integration_id == one),
        ):
            gone = sa.delete(table(model)).where(mine, table(model).c.source_id.in_(ids))
            name = str(model.__tablename__)
            erased[name] = erased.get(name, 0) + touched(await session.execute(gone))
    erased["runs"] = await run_selection.forget(session, utc_now(), team_id=found.team_id, source_ids=found.ids)
    erased["mentions"], erased["drafts"] = await person_mentions.forget(session, found.team_id, mentioned, but_draft)
    return erased


async def _mentioned(session: AsyncSession, found: PersonRecords) -> person_mentions.Mentioned:
    """By what others' records would name the person, before their own are gone."""
    vault = vault_of(session)
    target_ids, names = set[str](), set[str]()
    for model, _, rows in await _rows(session, found):
        for row in rows:
            if model in (OutcomeRow, PersonRow) and row.target_id:
                target_ids.add(row.target_id)
            if model is OutcomeRow and (name := str(_opened(vault, row).get("name") or "").strip()):
                names.add(name)
    return person_mentions.Mentioned(found.ids, target_ids, found.number, names)


async def _rows(session: AsyncSession, found: PersonRecords) -> list[tuple[Any, str, Sequence[Any]]]:
    parts: list[tuple[Any, str, Sequence[Any]]] = []
    for one, ids in found.source_ids.items():
        own_runs = sa.select(RunRow.id).where(RunRow.integration_id == one)
        team = seals.OUTCOME.team.label("team")
        outcomes = sa.select(*table(OutcomeRow).c, team).where(
            OutcomeRow.run_id.in_(own_runs), OutcomeRow.source_id.in_(ids)
        )
        parts.append((OutcomeRow, one, (await session.execute(outcomes)).all()))
        team = seals.CHANGE.team.label("team")
        changes = sa.select(*table(PlanChangeRow).c, team).where(
            PlanChangeRow.run_id.in_(own_runs), PlanChangeRow.person_key.in_(ids)
        )
        parts.append((PlanChangeRow, one, (await session.execute(changes)).all()))
        for model in (PersonRow, ProblemRow, ResolutionRow, LeaveEntryRow):
            columns = table(model).c
            person = columns.employee_id if model is LeaveEntryRow else columns.source_id
            asked = sa.select(*columns).where(columns.integration_id == one, person.in_(ids))
            parts.append((model, one, (await session.execute(asked)).all()))
    return parts


def _opened(vault: Vault, row: Any) -> dict[str, Any]:
    """What is sealed of a row, in clear."""
    values = row._mapping
    try:
        if "person_number" in values:
            name, detail = seals.OUTCOME.open(vault, row.team, values, row.sealed)
            return {"name": name, "detail": detail}
        if "person_key" in values:
            return {"detail": seals.CHANGE.open(vault, row.team, values, row.sealed)}
        if "contributors" in values:
            return {"detail": seals.LEAVE_ENTRY.open(vault, row.team_id, values, row.sealed)}
    except (Unreadable, WrongOwner):
        return {"unreadable": True}
    return {}
