"""Carries out the steps of leaves of absence: note what is begun, write, note what came of it, as for days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.domain.leave import LeavePerson
from bot.domain.leave_delivery import CloseReason, PeriodWrite, RowReference, TargetPeriod
from bot.domain.leave_ledger import LedgerState
from bot.providers.errors import DayClosed, ErrorScope, ProviderError, Unavailable, WriteConflict
from bot.providers.kit.one_person import about_one_person
from bot.providers.leave_protocol import LeavePeriodTarget
from bot.sync.leave.day_applier import DayOutcomeKind, LedgerJournal
from bot.sync.leave.day_plan import ConflictKind, StepKind
from bot.sync.leave.ledger_keys import LedgerKeys
from bot.sync.leave.period_planner import PeriodStep


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodOutcome:
    """What became of one step."""

    kind: DayOutcomeKind
    step: PeriodStep
    reason: str | None = None
    error: ProviderError | None = None


_SAID = {StepKind.HELD: DayOutcomeKind.HELD, StepKind.CONFLICT: DayOutcomeKind.CONFLICT}
_DONE = {StepKind.CREATE: DayOutcomeKind.CREATED, StepKind.UPDATE: DayOutcomeKind.UPDATED}
_NOTED_AS = {StepKind.ADOPT: LedgerState.DELIVERED, StepKind.RELEASE: LedgerState.RELEASED,
             StepKind.FORGET: LedgerState.WITHDRAWN}  # fmt: skip


class PeriodApplier:
    """Applies plans of leaves of absence to one target. Raises those provider errors that would meet everybody.

    `chosen` are the integration's choices for absence.
    """

    def __init__(
        self,
        target: LeavePeriodTarget,
        journal: LedgerJournal,
        keys: LedgerKeys,
        run_id: str,
        chosen: Mapping[str, str] | None = None,
    ) -> None:
        self._target, self._journal, self._keys, self._run_id = target, journal, keys, run_id
        self._chosen = chosen or {}

    async def apply(self, person: LeavePerson, steps: Sequence[PeriodStep]) -> list[PeriodOutcome]:
        """One person's steps: updates first, so that one ends before the next begins."""
        outcomes: list[PeriodOutcome] = []
        for step in sorted(steps, key=lambda step: (step.kind is not StepKind.UPDATE, step.key)):
            if step.kind in _SAID:
                outcomes.append(PeriodOutcome(kind=_SAID[step.kind], step=step, reason=step.reason))
            elif step.kind in _NOTED_AS:
                keeps = step.kind is StepKind.RELEASE
                await self._append(step, _NOTED_AS[step.kind], step.row, undone=keeps)
                outcomes.append(PeriodOutcome(kind=DayOutcomeKind.NOTED, step=step))
            else:
                outcomes.append(await self._apply(person, step))
        return outcomes

    async def _apply(self, person: LeavePerson, step: PeriodStep) -> PeriodOutcome:
        assert step.wanted is not None
        row = await self._row(person, step)
        if (expected := step.before) != self._content(row):
            reason = ConflictKind.EDITED if expected and row else ConflictKind.REMOVED if expected else None
            return PeriodOutcome(kind=DayOutcomeKind.CONFLICT, step=step, reason=reason or ConflictKind.SOMEONE_ELSES)
        await self._append(step, LedgerState.UNKNOWN, row.row if row is not None else None)
        write, following = PeriodWrite(person=person, wanted=step.wanted, settings=self._chosen), _next(step)
        try:
            with about_one_person("period update" if row else "period create", person.employee_id):
                if row is None:
                    written = await self._target.create_period(write)
                elif step.ends:
                    written = await self._target.end_on_first_day(write, row.row)
                else:
                    written = await self._target.update_period(write, row.row)
        except (Unavailable, WriteConflict) as error:
            if isinstance(error, Unavailable) and not error.sent:
                await self._undo(following)
                raise
            return await self._settle(person, following, error)
        except ProviderError as error:
            await self._undo(following)
            if error.scope is ErrorScope.RUN:
                raise
            closed = isinstance(error, DayClosed)
            kind = DayOutcomeKind.HELD if closed else DayOutcomeKind.FAILED
            return PeriodOutcome(kind=kind, step=step, reason=CloseReason.PERIOD if closed else None, error=error)
        await self._made(following, written)
        return PeriodOutcome(kind=_DONE[step.kind], step=step)

    async def _made(self, step: PeriodStep, row: RowReference | None) -> None:
        """Note that a step was done. One that ends on its first day is none of ours any more: it never was."""
        if step.ends:
            await self._append(replace(step, content=""), LedgerState.WITHDRAWN, row)
        else:
            await self._append(step, LedgerState.DELIVERED, row)

    async def _settle(self, person: LeavePerson, step: PeriodStep, error: ProviderError) -> PeriodOutcome:
        try:
            row = await self._row(person, step)
        except ProviderError:
            return PeriodOutcome(kind=DayOutcomeKind.UNKNOWN, step=step, error=error)
        found = self._content(row)
        if found == step.content:
            await self._made(step, row.row if row is not None else None)
            return PeriodOutcome(kind=_DONE[step.kind], step=step)
        if found == step.before:
            await self._undo(step)
            return PeriodOutcome(kind=DayOutcomeKind.FAILED, step=step, error=error)
        return PeriodOutcome(kind=DayOutcomeKind.CONFLICT, step=step, reason=ConflictKind.EDITED, error=error)

    async def _row(self, person: LeavePerson, step: PeriodStep) -> TargetPeriod | None:
        rows = await self._target.read_periods([person])
        return next((row for row in rows if row.reference == step.key.reference), None)

    def _content(self, row: TargetPeriod | None) -> str:
        return self._keys.period_content_of(row.code, row.first, row.last, row.percent) if row is not None else ""

    async def _undo(self, step: PeriodStep) -> None:
        state = LedgerState.DELIVERED if step.before else LedgerState.WITHDRAWN
        await self._append(step, state, step.row, undone=True)

    async def _append(
        self, step: PeriodStep, state: LedgerState, row: RowReference | None, *, undone: bool = False
    ) -> None:
        await self._journal.append([step.made(self._run_id, state, row, undone=undone)])


def _next(step: PeriodStep) -> PeriodStep:
    """The step for the entry after the intent."""
    return replace(step, began=True)
