"""What a file target was given, and what it still lacks.

A file target cannot be read, so the last delivery of each person stands for what it holds. It is remembered as keyed
digests: one per value, and one per part and per clearable field that had a value, so that what has changed, what is new
and what was emptied can be told without keeping any of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.domain.change import Change, ChangeKind, FieldChange, Lookalike, Person
from bot.domain.employee import Employee
from bot.domain.findings import Finding
from bot.domain.record import Address, Level, Part, Record, is_empty
from bot.providers.protocol import Carries, Desired, FieldSpec, FileTarget, Settings, Write
from bot.sync.checks.findings import finding
from bot.sync.compare.delivered_days import DeliveredDays, Settled
from bot.sync.compare.delivered_identities import DeliveredIdentities
from bot.sync.compare.diff import END_FIELDS, goes_along, rules_by_key
from bot.sync.compare.fingerprints import Fingerprinter, Memory
from bot.sync.compare.match import MatchDecision, Resolution, kind_of, said_number
from bot.sync.compare.stored_digests import DeliveredRecord, RecordDigest


@dataclass(frozen=True, slots=True)
class _Given:
    """What can be asked of one person's last delivery: was this line of its shape, did it hold this value?"""

    delivered: DeliveredRecord
    has: Callable[[str], bool]
    wrote: Callable[..., bool]


Carry = Callable[[Record, Sequence[Address]], Record]
"""The record with parts for dated rows that it has no part for."""

_ROWS = (Level.EMPLOYMENT, Level.TERMS)

_ADDRESS = ("street", "postal_code", "city", "country")
_STAYING = ("title", "department", "employment_form", "nationality")
"""Field keys of what no check misses in the source; that it was delivered is remembered."""

_NEAR = 3 * 366
"""Days around the start of an employment among which it is looked for under the start that was delivered."""

_LONGEST = 60 * 366
"""Days of an employment among which the day of a row that is gone is looked for: marks give it to a guess alone."""


