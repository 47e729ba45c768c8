"""Leaves of absence: which are made, changed, or put before a person. Pure.

What was sent there may have reached the authorities, so nothing is taken back without a person's answer: it ends on the
day on which it began.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.domain.leave import LeaveSnapshot
from bot.domain.leave_delivery import PeriodKey, RowReference, TargetPeriod, WantedPeriod
from bot.domain.leave_ledger import HELD_BY_TARGET, LedgerDetail, LedgerEntry, LedgerState
from bot.sync.leave.day_plan import ConflictKind, StepKind, mark_of
from bot.sync.leave.ledger_entries import KnownDetail
from bot.sync.leave.ledger_keys import LedgerKeys
from bot.sync.leave.normal_days import NormalLeave, Withheld
from bot.sync.leave.wanted_days import LeaveRun, period_of_run


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodStep:
    """What is done about one leave of absence. `wanted` is None where it is not wanted any more, `there` what the
    target shows. `ends` lets one that was withdrawn end on its first day, as a person has asked."""

    kind: StepKind
    key: PeriodKey
    hash: str
    employee_id: str
    wanted: WantedPeriod | None = None
    entry: LedgerEntry | None = None
    row: RowReference | None = None
    content: str = ""
    before: str = ""
    reason: str | None = None
    began: bool = False
    there: TargetPeriod | None = None
    ends: bool = False

    @property
    def moves_end(self) -> bool:
        """Whether nothing but a last day differs there: it alone can be brought into step. An end is not taken away."""
        wanted, there = self.wanted, self.there
        if wanted is None or there is None or wanted.last is None or there.last == wanted.last:
            return False
        return (there.code, there.first, there.percent) == (wanted.code, wanted.first, wanted.percent)

    @property
    def mark(self) -> str:
        """Another text as soon as the step would do anything else."""
        return mark_of(self.kind, self.hash, self.before, self.content)

    @property
    def sequence(self) -> int:
        """The number of the next entry under the key; one more once the write has `began`."""
        return (self.entry.sequence if self.entry is not None else 0) + 1 + self.began

    def made(self, run_id: str, state: LedgerState, row: RowReference | None, *, undone: bool = False) -> LedgerEntry:
        """An entry for the ledger: an intent (UNKNOWN), what came of it, or that nothing did."""
        wanted = self.wanted
        detail = LedgerDetail(code="")
        if undone and self.entry is not None:
            detail = self.entry.detail()
        elif wanted is not None:
            detail = LedgerDetail(code=wanted.code, last=wanted.last, percent=wanted.percent)
        return LedgerEntry(
            key=self.hash,
            employee_id=self.employee_id,
            day=wanted.first if wanted is not None else self.entry.day if self.entry is not None else date.min,
            content=self.before if undone else self.content,
            sequence=self.sequence,
            state=state,
            run_id=run_id,
            row=row,
            before=self.before,
            contributors=(self.key.leave_id,),
            period=self.key.reference,
            detail=KnownDetail(detail),
        )


def plan_periods(
    runs: Mapping[str, Sequence[LeaveRun]],
    ledger: Iterable[LedgerEntry],
    found: Iterable[TargetPeriod],
    normal: NormalLeave,
    snapshot: LeaveSnapshot,
    keys: LedgerKeys,
    people: frozenset[str],
    *,
    deletes: bool = False,
) -> tuple[Sequence[PeriodStep], int]:
    """Steps, and how many leaves of absence are unchanged. `ledger` has the latest entry of each period key.

    `deletes`: the target lets one be taken away. Where it does not, one that is not shown is not forgotten.
    A leave that began before what was read goes on in its latest part: earlier parts are left alone.
    """
    delivered = {entry.key: entry for entry in ledger}
    by_leave: dict[str, list[LedgerEntry]] = {}
    for entry in delivered.values():
        if entry.state is not LedgerState.WITHDRAWN:
            by_leave.setdefault(entry.contributors[0], []).append(entry)
    rows = {(row.employee_id, row.reference): row for row in found if row.reference}
    steps: list[PeriodStep] = []
    unchanged = 0
    for leave_id, of_leave in runs.items():
        if leave_id in normal.incomplete or (normal.nothing_back and leave_id in by_leave):
            continue
        known = sorted(by_leave.pop(leave_id, []), key=_day)
        untouched, wanted = _parts(of_leave, known, snapshot)
        others = {at for at, run in enumerate(of_leave) if not run.ours}
        for entry in known[:untouched]:
            delivered.pop(entry.key, None)
        for at, period in enumerate(wanted):
            hashed = keys.period(period.key)
            if at in others and hashed not in delivered:
                continue
            step = _step(period, hashed, delivered.pop(hashed, None), rows, keys)
            if step is None:
                unchanged += 1
            else:
                steps.append(step)
    unrouted = frozenset(parent for _, _, parent in normal.unrouted)
    steps += [
        step
        for entry in delivered.values()
        if (step := _unwanted(entry, rows, normal, snapshot, keys, people, unrouted, deletes=deletes)) is not None
    ]
    return steps, unchanged


def _parts(
    runs: Sequence[LeaveRun], known: Sequence[LedgerEntry], snapshot: LeaveSnapshot
) -> tuple[int, Sequence[WantedPeriod]]:
    """How many delivered parts lie before what was read, and the wanted ones after them."""
    first = runs[0].first
    before = earlier = 0
    if first is None:
        began = [entry for entry in known if entry.day < snapshot.window.first]
        before = max(len(began) - 1, 0)
        # Earlier parts may be another integration's: then the ledger has none of them, and numbers go on all the same.
        earlier = part_of(began[-1].period) - 1 if began else 0
        leave = snapshot.leaves.get(runs[0].leave_id)
        first = began[-1].day if began else leave.first_day if leave is not None else snapshot.window.first
        # Where it was never sent, it begins with the employment that it lies in now.
        first = max(first, runs[0].earliest or first)
    wanted: list[WantedPeriod] = []
    for at, run in enumerate(runs):
        key = PeriodKey(run.leave_id, part=earlier + at + 1)
        wanted.append(period_of_run(run, key, first if at == 0 else run.first or first))
    return before, wanted


def _step(
    period: WantedPeriod,
    hashed: str,
    entry: LedgerEntry | None,
    rows: Mapping[tuple[str, str], TargetPeriod],
    keys: LedgerKeys,
) -> PeriodStep | None:
    row = rows.get((period.employee_id, period.key.reference))
    content = keys.period_content(period)
    there = _content(row, keys) if row is not None else ""
    delivered = "" if entry is None else entry.content
    if entry is not None and entry.state is LedgerState.UNKNOWN and there != entry.content:
        delivered = entry.before
    if entry is not None and entry.state is LedgerState.PARKED and entry.content == content:
        return None
    kind, reason = StepKind.CREATE, None
    if row is not None and there == content:
        if entry is not None and delivered == content and entry.state in HELD_BY_TARGET:
            return None
        kind = StepKind.ADOPT
    elif row is None and delivered:
        kind, reason = StepKind.CONFLICT, ConflictKind.REMOVED.value
    elif row is not None and not delivered:
        kind, reason = StepKind.CONFLICT, ConflictKind.SOMEONE_ELSES.value
    elif row is not None and there != delivered:
        kind, reason = StepKind.CONFLICT, ConflictKind.EDITED.value
    elif row is not None:
        kind = StepKind.UPDATE
    return PeriodStep(
        kind=kind,
        key=period.key,
        hash=hashed,
        employee_id=period.employee_id,
        wanted=period,
        entry=entry,
        row=row.row if row is not None else None,
        content=content,
        before=delivered,
        reason=reason,
        there=row,
    )


def _withheld(entry: LedgerEntry, normal: NormalLeave) -> Withheld | None:
    """Why one is left as it is, whatever was read of it."""
    if normal.nothing_back or entry.contributors[0] in normal.incomplete:
        return Withheld.UNREADABLE
    return normal.withheld_people.get(entry.employee_id)


def _unwanted(
    entry: LedgerEntry,
    rows: Mapping[tuple[str, str], TargetPeriod],
    normal: NormalLeave,
    snapshot: LeaveSnapshot,
    keys: LedgerKeys,
    people: frozenset[str],
    unrouted: frozenset[str],
    *,
    deletes: bool,
) -> PeriodStep | None:
    """One that was delivered and is not wanted: nothing where it lies before what was read."""
    leave_id = entry.contributors[0]
    if entry.state in (LedgerState.RELEASED, LedgerState.PARKED, LedgerState.WITHDRAWN):
        return None
    detail = entry.detail()
    leave = snapshot.leaves.get(leave_id)
    row = rows.get((entry.employee_id, entry.period))
    kind: StepKind = StepKind.CONFLICT
    reason: str | None = ConflictKind.WITHDRAWAL.value
    if entry.employee_id not in people or leave_id in unrouted:
        kind, reason = StepKind.RELEASE, None
    elif (why := _withheld(entry, normal)) is not None:
        kind, reason = StepKind.HELD, why.value
    elif leave_id in normal.undecided:
        kind, reason = StepKind.HELD, Withheld.PENDING.value
    elif row is None and (deletes or (entry.state is LedgerState.UNKNOWN and not entry.before)):
        kind, reason = StepKind.FORGET, None
    elif detail.last is not None and detail.last < snapshot.window.first:
        return None
    elif leave is None and leave_id not in snapshot.gone:
        kind, reason = StepKind.HELD, Withheld.PARENT_UNKNOWN.value
    elif row is None:
        # Nobody can have deleted it there, so it may only be hidden: the authorities may have it still.
        reason = ConflictKind.WITHDRAWN_UNSEEN.value
    elif row.first == row.last and not deletes and _never_was(entry, row, keys):
        kind, reason = StepKind.FORGET, None  # it ends on its first day, as somebody has said: it never was
    elif entry.state is LedgerState.TO_END and _content(row, keys) == entry.content:
        kind, reason = StepKind.UPDATE, None
    key = PeriodKey(leave_id, part=part_of(entry.period))
    ended = _ended(key, entry, detail) if kind is StepKind.UPDATE else None
    return PeriodStep(
        kind=kind,
        key=key,
        hash=entry.key,
        employee_id=entry.employee_id,
        wanted=ended,
        entry=entry,
        row=row.row if row is not None else entry.row,
        content=keys.period_content(ended) if ended is not None else "",
        before=entry.content,
        reason=reason,
        there=row,
        ends=ended is not None,
    )


def _never_was(entry: LedgerEntry, row: TargetPeriod, keys: LedgerKeys) -> bool:
    """Whether somebody has said of one that ends on its first day that it never was: here, perhaps in a run that was
    stopped right after, or by ending a longer one there. One that was sent as a day stands, and is asked about."""
    said = entry.state is LedgerState.TO_END or (entry.state is LedgerState.UNKNOWN and bool(entry.before))
    return said or _content(row, keys) != entry.content


def _ended(key: PeriodKey, entry: LedgerEntry, detail: LedgerDetail) -> WantedPeriod:
    """A leave of absence as it was sent, with its first day for its last."""
    percent = detail.percent if detail.percent is not None else Decimal(100)
    return WantedPeriod(
        key=key, employee_id=entry.employee_id, code=detail.code, first=entry.day, last=entry.day, percent=percent
    )


def _content(row: TargetPeriod, keys: LedgerKeys) -> str:
    return keys.period_content_of(row.code, row.first, row.last, row.percent)


def part_of(reference: str) -> int:
    """Which piece of a leave a reference (`PeriodKey.reference`) names."""
    return int(reference.rpartition(":")[2]) if ":" in reference else 1


def _day(entry: LedgerEntry) -> date:
    return entry.day
