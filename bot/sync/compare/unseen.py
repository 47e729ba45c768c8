"""What a target does not show of a person, so that nobody can say whether it is equal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.domain.findings import Finding
from bot.domain.record import Record, is_empty
from bot.providers.protocol import TYPED_IN, Desired, FieldSpec, Write
from bot.sync.checks.findings import finding
from bot.sync.compare.diff import rules_by_key
from bot.sync.compare.leftovers import ONE_OF, Wrote

_COMPARED = TYPED_IN | {Write.ALWAYS, Write.WHEN_EMPTY}

_WITH = {"mobile_country": "mobile_phone"}
"""Fields that are shown, and written, with another one alone."""


def unseen_fields(
    desired: Desired, held: Record, rules: Sequence[FieldSpec], wrote: Wrote | None = None
) -> tuple[str, ...]:
    """Names of fields of the source that the target leaves out of a part that it has (`TargetPerson.record`).

    What the last sync `wrote` there is as equal as anybody can tell. Where a person has one of several, and the target
    shows which, the others are known to be empty, unless it is another one that the source has.
    """
    table, theirs = rules_by_key(rules), {part.address: part.values for part in held}
    names: dict[str, None] = {}
    for part in desired.record:
        shown = theirs.get(part.address)
        if not shown or part.existing_only:
            continue
        for (level, name), rule in table.items():
            if level is not part.level or {name, _WITH.get(name)} & shown.keys():
                continue
            if not rule.source or rule.write not in _COMPARED:
                continue
            ours = part.values.get(name)
            told_by_another = any(name in group and group & shown.keys() for group in ONE_OF)
            if is_empty(ours):
                known = told_by_another or name in desired.unspoken
            else:
                known = wrote is not None and wrote(*part.address, name, ours)
            if not known:
                names[name] = None
    return tuple(names)


def never_sent(desired: Desired, rules: Sequence[FieldSpec]) -> tuple[str, ...]:
    """Names of fields of somebody new that a person alone can bring there, and that the target will not show."""
    table = rules_by_key(rules)
    typed_in = {key for key, rule in table.items() if rule.write is Write.BY_HAND and not rule.target}
    names = [name for part in desired.record for name in part.values if (part.level, name) in typed_in]
    return tuple(dict.fromkeys(names))


def changed_unseen(desired: Desired, unseen: Sequence[str], wrote: Wrote | None) -> Iterator[Finding]:
    """Of those fields, what is another value than at the last sync: it is not written, and nobody can see it there."""
    if wrote is None:
        return
    for part in desired.record:
        for name in unseen:
            value = part.values.get(name)
            if not is_empty(value) and not wrote(*part.address, name, value):
                yield finding("value.unseen", field=name)
