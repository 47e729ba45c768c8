"""Carry out one change of a plan, and say truly what became of it.

Nothing is written that was not shown. The target is read just before: a change whose ground has moved is left for the
next plan, and one that an earlier, interrupted try has made already is found done. When the answer to a write is lost,
a read settles it; what cannot be settled is reported as unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import structlog

from bot.core.log_config import id_of
from bot.domain.change import SAME_PERSON_BY, Change, ChangeKind
from bot.domain.employee import Employee
from bot.domain.equality import remaining, undone
from bot.domain.findings import Finding
from bot.domain.outcome import PLANNED_AS, Outcome, OutcomeKind
from bot.providers.errors import (
    ErrorScope,
    ProviderError,
    Unavailable,
    WriteConflict,
)
from bot.providers.protocol import Settings, Source, Target, TargetPerson, WriteResult, WriteStatus
from bot.sync.apply.outcomes import drifted, failed, stale, success, unknown, unmade
from bot.sync.checks.findings import finding
from bot.sync.compare.fingerprints import Fingerprint, Fingerprinter
from bot.sync.compare.match import lookalike, resemblances, said_number

_log = structlog.get_logger(__name__)


def outcome_without_writing(change: Change) -> Outcome | None:
    """The outcome of a change that writes nothing; None for a CREATE or UPDATE."""
    if change.kind in (ChangeKind.CREATE, ChangeKind.UPDATE):
        return None
    drift = drifted(change, written=False)
    return Outcome(
        PLANNED_AS[change.kind],
        change.person,
        findings=change.findings,
        lookalikes=change.lookalikes,
        drift=drift,
        unread=change.unread,
        kept=change.kept,
        unseen=change.unseen,
    )


def cancelled(change: Change) -> Outcome:
    """The outcome of a change that was never begun, because the run was cancelled or stopped."""
    return Outcome(OutcomeKind.CANCELLED, change.person, retryable=True, drift=drifted(change, written=False))


async def employees_for(source: Source, changes: Iterable[Change], *, updates: bool = False) -> dict[str, Employee]:
    """The employees behind the CREATEs among some changes, read together: `apply_change` needs each of them fresh.

    With `updates`, those behind the UPDATEs as well.
    """
    kinds = (ChangeKind.CREATE, ChangeKind.UPDATE) if updates else (ChangeKind.CREATE,)
    wanted = frozenset(change.person.source_id for change in changes if change.kind in kinds)
    if not wanted:
        return {}
    return {employee.source_id: employee async for page in source.employees(wanted) for employee in page}


async def apply_change(
    change: Change,
    source: Source,
    target: Target,
    settings: Settings,
    today: date,
    *,
    fingerprint: Fingerprint,
    employee: Employee | None = None,
    source_too: bool = False,
    code_changed: bool = False,
) -> Outcome:
    """Carry out one change. May be called again for the same change: it then finds what is done and does the rest.

    `employee` is the person of a CREATE as just read (`employees_for`); without it they are read here. `source_too`
    asks the same of an UPDATE: one whose source has changed since it was shown is not written. `code_changed` says that
    the plan was made by other code: what differs may then be how people are read, and nobody is said to have changed
    them.

    Raises the `ProviderError`s whose scope is the run: these would hit everyone, and the change can be tried again.
    Every other failure is this employee's outcome.
    """
    quiet = outcome_without_writing(change)
    if quiet is not None:
        return quiet
    work = _Work(change, target, settings, today, Fingerprinter(fingerprint), code_changed)
    try:
        if change.kind is ChangeKind.UPDATE and not source_too:
            return await work.update()
        if employee is None:
            employee = (await employees_for(source, [change], updates=True)).get(change.person.source_id)
        if employee is None:
            return work.outcome(OutcomeKind.CONFLICT, "apply.gone_from_source")
        if await work.has_moved(employee):
            return work.stale("apply.source_changed")
        return await (work.create(employee) if change.kind is ChangeKind.CREATE else work.update())
    except ProviderError as error:
        if error.scope is ErrorScope.RUN:
            raise
        return work.unknown(error) if isinstance(error, Unavailable) else work.failed(error)
    except Exception as error:
        # One employee's failure stays theirs. The exception's own words may hold personal data: not logged.
        _log.error("apply_failed_unexpectedly", error=type(error).__name__, source_id=id_of(change.person.source_id))
        return work.outcome(OutcomeKind.UNKNOWN, "apply.unexpected", retryable=True)


def _stops_a_read(error: ProviderError) -> bool:
    """Whether the read after a write says that nobody would get further. A target that is only busy does not: the
    write of this employee has been sent, and its outcome is theirs."""
    return error.scope is ErrorScope.RUN and not isinstance(error, Unavailable)


def _is_unclear(held: TargetPerson, change: Change) -> bool:
    """Whether an employment that the change writes cannot be told in the target by now."""
    written = {field.key for field in change.fields} | {key for _, key in change.new_parts}
    return bool(held.unclear.keys() & ({None} | {key[0] for key in written if key}))


@dataclass(frozen=True, slots=True)
class _Work:
    """One change and where to make it."""

    change: Change
    target: Target
    settings: Settings
    today: date
    traces: Fingerprinter
    code_changed: bool

    async def has_moved(self, employee: Employee) -> bool:
        """Whether the source no longer gives the person as the plan has them."""
        desired = await self.target.desired(employee, self.settings, self.today)
        made, whose = self.change.source_fingerprint, self.change.person.source_id
        return not self.traces.matches(made, desired.record, self.settings, whose)

    async def create(self, employee: Employee) -> Outcome:
        """Search once more, then create; whoever turned up since the plan was made stops it."""
        found = await self.target.find(employee)
        number = employee.number.strip()
        hits = [person for person in found if person.number.strip() == number]
        if len(hits) > 1:
            twice = self.outcome(OutcomeKind.CONFLICT, "apply.twice_in_target", number=number)
            return replace(twice, lookalikes=tuple(lookalike(person, "number") for person in hits))
        if hits:
            return await self._already_there(hits[0])
        accepted = {alike.target_id for alike in self.change.lookalikes}
        alikes = resemblances(employee, found)
        doubts = [alike for alike in alikes if alike.target_id not in accepted or alike.by in SAME_PERSON_BY]
        if doubts:
            first = doubts[0]
            about = finding("target.looks_like", other=first.name, number=said_number(first.number))
            found_now = self.outcome(OutcomeKind.CONFLICT, "apply.looks_like")
            return replace(found_now, findings=(about,), lookalikes=tuple(doubts))
        return await self._write(self.change, retry=False)

    async def _already_there(self, person: TargetPerson) -> Outcome:
        """Somebody has our number by now: ourselves, before an interruption, if they hold all or only our values."""
        if remaining(person.record, self.change.fields, self.change.new_parts) == ((), ()):
            return self._success(WriteResult(target_id=person.id, findings=person.waiting))
        before = undone(person.record, self.change.fields, self.change.new_parts)
        if self.traces.base_version(before) != self.traces.base_version(()):
            return self.stale("apply.exists_by_now")
        return await self._complete(person)

    async def update(self) -> Outcome:
        """Write what the target still lacks of the change, if nobody else has touched the person since the plan."""
        rest = await self._rest()
        if rest is None:
            return self.stale("apply.target_changed")
        if not rest.fields and not rest.new_parts:
            return self._success(WriteResult(target_id=rest.person.target_id or ""))
        return await self._write(rest, retry=True)

    async def _rest(self) -> Change | None:
        """The part of an update that is still to do; None when the ground has moved."""
        change = self.change
        held = await self.target.read(change.person.target_id or "")
        if held is None or _is_unclear(held, change):
            return None
        before = undone(held.record, change.fields, change.new_parts)
        if self.traces.base_version(before) != change.basis:
            return None
        fields, parts = remaining(held.record, change.fields, change.new_parts)
        # The target may ask for its ground again: what it holds now is what this rest was made against.
        return replace(change, fields=fields, new_parts=parts, basis=self.traces.base_version(held.record))

    async def _write(self, change: Change, *, retry: bool) -> Outcome:
        """Send the change. `retry` allows one more try where a read has shown that it is safe."""
        try:
            return self._success(await self.target.apply(change, self.settings))
        except WriteConflict as error:
            if not retry:
                return self.failed(error)
            return await self._again(error)
        except Unavailable as error:
            if not error.sent:
                raise
            return await self._settle(change, error, retry=retry)

    async def _settle(self, change: Change, error: Unavailable, *, retry: bool) -> Outcome:
        try:
            state, target_id = await self.target.resolve_write(change)
        except ProviderError as unread:
            if _stops_a_read(unread):
                raise
            return self.unknown(error)
        if state is WriteStatus.DONE:
            settled = target_id or change.person.target_id or ""
            return self._success(WriteResult(target_id=settled, findings=await self._waiting(settled)))
        if change.kind is ChangeKind.UPDATE:
            return await self._again(error) if retry else self.unknown(error)
        if state is WriteStatus.PARTLY and target_id is not None:
            try:
                person = await self.target.read(target_id)
                return await self._complete(person) if person is not None else self.unknown(error)
            except (WriteConflict, Unavailable):
                return self.unknown(error, target_id)
        # Not there yet. A create is never sent twice in a row: the first may still arrive.
        return self.unknown(error)

    async def _again(self, error: ProviderError) -> Outcome:
        """An update once more, from a fresh read: its writes are by field and date, so that twice is as once."""
        try:
            rest = await self._rest()
        except Unavailable:
            return self.unknown(error)
        if rest is None:
            return self.stale("apply.target_changed")
        if not rest.fields and not rest.new_parts:
            return self._success(WriteResult(target_id=rest.person.target_id or ""))
        try:
            return await self._write(rest, retry=False)
        except Unavailable as later:
            return self.unknown(later)

    async def _complete(self, person: TargetPerson) -> Outcome:
        """Add what a person of our own making still lacks of the change, and nothing else."""
        fields, parts = remaining(person.record, self.change.fields, self.change.new_parts)
        if not fields and not parts:
            return self._success(WriteResult(target_id=person.id, findings=person.waiting))
        who = replace(self.change.person, target_id=person.id)
        basis = self.traces.base_version(person.record)
        rest = Change(ChangeKind.UPDATE, who, fields, parts, basis=basis)
        return self._success(await self.target.apply(rest, self.settings))

    async def _waiting(self, target_id: str) -> tuple[Finding, ...]:
        """What a person who was written without an answer waits for, as far as a read tells."""
        try:
            person = await self.target.read(target_id)
        except ProviderError as unread:
            if _stops_a_read(unread):
                raise
            return ()
        return person.waiting if person is not None else ()

    def _success(self, applied: WriteResult) -> Outcome:
        return success(self.change, applied)

    def failed(self, error: ProviderError) -> Outcome:
        """See `bot.sync.apply.outcomes.failed`."""
        return failed(self.change, error)

    def unknown(self, error: ProviderError, target_id: str | None = None) -> Outcome:
        """See `bot.sync.apply.outcomes.unknown`."""
        return unknown(self.change, error, target_id)

    def stale(self, reason: str) -> Outcome:
        """See `bot.sync.apply.outcomes.stale`."""
        return stale(self.change, reason, code_changed=self.code_changed)

    def outcome(self, kind: OutcomeKind, reason: str, *, retryable: bool = False, **values: object) -> Outcome:
        """See `bot.sync.apply.outcomes.unmade`."""
        return unmade(self.change, kind, reason, retryable=retryable, **values)
