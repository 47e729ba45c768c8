"""The second half of a run: carry the plan out, employee by employee, and keep what became of each before going on."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from sqlalchemy.exc import DataError

from bot.connections import ConnectedPair
from bot.core.ownership import OwnershipCheck, ownership_check
from bot.core.text import text
from bot.domain.change import Change, ChangeKind, Person
from bot.domain.employee import Employee
from bot.domain.outcome import Outcome, OutcomeKind
from bot.jobs.engine.engine import OwnershipLost
from bot.jobs.notifications.file_recipient import Hand
from bot.providers.errors import CredentialsRefused, NotPermitted, ProviderError, Unavailable, Unsupported, WrongAccount
from bot.providers.protocol import DeliveryItem, FileExporter, FileTarget, Settings, Source, Target, WriteResult
from bot.sync.apply.apply_change import apply_change, employees_for, outcome_without_writing
from bot.sync.apply.deliver import Send, deliver_changes
from bot.sync.codec import change_from_json, outcome_to_json
from bot.sync.compare.fingerprints import Fingerprint, SyncedPerson, after, unsettles
from bot.sync.report.issues import foreseen
from storage import outcomes, people, plans
from storage.database import Database
from storage.outcomes import StoredOutcome
from storage.people import PersonState
from storage.plans import PlannedChange

WRITES = (ChangeKind.CREATE.value, ChangeKind.UPDATE.value)
FORETOLD = tuple(kind.value for kind in ChangeKind if kind is not ChangeKind.UNCHANGED)
QUIET = tuple(kind.value for kind in ChangeKind if kind.value not in WRITES)
STOPS_EVERYONE = (CredentialsRefused, NotPermitted, WrongAccount, Unavailable)

_UNSTORABLE = (DataError, UnicodeError, ValueError, TypeError)
"""What a value raises that no column, or no seal, takes."""

log = structlog.get_logger(__name__)

_NOTED_AT_ONCE = 500

DELIVERED_AT_ONCE = 2_000
"""People in one delivery to a file target; more make another one."""


class Cancelled(Exception):
    """Somebody asked to stop the run; it stopped before the next employee."""


Gate = Callable[[], Awaitable[None]]
"""Asked before each employee: raises `Cancelled`, or `OwnershipLost` when the run is no longer this process's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanApplier:
    """A run's plan and where to carry it out.

    `gate` is asked before each employee, `own` before each write: it raises `OwnershipLost` when the run is no longer
    this process's. `source_too` reads the source anew for updates as well: their plan has waited for somebody.
    With `hand`, nothing is delivered: everyone goes into a file that is handed to a person.
    """

    database: Database
    run_id: str
    integration_id: str
    settings: Mapping[str, str]
    fingerprint: Fingerprint
    today: date
    now: Callable[[], datetime]
    gate: Gate
    own: OwnershipCheck
    source_too: bool = False
    hand: Hand | None = None

    async def record_rest(
        self,
        outcome_of: Callable[[Change], Outcome | None] = outcome_without_writing,
        kinds: Collection[str] = QUIET,
    ) -> int:
        """Store the outcomes of people whom nothing is to be written for; says how many they were."""
        noted = 0
        while True:
            async with self.database.reading() as session:
                page = await plans.pending(session, self.database.vault, self.run_id, _NOTED_AT_ONCE, kinds=kinds)
            if page:
                await self._store([(planned, outcome_of(change_from_json(planned.change))) for planned in page])
            noted += len(page)
            if len(page) < _NOTED_AT_ONCE:
                return noted

    async def predict(self) -> None:
        """Keep what a preview foresees, without values; not of those in whom nothing changes, who are most."""
        after = plans.START
        while True:
            async with self.database.reading() as session:
                page = await plans.following(session, self.database.vault, self.run_id, after, FORETOLD)
            if not page:
                return
            after = page[-1].position
            try:
                await self._record(await asyncio.to_thread(_foreseen, page))
            except _UNSTORABLE:
                for planned in page:
                    await self._record_alone(planned, foreseen(change_from_json(planned.change)))

    async def give_up(self, outcome_of: Callable[[Change], Outcome]) -> None:
        """Store an outcome for everyone whose turn never came."""
        while True:
            async with self.database.reading() as session:
                page = await plans.pending(session, self.database.vault, self.run_id, _NOTED_AT_ONCE, kinds=WRITES)
            if page:
                await self._store([(planned, outcome_of(change_from_json(planned.change))) for planned in page])
            if len(page) < _NOTED_AT_ONCE:
                return

    async def batch(self, pair: ConnectedPair, size: int, writers: int) -> int:
        """Write up to `size` people, `writers` at a time; says how many of the batch were dealt with.

        Raises `Cancelled`, `OwnershipLost`, and those provider errors that would hit everyone, once the writers have
        stopped. Whoever was being written then is found and finished by the next call.
        """
        target = pair.target
        if self.hand is not None and not isinstance(target, FileExporter):
            # Whatever led here: a run that was asked to make a file never writes.
            raise Unsupported("no files for people", text=text("file.unsupported"))
        async with self.database.reading() as session:
            limit = DELIVERED_AT_ONCE if isinstance(target, FileTarget) else size
            page = await plans.pending(session, self.database.vault, self.run_id, limit, kinds=WRITES)
        if not page:
            return 0
        await self.gate()
        with ownership_check(self.own):
            if isinstance(target, FileTarget):
                return await self._deliver(page, pair, target)
            return await self._write(page, pair, target, writers)

    async def _write(self, page: Sequence[PlannedChange], pair: ConnectedPair, target: Target, writers: int) -> int:
        changes = (change_from_json(planned.change) for planned in page)
        fresh = await employees_for(pair.source, changes, updates=self.source_too)
        line = _OutcomeLine(deque(page))
        results = await asyncio.gather(
            *(self._writer(line, pair.source, target, fresh) for _ in range(min(writers, len(page)))),
            return_exceptions=True,
        )
        # Being let go says most: whatever else went wrong is the next owner's to find.
        failures = [result for result in results if isinstance(result, BaseException)]
        failures.sort(key=lambda failure: not isinstance(failure, OwnershipLost | asyncio.CancelledError))
        if failures:
            raise failures[0]
        return line.done

    async def _deliver(self, page: Sequence[PlannedChange], pair: ConnectedPair, inbox: FileTarget) -> int:
        """The whole page in one delivery; its outcomes are stored once it has arrived, all together.

        A file in somebody's hands stays in doubt: nobody tells whether it is imported. So the next sync delivers the
        same people whole, and asks before one of them gets another number.
        """
        outcomes = await deliver_changes(
            [change_from_json(planned.change) for planned in page],
            pair.source,
            inbox,
            self.settings,
            self.today,
            fingerprint=self.fingerprint,
            note=self._record_doubt,
            send=self._to_recipient(inbox) if isinstance(inbox, FileExporter) and self.hand else None,
        )
        await self._store(list(zip(page, outcomes, strict=True)), remember=self.hand is None)
        return len(page)

    def _to_recipient(self, inbox: FileExporter) -> Send:
        async def send(parcels: Sequence[DeliveryItem], settings: Settings) -> Sequence[WriteResult]:
            assert self.hand is not None
            file = await inbox.pack(parcels, settings)
            await self.own()
            await self.hand(file, len(parcels))
            return [WriteResult(target_id=parcel.number) for parcel in parcels]

        return send

    async def _record_doubt(self, doubted: Mapping[str, SyncedPerson]) -> None:
        now = self.now()
        states = [_state(source_id, known, OutcomeKind.UNKNOWN, now) for source_id, known in doubted.items()]
        async with self.database.session() as session:
            await people.upsert(session, self.integration_id, states)

    async def _writer(self, line: _OutcomeLine, source: Source, target: Target, fresh: Mapping[str, Employee]) -> None:
        try:
            while line.waiting and not line.stopped:
                await self.gate()
                if not line.waiting:
                    return
                planned = line.waiting.popleft()
                change = change_from_json(planned.change)
                outcome = await apply_change(
                    change,
                    source,
                    target,
                    self.settings,
                    self.today,
                    fingerprint=self.fingerprint,
                    employee=fresh.get(change.person.source_id),
                    source_too=self.source_too,
                )
                await self._store([(planned, outcome)])
                line.done += 1
        except BaseException:
            line.stopped = True
            raise

    async def _store(self, results: Sequence[tuple[PlannedChange, Outcome | None]], *, remember: bool = True) -> None:
        """Store what became of people: together, or one by one where something of one of them cannot be stored."""
        try:
            await self._store_together(results, remember=remember)
        except _UNSTORABLE:
            for planned, outcome in results:
                try:
                    await self._store_together([(planned, outcome)], remember=remember)
                except _UNSTORABLE as error:
                    # Of a person whose details cannot be stored, what became of them is: the run goes on.
                    log.error("outcome_unstorable", error=type(error).__name__, position=planned.position)
                    await self._store_together([(planned, outcome and _bare(outcome))], remember=False)

    async def _record(self, rows: Sequence[StoredOutcome]) -> None:
        async with self.database.session() as session:
            await outcomes.record(session, self.database.vault, self.run_id, rows)

    async def _record_alone(self, planned: PlannedChange, outcome: Outcome) -> None:
        try:
            await self._record([_row(planned.position, outcome)])
        except _UNSTORABLE as error:
            log.error("outcome_unstorable", error=type(error).__name__, position=planned.position)
            await self._record([_row(planned.position, _bare(outcome))])

    async def _store_together(self, results: Sequence[tuple[PlannedChange, Outcome | None]], *, remember: bool) -> None:
        """Outcome, memory and mark in one transaction: an interruption loses all three or none."""
        now = self.now()
        rows: list[StoredOutcome] = []
        states: list[PersonState] = []
        unsettled: dict[str, str] = {}
        for planned, outcome in results:
            if outcome is None:
                continue
            rows.append(_row(planned.position, outcome))
            remembered = after(change_from_json(planned.change), outcome)
            if remembered is not None and remember:
                states.append(_state(outcome.person.source_id, remembered, outcome.kind, now))
            elif remember and unsettles(outcome.kind):
                unsettled[outcome.person.source_id] = outcome.kind.value
        async with self.database.session() as session:
            await outcomes.record(session, self.database.vault, self.run_id, rows)
            await people.upsert(session, self.integration_id, states)
            await people.unsettle(session, self.integration_id, unsettled)
            await plans.mark_applied(session, self.run_id, [planned.position for planned, _ in results])


@dataclass(slots=True)
class _OutcomeLine:
    """The people of a batch whose turn is still to come; shared by the writers."""

    waiting: deque[PlannedChange]
    done: int = 0
    stopped: bool = False


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


def would_hit_everyone(error: BaseException) -> bool:
    """Whether going on with the next employee makes no sense."""
    return isinstance(error, ProviderError) and isinstance(error, STOPS_EVERYONE)
