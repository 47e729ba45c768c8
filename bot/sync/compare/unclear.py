"""What of a target's person cannot be compared, as far as it stands in the way of what the person should have."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.findings import Finding, Severity
from bot.domain.record import Level, Record
from bot.providers.protocol import TargetPerson
from bot.sync.compare.diff import Difference


def unclear_of(person: TargetPerson, desired: Record, what: Difference) -> tuple[Finding, ...]:
    """Findings on employments that the target has and nobody can tell.

    One whose first day cannot be read may be any: a second one would be made beside it. Of one that is over, and in
    which nothing is to be written, it is told alone; what we have nothing to do with is the target's own.
    """
    lasting = {part.key[0] for part in desired if part.level is Level.EMPLOYMENT and not part.existing_only}
    known = {part.key[0] for part in desired if part.key}
    written = {key[0] for _, key in what.new_parts if key} | {change.key[0] for change in what.fields if change.key}
    found: list[Finding] = []
    for start, why in person.unclear.items():
        if start is None or start in lasting | written:
            found.append(why)
        elif start in known:
            found.append(replace(why, severity=Severity.WARNING))
    return tuple(found)