class DeliveredState:
    """The deliveries of one integration: who was delivered under which number, and what is still to deliver.

    `everything` delivers everyone whole, whatever was delivered before. `carry` is the inbox's own, if it has one: it
    puts dated terms that were delivered and are gone from the source under what holds on their day now.
    """

    def __init__(
        self,
        traces: Fingerprinter,
        rules: Sequence[FieldSpec],
        settings: Settings,
        memory: Memory,
        *,
        everything: bool = False,
        carry: Carry | None = None,
    ) -> None:
        self._traces = traces
        self._table = rules_by_key(rules)
        self._clearable = frozenset(key for key, rule in self._table.items() if rule.clears)
        self._settings = settings
        self._memory = memory
        self._everything = everything
        self._carry = carry
        self._holders = {known.target_id: source_id for source_id, known in memory.items()}
        self._identities = DeliveredIdentities(traces, memory)
        self._days = DeliveredDays(self._table)

    async def change(
        self, employee: Employee, desired: Desired, findings: tuple[Finding, ...], resolution: Resolution | None
    ) -> Change:
        """What to deliver of an employee whom nothing blocks, or the question that a human must answer first."""
        known = self._memory.get(employee.source_id)
        before = known.target_id if known else None
        person = Person(employee.source_id, employee.number, employee.name, before)
        decision = resolution.decision if resolution else None
        joined = resolution.target_id if resolution and decision is MatchDecision.SAME else None
        number = joined or employee.number.strip()
        holder = self._holders.get(number, employee.source_id)
        came_back = holder != employee.source_id and self._identities.is_of(holder, desired.record)
        taken = not came_back and holder != employee.source_id
        question, other = self._question(number, before, decision, joined, taken=taken)
        by = "earlier_sync"
        if question is None and known is None and joined is None:
            former = await self._identities.former(employee.source_id, desired.record)
            if former not in (None, number):
                # Under a second number the system behind would have them twice, or refuse them.
                question = finding("target.looks_like", other=employee.name, number=said_number(former))
                other, by = former, "identity_number"
        if question is not None:
            alike = (Lookalike(other, other, employee.name, by),) if other else ()
            others = tuple(item for item in findings if item.code != question.code)
            return Change(kind_of(question, alike), person, findings=(question, *others), lookalikes=alike)
        given = (
            self._given(known.fingerprint, desired.place, employee.source_id) if known and before == number else None
        )
        new = joined is None and not came_back
        settled = self._settled(desired.record, given, employee)
        return self._compared(replace(person, target_id=number), desired, settled, findings, given, created=new)

    def holds(self, source_id: str) -> bool:
        """Whether somebody who was delivered still has the number to themselves."""
        known = self._memory.get(source_id)
        return known is not None and self._holders.get(known.target_id) == source_id

    def is_of(self, trace: str, record: Record, source_id: str) -> bool:
        """Whether a change's `source_fingerprint` was made for this very record."""
        delivered = DeliveredRecord.decode(trace)
        if delivered is None:
            return False
        return self._traces.matches(delivered.record.encode(), record, self._settings, source_id)

    def carried(self, trace: str, record: Record, source_id: str) -> Record:
        """The record of somebody just read as the change with this `source_fingerprint` has it."""
        given = self._read(trace, source_id)
        return self._settled(record, given).record

    def _settled(self, record: Record, given: _Given | None, employee: Employee | None = None) -> Settled:
        """The record as it can be delivered to somebody who was delivered before."""
        if given is None:
            return Settled(record)
        return self._days.settle(self._carried(record, given), given.has, given.wrote, employee)

    def _carried(self, record: Record, given: _Given) -> Record:
        """The record with what it takes so that no row that is gone runs beside another one, or instead of it.

        What was delivered cannot be taken back, and there may be nobody to do it by hand before the next payroll run.
        """
        if self._carry is None or given.delivered.parts <= sum(_is_in(part, given) for part in record):
            return record
        known = {part.address for part in record}
        starts = [part.key[0] for part in record if part.level is Level.EMPLOYMENT and len(part.key) == 1]
        rows = {
            (level, (start, day))
            for start in starts
            for day in _days(start, -_NEAR, _LONGEST)
            for level in _ROWS
            if given.has(_part_line(level, (start, day)))
        }
        for start, before in _restarted(starts, given):
            days = _days(before, 0, _LONGEST)
            rows |= {
                (level, (start, day)) for day in days for level in _ROWS if given.has(_part_line(level, (before, day)))
            }
        gone = rows - known
        return self._carry(record, sorted(gone)) if gone else record

    def _question(
        self, number: str, before: str | None, decision: MatchDecision | None, joined: str | None, *, taken: bool
    ) -> tuple[Finding | None, str | None]:
        """The doubt about whom a number belongs to, and the number that was delivered earlier."""
        if not number:
            return finding("number.missing"), before
        if joined is not None:
            return None, None
        if taken:
            return finding("target.claimed_twice"), number
        if before not in (None, number) and decision is not MatchDecision.DIFFERENT:
            # The file target would take the new number for a new person, and both would be paid.
            return finding("target.moved", before=before, now=number), before
        return None, None

    def _compared(
        self,
        person: Person,
        desired: Desired,
        settled: Settled,
        findings: tuple[Finding, ...],
        given: _Given | None,
        *,
        created: bool,
    ) -> Change:
        record, findings = settled.record, (*settled.findings, *findings)
        wanted = [part for part in record if not part.existing_only or _is_in(part, given)]
        again = self._everything or given is None or not given.delivered.sure
        fields = tuple(
            change for part in wanted for change in self._changed(part, None if again else given, settled.moved)
        )
        cleared = tuple(change for part in wanted for change in self._emptied(part, given))
        new_parts: tuple[Address, ...] = tuple(
            (part.level, part.key) for part in wanted if again or not _is_in(part, given)
        )
        gone = given.delivered.parts - sum(_is_in(part, given) for part in wanted) if given else 0
        if gone > 0:
            findings = (finding("delivery.part_gone", count=gone), *findings)
        if given is not None:
            findings = (*findings, *self._staying(wanted, given, {item.field for item in findings}))
        digest = RecordDigest.decode(self._traces.of(record, self._settings, person.source_id))
        shape = self._shape(person, wanted, desired.place, settled.lines)
        trace = DeliveredRecord(digest, shape, len(wanted)).encode()
        # Without digests of values everything is delivered anew, whichever of the two states the target is in.
        doubted = self._shape(person, wanted, desired.place, settled.lines, cleared)
        doubt = DeliveredRecord.in_doubt(doubted, len(wanted), own=True).encode()
        if given is None and created:
            kind, person = ChangeKind.CREATE, replace(person, target_id=None)
        else:
            kind = ChangeKind.UPDATE if fields or cleared or new_parts else ChangeKind.UNCHANGED
        altered = tuple(dict.fromkeys(self._altered(fields, given))) if again else ()
        return Change(
            kind,
            person,
            fields + cleared,
            new_parts,
            findings,
            source_fingerprint=trace,
            delivery=doubt,
            altered=altered,
        )

    def _altered(self, fields: Sequence[FieldChange], given: _Given | None) -> Iterator[str]:
        """What of a whole delivery is known to be another value than was delivered. Of one in doubt, and where nothing
        was delivered, it is a last day alone: that there was none is known."""
        for change in fields:
            address = (change.level, change.key)
            if given is not None and given.delivered.sure:
                there = change.level is Level.TERMS or given.has(_part_line(*address))
                if there and not given.wrote(*address, change.field, change.new):
                    yield change.field
            elif change.field in END_FIELDS and not (given and given.has(_set_line(*address, change.field))):
                yield change.field

    def _changed(
        self, part: Part, given: _Given | None, moved: Collection[tuple[Level, tuple[date, ...], str]] = ()
    ) -> Iterator[FieldChange]:
        """The values that were not delivered as they are now; all of a part that was not delivered at all."""
        known = _is_in(part, given)
        along: list[FieldChange] = []
        changed: set[str] = set()
        for name, value in part.values.items():
            rule = self._table[part.level, name]
            if is_empty(value) or (known and rule.write is Write.CREATE_ONLY):
                continue
            if known and given is not None and given.wrote(part.level, part.key, name, value):
                continue
            change = FieldChange(part.level, part.key, name, value, None, rule.private)
            if rule.write is Write.ALONG and (*part.address, name) not in moved:
                along.append(change)
                continue
            changed.add(name)
            yield change
        yield from (
            change for change in along if not known or goes_along(self._table[part.level, change.field], changed)
        )

    def _emptied(self, part: Part, given: _Given | None) -> Iterator[FieldChange]:
        """Fields that were delivered with a value and have none now."""
        if given is None:
            return
        for level, name in sorted(self._clearable):
            silent = name not in part.values  # a record that leaves a field out says nothing about it
            if silent or level is not part.level or not is_empty(part.values[name]):
                continue
            if given.has(_set_line(level, part.key, name)):
                yield FieldChange(level, part.key, name, None, None, self._table[level, name].private)

    def _staying(self, wanted: Sequence[Part], given: _Given, told: set[str]) -> Iterator[Finding]:
        """Values that were delivered, are gone, and that no delivery takes away: told once, as what is remembered then
        no longer has them."""
        for part in wanted:
            for name in _ADDRESS + _STAYING if part.level is Level.PERSON else _STAYING:
                rule = self._table.get((part.level, name))
                silent = name not in part.values
                if rule is None or name in told or not is_empty(part.values.get(name)):
                    continue
                if rule.clears != silent:
                    continue  # cleared by the delivery, or not spoken of in this part
                keys = [other.key for other in wanted if other.level is part.level and other.key <= part.key]
                if any(given.has(_set_line(part.level, key, name)) for key in keys if key[:1] == part.key[:1]):
                    told |= set(_ADDRESS) if name in _ADDRESS else {name}
                    yield finding("value.only_in_target", field=name)

    def _given(self, trace: str, place: str, source_id: str) -> _Given | None:
        """What was delivered to this place; None when nothing was, or to another one."""
        given = self._read(trace, source_id)
        return given if given is not None and given.has(f"place|{place}") else None

    def _read(self, trace: str, source_id: str) -> _Given | None:
        delivered = DeliveredRecord.decode(trace)
        if delivered is None:
            return None
        whose = source_id if delivered.record.is_own else ""
        return _Given(delivered, self._traces.among(delivered.shape, whose), self._traces.wrote(trace, source_id))

    def _shape(
        self,
        person: Person,
        delivered: Sequence[Part],
        place: str,
        more: Sequence[str],
        emptied: Sequence[FieldChange] = (),
    ) -> str:
        """Digests of where, which parts, which days and which clearable fields are delivered."""
        lines = [f"place|{place}", *(_part_line(part.level, part.key) for part in delivered)]
        lines += [*more, *self._days.lines(delivered)]
        lines += [_set_line(change.level, change.key, change.field) for change in emptied]
        lines += [
            _set_line(part.level, part.key, name)
            for part in delivered
            for name, value in part.values.items()
            if ((part.level, name) in self._clearable or name in _STAYING) and not is_empty(value)
        ]
        return self._traces.value_digests(lines, person.source_id)


