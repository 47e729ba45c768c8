"""Whoever reads what is kept of people does not see who has the same pay; what versions before kept is still read."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.domain.change import ChangeKind
from bot.domain.employee import Employee
from bot.domain.record import Level, Part
from bot.providers.protocol import Desired
from bot.sync.compare.change_detection import ChangeDetection
from bot.sync.compare.fingerprints import Fingerprinter, SyncedPerson
from bot.sync.compare.last_look import LastLook
from bot.sync.compare.stored_digests import DeliveredRecord, RecordDigest
from tests.support.employees import TODAY, employee, fingerprint
from tests.support.fake_file_target import Deliveries
from tests.support.fake_target import MemorySource, MemoryTarget
from tests.support.sync_runner import Integration

TRACES = Fingerprinter(fingerprint)
ALIKE: dict[str, Any] = {"work_phone": "+4790000001", "last_name": "Hansen"}
PEOPLE = [replace(employee(n), **ALIKE) for n in (1, 2, 3)]
THREE = 3


def marks_in(digests: str) -> set[bytes]:
    raw = base64.urlsafe_b64decode(digests + "=" * (-len(digests) % 4))
    return {raw[at : at + 5] for at in range(0, len(raw), 5)}


def shared(memory: Mapping[str, SyncedPerson]) -> int:
    """How many marks of values, parts and shape several people have."""
    kept = []
    for known in memory.values():
        delivered = DeliveredRecord.decode(known.fingerprint)
        marks = marks_in(RecordDigest.decode(known.fingerprint).values)
        kept.append(marks | marks_in(delivered.shape) if delivered else marks)
    return sum(count > 1 for count in Counter(mark for marks in kept for mark in marks).values())


def as_before(desired: Desired) -> str:
    """What the version before kept of a delivery."""
    lines = [f"place|{desired.place}"]
    for part in desired.record:
        address = f"part|{part.level}|{','.join(day.isoformat() for day in part.key)}"
        lines += [address, *(f"set|{name}|{address}" for name in ("email", "end_date") if part.values.get(name))]
    digest = RecordDigest.decode(TRACES.of(desired.record, {}))
    return DeliveredRecord(digest, TRACES.value_digests(lines), len(desired.record)).encode()


async def test_no_mark_of_a_target_is_shared_by_two_people() -> None:
    integration = Integration(MemorySource(PEOPLE), MemoryTarget())
    await integration.sync()
    assert len(integration.memory) == THREE
    assert shared(integration.memory) == 0


async def test_no_mark_of_a_delivery_is_shared_by_two_people() -> None:
    office = Deliveries(MemorySource(PEOPLE))
    await office.sync()
    assert len(office.memory) == THREE
    assert shared(office.memory) == 0


async def test_a_delivery_of_the_version_before_is_recognised_and_kept_anew() -> None:
    office = Deliveries(MemorySource(PEOPLE))
    await office.sync()
    for one in PEOPLE:
        former = as_before(await office.inbox.desired(one, {}, TODAY))
        office.memory[one.source_id] = replace(office.memory[one.source_id], fingerprint=former)
    assert shared(office.memory) > 0
    moved = replace(PEOPLE[0], work_email=None, last_name="Olsen")
    office.source.people[moved.source_id] = moved
    changes = {change.person.source_id: change for change in (await office.plan()).changes}
    assert {(field.field, field.new) for field in changes["s1"].fields} == {("last_name", "Olsen"), ("email", None)}
    assert [changes[who].kind for who in ("s2", "s3")] == [ChangeKind.UNCHANGED] * 2
    assert all(RecordDigest.decode(change.source_fingerprint).is_own for change in changes.values())


async def test_a_record_of_the_version_before_is_recognised_and_kept_anew() -> None:
    integration = Integration(MemorySource(PEOPLE), MemoryTarget())
    await integration.sync()
    for one in PEOPLE:
        desired = await integration.target.desired(one, {}, TODAY)
        former = TRACES.of(desired.record, {})
        integration.memory[one.source_id] = replace(integration.memory[one.source_id], fingerprint=former, trace="")
    assert shared(integration.memory) > 0
    plan = await integration.plan(full=False)
    assert [(change.kind, change.unread) for change in plan.changes] == [(ChangeKind.UNCHANGED, True)] * THREE
    assert all(RecordDigest.decode(change.source_fingerprint).is_own for change in plan.changes)


def test_a_value_is_told_by_its_own_persons_mark_alone() -> None:
    record = (Part(Level.PERSON, (), {"phone": "1", "identity_number": "01017012345"}),)
    trace = TRACES.of(record, {}, "s1")
    assert TRACES.wrote(trace, "s1")(Level.PERSON, (), "phone", "1")
    assert not TRACES.wrote(trace, "s2")(Level.PERSON, (), "phone", "1")
    assert not TRACES.wrote(trace)(Level.PERSON, (), "phone", "1")
    assert TRACES.wrote("lacks-" + trace, "s1")(Level.PERSON, (), "phone", "1")
    assert TRACES.wrote(TRACES.of(record, {}), "s1")(Level.PERSON, (), "phone", "1")
    assert TRACES.matches(trace, record, {}, "s1")
    assert not TRACES.matches(trace, record, {}, "s2")


def test_marks_of_a_look_are_shared_by_nobody_and_are_read_again() -> None:
    detection = ChangeDetection(TRACES, {"code": "1"}, TODAY)

    def look(one: Employee) -> LastLook:
        kept = LastLook.decode(detection.trace(one, None, inside=True))
        assert kept is not None
        return kept

    same = employee(40)
    one, other = (replace(same, source_id=who, state="state") for who in ("a", "b"))
    assert look(one).marks
    assert not set(look(one).marks) & set(look(other).marks)
