"""What became of each employee of a run: kept as soon as it is known, with what is remembered of the person."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import structlog
from sqlalchemy.exc import DataError

from bot.core.text import text
from bot.domain.change import Change, ChangeKind, Person
from bot.domain.outcome import Outcome, OutcomeKind
from bot.sync.apply.apply_change import outcome_without_writing
from bot.sync.codec import change_from_json, outcome_to_json
from bot.sync.compare.fingerprints import SyncedPerson, after, unsettles
from bot.sync.report.issues import foreseen
from storage import outcomes, people, plans
from storage.database import Database
from storage.outcomes import StoredOutcome
from storage.people import PersonState
from storage.plans import PlannedChange

WRITES = (ChangeKind.CREATE.value, ChangeKind.UPDATE.value)
_FORETOLD = tuple(kind.value for kind in ChangeKind if kind is not ChangeKind.UNCHANGED)
_QUIET = tuple(kind.value for kind in ChangeKind if kind.value not in WRITES)

_NOTED_AT_ONCE = 500

_UNSTORABLE = (DataError, UnicodeError, ValueError, TypeError)
"""What a value raises that no column, or no seal, takes."""

_UNREAD: Mapping[int, Change] = MappingProxyType({})

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRecorder:
    """Keeps the outcomes of one run."""

    database: Database
    run_id: str
    integration_id: str
    now: Callable[[], datetime]

    async def record_quiet(self) -> None:
        """Store the outcomes of people whom nothing is to be written for."""
        await self._record_pending(outcome_without_writing, _QUIET)

    async def record_never_begun(self, outcome_of: Callable[[Change], Outcome]) -> None:
        """Store an outcome for everyone whose turn never came."""
        await self._record_pending(outcome_of, WRITES)

    async def predict(self) -> None:
        """Keep what a preview foresees, without values; not of those in whom nothing changes, who are most."""
        position = plans.START
        while True:
            async with self.database.reading() as session:
                page = await plans.following(session, self.database.vault, self.run_id, position, _FORETOLD)
            if not page:
                return
            position = page[-1].position
            try:
                await self._record_rows(await asyncio.to_thread(_foreseen, page))
            except _UNSTORABLE:
                for planned in page:
                    await self._predict_alone(planned, foreseen(change_from_json(planned.change)))

    async def record(
        self,
        results: Sequence[tuple[PlannedChange, Outcome | None]],
        *,
        remember: bool = True,
        changes: Mapping[int, Change] = _UNREAD,
    ) -> None:
        """Store what became of people: together, or one by one where something of one of them cannot be stored.

        Without `remember` nothing is kept of what the target has now. `changes` are those that have been read of the
        plan, by position.
        """
        try:
            await self._record_together(results, remember=remember, changes=changes)
        except _UNSTORABLE:
            for planned, outcome in results:
                try:
                    await self._record_together([(planned, outcome)], remember=remember)
                except _UNSTORABLE as error:
                    # Of a person whose details cannot be stored, what became of them is: the run goes on.
                    log.error("outcome_unstorable", error=type(error).__name__, position=planned.position)
                    await self._record_together([(planned, outcome and _bare(outcome))], remember=False)

    async def _record_rows(self, rows: Sequence[StoredOutcome]) -> None:
        async with self.database.session() as session:
            await outcomes.record(session, self.database.vault, self.run_id, rows)

    async def _predict_alone(self, planned: PlannedChange, outcome: Outcome) -> None:
        try:
            await self._record_rows([_row(planned.position, outcome)])
        except _UNSTORABLE as error:
            log.error("outcome_unstorable", error=type(error).__name__, position=planned.position)
            await self._record_rows([_row(planned.position, _bare(outcome))])

    async def _record_together(
        self,
        results: Sequence[tuple[PlannedChange, Outcome | None]],
        *,
        remember: bool,
        changes: Mapping[int, Change] = _UNREAD,
    ) -> None:
        """Outcome, memory and mark in one transaction: an interruption loses all three or none."""
        now = self.now()
        rows: list[StoredOutcome] = []
        states: list[PersonState] = []
        unsettled: dict[str, str] = {}
        for planned, outcome in results:
            if outcome is None:
                continue
            rows.append(_row(planned.position, outcome))
            change = changes.get(planned.position) or change_from_json(planned.change)
            remembered = after(change, outcome)
            if remembered is not None and remember:
                states.append(_state(outcome.person.source_id, remembered, outcome.kind, now))
            elif remember and unsettles(outcome.kind):
                unsettled[outcome.person.source_id] = outcome.kind.value
        async with self.database.session() as session:
            await outcomes.record(session, self.database.vault, self.run_id, rows)
            await people.upsert(session, self.integration_id, states)
            await people.unsettle(session, self.integration_id, unsettled)
            await plans.mark_applied(session, self.run_id, [planned.position for planned, _ in results])

    async def record_doubt(self, doubted: Mapping[str, SyncedPerson]) -> None:
        """Remember of people, by source id, that nobody knows whether the target has what is being delivered."""
        now = self.now()
        states = [_state(source_id, known, OutcomeKind.UNKNOWN, now) for source_id, known in doubted.items()]
        async with self.database.session() as session:
            await people.upsert(session, self.integration_id, states)

    async def _record_pending(self, outcome_of: Callable[[Change], Outcome | None], kinds: Collection[str]) -> None:
        while True:
            async with self.database.reading() as session:
                page = await plans.pending(session, self.database.vault, self.run_id, _NOTED_AT_ONCE, kinds=kinds)
            if page:
                changes = [change_from_json(planned.change) for planned in page]
                results = [(planned, outcome_of(change)) for planned, change in zip(page, changes, strict=True)]
                await self.record(results, changes={p.position: one for p, one in zip(page, changes, strict=True)})
            if len(page) < _NOTED_AT_ONCE:
                return


def _state(source_id: str, known: SyncedPerson, outcome: OutcomeKind, now: datetime) -> PersonState:
    return PersonState(
        source_id=source_id,
        seen_at=now,
        number=known.number,
        target_id=known.target_id,
        fingerprint=known.fingerprint,
        trace=known.trace or None,
        last_outcome=outcome.value,
    )


def _foreseen(page: Sequence[PlannedChange]) -> list[StoredOutcome]:
    return [_row(planned.position, foreseen(change_from_json(planned.change))) for planned in page]


def _row(position: int, outcome: Outcome) -> StoredOutcome:
    person = outcome.person
    return StoredOutcome(
        position=position,
        source_id=person.source_id,
        person_number=person.number,
        kind=outcome.kind.value,
        person_name=person.name,
        fields=[f"{level.value}.{name}" for level, _, name in outcome.fields],
        findings=[finding.code for finding in outcome.findings],
        target_id=person.target_id,
        detail=outcome_to_json(outcome),
    )


def _bare(outcome: Outcome) -> Outcome:
    """An outcome without what others have written, save the name and number as far as they can be shown."""
    person = outcome.person
    known = Person(person.source_id, _plain(person.number), _plain(person.name), None)
    return Outcome(outcome.kind, known, reason=text("apply.unrecorded"), advice=text("apply.unrecorded.advice"))


def _plain(written: str) -> str:
    return "".join(letter for letter in written if letter.isprintable())
