"""The first half of a run of leave: read the source, the ledger and the target, and make the plan. Writes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from bot.domain.findings import Severity
from bot.domain.leave import LeaveFinding, LeavePerson, LeaveSnapshot, LeaveWindow
from bot.domain.leave_delivery import ClosedDays, DayKey, TargetDay, TargetPeriod, WantedDay
from bot.domain.leave_ledger import LedgerEntry
from bot.domain.leave_settings import LeaveSettings
from bot.domain.resource import Capability, LeaveWay
from bot.domain.scope import Scope
from bot.jobs.leave.cut_off_periods import cut_off_periods
from bot.jobs.leave.earlier_employments import of_others
from bot.jobs.leave.ledger_journal import LedgerStore, ledger_keys
from bot.providers.declaration import LeaveLimits, ResourceSpec
from bot.providers.kit.concurrency import cancel_and_wait
from bot.providers.leave_protocol import ConvertsHours, LeaveDayTarget, LeavePeriodTarget, LeaveSource, LeaveTarget
from bot.providers.protocol import Source
from bot.sync.leave.cut_off_files import CutOffPeriod, held_at_cut_off
from bot.sync.leave.day_plan import WRITTEN, DayPlan
from bot.sync.leave.leave_guard import LeaveGuardReason, LeaveThresholds, judge_leave
from bot.sync.leave.leave_roster import leave_people
from bot.sync.leave.ledger_planner import PlanScope, plan_days
from bot.sync.leave.normal_days import ENTRY, NormalLeave, NormalRules, normal_leave
from bot.sync.leave.payroll_calendar import closed_through, first_day, public_holidays, window
from bot.sync.leave.period_planner import PeriodStep, plan_periods
from bot.sync.leave.probes import ExtentContradiction, ExtentScale
from bot.sync.leave.routes import LeaveRoutes, routes_of, with_own
from bot.sync.leave.wanted_days import LeaveRun, leave_runs, sick_hints, wanted_days
from storage import leave_settings, people
from storage.database import Database
from storage.integrations import Integration


class PeopleAndLeave(Source, LeaveSource, Protocol):
    """A source that people and their leave are read from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveRequest:
    """What a run of leave is about. `only` are the employees of a rerun, `last_run` the run before this one. At `now`
    cut-offs may be over; None looks at none. The file of a period that is cut off stays as it is.

    `try_closed`: somebody has approved that closed days are written, where the target takes that.
    """

    integration: Integration
    spec: ResourceSpec
    countries: Sequence[str]
    today: date
    now: datetime | None = None
    only: frozenset[str] | None = None
    last_run: str | None = None
    first_run: bool = False
    try_closed: bool = False
    withdraw_released: bool = False
    thresholds: LeaveThresholds = field(default_factory=LeaveThresholds)

    @property
    def limits(self) -> LeaveLimits:
        """What the target can do."""
        return self.spec.leave or LeaveLimits()

    @property
    def reads(self) -> bool:
        """Whether the target shows what it holds."""
        return self.limits.reads and self.spec.capability is not Capability.FILE_SNAPSHOT


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavePlanned:
    """A plan of leave, with all that its report and its files need. Do not log: it says why people are away.

    `cut_off` names periods whose files stay as they are. `left_out` are days by (employee, type) of types that go
    nowhere though nobody has said so. `stop` is why nothing may be written at all; `reasons` why a person is asked.
    """

    window: LeaveWindow
    settings: LeaveSettings
    snapshot: LeaveSnapshot = field(repr=False)
    people: Mapping[str, LeavePerson] = field(repr=False)
    routes: LeaveRoutes = field(repr=False)
    wanted: Mapping[DayKey, WantedDay] = field(repr=False)
    days: DayPlan
    periods: Sequence[PeriodStep] = field(default=(), repr=False)
    periods_unchanged: int = 0
    findings: tuple[LeaveFinding, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[tuple[str, str], Sequence[date]] = field(default_factory=dict, repr=False)
    reasons: tuple[LeaveGuardReason, ...] = ()
    stop: LeaveFinding | None = None
    extent: ExtentScale = ExtentScale.UNDECIDED
    holidays: frozenset[date] = frozenset()
    cut_off: frozenset[str] = frozenset()


async def plan_leave(
    database: Database, source: PeopleAndLeave, target: LeaveTarget, request: LeaveRequest
) -> LeavePlanned:
    """Read and plan. Raises the `ProviderError`s of either system."""
    return await _LeavePlanning(database, source, target, request).run()


class _LeavePlanning:
    def __init__(self, database: Database, source: PeopleAndLeave, target: LeaveTarget, request: LeaveRequest) -> None:
        self._database, self._source, self._target, self._request = database, source, target, request
        self._ledger = LedgerStore(database, request.integration.id)

    async def run(self) -> LeavePlanned:
        request, integration = self._request, self._request.integration
        async with self._database.reading() as session:
            stored = await leave_settings.get(session, integration.id)
            known = await people.count(session, integration.id)
        settings = LeaveSettings.from_json(stored.settings if stored is not None else {})
        by_hand = settings.closed_through
        if request.now is not None:
            settings = replace(settings, closed_through=closed_through(settings, request.now))
        between = window(settings, request.today)
        await self._ledger.rename()
        delivered = self._of_the_run(await self._ledger.days(between))
        absences = self._of_the_run(await self._ledger.periods())
        parents = frozenset(
            parent for entry in (*delivered, *absences) for parent in entry.contributors if not parent.startswith(ENTRY)
        )
        snapshot = await self._source.leave_snapshot(between, request.only, parents)
        concerned = {row.employee_id for row in snapshot.days} | {entry.employee_id for entry in delivered}
        concerned |= {entry.employee_id for entry in absences}
        if request.only is not None:
            concerned &= request.only
        placed: Mapping[str, str] = {}  # whoever types it in knows people by their numbers
        if not request.limits.list_alone:
            async with self._database.reading() as session:
                placed = await people.target_ids(session, integration.id, concerned)
        scope = Scope.from_json(integration.scope)
        of = max(known, integration.last_source_count or 0) or None
        members = await leave_people(self._source, concerned, scope, placed, of=of)
        codes = await self._target.leave_codes()
        if request.limits.open_codes:
            codes = with_own(codes, snapshot.types.values(), settings.routes)
        routes = routes_of(snapshot.types.values(), codes, settings.routes)
        before = ExtentScale(stored.extent) if stored is not None and stored.extent else ExtentScale.UNDECIDED
        rules = NormalRules(
            first_day=first_day(settings, request.today),
            confirmed_only=settings.confirmed_only,
            needs_schedule=request.limits.needs_schedule,
            places=request.reads,
            takes_number=request.limits.takes_number,
            holidays=await self._holidays(between),
            elsewhere=await of_others(self._ledger, self._source, members, snapshot.days, delivered, absences, between),
            extent=before,
        )
        try:
            # Beside the event loop, as the two below: tens of thousands of days take seconds.
            normal = await asyncio.to_thread(normal_leave, snapshot, members, routes, rules)
        except ExtentContradiction:
            normal = NormalLeave(stop=LeaveFinding(code="extent_contradiction", severity=Severity.BLOCKING))
        if normal.stop is not None:
            # What is read cannot be trusted: nothing is planned of it, and nothing is taken back.
            return LeavePlanned(
                window=between,
                settings=settings,
                snapshot=snapshot,
                people=members,
                routes=routes,
                wanted={},
                days=DayPlan(steps=()),
                findings=(normal.stop, *normal.findings),
                counts=dict(normal.counts),
                stop=normal.stop,
                extent=before,
            )
        summed = await asyncio.to_thread(
            wanted_days, normal, snapshot, members, routes, children=request.limits.children
        )
        wanted = _as_delivered(summed, self._target, settings.values)
        day_codes = {code.value for code in codes if code.way is LeaveWay.DAY}
        closed, found = await self._days(members, wanted, delivered, between, day_codes)
        # A file of a period that is cut off is held whole (`_cut_off`), and corrections come as before.
        closed = replace(closed, through=by_hand if self._makes_files else settings.closed_through)
        days = await asyncio.to_thread(
            plan_days,
            wanted,
            delivered,
            found,
            normal,
            snapshot,
            ledger_keys(self._database.vault, integration.id),
            PlanScope(
                window=between,
                people=members,
                closed=closed,
                reads=request.reads,
                try_closed=request.try_closed,
                withdraw_released=request.withdraw_released,
                last_run=request.last_run,
            ),
        )
        over = await self._cut_off(settings, between, delivered)
        for each in over:
            days = held_at_cut_off(days, each, members)
        runs, told = leave_runs(normal, snapshot, members, routes)
        periods, unchanged = await self._periods(runs, absences, members, normal, snapshot)
        rows = len(snapshot.days)
        reasons = judge_leave(
            days,
            request.thresholds,
            rows_read=rows,
            rows_before=stored.last_rows if stored is not None and request.only is None else None,
            first_run=request.first_run,
        )
        return LeavePlanned(
            window=between,
            settings=settings,
            snapshot=snapshot,
            people=members,
            routes=routes,
            wanted=wanted,
            days=days,
            periods=periods,
            periods_unchanged=unchanged,
            findings=(*normal.findings, *told, *sick_hints(normal, snapshot), *_called_complete(days, closed)),
            counts=dict(normal.counts),
            left_out=normal.left_out,
            reasons=reasons,
            extent=normal.extent,
            holidays=rules.holidays,
            cut_off=frozenset(each.period.name for each in over),
        )

    async def _cut_off(
        self, settings: LeaveSettings, between: LeaveWindow, delivered: Sequence[LedgerEntry]
    ) -> list[CutOffPeriod]:
        """Periods whose files wait although they are cut off; where days are written, they are closed instead."""
        request = self._request
        if request.now is None or not self._makes_files:
            return []
        return await cut_off_periods(
            self._database, request.integration.id, settings, between, delivered, today=request.today, now=request.now
        )

    @property
    def _makes_files(self) -> bool:
        return self._request.spec.capability is Capability.FILE_SNAPSHOT

    def _of_the_run(self, entries: list[LedgerEntry]) -> list[LedgerEntry]:
        """Those of a rerun's people alone: it says nothing of others."""
        only = self._request.only
        return entries if only is None else [entry for entry in entries if entry.employee_id in only]

    async def _holidays(self, between: LeaveWindow) -> frozenset[date]:
        own = None
        if self._request.reads and LeaveWay.DAY in self._request.limits.ways:
            own = await _day_target(self._target).holidays(between)
        if own is not None:
            return own
        countries = self._request.countries
        return public_holidays(countries[0], between) if len(countries) == 1 else frozenset()

    async def _days(
        self,
        members: Mapping[str, LeavePerson],
        wanted: Mapping[DayKey, WantedDay],
        delivered: Sequence[LedgerEntry],
        between: LeaveWindow,
        codes: set[str],
    ) -> tuple[ClosedDays, list[TargetDay]]:
        """What is closed and what stands there, for those who have or shall have days."""
        if not self._request.reads or LeaveWay.DAY not in self._request.limits.ways:
            return ClosedDays(), []
        ids = {key.employee_id for key in wanted} | {entry.employee_id for entry in delivered}
        asked = [members[each] for each in sorted(ids) if each in members and members[each].target_id is not None]
        if not asked:
            return ClosedDays(), []
        target = _day_target(self._target)

        async def read() -> list[TargetDay]:
            return [row async for page in target.read_days(asked, between, codes) for row in page]

        reading = asyncio.create_task(read())
        try:
            closed = await target.closed_days(asked, between)
            return closed, await reading
        finally:
            await cancel_and_wait(reading)

    async def _periods(
        self,
        runs: Mapping[str, Sequence[LeaveRun]],
        absences: Sequence[LedgerEntry],
        members: Mapping[str, LeavePerson],
        normal: NormalLeave,
        snapshot: LeaveSnapshot,
    ) -> tuple[Sequence[PeriodStep], int]:
        if LeaveWay.PERIOD not in self._request.limits.ways or not (runs or absences):
            return (), 0
        ids = {run.employee_id for of_leave in runs.values() for run in of_leave}
        ids |= {entry.employee_id for entry in absences}
        asked = [members[each] for each in sorted(ids) if each in members and members[each].target_id is not None]
        rows: Sequence[TargetPeriod] = await _period_target(self._target).read_periods(asked) if asked else ()
        keys = ledger_keys(self._database.vault, self._request.integration.id)
        deletes = self._request.limits.period_deletes
        return plan_periods(runs, absences, rows, normal, snapshot, keys, frozenset(members), deletes=deletes)


def _called_complete(days: DayPlan, closed: ClosedDays) -> list[LeaveFinding]:
    """Days that are written though somebody has called them complete."""
    return [
        LeaveFinding(
            code="called_complete", severity=Severity.WARNING, employee_id=step.key.employee_id, day=step.key.day
        )
        for step in days.of_kind(*WRITTEN)
        if any(step.key.day in span for span in closed.warned.get(step.key.employee_id, ()))
    ]


def _as_delivered(
    wanted: Mapping[DayKey, WantedDay], target: LeaveTarget, chosen: Mapping[str, str]
) -> Mapping[DayKey, WantedDay]:
    """The wanted days with the hours that the target shall hold, where it has a say in them."""
    if not isinstance(target, ConvertsHours):
        return wanted
    return {key: replace(day, hours=target.delivered_hours(day, chosen)) for key, day in wanted.items()}


def _day_target(target: LeaveTarget) -> LeaveDayTarget:
    """By what the provider declares (`LeaveLimits.ways`), it is one."""
    return target  # type: ignore[return-value]


def _period_target(target: LeaveTarget) -> LeavePeriodTarget:
    """By what the provider declares (`LeaveLimits.ways`), it is one."""
    return target  # type: ignore[return-value]


def hours_wanted(planned: LeavePlanned) -> Decimal:
    """All hours that shall stand in the target after the run."""
    return sum(planned.days.wanted_hours.values(), Decimal(0))
