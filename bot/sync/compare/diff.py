"""What has to be written so that a target's record becomes the desired one, by the provider's field table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date

from bot.domain.change import FieldChange
from bot.domain.record import Address, Level, Part, Record, Value, is_empty, same
from bot.providers.protocol import TYPED_IN, FieldSpec, Write


@dataclass(frozen=True, slots=True)
class Difference:
    """What to write (`fields`), which parts do not exist yet, and which of the fields somebody else has changed.

    `kept` names derived fields (see `FieldSpec.derived`) that do not follow a correction, as they are somebody's own.
    `by_hand` is what differs and only a person can change (`TYPED_IN`).
    """

    fields: tuple[FieldChange, ...] = ()
    new_parts: tuple[Address, ...] = ()
    drift: tuple[FieldChange, ...] = ()
    kept: tuple[str, ...] = ()
    by_hand: tuple[FieldChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.fields or self.new_parts)


class UnknownField(ValueError):
    """A record holds a field that is not in the provider's field table."""


def rules_by_key(rules: Sequence[FieldSpec]) -> dict[tuple[Level, str], FieldSpec]:
    """The field table by level and key."""
    return {(rule.level, rule.key): rule for rule in rules}


def difference(
    desired: Record,
    held: Record | None,
    rules: Sequence[FieldSpec],
    *,
    wrote: Callable[[Level, tuple[date, ...], str, Value], bool] | None = None,
    keep: frozenset[str] = frozenset(),
    today: date | None = None,
    takes_back: bool = False,
) -> Difference:
    """Compare the desired record with what the target holds (None: nobody there yet).

    A part of `held` that leaves a field's key out says that the field cannot be read; such a field is written only
    together with a new part, or along with another change where its rule says so. Parts that only the target has are
    left alone: nothing is ever deleted. New terms leave to the provider, which carries it over from the row before
    them, whatever is a default and stands there already. `wrote` tells what we wrote last, for drift and, with
    `takes_back`, for what the source has taken back since. Fields named in
    `keep` stay as the target has them. Terms that a later row of the target's own has replaced by `today` keep what is
    no pay: it would be carried back in time.
    """
    sides = _Sides(
        rules=rules_by_key(rules),
        ours=frozenset(part.address for part in desired),
        theirs={part.address: part for part in held or ()},
        keep=keep,
        today=today,
        wrote=wrote,
        takes_back=takes_back,
    )
    fields: list[FieldChange] = []
    new_parts: list[Address] = []
    drift: list[FieldChange] = []
    kept: dict[str, None] = {}
    by_hand: list[FieldChange] = []
    for part in sorted(desired, key=lambda part: (len(part.key), part.key)):
        old = sides.present(part)
        if old is None:
            if not sides.is_made(part):
                continue
            new_parts.append(part.address)
        own, along = sides.changes(part, old)
        if old is not None:
            by_hand += [change for change in own if sides.is_typed_in(part, change)]
            own = [change for change in own if not sides.is_typed_in(part, change)]
        follow, stay = sides.derived(part, old, [*own, *along]) if own else ((), ())
        fields += [*own, *along, *follow]
        kept |= dict.fromkeys(stay)
        if old is not None and wrote is not None:
            ours = [change for change in own if wrote(*part.address, change.field, part.values.get(change.field))]
            drift += [*ours, *(follow if ours else ())]
    return Difference(tuple(fields), tuple(new_parts), tuple(drift), tuple(kept), tuple(by_hand))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """The two records of a comparison, and by which rules they are compared."""

    rules: Mapping[tuple[Level, str], FieldSpec]
    ours: frozenset[Address]
    theirs: Mapping[Address, Part]
    keep: frozenset[str]
    today: date | None
    wrote: Callable[[Level, tuple[date, ...], str, Value], bool] | None
    takes_back: bool

    def present(self, part: Part) -> Part | None:
        """The part as the target has it; None where it has none."""
        return self.theirs.get(part.address)

    def is_made(self, part: Part) -> bool:
        """Whether a part that the target has not is made."""
        return not part.existing_only and not _before_history(part, self.theirs)

    def changes(self, part: Part, old: Part | None) -> tuple[list[FieldChange], list[FieldChange]]:
        """What is to be written of a part: what is a reason to write it, and what goes along."""
        former = _row_before(part, self.theirs) if old is None else None
        own: list[FieldChange] = []
        beside: list[FieldChange] = []
        for change in self.writable(part, old, former):
            (beside if self._rule(part.level, change.field).write is Write.ALONG else own).append(change)
        whole = old is None and former is None
        return own, [change for change in beside if whole or self.along(change, own)]

    def writable(self, part: Part, old: Part | None, former: Part | None) -> Iterator[FieldChange]:
        """The values of a part that differ from what the target has, and that may replace it.

        `former` is the row before new terms. Raises `UnknownField`.
        """
        if old is not None and _replaced(part, self.theirs, self.ours, self.today):
            part = replace(part, defaults=frozenset(part.values) - PAY_FIELDS)
        for name, value in part.values.items():
            rule = self._rule(part.level, name)
            if (old is not None and name in self.keep) or _carried_over(rule, part, former):
                continue
            if (change := _compare(rule, part, value, old)) is not None:
                yield change
        yield from self._taken_back(part, old)

    def _taken_back(self, part: Part, old: Part | None) -> Iterator[FieldChange]:
        """The clearing of what an earlier sync has put there and the source no longer has, where the field table
        allows it. A day that is over stays: by then it has been paid by."""
        if old is None or part.existing_only or self.wrote is None or not self.takes_back:
            return
        for rule in self.rules.values():
            before = old.values.get(rule.key)
            gone = rule.takes_back and rule.level is part.level and is_empty(part.values.get(rule.key))
            over = isinstance(before, date) and self.today is not None and before < self.today
            if gone and not over and not is_empty(before) and self.wrote(*part.address, rule.key, before):
                yield FieldChange(*part.address, rule.key, None, before, rule.private)

    def is_typed_in(self, part: Part, change: FieldChange) -> bool:
        """Whether only a person can change a field."""
        return self._rule(part.level, change.field).write in TYPED_IN

    def along(self, change: FieldChange, own: Sequence[FieldChange]) -> bool:
        """Whether the change of an `ALONG` field goes with these of its part."""
        return goes_along(self._rule(change.level, change.field), {other.field for other in own})

    def derived(
        self, part: Part, old: Part | None, changes: Sequence[FieldChange]
    ) -> tuple[Sequence[FieldChange], Sequence[str]]:
        """What follows the changes of a part, and the names of what somebody has typed and stays. Of a new part, the
        target derives it itself."""
        return _derived(self.rules.values(), part, old, changes) if old is not None else ((), ())

    def _rule(self, level: Level, name: str) -> FieldSpec:
        rule = self.rules.get((level, name))
        if rule is None:
            raise UnknownField(f"{level}.{name} is not in the field table")
        return rule


