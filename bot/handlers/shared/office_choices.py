"""The offices that a payroll system's units are asked for: those of a company abroad are none of its business."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from bot.domain.employee import PersonSummary, Unit
from bot.domain.scope import Parents, Scope, ScopeKind, department_parents
from bot.providers.kit.countries import country_code
from bot.providers.protocol import Choice, Source


async def offices_of(
    source: Source, countries: Collection[str], scope: Scope | None = None, kept: Collection[str] = ()
) -> list[Choice]:
    """The offices to ask for, by id and name: see `concerned`. Raises `ProviderError`."""
    units = [count.unit for count in await source.offices(counted=False)]
    if len(units) < 2:
        return _choices(units)
    parents: Parents = {}
    if scope is not None and scope.kind is ScopeKind.DEPARTMENTS:
        parents = department_parents(await source.departments(counted=False))
    people = await source.everyone()
    return _choices(concerned(units, people, countries, scope or Scope(ScopeKind.EVERYONE), kept, parents))


def concerned(
    offices: Sequence[Unit],
    people: Iterable[PersonSummary],
    countries: Collection[str],
    scope: Scope,
    kept: Collection[str] = (),
    parents: Parents | None = None,
) -> list[Unit]:
    """The offices of people who are in the scope and may be paid in one of the countries (ISO 3166-1 alpha-2).

    An office where all whose country is known work elsewhere is left out; one without anybody is nobody's yet, and
    stays where everyone is in scope. Offices and people that a scope names stay, and so do those in `kept`.
    """
    if scope.kind is ScopeKind.OFFICES:
        return [office for office in offices if office.id in scope.ids or office.id in kept]
    staff: Mapping[str, list[PersonSummary]] = defaultdict(list)
    named = set(kept)
    for person in people:
        if person.office_id is None:
            continue
        if scope.kind is ScopeKind.PEOPLE and scope.selects(person):
            named.add(person.office_id)
        if scope.kind is not ScopeKind.DEPARTMENTS or scope.selects(person, parents or {}):
            staff[person.office_id].append(person)
    empty_ones = scope.kind is not ScopeKind.DEPARTMENTS
    return [
        office
        for office in offices
        if office.id in named or (_at_home(staff[office.id], countries) if staff[office.id] else empty_ones)
    ]


def _at_home(people: Iterable[PersonSummary], countries: Collection[str]) -> bool:
    known = {code for person in people if (code := country_code(person.country)) is not None}
    return not known or not known.isdisjoint(countries)


def _choices(offices: Iterable[Unit]) -> list[Choice]:
    return [Choice(value=office.id, label=office.name) for office in offices]
