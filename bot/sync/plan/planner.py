"""Compare everyone in scope with the target and say, person by person, what a run will do. Nothing is written.

Source and target are read page by page. The target is read once, before the first person who needs it, and kept as a
compact index; a person whose desired record is the one that was put in place last time does not need it, unless the
comparison is a full one. Where it is not, the source gives only those people whole who are not recognised
(`bot.sync.compare.change_detection`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import structlog

from bot.domain.change import Change, ChangeKind, Person
from bot.domain.employee import Employee, EmployeeState
from bot.domain.findings import Finding, Severity
from bot.domain.scope import Parents, ScopeKind, department_parents
from bot.providers.errors import ErrorScope, ProviderError
from bot.providers.kit.concurrency import cancel_and_wait
from bot.providers.kit.prefetch import prefetch
from bot.providers.protocol import Desired, FileTarget, Source, Target
from bot.sync.checks import CheckContext, Duplicates, check, has_left, merged
from bot.sync.checks.findings import finding
from bot.sync.compare.arrivals import Arrivals
from bot.sync.compare.change_detection import ChangeDetection
from bot.sync.compare.code_version import code_version
from bot.sync.compare.delivered_state import DeliveredState, carry_of
from bot.sync.compare.diff import clashing_start, difference
from bot.sync.compare.fingerprints import LACKS, Fingerprinter
from bot.sync.compare.incremental import IncrementalFilter, Seen
from bot.sync.compare.leftovers import leftovers
from bot.sync.compare.match import Match, MatchDecision, TargetIndex, kind_of, match
from bot.sync.compressed import CompressedChanges
from bot.sync.plan.plan_summary import PlanSummary
from bot.sync.plan.request import PlanRequest
from bot.sync.plan.roster import Roster, breathe

log = structlog.get_logger(__name__)

Progress = Callable[[str, int, int | None], Awaitable[None]]
"""Told the stage (`STAGES`), how many people are done, and of how many, if that is known."""

STAGES = ("planning", "reading_target")

NUMBER_FIELDS = frozenset({"number", "employee_number"})
"""Field keys of the employee number: a person that a human has linked keeps the target's own."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Every person's change, in the order in which the source gave them, and the sums. Do not log: it holds pay.

    `outside` are traces of people outside the scope, who have no change but may turn out to be somebody's double: new
    ones by source id, "" for one that is to be forgotten.
    """

    header: PlanSummary
    changes: CompressedChanges = field(repr=False)
    outside: Mapping[str, str] = field(default_factory=dict, repr=False)


async def no_progress(stage: str, done: int, total: int | None) -> None:
    """For a caller who does not watch."""


async def make_plan(
    source: Source, target: Target | FileTarget, request: PlanRequest, progress: Progress = no_progress
) -> Plan:
    """Read both systems and make the plan. Raises the `ProviderError`s of either."""
    code = await asyncio.to_thread(code_version, type(source), type(target))
    return await _Planner(source, target, request, progress, code).run()


class _Planner:
    """One planning, from the first page to the sums."""

    def __init__(
        self, source: Source, target: Target | FileTarget, request: PlanRequest, progress: Progress, code: str
    ) -> None:
        self._source, self._target, self._request, self._progress = source, target, request, progress
        self._code = code
        self._traces = Fingerprinter(request.fingerprint)
        self._ledger: DeliveredState | None = None
        if isinstance(target, FileTarget):
            self._ledger = DeliveredState(
                self._traces,
                target.fields,
                request.settings,
                request.memory,
                everything=request.redeliver,
                carry=carry_of(target),
            )
        self._context = CheckContext(today=request.today, environment=request.environment, countries=request.countries)
        self._roster, self._duplicates = Roster(), Duplicates(self._traces.value_digest)
        self._passing = self._passing_by("", {})
        self._arrivals = Arrivals(self._traces)
        self._index: TargetIndex | None = None
        self._indexing: asyncio.Task[TargetIndex] | None = None
        self._unread: Exception | None = None
        self._seen: set[str] = set()
        self._source_people = 0

    async def run(self) -> Plan:
        request = self._request
        made_at = request.made_at or datetime.now(UTC)
        wanted = self._wanted()
        async with self._reading() as prepared, aclosing(prefetch(self._pages(wanted, prepared))) as pages:
            async for page in pages:
                await prepared
                for seen in page:
                    await self._take_alone(seen)
                    await breathe(self._source_people)
                await self._progress("planning", self._source_people, len(wanted) if wanted is not None else None)
        if wanted is None:
            self._passing.forget_outside(self._seen)
        await self._roster.settle_duplicates(self._duplicates, request.resolutions)
        await self._roster.settle_claims()
        scope_people = len(self._roster.changes)
        await self._report_missing()
        return Plan(self._header(made_at, scope_people), self._roster.changes, self._passing.outside)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[asyncio.Task[None]]:
        """Have everything read beside the source that can be: what is needed before anybody, and in a full run the
        whole target. Nothing of it goes on when the plan is made, or fails."""
        prepared = asyncio.create_task(self._prepare())
        try:
            yield prepared
        finally:
            await cancel_and_wait(prepared, *([self._indexing] if self._indexing else []))

    async def _prepare(self) -> None:
        request = self._request
        if request.full and self._ledger is None:
            self._indexing = asyncio.create_task(self._read_target())
        if request.preflight:
            await self._target.preflight()
        parents: Parents = {}
        if request.scope.kind is ScopeKind.DEPARTMENTS:
            parents = department_parents(await self._source.departments(counted=False))
        self._passing = self._passing_by(await self._target.reference_data_version(), parents)

    async def _pages(
        self, wanted: frozenset[str] | None, prepared: asyncio.Task[None]
    ) -> AsyncGenerator[Sequence[Seen], None]:
        """The people of the source: whole, or in an incremental read only the state of those who are recognised."""
        if self._request.full or self._request.redeliver:
            async for people in self._source.employees(wanted):
                yield people
            return

        async def as_before(seen: EmployeeState) -> bool:
            await prepared
            return self._passing.as_before(seen)

        async for page in self._source.changes(wanted, as_before):
            yield page

    def _passing_by(self, lists: str, parents: Parents) -> IncrementalFilter:
        request = self._request
        ground = {
            "code": self._code,
            "settings": sorted(request.settings.items()),
            "environment": request.environment,
            "countries": request.countries,
            "lists": lists,
        }
        recognition = ChangeDetection(self._traces, ground, request.today)
        return IncrementalFilter(request, self._traces, recognition, self._ledger, parents)

    def _wanted(self) -> frozenset[str] | None:
        ids, only = self._request.scope.source_ids(), self._request.only
        if only is None:
            return ids
        return only if ids is None else ids & only

    async def _take_alone(self, seen: Seen) -> None:
        """Take in a person. What one person's data raises stops them alone; what would hit everyone is raised."""
        try:
            await self._take(seen)
        except ProviderError as error:
            if error.scope is ErrorScope.RUN:
                raise
            self._stop(seen, replace(finding("target.rejected"), verbatim=error.verbatim))
        except Exception as error:
            if self._unread is not None:
                raise
            # The exception's own words may hold personal data: not logged.
            log.error("plan_failed_unexpectedly", error=type(error).__name__, source_id=seen.source_id)
            self._stop(seen, finding("person.unexpected"))

    def _stop(self, seen: Seen, why: Finding) -> None:
        if not self._roster.stop(seen.source_id, why):
            self._roster.add(Change(ChangeKind.BLOCKED, self._passing.person(seen), findings=(why,)))

    async def _take(self, seen: Seen) -> None:
        if seen.source_id in self._seen:
            return  # a page shifted while it was read
        self._seen.add(seen.source_id)
        self._source_people += 1
        passing = self._passing
        left = has_left(seen, self._request.today)
        if passing.selects(seen):
            if isinstance(seen, EmployeeState):
                change = passing.change(seen)
            else:
                change = await self._change(seen, left=left)
                if change.source_fingerprint:
                    change = replace(change, trace=passing.look(seen))
            self._roster.add(change)
        elif not passing.in_scope(seen) and not left:
            if seen.source_id in self._request.memory:
                self._roster.add(_skip(passing.person(seen), finding("scope.left")))
            if isinstance(seen, Employee):
                passing.note_outside(seen)
        if isinstance(seen, EmployeeState):
            self._duplicates.add_marks(seen.source_id, passing.marks(seen), left=left)
        else:
            self._duplicates.add(seen, left=left)

    async def _change(self, employee: Employee, *, left: bool) -> Change:
        request = self._request
        remembered = request.memory.get(employee.source_id)
        resolution = request.resolutions.get(employee.source_id)
        person = self._passing.person(employee)
        if resolution is not None and resolution.decision is MatchDecision.SKIP:
            return _skip(person, finding("number.skipped_by_choice"))
        if left and remembered is None and not await self._is_in_target(employee):
            return _skip(person, finding("person.left"))
        desired = await self._target.desired(employee, request.settings, request.today)
        findings = merged(check(employee, self._context), desired.findings)
        if resolution is not None and resolution.decision is MatchDecision.SAME:
            findings = tuple(item for item in findings if item.code != "number.missing")
        if desired.skip is not None:
            return _skip(person, finding("person.skipped", reason=desired.skip), *findings)
        # A missing number is not the employee's fault alone: a human may say who they are in the target.
        if any(item.severity is Severity.BLOCKING and item.code != "number.missing" for item in findings):
            return Change(ChangeKind.BLOCKED, person, findings=findings)
        if self._ledger is not None:
            return self._ledger.change(employee, desired, findings, resolution)
        trace = self._traces.of(desired.record, request.settings)
        known = remembered.fingerprint.removeprefix(LACKS) if remembered is not None else ""
        if not request.full and remembered is not None and known == trace and remembered.settled:
            assert not isinstance(self._target, FileTarget)
            if known != remembered.fingerprint:
                findings = merged(findings, desired.when_empty.values())
            if not remembered.waits:
                return Change(ChangeKind.UNCHANGED, person, findings=findings, source_fingerprint=trace)
            if (held := await self._target.read(remembered.target_id)) is not None:
                findings = merged(findings, held.waiting)
                return Change(ChangeKind.UNCHANGED, person, findings=findings, source_fingerprint=trace)
        found = match(employee, await self._target_index(), remembered, resolution)
        if found.conflict is not None:
            others = tuple(item for item in findings if item.code != found.conflict.code)
            kind = kind_of(found.conflict, found.lookalikes)
            return Change(kind, person, findings=(found.conflict, *others), lookalikes=found.lookalikes)
        if found.person is None:
            return self._create(person, found, desired, findings, trace)
        return self._update(replace(person, target_id=found.person.id), found, desired, findings, trace)

    def _create(
        self, person: Person, found: Match, desired: Desired, findings: tuple[Finding, ...], trace: str
    ) -> Change:
        new = difference(desired.record, None, self._target.fields)
        person = replace(person, target_id=None)
        findings = merged(findings, self._arrivals.on_person(desired, new.new_parts))
        if any(item.severity is Severity.BLOCKING for item in findings):
            return Change(ChangeKind.BLOCKED, person, findings=findings, lookalikes=found.accepted)
        made = (new.fields, new.new_parts, findings, found.accepted)
        return Change(ChangeKind.CREATE, person, *made, source_fingerprint=trace)

    def _update(
        self, person: Person, found: Match, desired: Desired, findings: tuple[Finding, ...], trace: str
    ) -> Change:
        assert found.person is not None
        held = found.person.record
        findings = merged(findings, (*found.person.waiting, *leftovers(desired, held, self._request.today)))
        remembered = self._request.memory.get(person.source_id)
        wrote = self._traces.wrote(remembered.fingerprint) if remembered else None
        keep = NUMBER_FIELDS if found.linked else frozenset[str]()
        what = difference(desired.record, held, self._target.fields, wrote=wrote, keep=keep, today=self._request.today)
        if clash := clashing_start(desired.record, held, what.new_parts):
            start = finding("employment.start_in_target", ours=clash[0], theirs=clash[1])
            return Change(ChangeKind.BLOCKED, person, findings=(start, *findings))
        findings = merged(findings, self._arrivals.on_parts(desired, what.new_parts))
        if any(item.severity is Severity.BLOCKING and item.code != "number.missing" for item in findings):
            return Change(ChangeKind.BLOCKED, person, findings=findings)
        findings = merged(findings, (finding("pay.rate_kept", field=name) for name in what.kept))
        fields = what.fields
        if not self._request.restore_drift:
            fields = tuple(change for change in fields if change not in what.drift)
        kind = ChangeKind.UPDATE if fields or what.new_parts else ChangeKind.UNCHANGED
        basis = self._traces.base_version(held) if kind is ChangeKind.UPDATE else ""
        return Change(kind, person, fields, what.new_parts, findings, (), what.drift, basis, trace)

    async def _is_in_target(self, employee: Employee) -> bool:
        """Whether somebody who left before we knew them has the number of a person there; a delta run does not ask."""
        if not self._request.full or self._ledger is not None:
            return False
        return bool((await self._target_index()).by_number(employee.number))

    async def _target_index(self) -> TargetIndex:
        assert not isinstance(self._target, FileTarget)
        if self._index is None:
            if self._indexing is None:
                self._indexing = asyncio.create_task(self._read_target())
            try:
                self._index = await self._indexing
            except Exception as error:
                self._unread = error  # it hits everyone, whoever met it first
                raise
        return self._index

    async def _read_target(self) -> TargetIndex:
        assert not isinstance(self._target, FileTarget)
        index = TargetIndex()
        async for page in self._target.people():
            for place, person in enumerate(page):
                await breathe(place)
                index.add(person)
            await self._progress("reading_target", len(index), None)
        return index

    async def _report_missing(self) -> None:
        """People whom we have synced, or who were chosen by name, and whom the source no longer gives us."""
        expected = set(self._request.memory)
        wanted = self._wanted()
        if wanted is not None:
            expected = (expected & wanted) | wanted
        elif self._request.only is not None:
            expected &= self._request.only
        for place, source_id in enumerate(sorted(expected - self._seen)):
            await breathe(place)
            known = self._request.memory.get(source_id)
            number = known.number if known else ""
            person = Person(source_id, number, number or source_id, known.target_id if known else None)
            self._roster.add(_skip(person, finding("source.gone")))

    def _header(self, made_at: datetime, scope_people: int) -> PlanSummary:
        tally = self._roster.tally
        return PlanSummary(
            made_at=made_at,
            scope=self._request.scope,
            full=self._request.full,
            counts={kind: count for kind, count in sorted(tally.counts.items()) if count},
            source_people=self._source_people,
            scope_people=scope_people,
            target_people=len(self._index) if self._index is not None else None,
            matched_people=tally.matched,
            overwrites={name: count for name, count in sorted(tally.overwrites.items()) if count},
            leavers=tally.leavers,
            drifted=tally.drifted,
            warnings=tally.warnings,
            code=self._code,
        )


def _skip(person: Person, *findings: Finding) -> Change:
    return Change(ChangeKind.SKIP, person, findings=findings)
