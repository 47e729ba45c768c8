"""A change as a plan would make it, for one employee and the target as it stands."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.change import Change, ChangeKind, Person
from bot.domain.employee import Employee
from bot.providers.protocol import Target
from bot.sync.compare.diff import difference
from tests.support.provider_people import TODAY


async def change_for(target: Target, employee: Employee, settings: Mapping[str, str]) -> Change:
    """CREATE, UPDATE or UNCHANGED, by employee number."""
    desired = await target.desired(employee, settings, TODAY)
    held = next((p for p in await target.find(employee) if p.number == employee.number), None)
    what = difference(desired.record, held.record if held else None, target.fields)
    person = Person(employee.source_id, employee.number, employee.name, held.id if held else None)
    kind = ChangeKind.CREATE if held is None else ChangeKind.UPDATE if what else ChangeKind.UNCHANGED
    return Change(kind, person, what.fields, what.new_parts)