PAY_FIELDS = frozenset({"annual_salary", "monthly_salary", "hourly_wage", "salary"})
"""Field keys under which a provider's table holds pay, which the source gives from a day on."""


def _replaced(part: Part, present: Mapping[Address, Part], ours: Set[Address], today: date | None) -> bool:
    """Whether a row that only the target has, and that is in force by today, comes after these terms."""
    if today is None or part.level is not Level.TERMS:
        return False
    return any(
        level is Level.TERMS
        and key[0] == part.key[0]
        and part.key < key
        and key[-1] <= today
        and (level, key) not in ours
        for level, key in present
    )


def _row_before(part: Part, present: Mapping[Address, Part]) -> Part | None:
    """The terms of the same employment after which new ones begin; None where there are none."""
    if part.level is not Level.TERMS:
        return None
    held = [a for a in present if a[0] is Level.TERMS and a[1][0] == part.key[0] and a[1] < part.key]
    return present[max(held)] if held else None


def _carried_over(rule: FieldSpec, part: Part, former: Part | None) -> bool:
    """Whether a value of new terms is a default, and the row before has one that it would replace."""
    if former is None or rule.key in PAY_FIELDS:
        return False
    return (rule.write is Write.WHEN_EMPTY or rule.key in part.defaults) and not is_empty(former.values.get(rule.key))


