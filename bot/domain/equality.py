"""What of a change a target holds already, and what it lacks: one definition, for the planner and for all who write.

Planner and writers must agree. Where a writer called equal what the planner calls different, the planner would ask for
the same change at every run; where it called different what the planner calls equal, it would refuse a change as made
by somebody else. Values are compared with `bot.domain.record.same`.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.change import FieldChange
from bot.domain.record import Address, Part, Record, Value, is_empty, is_unset, same


def remaining(
    held: Record, fields: Sequence[FieldChange], new_parts: Sequence[Address]
) -> tuple[tuple[FieldChange, ...], tuple[Address, ...]]:
    """The fields and parts of a change that the target does not hold yet.

    A field that cannot be read (its part leaves its key out) counts as done with its part. Fields that were derived
    from others or are defaults count like any other that the change sets.
    """
    present = {part.address: part.values for part in held}
    todo: list[FieldChange] = []
    for change in fields:
        values = present.get((change.level, change.key))
        if values is None or (change.field in values and not same(values[change.field], change.new)):
            todo.append(change)
    return tuple(todo), tuple(address for address in new_parts if address not in present)


def undone(held: Record, fields: Sequence[FieldChange], new_parts: Sequence[Address]) -> Record:
    """The record as it was before a change that is wholly or partly in it: fields back to old, new parts gone.

    What the change did not put there stays, so that the result is the old record only if nobody else wrote. In a part
    that the change creates, only what the change sets is looked at: the rest is the target's own filling, or what was
    carried over from the row before. A field there that is not set has not been sent yet.
    """
    ours = {(change.level, change.key, change.field): change for change in fields}
    created = frozenset(new_parts)
    record: list[Part] = []
    for part in held:
        values = dict(part.values)
        for name, value in part.values.items():
            change = ours.get((part.level, part.key, name))
            if change is not None and same(value, change.new):
                values[name] = change.old
        if part.address in created:
            set_by_us = (value for name, value in values.items() if (part.level, part.key, name) in ours)
            if all(map(is_unset, set_by_us)):
                continue
        record.append(Part(part.level, part.key, values))
    return tuple(record)


def as_found(change: FieldChange, value: Value) -> bool:
    """Whether a field that is still to be written holds what the plan found there.

    One that the plan found empty, or did not find at all, may by now be shown as not set: its part has been made since.
    Anything else was written by somebody else.
    """
    return same(value, change.old) or (is_empty(change.old) and is_unset(value))
