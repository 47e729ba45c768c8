"""What a plan says of an employee whom nothing keeps out: compared with the target, or with what it was given.

There are two worlds. A target that can be read is compared as it stands (`TargetComparer`); of a file target, what was
delivered stands for what it holds (`FileComparer`). The planner knows neither: it asks a `Comparer`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

from bot.domain.change import Change, ChangeKind, Person
from bot.domain.employee import Employee
from bot.domain.findings import Finding, Severity
from bot.domain.record import Level
from bot.providers.kit.concurrency import cancel_and_wait
from bot.providers.protocol import TYPED_IN, Desired, FileTarget, LeavesUnsaid, Target, TargetPerson, takes_files
from bot.providers.shown_people import ShowsPeople
from bot.sync.checks import merged
from bot.sync.checks.findings import finding
from bot.sync.compare.arrivals import Arrivals
from bot.sync.compare.delivered_state import DeliveredState, carry_of
from bot.sync.compare.diff import END_FIELDS, clashing_start, difference, kept_fields
from bot.sync.compare.fingerprints import Fingerprinter, SyncedPerson
from bot.sync.compare.leftovers import former_pay, leftovers, only_theirs
from bot.sync.compare.match import Match, Resolution, kind_of, match
from bot.sync.compare.pay_jump import pay_jumps
from bot.sync.compare.target_index import Held, TargetIndex
from bot.sync.compare.unclear import unclear_of
from bot.sync.compare.unseen import changed_unseen, never_sent, unseen_fields
from bot.sync.compare.verdict import holds_until
from bot.sync.plan.request import PlanRequest
from bot.sync.plan.roster import breathe

NUMBER_FIELDS = frozenset({"number", "employee_number"})
"""Field keys of the employee number: a person that a human has linked keeps the target's own."""

PeopleRead = Callable[[int], Awaitable[None]]
"""Told how many people of the target have been read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An employee whom nothing keeps out: what the target should hold of them, and what is known of them so far.

    `findings` block nobody, unless what is missing is the number. `remembered` is what earlier runs left, and
    `resolution` what a human said.
    """

    employee: Employee
    person: Person
    desired: Desired = field(repr=False)
    findings: tuple[Finding, ...]
    remembered: SyncedPerson | None
    resolution: Resolution | None


class Comparer(Protocol):
    """Says what is to be done for employees of one plan. All methods raise the `ProviderError`s of the target."""

    @property
    def target_people(self) -> int | None:
        """How many people were read from the target; None when nobody needed it."""
        ...

    @property
    def unread(self) -> Exception | None:
        """Why the target could not be read, once that has failed: it hits everyone, whoever met it first."""
        ...

    def read_ahead(self) -> None:
        """Begin to read what everybody will be compared with."""
        ...

    async def close(self) -> None:
        """End what was begun; to be called whatever came of the plan."""
        ...

    def holds(self, source_id: str, /) -> bool:
        """Whether somebody who is as before in the source has nobody in their way in the target."""
        ...

    async def has_number(self, number: str, /) -> bool:
        """Whether somebody in the target has the number of an employee who left before we knew them."""
        ...

    async def held(self, source_id: str, number: str, /) -> Held | None:
        """Who an employee is in the target, where that is plain; None where more of them has to be known."""
        ...

    async def holds_until(self, subject: Subject, change: Change, /) -> date | None:
        """The first day on which `compare` might say another thing than this; None where that may be any day."""
        ...

    async def unchanged(self, subject: Subject, /) -> Change | None:
        """UNCHANGED for somebody in whom nothing is to be looked at; None when they are to be compared."""
        ...

    async def compare(self, subject: Subject, /) -> Change:
        """What is to be done for somebody, or the question that a human must answer first."""
        ...


def comparer_for(
    target: Target | FileTarget, request: PlanRequest, traces: Fingerprinter, people_read: PeopleRead
) -> Comparer:
    """The comparer for a kind of target."""
    if takes_files(target):
        return FileComparer(target, request, traces)
    return TargetComparer(target, request, traces, people_read)


