"""Whom a run of leave is about: who has leave, or days that were delivered, and is in scope. Reads the source."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bot.domain.employee import Employee, EmployeeState, PersonSummary
from bot.domain.leave import EmployedSpan, LeavePerson
from bot.domain.scope import Parents, Scope, ScopeKind, department_parents
from bot.providers.protocol import Source

AT_ONCE = 500
"""People that are asked for in one read."""


async def leave_people(
    source: Source, wanted: Collection[str], scope: Scope, placed: Mapping[str, str]
) -> dict[str, LeavePerson]:
    """Those of the wanted who are in scope, by their id; `placed` has their ids in the target, from the employee sync.

    Raises `ProviderError`. Whoever the source does not have any more is in no scope.
    """
    parents: Parents = {}
    if scope.kind is ScopeKind.DEPARTMENTS:
        parents = department_parents(await source.departments(counted=False))
    found: dict[str, LeavePerson] = {}
    ids = sorted(wanted)
    for start in range(0, len(ids), AT_ONCE):
        async for page in source.changes(frozenset(ids[start : start + AT_ONCE]), _everybody):
            for seen in page:
                person = _person(seen, placed)
                if scope.selects(_summary(seen), parents):
                    found[person.employee_id] = person
    return found


async def _everybody(_seen: EmployeeState) -> bool:
    """Nobody need be read whole: leave asks for nothing that is private."""
    return True


def _summary(seen: Employee | EmployeeState) -> Employee | PersonSummary:
    return seen.summary if isinstance(seen, EmployeeState) else seen


def _person(seen: Employee | EmployeeState, placed: Mapping[str, str]) -> LeavePerson:
    if isinstance(seen, EmployeeState):
        number, name, office = seen.summary.number, seen.summary.name, seen.summary.office_id
    else:
        number, name, office = seen.number, seen.name, seen.office.id if seen.office else None
    return LeavePerson(
        employee_id=seen.source_id,
        number=number.strip(),
        target_id=placed.get(seen.source_id),
        name=name,
        office_id=office,
        employments=tuple(
            sorted({EmployedSpan(each.start, each.end) for each in seen.employments}, key=lambda span: span.first)
        ),
    )
