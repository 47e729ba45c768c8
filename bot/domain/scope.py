"""Which employees an integration is about: everyone, chosen departments or offices, or a small test group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

from bot.domain.employee import Employee, PersonSummary, UnitCount

Parents = Mapping[str, str | None]
"""Department id to the id of the department above it."""

_NO_TREE: Parents = MappingProxyType({})


class ScopeKind(StrEnum):
    """What the ids of a scope name."""

    PEOPLE = "people"
    DEPARTMENTS = "departments"
    OFFICES = "offices"
    EVERYONE = "everyone"


@dataclass(frozen=True, slots=True)
class Scope:
    """A rule that picks employees, by the source's ids.

    `excluded` names people, `without_offices` the offices whose people are left out of a scope of everyone or of
    departments, those who come to them later as well. `in_offices` narrows departments to the people of these offices.
    """

    kind: ScopeKind
    ids: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    without_offices: frozenset[str] = frozenset()
    in_offices: frozenset[str] = frozenset()

    def selects(self, person: Employee | PersonSummary, parents: Parents = _NO_TREE) -> bool:
        """Whether the person is in the scope. A department takes in everything below it in `parents`."""
        if person.source_id in self.excluded or _office(person) in self.without_offices:
            return False
        match self.kind:
            case ScopeKind.EVERYONE:
                return True
            case ScopeKind.PEOPLE:
                return person.source_id in self.ids
            case ScopeKind.OFFICES:
                return _office(person) in self.ids
            case ScopeKind.DEPARTMENTS:
                if self.in_offices and _office(person) not in self.in_offices:
                    return False
                return any(unit in self.ids for unit in _upwards(_department(person), parents))

    def leaving_out(self, people: Sequence[PersonSummary], offices: Iterable[UnitCount]) -> Scope:
        """The rule without these people: by their offices where nobody else is, else one by one."""
        if self.kind is ScopeKind.PEOPLE:
            return replace(self, ids=self.ids - {person.source_id for person in people})
        found = Counter(person.office_id for person in people)
        theirs = {count.unit.id for count in offices if count.people and found[count.unit.id] >= count.people}
        alone = frozenset(person.source_id for person in people if person.office_id not in theirs)
        if self.kind is ScopeKind.OFFICES:
            return replace(self, ids=self.ids - theirs, excluded=self.excluded | alone)
        return replace(self, excluded=self.excluded | alone, without_offices=self.without_offices | theirs)

    def within(self, before: Scope, most: int) -> Scope:
        """The rule with no more than so many people left out one by one; whom `before` left out stays out."""
        more = sorted(self.excluded - before.excluded)[: max(0, most - len(before.excluded))]
        return replace(self, excluded=before.excluded | frozenset(more))

    def source_ids(self) -> frozenset[str] | None:
        """The people to ask the source for; None when the rule can only be judged person by person."""
        return self.ids - self.excluded if self.kind is ScopeKind.PEOPLE else None

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form with sorted ids, so that equal scopes are stored alike."""
        kept = {"kind": self.kind.value, "ids": sorted(self.ids), "excluded": sorted(self.excluded)}
        offices = {"without_offices": self.without_offices, "in_offices": self.in_offices}
        return kept | {name: sorted(ids) for name, ids in offices.items() if ids}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The scope that `to_json` wrote. Raises `ValueError` for a kind that does not exist."""
        names = ("ids", "excluded", "without_offices", "in_offices")
        return cls(ScopeKind(data["kind"]), *(frozenset(data.get(name, ())) for name in names))


def department_parents(departments: Iterable[UnitCount]) -> dict[str, str | None]:
    """The tree that `Scope.selects` needs, from what `Source.departments` gives."""
    return {count.unit.id: count.unit.parent_id for count in departments}


def with_those_below(departments: Sequence[UnitCount]) -> list[UnitCount]:
    """Departments counted as a scope takes them in: with everyone in the departments below."""
    parents = department_parents(departments)
    people: dict[str, int] = dict.fromkeys(parents, 0)
    for count in departments:
        for unit in _upwards(count.unit.id, parents):
            people[unit] = people.get(unit, 0) + count.people
    return [replace(count, people=people[count.unit.id]) for count in departments]


def _office(person: Employee | PersonSummary) -> str | None:
    if isinstance(person, PersonSummary):
        return person.office_id
    return person.office.id if person.office else None


def _department(person: Employee | PersonSummary) -> str | None:
    if isinstance(person, PersonSummary):
        return person.department_id
    return person.department.id if person.department else None


def _upwards(unit: str | None, parents: Parents) -> Iterable[str]:
    seen: set[str] = set()  # a source's tree may hold a circle
    while unit is not None and unit not in seen:
        seen.add(unit)
        yield unit
        unit = parents.get(unit)