def _days(around: date, first: int, end: int) -> Iterator[date]:
    """The days from `first` on and before `end`, counted from a day, as far as there are dates."""
    for ordinal in range(max(around.toordinal() + first, 1), min(around.toordinal() + end, date.max.toordinal())):
        yield date.fromordinal(ordinal)


def _restarted(starts: Sequence[date], given: _Given) -> Iterator[tuple[date, date]]:
    """Employments whose start was corrected: the start now, and the one that was delivered, without an end."""
    for start in starts:
        if given.has(_part_line(Level.EMPLOYMENT, (start,))):
            continue
        for before in _days(start, -_NEAR, _NEAR):
            key = (before,)
            delivered = before not in starts and given.has(_part_line(Level.EMPLOYMENT, key))
            if delivered and not any(given.has(_set_line(Level.EMPLOYMENT, key, name)) for name in END_FIELDS):
                yield start, before


def _is_in(part: Part, given: _Given | None) -> bool:
    return given is not None and given.has(_part_line(part.level, part.key))


def _part_line(level: Level, key: tuple[date, ...]) -> str:
    return f"part|{level}|{','.join(day.isoformat() for day in key)}"


def _set_line(level: Level, key: tuple[date, ...], name: str) -> str:
    return f"set|{name}|{_part_line(level, key)}"


def carry_of(inbox: FileTarget) -> Carry | None:
    """The inbox's way to carry on terms that are gone, if it has one."""
    return inbox.carry if isinstance(inbox, Carries) else None
