"""What a person may answer to a line of leave that waits for them, and what the answer leaves in the ledger. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bot.domain.change import Person
from bot.domain.leave_delivery import CloseReason, DayKey, PeriodKey, WantedPeriod
from bot.domain.leave_ledger import LedgerDetail, LedgerEntry, LedgerState
from bot.domain.resource import LeaveWay
from bot.sync.leave.day_applier import DayOutcomeKind
from bot.sync.leave.day_plan import ConflictKind, DayStep, StepKind
from bot.sync.leave.leave_line import LeaveLine
from bot.sync.leave.ledger_entries import Decision, EntryMaker, KnownDetail
from bot.sync.leave.ledger_keys import LedgerKeys
from bot.sync.leave.period_planner import PeriodStep, part_of

Answers = tuple[Decision, ...]

_ANSWER, _TAKEN_BACK = "answer:", "taken_back:"
_ID_LENGTH = 200
"""The ledger keeps no longer id of a run."""


def answer_id(run_id: str) -> str:
    """In the place of a run's id in the ledger: what a person answered to a line of that run."""
    return f"{_ANSWER}{run_id}"[:_ID_LENGTH]


def taken_back_id(run_id: str) -> str:
    """The same of an answer that was taken back."""
    return f"{_TAKEN_BACK}{run_id}"[:_ID_LENGTH]


_OF_A_DAY: dict[str, Answers] = {
    ConflictKind.EDITED: (Decision.KEEP, Decision.USE_SOURCE),
    ConflictKind.SOMEONE_ELSES: (Decision.KEEP, Decision.USE_SOURCE),
    ConflictKind.REMOVED: (Decision.KEEP, Decision.SEND_AGAIN),
    ConflictKind.SEVERAL_ROWS: (Decision.KEEP,),
    ConflictKind.UNKNOWN_OUTCOME: (Decision.KEEP,),
}
WITHDRAWN = frozenset({ConflictKind.WITHDRAWAL.value, ConflictKind.WITHDRAWN_UNSEEN.value})


def answers_to(line: LeaveLine) -> Answers:
    """The answers that settle a line, the careful one first; none of one that waits for no person.

    What is closed can only be done by hand. A leave of absence may have reached the authorities: it is not sent again,
    and of one that a person changed there, only the last day can be brought into step.
    """
    if line.place is None or not line.key:
        return ()
    if line.kind is DayOutcomeKind.HELD:
        return (Decision.BY_HAND,) if line.reason in set(CloseReason) else ()
    if line.kind is not DayOutcomeKind.CONFLICT or line.reason is None:
        return ()
    if line.reason in WITHDRAWN:
        # What is not shown there cannot be ended from here.
        seen = line.reason == ConflictKind.WITHDRAWAL
        return (Decision.BY_HAND, Decision.KEEP, *((Decision.END,) if seen else ()))
    if line.way is LeaveWay.PERIOD:
        return (Decision.KEEP, Decision.USE_SOURCE) if line.place.moves_end else (Decision.KEEP,)
    return _OF_A_DAY.get(line.reason, ())


def may_be_answered(line: LeaveLine) -> bool:
    """Whether a line waits for an answer, or is left as one has said."""
    return bool(answers_to(line)) or (line.kind is DayOutcomeKind.PARKED and bool(line.key))


