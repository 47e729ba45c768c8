"""What a run of leave left to a person: its open lines, and the answers, booked in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.exc import IntegrityError

from bot.domain.leave_settings import LeaveSettings
from bot.domain.outcome import OutcomeKind
from bot.domain.resource import LeaveWay, Resource
from bot.jobs.leave.ledger_journal import LedgerStore, ledger_keys
from bot.sync.codec import outcome_from_json
from bot.sync.leave.leave_answers import OpenLine, answers_to
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

_WITH_QUESTIONS = [
    kind.value for kind in (OutcomeKind.CONFLICT, OutcomeKind.BLOCKED, OutcomeKind.FAILED, OutcomeKind.UNKNOWN)
]


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
        vault, run = self.database.vault, self.run
        found: list[OpenLine] = []
        async with self.database.reading() as session:
            async for page in outcomes.stream(session, vault, run.id, _WITH_QUESTIONS):
                for row in page:
                    person = outcome_from_json(row.detail).person
                    asked = [line for line in lines_of(row.detail) if answers_to(line)]
                    found += [OpenLine(at=len(found) + at, person=person, line=line) for at, line in enumerate(asked)]
                if len(found) >= LOOKED_AT:
                    break
        keys = ledger_keys(vault, run.integration_id)
        known = await self._ledger(DAY).latest_of({each.line.key for each in found})
        here = [replace(each, entry=known.get(each.line.key)) for each in found]
        return [each for each in here if each.stands(keys, run.id)]

    async def book(self, answers: Mapping[int, Decision], user_id: str) -> Booked:
        """Keep the answers to lines by their `at`, each with its record; none of a line that has changed meanwhile."""
        here = {each.at: each for each in await self.open()}
        kept = 0
        for at, decision in answers.items():
            line = here.get(at)
            if line is not None and decision in line.answers:
                kept += await self._booked(line, decision, user_id)
        return Booked(kept, len(answers) - kept)

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
        maker = EntryMaker(f"answer:{run.id}"[:ID_LENGTH], period_of(line.line.first, settings).name)
        entry = line.booked(decision, ledger_keys(vault, run.integration_id), maker)
        unit = PERIOD if line.line.way is LeaveWay.PERIOD else DAY
        try:
            async with self.database.session() as session:
                await self._ledger(unit).append_with(session, [entry])
                await audit.write(
                    session, run.team_id, user_id, "leave.decided", run.integration_id,
                    new={"run": run.id, "employee": line.person.source_id, "decision": decision.value},
                )  # fmt: skip
        except IntegrityError:
            return False  # somebody was a moment earlier
        return True

    def _ledger(self, unit: str) -> LedgerStore:
        return LedgerStore(self.database, self.run.integration_id, unit=unit)


ID_LENGTH = 200
"""The ledger keeps no longer id of a run."""
