"""Whom a run of leave is about: who has leave, or days that were delivered, and is in scope. Reads the source."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Protocol

from bot.domain.employee import EmployeeState, UnitCount
from bot.domain.leave import EmployedSpan, LeavePerson
from bot.domain.scope import Parents, Scope, ScopeKind, department_parents


class PeopleSeen(Protocol):
    """As much of a source as says who people are, where they belong, and when they are employed."""

    def employed(self, source_ids: frozenset[str] | None = None) -> AsyncIterator[Sequence[EmployeeState]]:
        """As of `LeaveSource`."""
        ...

    async def departments(self, *, counted: bool = True) -> Sequence[UnitCount]:
        """As of `Source`."""
        ...


AT_ONCE = 500
"""People that are asked for in one read."""


MANY = 1_000
"""From so many people on it may take fewer requests to read everybody than to ask for each by their id."""

_TIMES = 10
"""So many more people come with a page of everybody than with one of those who are asked for by their ids."""


async def leave_people(
    source: PeopleSeen, wanted: Collection[str], scope: Scope, placed: Mapping[str, str], *, of: int | None = None
) -> dict[str, LeavePerson]:
    """Those of the wanted who are in scope, by their id; `placed` has their ids in the target, from the employee sync.
    `of` is how many people the source has, as far as that is known.

    Raises `ProviderError`. Whoever the source does not have any more is in no scope.
    """
    parents: Parents = {}
    if scope.kind is ScopeKind.DEPARTMENTS:
        parents = department_parents(await source.departments(counted=False))
    found: dict[str, LeavePerson] = {}
    named = scope.source_ids()
    ids = sorted(wanted if named is None else named.intersection(wanted))
    everybody = of is not None and len(ids) >= MANY and len(ids) * _TIMES >= of
    chunks = [None] if everybody else [frozenset(ids[at : at + AT_ONCE]) for at in range(0, len(ids), AT_ONCE)]
    asked = frozenset(ids)
    for chunk in chunks:
        async for page in source.employed(chunk):
            for seen in page:
                if seen.source_id in asked and scope.selects(seen.summary, parents):
                    found[seen.source_id] = _person(seen, placed)
    return found


def _person(seen: EmployeeState, placed: Mapping[str, str]) -> LeavePerson:
    spans = {EmployedSpan(each.start, each.end) for each in seen.employments}
    return LeavePerson(
        employee_id=seen.source_id,
        number=seen.summary.number.strip(),
        target_id=placed.get(seen.source_id),
        name=seen.summary.name,
        office_id=seen.summary.office_id,
        employments=tuple(sorted(spans, key=lambda span: span.first)),
    )
