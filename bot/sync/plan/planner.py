"""Compare everyone in scope with the target and say, person by person, what a run will do. Nothing is written.

Source and target are read page by page; `bot.sync.plan.comparer` holds one against the other. Unless the comparison is
a full one, the source gives only those people whole who are not recognised (`bot.sync.compare.change_detection`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import structlog

from bot.core.log_config import id_of
from bot.domain.change import Change, ChangeKind, Person
from bot.domain.employee import Employee, EmployeeState
from bot.domain.findings import Finding
from bot.domain.scope import Parents, ScopeKind, department_parents
from bot.providers.errors import ErrorScope, ProviderError
from bot.providers.kit.concurrency import cancel_and_wait
from bot.providers.kit.prefetch import buffered, prefetch
from bot.providers.protocol import Desired, FileTarget, Source, Target, takes_files
from bot.providers.shown_people import ShownEmployee, ShowsEmployees
from bot.sync.checks import CheckContext, Duplicates, check, has_left, merged
from bot.sync.checks.duplicates import marks_of
from bot.sync.checks.findings import finding
from bot.sync.compare.change_detection import ChangeDetection
from bot.sync.compare.code_version import code_version
from bot.sync.compare.fingerprints import Fingerprinter, SyncedPerson
from bot.sync.compare.incremental import IncrementalFilter, Seen
from bot.sync.compare.match import MatchDecision, Resolution
from bot.sync.compressed import CompressedChanges
from bot.sync.plan.comparer import Subject, blocked_by, comparer_for
from bot.sync.plan.plan_summary import PlanSummary
from bot.sync.plan.request import PlanRequest
from bot.sync.plan.roster import Roster, breathe
from bot.sync.plan.verdicts import Kept, VerdictBook, VerdictStore

log = structlog.get_logger(__name__)

Progress = Callable[[str, int, int | None], Awaitable[None]]
"""Told the stage (`STAGES`), how many people are done, and of how many, if that is known."""

SHOWN_AHEAD = 8
"""Pages of the source that wait for the target, at some megabytes each."""

STAGES = ("planning", "reading_target")


@dataclass(frozen=True, slots=True)
class Plan:
    """Every person's change, in the order in which the source gave them, and the sums. Do not log: it holds pay.

    `outside` are traces of people outside the scope, who have no change but may turn out to be somebody's double: new
    ones by source id, "" for one that is to be forgotten. `remarks` are what the target's own look beforehand found:
    about nobody, and nothing that would stop a run.
    """

    header: PlanSummary
    changes: CompressedChanges = field(repr=False)
    outside: Mapping[str, str] = field(default_factory=dict, repr=False)
    remarks: tuple[Finding, ...] = ()


async def no_progress(stage: str, done: int, total: int | None) -> None:
    """For a caller who does not watch."""


async def make_plan(
    source: Source,
    target: Target | FileTarget,
    request: PlanRequest,
    progress: Progress = no_progress,
    verdicts: VerdictStore | None = None,
) -> Plan:
    """Read both systems and make the plan. Raises the `ProviderError`s of either.

    With `verdicts`, a full comparison of everybody passes over those who are as they were in both systems.
    """
    code = await asyncio.to_thread(code_version, type(source), type(target))
    return await _Planner(source, target, request, progress, code, verdicts).run()


class _Planner:
    """One planning, from the first page to the sums."""

    def __init__(
        self,
        source: Source,
        target: Target | FileTarget,
        request: PlanRequest,
        progress: Progress,
        code: str,
        verdicts: VerdictStore | None,
    ) -> None:
        self._source, self._target, self._request, self._progress = source, target, request, progress
        self._code = code
        whole = request.full and not request.redeliver and request.only is None and not takes_files(target)
        self._verdicts = verdicts if whole else None
        self._shows = source if self._verdicts is not None and isinstance(source, ShowsEmployees) else None
        self._book: VerdictBook | None = None
        self._joined = {
            answer.target_id: source_id
            for source_id, answer in request.resolutions.items()
            if answer.decision is MatchDecision.SAME and answer.target_id is not None
        }
        self._traces = Fingerprinter(request.fingerprint)
        self._comparer = comparer_for(target, request, self._traces, self._target_read)
        self._context = CheckContext(today=request.today, environment=request.environment, countries=request.countries)
        self._roster, self._duplicates = Roster(), Duplicates(self._traces.value_digest)
        self._passing = self._passing_by(None, {})
        self._seen: set[str] = set()
        self._source_people = 0
        self._remarks: Sequence[Finding] = ()

    async def run(self) -> Plan:
        request = self._request
        made_at = request.made_at or datetime.now(UTC)
        wanted = self._wanted()
        async with self._reading() as prepared, aclosing(self._ahead(wanted, prepared)) as pages:
            async for page in pages:
                await prepared
                if self._book is not None and page:
                    await self._book.open([seen.source_id for seen in page])
                for seen in page:
                    await self._take_alone(seen)
                    await breathe(self._source_people)
                if self._book is not None and page:
                    await self._book.close()
                await self._progress("planning", self._source_people, len(wanted) if wanted is not None else None)
        if wanted is None:
            self._passing.forget_outside(self._seen)
        if self._book is not None:
            await self._book.finish()
        await self._roster.settle_duplicates(self._duplicates, request.resolutions)
        await self._roster.settle_claims()
        scope_people = len(self._roster.changes)
        await self._report_missing()
        return Plan(
            self._header(made_at, scope_people), self._roster.changes, self._passing.outside, tuple(self._remarks)
        )

    def _ahead(
        self, wanted: frozenset[str] | None, prepared: asyncio.Task[None]
    ) -> AsyncGenerator[Sequence[Seen | ShownEmployee], None]:
        """The pages of the source, read on while the target is read: who is not understood yet takes little room."""
        pages = self._pages(wanted, prepared)
        return buffered(pages, SHOWN_AHEAD) if self._shows else prefetch(pages)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[asyncio.Task[None]]:
        """Have everything read beside the source that can be: what is needed before anybody, and in a full run the
        whole target. Nothing of it goes on when the plan is made, or fails."""
        prepared = asyncio.create_task(self._prepare())
        try:
            yield prepared
        finally:
            try:
                await cancel_and_wait(prepared)
            finally:
                await self._comparer.close()

    async def _prepare(self) -> None:
        request = self._request
        if request.full:
            self._comparer.read_ahead()
        if request.preflight:
            self._remarks = await self._target.preflight()
        parents: Parents = {}
        if request.scope.kind is ScopeKind.DEPARTMENTS:
            parents = department_parents(await self._source.departments(counted=False))
        self._passing = self._passing_by(await self._target.reference_data_version(), parents)

    async def _pages(
        self, wanted: frozenset[str] | None, prepared: asyncio.Task[None]
    ) -> AsyncGenerator[Sequence[Seen | ShownEmployee], None]:
        """The people of the source: whole, or in an incremental read only the state of those who are recognised."""
        if self._shows is not None:
            async for shown in self._shows.shown(wanted):
                yield shown
            return
        if self._request.full or self._request.redeliver:
            async for people in self._source.employees(wanted):
                yield people
            return

        async def as_before(seen: EmployeeState) -> bool:
            await prepared
            return self._passing.as_before(seen)

        async for page in self._source.changes(wanted, as_before):
            yield page

    def _passing_by(self, lists: str | None, parents: Parents) -> IncrementalFilter:
        request = self._request
        ground = {
            "code": self._code,
            "settings": sorted(request.settings.items()),
            "environment": request.environment,
            "countries": request.countries,
            "lists": lists or "",
        }
        recognition = ChangeDetection(self._traces, ground, request.today)
        if lists is not None and self._verdicts is not None and self._shows is not None:
            self._book = VerdictBook(self._verdicts, self._traces, request, recognition.ground)
        return IncrementalFilter(request, self._traces, recognition, self._comparer.holds, parents)

    def _wanted(self) -> frozenset[str] | None:
        ids, only = self._request.scope.source_ids(), self._request.only
        if only is None:
            return ids
        return only if ids is None else ids & only

    async def _take_alone(self, shown: Seen | ShownEmployee) -> None:
        """Take in a person. What one person's data raises stops them alone; what would hit everyone is raised."""
        seen = shown.state if isinstance(shown, ShownEmployee) else shown
        try:
            await self._take(shown)
        except ProviderError as error:
            if error.scope is ErrorScope.RUN:
                raise
            self._stop(seen, replace(finding("target.rejected"), verbatim=error.verbatim))
        except Exception as error:
            if self._comparer.unread is not None:
                raise
            # The exception's own words may hold personal data: not logged.
            log.error("plan_failed_unexpectedly", error=type(error).__name__, source_id=id_of(seen.source_id))
            self._stop(seen, finding("person.unexpected"))

    def _stop(self, seen: Seen, why: Finding) -> None:
        if not self._roster.stop(seen.source_id, why):
            self._roster.add(Change(ChangeKind.BLOCKED, self._passing.person(seen), findings=(why,)))

    async def _take(self, shown: Seen | ShownEmployee) -> None:
        if shown.source_id in self._seen:
            return  # a page shifted while it was read
        self._seen.add(shown.source_id)
        self._source_people += 1
        passing = self._passing
        kept: Kept | None = None
        if isinstance(shown, ShownEmployee):
            kept = await self._kept(shown.state)
            seen: Seen = (
                shown.state if kept is not None or await self._left_unknown(shown.state) else shown.understood()
            )
        else:
            seen = shown
        left = has_left(seen, self._request.today)
        # First of all: whatever the rest raises, nobody is to be taken for the only one of their kind.
        if isinstance(seen, EmployeeState):
            marks = kept.marks if kept is not None else passing.marks(seen)
            self._duplicates.add_marks(seen.source_id, marks, left=left)
        else:
            self._duplicates.add(seen, left=left)
        if passing.selects(seen):
            if left and self._gives_way(seen.source_id):
                change = _skip(passing.person(seen), finding("duplicate.former_joined"))
            elif kept is not None:
                change = kept.change
            elif isinstance(seen, EmployeeState):
                change = passing.change(seen)
            else:
                change = await self._change(seen, shown.state if isinstance(shown, ShownEmployee) else None, left=left)
            self._roster.add(change)
        elif not passing.in_scope(seen) and not left:
            if seen.source_id in self._request.memory:
                self._roster.add(_skip(passing.person(seen), finding("scope.left")))
            if isinstance(seen, Employee):
                passing.note_outside(seen)

    async def _kept(self, seen: EmployeeState) -> Kept | None:
        """What the last comparison has said of somebody, if it would say the same again."""
        if self._book is None or not self._passing.selects(seen):
            return None
        held = await self._comparer.held(seen.source_id, seen.summary.number)
        return self._book.recall(seen, held, self._passing.person(seen))

    async def _left_unknown(self, seen: EmployeeState) -> bool:
        """Whether nothing is made of somebody, as they left before we knew them and the target does not."""
        if seen.source_id in self._request.memory or not has_left(seen, self._request.today):
            return False
        return not await self._comparer.has_number(seen.summary.number)

    def _gives_way(self, source_id: str) -> bool:
        """Whether a human has said that somebody else of the source is the person whom this record led to."""
        known = self._request.memory.get(source_id)
        holder = source_id if known is None else self._joined.get(known.target_id, source_id)
        return holder != source_id

    async def _change(self, employee: Employee, shown: EmployeeState | None, *, left: bool) -> Change:
        request = self._request
        remembered = request.memory.get(employee.source_id)
        resolution = request.resolutions.get(employee.source_id)
        person = self._passing.person(employee)
        if why := await self._skip_reason(employee, remembered, resolution, left=left):
            return _skip(person, why)
        desired = await self._target.desired(employee, request.settings, request.today)
        findings = self._findings(employee, desired, resolution)
        if blocked_by(findings):
            return Change(ChangeKind.BLOCKED, person, findings=findings)
        subject = Subject(
            employee=employee,
            person=person,
            desired=desired,
            findings=findings,
            remembered=remembered,
            resolution=resolution,
        )
        change = await self._comparer.unchanged(subject) or await self._comparer.compare(subject)
        if change.source_fingerprint:
            change = replace(change, trace=self._passing.look(employee))
        if shown is not None and self._book is not None and change.kind is ChangeKind.UNCHANGED:
            held = await self._comparer.held(employee.source_id, employee.number)
            until = await self._comparer.holds_until(subject, change)
            self._book.note(shown, held, change, until, marks_of(employee, self._traces.value_digest))
        return change

    async def _skip_reason(
        self, employee: Employee, remembered: SyncedPerson | None, resolution: Resolution | None, *, left: bool
    ) -> Finding | None:
        """Why nothing is made of somebody, whatever the target should hold of them."""
        if resolution is not None and resolution.decision is MatchDecision.SKIP:
            return finding("number.skipped_by_choice")
        if left and remembered is None and not await self._comparer.has_number(employee.number):
            return finding("person.left")
        return None

    def _findings(self, employee: Employee, desired: Desired, resolution: Resolution | None) -> tuple[Finding, ...]:
        """What the checks and the target say; whom a human has linked needs no number."""
        findings = merged(check(employee, self._context), desired.findings)
        if resolution is not None and resolution.decision is MatchDecision.SAME:
            findings = tuple(item for item in findings if item.code != "number.missing")
        return findings

    async def _target_read(self, people: int) -> None:
        await self._progress("reading_target", people, None)

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
            target_people=self._comparer.target_people,
            matched_people=tally.matched,
            overwrites={name: count for name, count in sorted(tally.overwrites.items()) if count},
            leavers=tally.leavers,
            drifted=tally.drifted,
            warnings=tally.warnings,
            improbable_pay=tally.improbable_pay,
            code=self._code,
        )


def _skip(person: Person, *findings: Finding) -> Change:
    return Change(ChangeKind.SKIP, person, findings=findings)