def restored(answer: LedgerEntry, before: LedgerEntry | None, run_id: str) -> LedgerEntry:
    """What takes an answer back: the entry of before once more; where there was none, nothing of ours is there."""
    if before is None:
        detail = answer.detail()
        nothing = KnownDetail(LedgerDetail(code=detail.code, child=detail.child))
        before = replace(answer, content="", before="", state=LedgerState.WITHDRAWN, row=None, detail=nothing)
    return replace(before, sequence=answer.sequence + 1, run_id=run_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLine:
    """A line of a run that waits for an answer, or has one. `at` is its place among the run's, `entry` the latest in
    the ledger."""

    at: int
    person: Person
    line: LeaveLine = field(repr=False)
    entry: LedgerEntry | None = None

    @property
    def answers(self) -> Answers:
        """What may be answered."""
        return answers_to(self.line)

    def stands(self, keys: LedgerKeys, run_id: str) -> bool:
        """Whether the ledger is as the run left it: else somebody has answered, or another run was there."""
        place = self.line.place
        if place is None or self.line.key != self._key(keys):
            return False  # the second: hashes are made with another key by now
        if self.entry is None:
            return place.sequence == 0
        own = self.entry.run_id in (run_id, taken_back_id(run_id)) and self.entry.sequence > place.sequence
        return own or self.entry.sequence == place.sequence

    @property
    def given(self) -> Decision | None:
        """What was answered, while nothing has come after the answer: no sync has carried it out."""
        entry = self.entry
        if entry is None or not entry.run_id.startswith(_ANSWER):
            return None
        if entry.state is LedgerState.TO_END:
            return Decision.END
        if entry.state is LedgerState.DELIVERED:
            return Decision.USE_SOURCE
        if entry.state is LedgerState.WITHDRAWN:
            return Decision.BY_HAND if self.line.way is LeaveWay.PERIOD else Decision.SEND_AGAIN
        return Decision.BY_HAND if self.line.kind is DayOutcomeKind.HELD else Decision.KEEP

    def booked(self, decision: Decision, keys: LedgerKeys, maker: EntryMaker) -> LedgerEntry:
        """What the answer leaves in the ledger. The line stands, and the decision is one of its answers."""
        if self.line.way is LeaveWay.PERIOD:
            return self._period(decision, keys, maker.run_id)
        line, key = self.line, self._day
        step = DayStep(
            kind=StepKind.CONFLICT,
            key=key,
            hash=line.key,
            old=line.old,
            new=line.new,
            content=keys.content(line.key, key.code, key.child, line.new),
            entry=self.entry,
            contributors=line.place.parents if line.place is not None else (),
        )
        found = keys.content(line.key, key.code, key.child, line.old)
        return maker.decided(step, decision, step.sequence, found)

    def _period(self, decision: Decision, keys: LedgerKeys, run_id: str) -> LedgerEntry:
        line = self.line
        found = line.place.found if line.place is not None else None
        if found is not None and decision in (Decision.USE_SOURCE, Decision.END):
            # What stands there by now is taken for ours: the next sync changes that, and nothing else.
            there = WantedPeriod(
                key=self._leave, employee_id=self.person.source_id, code=found.code,
                first=found.first, last=found.last, percent=found.percent,
            )  # fmt: skip
            ours = PeriodStep(
                kind=StepKind.CONFLICT,
                key=self._leave,
                hash=line.key,
                employee_id=self.person.source_id,
                wanted=there,
                entry=self.entry,
                content=keys.period_content(there),
            )
            state = LedgerState.TO_END if decision is Decision.END else LedgerState.DELIVERED
            return ours.made(run_id, state, found.row)
        wanted = None
        if line.reason not in WITHDRAWN:
            wanted = WantedPeriod(
                key=self._leave, employee_id=self.person.source_id, code=line.code,
                first=line.first, last=line.last, percent=line.new,
            )  # fmt: skip
        step = PeriodStep(
            kind=StepKind.CONFLICT,
            key=self._leave,
            hash=line.key,
            employee_id=self.person.source_id,
            wanted=wanted,
            entry=self.entry,
            content=keys.period_content(wanted) if wanted is not None else "",
            before=self.entry.content if self.entry is not None else "",
        )
        row = self.entry.row if self.entry is not None else None
        if wanted is None and decision is Decision.BY_HAND:
            return step.made(run_id, LedgerState.WITHDRAWN, None)
        state = LedgerState.TO_END if decision is Decision.END else LedgerState.PARKED
        return step.made(run_id, state, row, undone=wanted is None)

    def _key(self, keys: LedgerKeys) -> str:
        return keys.period(self._leave) if self.line.way is LeaveWay.PERIOD else keys.day(self._day)

    @property
    def _day(self) -> DayKey:
        child = self.line.place.child if self.line.place is not None else ""
        return DayKey(self.person.source_id, self.line.first, self.line.code, child)

    @property
    def _leave(self) -> PeriodKey:
        place = self.line.place
        assert place is not None
        return PeriodKey(place.parents[0], part=part_of(place.reference))
