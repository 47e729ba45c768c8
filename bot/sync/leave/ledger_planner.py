"""What is to be done under each key: wanted, delivered and found held against each other. Pure.

Wanted is what the source says, delivered what the ledger remembers, found what the target shows. A target that cannot
be read is taken to hold what was delivered. Nothing that a person wrote in the target is overwritten or deleted, and a
day that is closed is left alone and told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bot.domain.leave import LeaveSnapshot, LeaveWindow
from bot.domain.leave_delivery import ClosedDays, CloseReason, DayKey, RowReference, TargetDay, WantedDay
from bot.domain.leave_ledger import LedgerEntry, LedgerState
from bot.sync.leave.day_plan import ConflictKind, DayPlan, DayStep, StepKind
from bot.sync.leave.ledger_keys import LedgerKeys
from bot.sync.leave.normal_days import ENTRY, NormalLeave, Withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanScope:
    """What the plan is about. `people` are those in scope; `reads` tells whether `found` shows what the target has.

    `try_closed` writes on closed days as well: the target takes corrections there, and a person has approved.
    `withdraw_released` takes back days that have left the scope, as a person has asked. `last_run` is the run before
    this one: what it took back and did not replace was left half done.
    """

    window: LeaveWindow
    people: Collection[str]
    closed: ClosedDays = field(default_factory=ClosedDays)
    reads: bool = True
    try_closed: bool = False
    withdraw_released: bool = False
    last_run: str | None = None


def plan_days(
    wanted: Mapping[DayKey, WantedDay],
    ledger: Iterable[LedgerEntry],
    found: Iterable[TargetDay],
    normal: NormalLeave,
    snapshot: LeaveSnapshot,
    keys: LedgerKeys,
    scope: PlanScope,
) -> DayPlan:
    """Hold the three against each other. `ledger` has the latest entry of each key whose day is in the window."""
    return _DayPlanner(normal, snapshot, keys, scope).run(wanted, ledger, found)


class _DayPlanner:
    def __init__(self, normal: NormalLeave, snapshot: LeaveSnapshot, keys: LedgerKeys, scope: PlanScope) -> None:
        self._normal, self._snapshot, self._keys, self._scope = normal, snapshot, keys, scope
        self._steps: list[DayStep] = []
        self._unchanged = 0

    def run(
        self, wanted: Mapping[DayKey, WantedDay], ledger: Iterable[LedgerEntry], found: Iterable[TargetDay]
    ) -> DayPlan:
        entries = {entry.key: entry for entry in ledger if entry.day in self._scope.window}
        rows: dict[DayKey, list[TargetDay]] = {}
        for row in found:
            rows.setdefault(row.key, []).append(row)
        delivered_rows: Counter[str] = Counter()
        hours: dict[str, Decimal] = {}
        delivered = 0
        hashes = [self._keys.day(key) for key in wanted]
        still_wanted = frozenset(hashes)
        # Taken away by the run before, for something else: what is still wanted was never written.
        half_done = {
            (entry.employee_id, entry.day)
            for entry in entries.values()
            if entry.state is LedgerState.WITHDRAWN
            and entry.run_id == self._scope.last_run
            and entry.key not in still_wanted
        }
        for (key, day), hashed in zip(wanted.items(), hashes, strict=True):
            entry = entries.pop(hashed, None)
            if entry is not None and entry.state in _OURS:
                delivered_rows[key.code] += 1
                delivered += 1
            hours[key.code] = hours.get(key.code, Decimal(0)) + day.hours
            self._wanted(key, hashed, day, entry, rows.get(key, ()), (key.employee_id, key.day) in half_done)
        for entry in entries.values():
            if entry.state is LedgerState.WITHDRAWN:
                continue
            detail = entry.detail()
            key = DayKey(entry.employee_id, entry.day, detail.code, detail.child)
            if entry.state in _OURS:
                delivered_rows[key.code] += 1
                delivered += 1
            self._unwanted(key, entry, rows.get(key, ()))
        self._steps.sort(key=step_order)
        return DayPlan(
            steps=self._steps,
            unchanged=self._unchanged,
            delivered=delivered,
            wanted=len(wanted),
            wanted_hours=hours,
            delivered_rows=delivered_rows,
        )

    def _wanted(
        self,
        key: DayKey,
        hashed: str,
        day: WantedDay,
        entry: LedgerEntry | None,
        rows: Sequence[TargetDay],
        half_done: bool,
    ) -> None:
        content = self._keys.content(hashed, key.code, key.child, day.hours)
        view = self._view(key, hashed, entry, rows, (day.hours, content))
        made = _Made(key, hashed, day, content, entry, half_done=half_done)
        parked = entry is not None and entry.state is LedgerState.PARKED
        if entry is not None and parked and entry.content == content:
            self._add(made.step(StepKind.PARKED, old=view.hours))
            return
        if view.conflict is not None:
            self._add(made.step(StepKind.CONFLICT, old=view.hours, reason=view.conflict))
            return
        if parked:
            reason = ConflictKind.EDITED if rows else ConflictKind.REMOVED
            self._add(made.step(StepKind.CONFLICT, old=view.hours, reason=reason.value))
            return
        if not view.ours:
            if view.row is None:
                self._write(made, StepKind.CREATE, view)
            elif view.found == content:
                self._add(made.step(StepKind.ADOPT, old=view.hours, row=view.row.row))
            else:
                self._add(made.step(StepKind.CONFLICT, old=view.hours, reason=ConflictKind.SOMEONE_ELSES))
            return
        self._ours(made, view)

    def _ours(self, made: _Made, view: _View) -> None:
        """A day that was delivered and is still wanted."""
        entry, day = made.entry, made.day
        assert entry is not None
        assert day is not None
        if self._scope.reads and view.row is None:
            self._add(made.step(StepKind.CONFLICT, reason=ConflictKind.REMOVED))
        elif view.found == made.content:
            settled = view.delivered == made.content and entry.state in _OURS
            if not settled or _other_row(entry, view.row):
                kind = StepKind.SETTLE if entry.state is LedgerState.UNKNOWN else StepKind.ADOPT
                self._add(made.step(kind, old=view.hours, row=view.reference(entry)))
            elif entry.contributors != day.contributors:
                self._add(made.step(StepKind.RELINK, old=view.hours, row=view.reference(entry)))
            else:
                self._unchanged += 1
        elif view.found != view.delivered or _other_row(entry, view.row):
            self._add(made.step(StepKind.CONFLICT, old=view.hours, reason=ConflictKind.EDITED))
        elif waits := self._waits(entry):
            self._add(made.step(StepKind.HELD, old=view.hours, reason=waits))
        else:
            self._write(made, StepKind.UPDATE, view)

    def _unwanted(self, key: DayKey, entry: LedgerEntry, rows: Sequence[TargetDay]) -> None:
        """A day that was delivered and is not wanted any more."""
        if entry.state is LedgerState.PARKED:
            return
        made = _Made(key, entry.key, None, "", entry)
        in_scope = key.employee_id in self._scope.people
        if entry.state is LedgerState.RELEASED and not self._scope.withdraw_released:
            return
        view = self._view(key, entry.key, entry, rows)
        if view.conflict is not None:
            self._add(made.step(StepKind.CONFLICT, old=view.hours, reason=view.conflict))
            return
        if not view.ours:
            # A write that was begun and never made: nothing of ours is there, whoever's row may be.
            self._add(made.step(StepKind.FORGET))
            return
        unrouted = any((key.employee_id, key.day, parent) in self._normal.unrouted for parent in entry.contributors)
        if entry.state is not LedgerState.RELEASED and (not in_scope or unrouted):
            self._add(
                made.step(
                    StepKind.RELEASE, old=view.hours, new=view.hours, before=view.delivered, row=view.reference(entry)
                )
            )
            return
        if in_scope and not unrouted and (waits := self._waits(entry)):
            self._add(made.step(StepKind.HELD, old=view.hours, new=view.hours, reason=waits))
            return
        if self._scope.reads and view.row is None:
            self._add(made.step(StepKind.FORGET, old=view.hours))
        elif view.found != view.delivered or _other_row(entry, view.row):
            self._add(made.step(StepKind.CONFLICT, old=view.hours, reason=ConflictKind.EDITED))
        else:
            self._write(made, StepKind.DELETE, view)

    def _view(
        self,
        key: DayKey,
        hashed: str,
        entry: LedgerEntry | None,
        rows: Sequence[TargetDay],
        wanted: tuple[Decimal, str] | None = None,
    ) -> _View:
        """What the target has and what we delivered, with a write of unknown outcome settled by what is there."""
        row = _row_of(entry, rows)
        if row is None and rows:
            hours = sum((each.hours for each in rows), Decimal(0))
            return _View(hours=hours, conflict=ConflictKind.SEVERAL_ROWS)
        hours = row.hours if row is not None else Decimal(0)
        # Nearly every row is as it should be: its hash is the one that was made of what is wanted.
        known = wanted is not None and wanted[0] == hours
        found = wanted[1] if wanted is not None and known else self._keys.content(hashed, key.code, key.child, hours)
        if entry is None or entry.state in _NOT_OURS:
            return _View(row=row, found=found, hours=hours)
        if entry.state is not LedgerState.UNKNOWN:
            if not self._scope.reads:
                hours = entry.detail().hours
                return _View(found=entry.content, delivered=entry.content, hours=hours, ours=bool(entry.content))
            return _View(row=row, found=found, delivered=entry.content, hours=hours, ours=True)
        if not self._scope.reads:
            return _View(conflict=ConflictKind.UNKNOWN_OUTCOME)
        if found == entry.content:
            return _View(row=row, found=found, delivered=found, hours=hours, ours=bool(found))
        # What was begun was not done: what stood there before still holds, and so does what holds of it.
        return _View(row=row, found=found, delivered=entry.before, hours=hours, ours=bool(entry.before))

    def _waits(self, entry: LedgerEntry) -> str | None:
        """Why a delivered day is left as it is: somebody has to decide first, or what was read does not tell enough."""
        address = (entry.employee_id, entry.day)
        withheld = self._normal.withheld.get(address) or self._normal.withheld_people.get(entry.employee_id)
        if withheld is not None:
            return withheld.value
        if self._normal.nothing_back:
            return Withheld.UNREADABLE.value
        if any(parent in self._normal.undecided for parent in entry.contributors):
            return Withheld.PENDING.value
        for parent in entry.contributors:
            known = parent.startswith(ENTRY) or parent in self._snapshot.leaves or parent in self._snapshot.gone
            if not known:
                return Withheld.PARENT_UNKNOWN.value
        return None

    def _write(self, made: _Made, kind: StepKind, view: _View) -> None:
        closed = self._closed(made.key, view.row)
        if closed is not None and not self._scope.try_closed:
            self._add(made.step(StepKind.HELD, old=view.hours, reason=closed.value))
            return
        row = view.reference(made.entry) if kind is not StepKind.CREATE else None
        self._add(made.step(kind, old=view.hours, before=view.delivered, row=row, reason=closed and closed.value))

    def _closed(self, key: DayKey, row: TargetDay | None) -> CloseReason | None:
        if row is not None and row.locked:
            return CloseReason.ROW
        return self._scope.closed.reason(key.employee_id, key.day)

    def _add(self, step: DayStep) -> None:
        self._steps.append(step)


@dataclass(frozen=True, slots=True)
class _View:
    """`ours`: something of ours stands there, as far as the ledger knows. `found` is "" where nothing is."""

    row: TargetDay | None = None
    found: str = ""
    delivered: str = ""
    hours: Decimal = Decimal(0)
    ours: bool = False
    conflict: ConflictKind | None = None

    def reference(self, entry: LedgerEntry | None) -> RowReference | None:
        """The row as it was read; what the ledger knows of it where the target is not read."""
        if self.row is not None:
            return self.row.row
        return entry.row if entry is not None else None


class _Made:
    """What all steps under one key have in common."""

    __slots__ = ("content", "day", "entry", "half_done", "hashed", "key")

    def __init__(
        self,
        key: DayKey,
        hashed: str,
        day: WantedDay | None,
        content: str,
        entry: LedgerEntry | None,
        *,
        half_done: bool = False,
    ) -> None:
        self.key, self.hashed, self.day, self.content, self.entry = key, hashed, day, content, entry
        self.half_done = half_done and (entry is None or entry.state is LedgerState.WITHDRAWN)

    def step(
        self,
        kind: StepKind,
        *,
        old: Decimal = Decimal(0),
        new: Decimal | None = None,
        before: str = "",
        row: RowReference | None = None,
        reason: str | None = None,
    ) -> DayStep:
        """A step of a kind; the new hours are the wanted ones unless others are given."""
        wanted = self.day.hours if self.day is not None else Decimal(0)
        parents = self.day.contributors if self.day is not None else self.entry.contributors if self.entry else ()
        return DayStep(
            kind=kind,
            key=self.key,
            hash=self.hashed,
            old=old,
            new=wanted if new is None else new,
            content=self.content,
            before=before,
            entry=self.entry,
            row=row,
            contributors=parents,
            scheduled=self.day.scheduled if self.day is not None else None,
            reason=reason,
            half_done=self.half_done and kind is StepKind.CREATE,
        )


_OURS = frozenset({LedgerState.DELIVERED, LedgerState.CLOSED})
_NOT_OURS = frozenset({LedgerState.WITHDRAWN, LedgerState.PARKED})
_ORDER = {StepKind.DELETE: 0, StepKind.UPDATE: 1, StepKind.CREATE: 2}


def step_order(step: DayStep) -> tuple[str, int, date, str]:
    """By person; deletes, then updates, then creates: no cap is passed, and no key is taken twice."""
    return step.key.employee_id, _ORDER.get(step.kind, 3), step.key.day, step.hash


def _row_of(entry: LedgerEntry | None, rows: Sequence[TargetDay]) -> TargetDay | None:
    """The row that counts: the only one, or of several that which the ledger names."""
    if len(rows) == 1:
        return rows[0]
    if entry is None or entry.row is None:
        return None
    return next((row for row in rows if row.row.target_id == entry.row.target_id), None)


def _other_row(entry: LedgerEntry, row: TargetDay | None) -> bool:
    """Whether the row is another than the one that we made."""
    return row is not None and entry.row is not None and row.row.target_id != entry.row.target_id