def blocked_by(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that keep somebody out. A missing number is not the employee's fault alone: a human may say who
    they are in the target, so it becomes a question instead."""
    return tuple(item for item in findings if item.severity is Severity.BLOCKING and item.code != "number.missing")


class FileComparer:
    """Compares with what was delivered."""

    target_people: int | None = None
    unread: Exception | None = None

    def __init__(self, target: FileTarget, request: PlanRequest, traces: Fingerprinter) -> None:
        self._target = target
        self._delivered = DeliveredState(
            traces,
            target.fields,
            request.settings,
            request.memory,
            everything=request.redeliver,
            carry=carry_of(target),
        )

    def read_ahead(self) -> None:
        """Nothing can be read."""

    async def close(self) -> None:
        """Nothing was begun."""

    def holds(self, source_id: str) -> bool:
        """Whether somebody who was delivered still has the number to themselves."""
        return self._delivered.holds(source_id)

    async def has_number(self, _number: str) -> bool:
        """Nobody can say."""
        return False

    async def held(self, _source_id: str, _number: str) -> Held | None:
        """Nobody can say."""
        return None

    async def holds_until(self, _subject: Subject, _change: Change) -> date | None:
        """None: the comparison costs nothing."""
        return None

    async def unchanged(self, _subject: Subject) -> Change | None:
        """None: the comparison itself is with what is remembered, and costs nothing."""
        return None

    async def compare(self, subject: Subject) -> Change:
        """What to deliver, and what of it no file can say."""
        change = await self._delivered.change(subject.employee, subject.desired, subject.findings, subject.resolution)
        if not isinstance(self._target, LeavesUnsaid):
            return change
        return replace(change, findings=merged(change.findings, self._target.unsaid(change)))


class TargetComparer:
    """Compares with the target, which is read once, before the first person who needs it, and kept as an index.

    Only a full comparison needs it for everybody: else a person whose desired record is the one that was put in place
    last time is as before.
    """

    def __init__(self, target: Target, request: PlanRequest, traces: Fingerprinter, people_read: PeopleRead) -> None:
        self._target, self._request, self._traces, self._people_read = target, request, traces, people_read
        self._arrivals = Arrivals(traces)
        self._reading: asyncio.Task[TargetIndex] | None = None
        self._index: TargetIndex | None = None
        self.unread: Exception | None = None

    @property
    def target_people(self) -> int | None:
        """How many people were read from the target; None when nobody needed it."""
        return len(self._index) if self._index is not None else None

    def read_ahead(self) -> None:
        """Begin to read the whole target."""
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_target())

    async def close(self) -> None:
        """End the reading of the target."""
        if self._reading is not None:
            await cancel_and_wait(self._reading)

    def holds(self, _source_id: str) -> bool:
        """True: whose number is whose is seen when somebody is compared."""
        return True

    async def has_number(self, number: str) -> bool:
        """Whether somebody in the target has the number; a delta run does not ask."""
        return self._request.full and (await self._target_index()).has_number(number)

    async def held(self, source_id: str, number: str) -> Held | None:
        """Who an employee is in the target by number, memory and decision alone."""
        request = self._request
        remembered, resolution = request.memory.get(source_id), request.resolutions.get(source_id)
        return (await self._target_index()).held(number, remembered, resolution)

    async def holds_until(self, subject: Subject, change: Change) -> date | None:
        """By all days in the employee's data and in what the target holds of them."""
        theirs = (await self._target_index()).by_id(change.person.target_id or "")
        if theirs is None:
            return None
        told = bool(change.findings)
        return holds_until(subject.employee, subject.desired, theirs.record, self._request.today, told=told)

    async def unchanged(self, subject: Subject) -> Change | None:
        """For somebody whose record is the one put in place last time. Who waits in the target is asked for there."""
        remembered = subject.remembered
        record, settings, whose = subject.desired.record, self._request.settings, subject.person.source_id
        if self._request.full or remembered is None or not remembered.settled:
            return None
        if remembered.waits and any(rule.write in TYPED_IN for rule in self._target.fields):
            return None  # for what they wait only a comparison tells
        if not self._traces.matches(remembered.in_place, record, settings, whose):
            return None
        trace = self._traces.of(record, settings, whose)
        findings = subject.findings
        if remembered.lacks:
            findings = merged(findings, subject.desired.when_empty.values())
        if remembered.waits:
            held = await self._target.read(remembered.target_id)
            if held is None:
                return None
            findings = merged(findings, held.waiting)
        return Change(ChangeKind.UNCHANGED, subject.person, findings=findings, source_fingerprint=trace, unread=True)

    async def compare(self, subject: Subject) -> Change:
        """Find the employee's person and say what differs."""
        index = await self._target_index()
        if index.held(subject.employee.number, subject.remembered, subject.resolution) is None:
            await self._know_clues(index)
        found = match(subject.employee, index, subject.remembered, subject.resolution)
        if found.conflict is not None:
            others = tuple(item for item in subject.findings if item.code != found.conflict.code)
            kind = kind_of(found.conflict, found.lookalikes)
            return Change(kind, subject.person, findings=(found.conflict, *others), lookalikes=found.lookalikes)
        trace = self._traces.of(subject.desired.record, self._request.settings, subject.person.source_id)
        if found.person is None:
            return await self._create(subject, found, trace)
        return self._update(subject, found.person, trace, linked=found.linked)

    async def _create(self, subject: Subject, found: Match, trace: str) -> Change:
        new = difference(subject.desired.record, None, self._target.fields)
        person = replace(subject.person, target_id=None)
        index = await self._target_index()
        told_apart = [other for alike in found.accepted if (other := index.by_id(alike.target_id)) is not None]
        findings = merged(subject.findings, self._arrivals.on_person(subject.desired, new.new_parts, told_apart))
        if any(item.severity is Severity.BLOCKING for item in findings):
            return Change(ChangeKind.BLOCKED, person, findings=findings, lookalikes=found.accepted)
        # Of a target that has no employments nothing is missing.
        employs = any(rule.level is not Level.PERSON for rule in self._target.fields)
        if employs and all(level is Level.PERSON for level, _ in new.new_parts):
            findings = merged(findings, [finding("employment.over")])
        made = (new.fields, new.new_parts, findings, found.accepted)
        unseen = never_sent(subject.desired, self._target.fields)
        return Change(ChangeKind.CREATE, person, *made, source_fingerprint=trace, unseen=unseen)

    def _update(self, subject: Subject, theirs: TargetPerson, trace: str, *, linked: bool) -> Change:
        desired, held, today = subject.desired, theirs.record, self._request.today
        person = replace(subject.person, target_id=theirs.id)
        known = subject.remembered
        wrote = self._traces.wrote(known.fingerprint, subject.person.source_id) if known else None
        only = only_theirs(desired, held, self._target.fields, today, wrote)
        left = leftovers(desired, held, today, only, subject.findings)
        former = former_pay(desired, held, self._target.fields, today, wrote)
        standing = [finding("pay.former_in_target", field=name) for *_, name, _ in former]
        findings = merged(subject.findings, (*theirs.waiting, *left, *standing))
        keep = NUMBER_FIELDS if linked else frozenset[str]()
        # Of somebody who is not active, an end that is missing is no sign that they stay.
        active = subject.employee.active
        what = difference(
            desired.record, held, self._target.fields, wrote=wrote, keep=keep, today=today, takes_back=active
        )
        if any(change.field in END_FIELDS and change.new is None for change in what.fields):
            findings = tuple(item for item in findings if item.code != "employment.end_in_target")
        unclear = unclear_of(theirs, desired.record, what)
        findings = merged(unclear, findings)
        if blocked_by(unclear):
            return Change(ChangeKind.BLOCKED, person, findings=findings)
        if clash := clashing_start(desired.record, held, what.new_parts):
            start = finding("employment.start_in_target", ours=clash[0], theirs=clash[1])
            return Change(ChangeKind.BLOCKED, person, findings=(start, *findings))
        findings = merged(findings, self._arrivals.on_parts(desired, what.new_parts))
        if blocked_by(findings):
            return Change(ChangeKind.BLOCKED, person, findings=findings)
        findings = merged(findings, (finding("pay.rate_kept", field=name) for name in what.kept))
        findings = merged(findings, pay_jumps(what.fields, held))
        by_hand = dict.fromkeys(change.field for change in what.by_hand)
        findings = merged(findings, (finding("value.by_hand", field=name) for name in by_hand))
        unseen = unseen_fields(desired, held, self._target.fields, None if known and known.unseen else wrote)
        findings = merged(findings, changed_unseen(desired, unseen, wrote))
        fields = what.fields
        if not self._request.restore_drift:
            fields = tuple(change for change in fields if change not in what.drift)
        kind = ChangeKind.UPDATE if fields or what.new_parts else ChangeKind.UNCHANGED
        basis = self._traces.base_version(held) if kind is ChangeKind.UPDATE else ""
        told = (*fields, *what.by_hand)
        unsettled = (*kept_fields(desired.record, held, self._target.fields, told), *only)
        kept = tuple(dict.fromkeys((*unsettled, *(name for *_, name, _ in former))))
        return Change(
            kind,
            person,
            fields,
            what.new_parts,
            findings,
            drift=what.drift,
            basis=basis,
            source_fingerprint=trace,
            kept=kept,
            unseen=unseen,
            former=self._traces.former(former, subject.person.source_id) if former else "",
        )

    async def _target_index(self) -> TargetIndex:
        if self._index is None:
            self.read_ahead()
            assert self._reading is not None
            try:
                self._index = await self._reading
            except Exception as error:
                self.unread = error
                raise
        return self._index

    async def _know_clues(self, index: TargetIndex) -> None:
        try:
            await index.know_clues()
        except Exception as error:
            self.unread = error
            raise

    async def _read_target(self) -> TargetIndex:
        if isinstance(self._target, ShowsPeople):
            index = TargetIndex(self._target.understood)
            async for shown in self._target.shown():
                for place, one in enumerate(shown):
                    await breathe(place)
                    index.add_shown(one)
                await self._people_read(len(index))
            return index
        index = TargetIndex()
        async for page in self._target.people():
            for place, person in enumerate(page):
                await breathe(place)
                index.add(person)
            await self._people_read(len(index))
        return index
