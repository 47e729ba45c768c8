"""Pay that would become several times what the target holds, or a fraction of it: what a slip of the period or of a
digit looks like, and a raise hardly ever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from bot.domain.change import FieldChange
from bot.domain.findings import Finding
from bot.domain.record import Level, Record
from bot.sync.checks.compensation import jumps
from bot.sync.checks.findings import finding
from bot.sync.compare.diff import PAY_FIELDS


def pay_jumps(fields: Sequence[FieldChange], held: Record) -> Iterator[Finding]:
    """A finding for each kind of pay in which a change is out of proportion. Amounts are never put into a finding."""
    told: set[str] = set()
    for change in fields:
        if change.field not in PAY_FIELDS or change.field in told or not isinstance(change.new, Decimal):
            continue
        before = change.old if isinstance(change.old, Decimal) and change.old else _before(change, held)
        if before is not None and jumps(before, change.new):
            told.add(change.field)
            yield finding("pay.jump", field=change.field)


def _before(change: FieldChange, held: Record) -> Decimal | None:
    """The same kind of pay as the target has it before a new row: in the row before it, or of the employment itself."""
    parts = [
        part
        for part in held
        if part.level is not Level.PERSON and change.key and part.key[0] == change.key[0] and part.key <= change.key
    ]
    for part in sorted(parts, key=lambda part: part.key, reverse=True):
        amount = part.values.get(change.field)
        if isinstance(amount, Decimal) and amount:
            return amount
    return None
