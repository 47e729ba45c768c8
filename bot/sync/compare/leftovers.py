"""What the source has taken back and the target still holds (an end of employment, pay from a day on, an address), and
what neither has.

Nothing that somebody has typed is ever deleted in a target, and of what a sync has written only what the field table
takes back. So it is told, as often as the two are compared, until a person has put it right in one of the systems.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from bot.domain.findings import Finding
from bot.domain.record import Level, Part, Record, Value, is_empty, is_unset, same
from bot.providers.protocol import Desired, FieldSpec, Write
from bot.sync.checks.findings import finding
from bot.sync.compare.diff import END_FIELDS, PAY_FIELDS, rules_by_key

_COMPARED = PAY_FIELDS | {"percentage"}


def leftovers(
    desired: Desired, held: Record, today: date, named: Iterable[str], told: Iterable[Finding]
) -> tuple[Finding, ...]:
    """Findings about ends and terms that only the target has, about values that only it has (`named`: see
    `only_theirs`) as far as nothing that is `told` says why, and about what both lack. Terms that are over are history
    and not compared."""
    return (
        *_found(desired.record, held, today),
        *_only_theirs(named, told),
        *_lacking(desired, held, today),
        *_other(desired, held, today),
    )


_ADDRESS = frozenset({"street", "postal_code", "city", "country"})
_IDENTITY = frozenset({"identity_number", "d_number"})
_MOBILE = frozenset({"mobile_phone", "mobile_country"})
_ONE_KIND = _IDENTITY, _MOBILE
ONE_OF = *_ONE_KIND, PAY_FIELDS
"""Of these a person has one, or one with what belongs to it: where the source gives any, none is missing."""

Wrote = Callable[[Level, tuple[date, ...], str, Value], bool]
"""Whether the last sync put a value into a field of a part."""

_TOGETHER = {name: group for group in (_ADDRESS, *ONE_OF) for name in group}
"""Fields that are one thing to a reader, and told once."""

_OWN_WORDS = END_FIELDS | {"occupation_code"}
"""Fields whose lack is told in words of their own (`_found`, `Desired.when_other`)."""

_TOLD_AS: Mapping[str, Iterable[str]] = {
    "work_email": ("email",),
    "private_email": ("email",),
    "work_phone": ("phone",),
    "private_phone": ("phone", "mobile_phone", "mobile_country"),
    "identity_number": _IDENTITY,
    "employment_type": ("employment_form",),
    "compensation": PAY_FIELDS,
}
"""Fields of a target that have no value because of what a check tells of one of the source."""


def only_theirs(
    desired: Desired, held: Record, rules: Sequence[FieldSpec], today: date, wrote: Wrote | None = None
) -> tuple[str, ...]:
    """Names of fields in which the target has a value, and the record none though the source could give it.

    What the settings keep from the target (`Desired.unspoken`) is none of the source's, and what the target fills in
    by itself (`FieldSpec.fills`) nobody has given, unless the last sync `wrote` it. Pay of another kind beside the
    record's is payroll's own as well, and what is no longer in force is history.
    """
    table = rules_by_key(rules)
    names: dict[str, None] = {}
    for part in desired.record:
        if part.existing_only:
            continue
        given = {name for name, value in part.values.items() if not is_empty(value)}
        silent = given | desired.unspoken | _OWN_WORDS
        for other, rule, value in _beside(part, held, table):
            ours = bool(wrote and wrote(*other.address, rule.key, value))
            if is_unset(value) or rule.key in silent or (same(value, rule.fills) and not ours):
                continue
            if rule.key in PAY_FIELDS:
                if _is_paid(other, desired.record) or _is_history(other, held, today):
                    continue
            elif any(rule.key in group and group & given for group in _ONE_KIND):
                continue
            names[rule.key] = None
    return tuple(names)


Former = tuple[Level, tuple[date, ...], str, Value]
"""A value of a part: its level and key, the field, and what it is."""


def former_pay(
    desired: Desired, held: Record, rules: Sequence[FieldSpec], today: date, wrote: Wrote | None
) -> tuple[Former, ...]:
    """Pay of another kind than the record's, in the same part, that a sync `wrote` and the field table leaves standing
    (`FieldSpec.stays`). What payroll has typed there is its own."""
    table, found = rules_by_key(rules), list[Former]()
    for part in desired.record:
        given = {name for name, value in part.values.items() if not is_empty(value)}
        if part.existing_only or wrote is None or not PAY_FIELDS & given:
            continue
        for other, rule, value in _beside(part, held, table):
            stands = rule.stays and rule.key not in given | desired.unspoken and other.address == part.address
            if not stands or is_unset(value) or _is_history(other, held, today):
                continue
            if wrote(*other.address, rule.key, value):
                found.append((*other.address, rule.key, value))
    return tuple(found)


def _is_paid(there: Part, record: Record) -> bool:
    """Whether the record has pay that holds at a part of the target."""
    return any(
        PAY_FIELDS & part.values.keys() and part.key[:1] == there.key[:1] and part.key <= there.key for part in record
    )


def _is_history(there: Part, held: Record, today: date) -> bool:
    """Whether a row of the target is no longer in force: another one of the same employment has followed by today."""
    return there.level is Level.TERMS and any(
        part.level is Level.TERMS and part.key[0] == there.key[0] and there.key < part.key and part.key[-1] <= today
        for part in held
    )


def _beside(
    part: Part, held: Record, table: Mapping[tuple[Level, str], FieldSpec]
) -> Iterator[tuple[Part, FieldSpec, Value]]:
    """What the target has in the place of a part and the source could give, with the pay of an employment."""
    for other in held:
        pay = part.level is Level.EMPLOYMENT and other.key[:1] == part.key
        for name, value in other.values.items():
            rule = table.get((other.level, name))
            if rule is None or not rule.source or rule.write is Write.ALONG or rule.clears:
                continue
            if other.address == part.address or (pay and name in PAY_FIELDS):
                yield other, rule, value


def _only_theirs(named: Iterable[str], told: Iterable[Finding]) -> Iterator[Finding]:
    """What stays as only the target has it. A check, or the target, may have told why the source gives none."""
    about = {found.field for found in told}
    known = {name for one in about for name in (one, *_TOLD_AS.get(one, ()))}
    for name in named:
        if name not in known:
            known |= _TOGETHER.get(name, {name})
            yield finding("value.only_in_target", field=name)


def _lacking(desired: Desired, held: Record, today: date) -> Iterator[Finding]:
    for (level, start, name), found in desired.when_empty.items():
        part = _in_force(held, level, start, today)
        if part is None or (name in part.values and is_empty(part.values[name])):
            yield found


def _other(desired: Desired, held: Record, today: date) -> Iterator[Finding]:
    """Where the target has another value than the record, in a field that is not written."""
    for (level, start, name), found in desired.when_other.items():
        row = _in_force(held, level, start, today)
        ours = _in_force(desired.record, level, start, today)
        value = row.values.get(name) if row else None
        if not is_empty(value) and not same(ours.values.get(name) if ours else None, value):
            yield replace(found, values={**found.values, "held": str(value)})


def _start(part: Part) -> date:
    return part.key[0] if part.key else date.min


def _in_force(record: Record, level: Level, start: date, today: date) -> Part | None:
    """The part of an employment that holds by today, or its first; the person's own (`date.min`) always does."""
    parts = sorted((part for part in record if (part.level, _start(part)) == (level, start)), key=lambda one: one.key)
    begun = [part for part in parts if not part.key or part.key[-1] <= today] or parts[:1]
    return begun[-1] if begun else None


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
