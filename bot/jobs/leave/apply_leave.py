"""The second half of a run of leave: carry the plan out, person by person, and keep what became of each day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.core.ownership import OwnershipCheck, ownership_check
from bot.core.rights_learnt import learning_rights
from bot.domain.leave import LeavePerson
from bot.jobs.leave.ledger_journal import LedgerStore, ledger_keys
from bot.jobs.leave.plan_leave import LeavePlanned
from bot.providers.leave_protocol import LeaveTarget
from bot.sync.leave.day_applier import DayApplier, DayOutcome
from bot.sync.leave.day_plan import DayStep
from bot.sync.leave.leave_summary import LeaveRunSummary, leave_summary
from bot.sync.leave.ledger_entries import EntryMaker
from bot.sync.leave.payroll_calendar import period_of
from bot.sync.leave.period_applier import PeriodApplier, PeriodOutcome
from bot.sync.leave.period_planner import PeriodStep
from storage import leave_settings
from storage.database import Database
from storage.leave_ledger import PERIOD

Gate = Callable[[], Awaitable[None]]
"""Asked before each person: raises when the run is to stop, or is no longer this process's."""


@dataclass(slots=True)
class LeaveResult:
    """What became of all steps so far. Do not log: it says why people are away."""

    days: list[DayOutcome] = field(default_factory=list, repr=False)
    periods: list[PeriodOutcome] = field(default_factory=list, repr=False)

    def summary(self, planned: LeavePlanned) -> LeaveRunSummary:
        """The sums by person, for the report."""
        return leave_summary(self.days, planned.findings, unchanged=planned.days.unchanged, counts=planned.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveApplier:
    """Carries out a plan. `gate` is asked before each person, `own` before each write."""

    database: Database
    integration_id: str
    run_id: str
    gate: Gate
    own: OwnershipCheck

    async def apply(self, target: LeaveTarget, planned: LeavePlanned, result: LeaveResult) -> None:
        """Do all steps of the plan, and put what became of them into `result` as it becomes known.

        Raises what the gate raises, and those provider errors that would meet everybody; what was done until then is
        in the ledger, and the next plan goes on from there. A plan with a `stop` has no steps.
        """
        days: dict[str, list[DayStep]] = defaultdict(list)
        periods: dict[str, list[PeriodStep]] = defaultdict(list)
        for step in planned.days.steps:
            days[step.key.employee_id].append(step)
        for period in planned.periods:
            periods[period.employee_id].append(period)
        keys = ledger_keys(self.database.vault, self.integration_id)
        journal = LedgerStore(self.database, self.integration_id)
        absences = LedgerStore(self.database, self.integration_id, unit=PERIOD)
        with ownership_check(self.own), learning_rights():
            for employee_id in sorted({*days, *periods}):
                await self.gate()
                person = planned.people.get(employee_id) or LeavePerson(employee_id=employee_id, number="")
                if of_periods := periods.get(employee_id):
                    chosen = planned.settings.values
                    applier = PeriodApplier(target, absences, keys, self.run_id, chosen)  # type: ignore[arg-type]
                    result.periods += await applier.apply(person, of_periods)
                by_period: dict[str, list[DayStep]] = defaultdict(list)
                for step in days.get(employee_id, ()):
                    by_period[period_of(step.key.day, planned.settings).name].append(step)
                for name, steps in sorted(by_period.items()):
                    maker = EntryMaker(self.run_id, name)
                    result.days += await DayApplier(target, journal, keys, maker).apply(person, steps)  # type: ignore[arg-type]

    async def close(self, planned: LeavePlanned) -> None:
        """Keep what the run has found out about the source, once all of it was done."""
        async with self.database.session() as session:
            await leave_settings.record_read(
                session, self.integration_id, extent=planned.extent.value, rows_read=len(planned.snapshot.days)
            )
