"""What a run of leave left to a person: its open lines, and the answers, booked in the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy.exc import IntegrityError

from bot.domain.leave_ledger import LedgerEntry
from bot.domain.leave_settings import LeaveSettings
from bot.domain.resource import LeaveWay, Resource
from bot.jobs.leave.ledger_journal import LedgerStore, ledger_keys
from bot.sync.codec import outcome_from_json
from bot.sync.leave.leave_answers import OpenLine, answer_id, may_be_answered, restored, taken_back_id
from bot.sync.leave.leave_line import lines_of
from bot.sync.leave.ledger_entries import Decision, EntryMaker
from bot.sync.leave.payroll_calendar import period_of
from storage import audit, leave_settings, outcomes, runs
from storage.database import Database
from storage.leave_ledger import DAY, PERIOD
from storage.run_states import RunState
from storage.runs import Run

LOOKED_AT = 2_000
"""Lines of one run that can be answered; the next run tells what is still open of the rest."""


@dataclass(frozen=True, slots=True)
class Booked:
    """How many answers were kept, and how many refused: what they were about has changed since the report."""

    kept: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class LeaveDecisions:
    """The open lines of one run, and their answers."""

    database: Database
    run: Run

    async def open(self) -> list[OpenLine]:
        """What waits for an answer still, in the order of the report. Do not log: it says why people are away."""
        keys = ledger_keys(self.database.vault, self.run.integration_id)
        return [each for each in await self._lines() if each.answers and each.stands(keys, self.run.id)]

    async def given(self) -> list[OpenLine]:
        """What was answered, no sync has carried out, and is not asked about anew, in the same order. Do not log."""
        asked = {each.at for each in await self.open()}
        return [each for each in await self._lines() if each.given is not None and each.at not in asked]

    async def _lines(self) -> list[OpenLine]:
        vault, run = self.database.vault, self.run
        found: list[OpenLine] = []
        async with self.database.reading() as session:
            async for page in outcomes.stream(session, vault, run.id):
                for row in page:
                    asked = [line for line in lines_of(row.detail) if may_be_answered(line)]
                    if asked:
                        person = outcome_from_json(row.detail).person
                        found += [
                            OpenLine(at=len(found) + at, person=person, line=each) for at, each in enumerate(asked)
                        ]
                if len(found) >= LOOKED_AT:
                    break
        known = await self._ledger(DAY).latest_of({each.line.key for each in found})
        return [replace(each, entry=known.get(each.line.key)) for each in found]

    async def book(self, answers: Mapping[int, Decision], user_id: str) -> Booked:
        """Keep the answers to lines by their `at`, each with its record; none of a line that has changed meanwhile."""
        here = {each.at: each for each in await self.open()}
        kept = 0
        for at, decision in answers.items():
            line = here.get(at)
            if line is not None and decision in line.answers:
                kept += await self._booked(line, decision, user_id)
        return Booked(kept, len(answers) - kept)

    async def take_back(self, ats: Iterable[int], user_id: str) -> Booked:
        """Take answers to lines back by their `at`, each with its record; none of what has been carried out."""
        here = {each.at: each for each in await self.given()}
        asked = list(ats)
        kept = 0
        for at in asked:
            if (line := here.get(at)) is not None:
                kept += await self._taken_back(line, user_id)
        return Booked(kept, len(asked) - kept)

    async def is_writing(self) -> bool:
        """Whether a sync is writing absence now: what it writes and what is answered would meet."""
        async with self.database.reading() as session:
            active = await runs.active(session, self.run.integration_id)
        return any(each.resource == Resource.ABSENCE and each.state is RunState.APPLYING for each in active)

    async def _booked(self, line: OpenLine, decision: Decision, user_id: str) -> bool:
        run, vault = self.run, self.database.vault
        async with self.database.reading() as session:
            chosen = await leave_settings.get(session, run.integration_id)
        settings = LeaveSettings.from_json(chosen.settings if chosen is not None else {})
        # Not under the run's own id: what it took back itself, and what a person decided, are told apart.
        maker = EntryMaker(answer_id(run.id), period_of(line.line.first, settings).name)
        entry = line.booked(decision, ledger_keys(vault, run.integration_id), maker)
        return await self._written(line, entry, "leave.decided", decision, user_id)

    async def _taken_back(self, line: OpenLine, user_id: str) -> bool:
        assert line.entry is not None
        assert line.given is not None
        before = await self._ledger(DAY).before(line.entry)
        entry = restored(line.entry, before, taken_back_id(self.run.id))
        return await self._written(line, entry, "leave.taken_back", line.given, user_id)

    async def _written(self, line: OpenLine, entry: LedgerEntry, action: str, decision: Decision, user_id: str) -> bool:
        run = self.run
        unit = PERIOD if line.line.way is LeaveWay.PERIOD else DAY
        try:
            async with self.database.session() as session:
                await self._ledger(unit).append_with(session, [entry])
                await audit.write(
                    session, run.team_id, user_id, action, run.integration_id,
                    new={"run": run.id, "employee": line.person.source_id, "decision": decision.value},
                )  # fmt: skip
        except IntegrityError:
            return False  # somebody was a moment earlier
        return True

    def _ledger(self, unit: str) -> LedgerStore:
        return LedgerStore(self.database, self.run.integration_id, unit=unit)
