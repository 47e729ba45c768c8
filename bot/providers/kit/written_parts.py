"""What of a change is to be written, and whether somebody else has written there since it was planned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bot.domain.change import Change, ChangeKind, FieldChange
from bot.domain.equality import as_found, remaining
from bot.domain.record import Address, Level, Value
from bot.providers.protocol import TargetPerson, WriteStatus


def changes_at(changes: Iterable[FieldChange], level: Level, key: tuple[Any, ...] = ()) -> dict[str, Value]:
    """New values of one part, by field key."""
    return {change.field: change.new for change in changes if (change.level, change.key) == (level, key)}


def changed_since(change: Change, missing: Iterable[FieldChange], person: TargetPerson) -> str | None:
    """What somebody else has changed, for the log: a field that is neither as the plan found it nor as it shall be.
    None where nobody has."""
    parts = {(part.level, part.key): part.values for part in person.record}
    new = set(change.new_parts)
    for f in missing:
        values = parts.get((f.level, f.key))
        if values is None:
            if (f.level, f.key) not in new:
                return f"{f.level} is gone"
        elif f.field in values and not as_found(f, values[f.field]):
            return f"{f.level}.{f.field} differs from the plan"
    return None


def names_not_stored(missing: Iterable[FieldChange], absent: Sequence[Address]) -> list[str]:
    """The fields that a target has taken and not kept; "employment" for parts alone."""
    names = dict.fromkeys(change.field for change in missing)
    if absent and not names:
        names["employment"] = None
    return list(names)


def settled_write(
    change: Change, person: TargetPerson | None, asked: Sequence[FieldChange]
) -> tuple[WriteStatus, str | None]:
    """How far a change of unknown outcome came, by the person as they are now; None is nobody.

    `asked` are those of its fields that can be read back.
    """
    if person is None:
        return WriteStatus.NOT_DONE, None
    left, absent = remaining(person.record, asked, change.new_parts)
    if not left and not absent:
        return WriteStatus.DONE, person.id
    done = change.kind is ChangeKind.CREATE or len(left) < len(asked)
    return (WriteStatus.PARTLY if done else WriteStatus.NOT_DONE), person.id
