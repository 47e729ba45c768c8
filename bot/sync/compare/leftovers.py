"""What the source has taken back and the target still holds (an end of employment, pay from a day on, an address), and
what neither has.

Nothing that somebody has typed is ever deleted in a target, and of what a sync has written only what the field table
takes back. So it is told, as often as the two are compared, until a person has put it right in one of the systems.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from bot.domain.findings import Finding
from bot.domain.record import Level, Record, Value, is_empty, same
from bot.providers.protocol import Desired
from bot.sync.checks.findings import finding
from bot.sync.compare.diff import END_FIELDS, PAY_FIELDS

_COMPARED = PAY_FIELDS | {"percentage"}


def leftovers(desired: Desired, held: Record, today: date) -> tuple[Finding, ...]:
    """Findings about ends and terms that only the target has, and about what both lack. Terms that are over are history
    and not compared."""
    return (
        *_found(desired.record, held, today),
        *_only_theirs(desired, held),
        *_lacking(desired, held, today),
        *_other(desired, held),
    )


_TOLD_ALONE = ("street", "postal_code", "city", "work_phone", "mobile_phone", "department", "title")
"""Values of a person whose lack in the source no check tells."""

_ADDRESS = frozenset({"street", "postal_code", "city"})


def _only_theirs(desired: Desired, held: Record) -> Iterator[Finding]:
    """Values that the target has and the source has not, or no longer: they stay, as nothing is removed."""
    ours, theirs = (
        next((part.values for part in record if part.level is Level.PERSON), {}) for record in (desired.record, held)
    )
    told = {found.field for found in desired.findings}
    for name in _TOLD_ALONE:
        if is_empty(theirs.get(name)) or not is_empty(ours.get(name)) or name in told:
            continue
        told |= _ADDRESS if name in _ADDRESS else {name}
        yield finding("value.only_in_target", field=name)


def _lacking(desired: Desired, held: Record, today: date) -> Iterator[Finding]:
    for (level, start, name), found in desired.when_empty.items():
        parts = sorted((p for p in held if p.level is level and p.key[0] == start), key=lambda part: part.key)
        begun = [part for part in parts if part.key[-1] <= today] or parts[:1]
        if not begun or (name in begun[-1].values and is_empty(begun[-1].values[name])):
            yield found


def _other(desired: Desired, held: Record) -> Iterator[Finding]:
    """Where the target has another value than the record, in a field that is not written."""
    theirs = {(part.level, part.key[0]): part.values for part in held if len(part.key) == 1}
    ours = {(part.level, part.key[0]): part.values for part in desired.record if len(part.key) == 1}
    for (level, start, name), found in desired.when_other.items():
        wanted, value = ours.get((level, start), {}).get(name), theirs.get((level, start), {}).get(name)
        if not is_empty(value) and not same(wanted, value):
            yield replace(found, values={**found.values, "held": str(value)})


def _found(desired: Record, held: Record, today: date) -> Iterator[Finding]:
    theirs = {part.key[0]: part.values for part in held if part.level is Level.EMPLOYMENT}
    for part in desired:
        if part.level is not Level.EMPLOYMENT or part.existing_only or part.key[0] not in theirs:
            continue
        start = part.key[0]
        end, held_end = _last_day(part.values), _last_day(theirs[start])
        if end is None and held_end is not None:
            yield finding("employment.end_in_target", start=start, end=held_end)
        ours = {p.key[1]: p.values for p in desired if p.level is Level.TERMS and p.key[0] == start}
        rows = {p.key[1]: p.values for p in held if p.level is Level.TERMS and p.key[0] == start}
        in_force = max((day for day in rows if day <= today), default=date.min)
        for day in sorted(rows):
            if day < in_force or day in ours or day > (end or date.max):
                continue
            wanted = dict(part.values)
            for own_day in sorted(own for own in ours if own <= day):
                wanted |= ours[own_day]
            if _differ(wanted, rows[day]):
                yield finding("terms.only_in_target", day=day)
                break


def _differ(wanted: Mapping[str, Value], row: Mapping[str, Value]) -> bool:
    return any(not same(wanted[name], row[name]) for name in _COMPARED if name in wanted and name in row)


def _last_day(values: Mapping[str, Value]) -> date | None:
    return next((day for name in END_FIELDS if isinstance(day := values.get(name), date)), None)