def _derived(
    rules: Iterable[FieldSpec], part: Part, old: Part, changes: Sequence[FieldChange]
) -> tuple[list[FieldChange], list[str]]:
    """What follows the changes of a part, and the names of what somebody has typed and stays."""
    new_values = {**old.values, **{change.field: change.new for change in changes}}
    follow, stay = list[FieldChange](), list[str]()
    for rule in rules:
        if (
            rule.derived is None
            or rule.level is not part.level
            or rule.key in part.values
            or rule.key not in old.values
        ):
            continue
        made, wanted, held = rule.derived(old.values), rule.derived(new_values), old.values[rule.key]
        if wanted is None or made is None or same(made, wanted):
            continue
        if same(held, made):
            follow.append(FieldChange(part.level, part.key, rule.key, wanted, held, rule.private))
        else:
            stay.append(rule.key)
    return follow, stay


def goes_along(rule: FieldSpec, changed: set[str]) -> bool:
    """Whether a change of these fields of a part takes an `ALONG` field of it along."""
    return bool(changed if not rule.beside else changed.intersection(rule.beside))


def _before_history(part: Part, present: Mapping[Address, Part]) -> bool:
    """Whether terms lie before the first that the target has of the same employment: what was paid by then is done."""
    if part.level is not Level.TERMS:
        return False
    held = [key for level, key in present if level is Level.TERMS and key[0] == part.key[0]]
    return bool(held) and part.key < min(held)


def _compare(rule: FieldSpec, part: Part, value: Value, old: Part | None) -> FieldChange | None:
    if old is None:
        if is_empty(value) or rule.write is Write.BY_HAND:
            return None
        return FieldChange(part.level, part.key, rule.key, value, None, rule.private)
    if rule.write is Write.ALONG and rule.key not in old.values and not is_empty(value):
        return FieldChange(part.level, part.key, rule.key, value, None, rule.private)
    if rule.write is Write.CREATE_ONLY or rule.key not in old.values:
        return None
    before = old.values[rule.key]
    if (rule.write is Write.WHEN_EMPTY or rule.key in part.defaults) and not is_empty(before):
        return None
    if same(value, before) or (is_empty(value) and not rule.clears):
        return None
    return FieldChange(part.level, part.key, rule.key, None if is_empty(value) else value, before, rule.private)


def kept_fields(
    desired: Record, held: Record, rules: Sequence[FieldSpec], written: Sequence[FieldChange]
) -> tuple[str, ...]:
    """Names of fields in which the target can be seen to have another value than the source, and keeps it.

    A rule writes them to new people only, or where they are empty; or somebody has changed them there, and they are
    left. What stands in the integration's settings alone is no value of the source.
    """
    table, going = rules_by_key(rules), {(change.level, change.key, change.field) for change in written}
    theirs = {part.address: part.values for part in held}
    names: dict[str, None] = {}
    for part in desired:
        values = theirs.get(part.address, {})
        for name, value in part.values.items():
            rule = table[part.level, name]
            of_source = rule.source and rule.write is not Write.ALONG and name not in part.defaults
            seen = of_source and name in values and (part.level, part.key, name) not in going
            if seen and not is_empty(value) and not same(value, values[name]):
                names[name] = None
    return tuple(names)


END_FIELDS = frozenset({"end_date", "employment_end"})
"""Field keys under which a provider's table holds the last day of an employment."""


def clashing_start(desired: Record, held: Record, new_parts: Sequence[Address]) -> tuple[date, date] | None:
    """The start of an employment that would be made beside one of the target's that runs at the same time.

    It is one job with two start dates far more often than two jobs, and would be paid twice. None when there is none.
    """
    ours = {part.key[0]: _last_day(part) for part in desired if part.level is Level.EMPLOYMENT}
    theirs = {
        part.key[0]: _last_day(part) for part in held if part.level is Level.EMPLOYMENT and part.key[0] not in ours
    }
    for level, key in new_parts:
        if level is not Level.EMPLOYMENT:
            continue
        start, end = key[0], ours[key[0]]
        for other, other_end in theirs.items():
            if start <= (other_end or date.max) and other <= (end or date.max):
                return start, other
    return None


def _last_day(part: Part) -> date | None:
    return next((day for name in END_FIELDS if isinstance(day := part.values.get(name), date)), None)
