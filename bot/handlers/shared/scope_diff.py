"""How far a scope reaches: how many people it takes in, and who comes in and goes out when it replaces another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from bot.domain.employee import PersonSummary
from bot.domain.scope import Parents, Scope, ScopeKind, department_parents
from bot.providers.protocol import Source
from bot.views.shared.scope import SHOWN_NAMES, ScopeDiff, person_label

log = structlog.get_logger(__name__)

COUNT_SECONDS = 25.0
"""The first reading of a large company takes longer; it goes on by itself, and checking again finds it done."""


async def scope_diff(source: Source, scope: Scope, before: Scope | None) -> ScopeDiff | None:
    """Count a scope and, where it replaces another, what changes; None when the names are not read in time.

    Raises `ProviderError`.
    """
    scopes = (scope, before) if before else (scope,)
    kinds = {counted.kind for counted in scopes}
    try:
        async with asyncio.timeout(COUNT_SECONDS):
            everyone = await source.everyone() if kinds != {ScopeKind.PEOPLE} else ()
            parents = department_parents(await source.departments()) if ScopeKind.DEPARTMENTS in kinds else {}
            known = {person.source_id for person in everyone}
            named = frozenset[str]().union(*(counted.source_ids() or () for counted in scopes))
            others = await source.summaries(sorted(named - known))
    except TimeoutError:
        log.info("scope_not_counted")
        return None
    return await asyncio.to_thread(_counted, [*everyone, *others], scope, before, parents)


def _counted(people: Sequence[PersonSummary], scope: Scope, before: Scope | None, parents: Parents) -> ScopeDiff:
    inside = [person for person in people if scope.selects(person, parents)]
    if before is None:
        return ScopeDiff(people=len(inside))
    were = {person.source_id for person in people if before.selects(person, parents)}
    are = {person.source_id for person in inside}
    coming = [person for person in inside if person.source_id not in were]
    going = [person for person in people if person.source_id in were - are]
    return ScopeDiff(
        people=len(inside),
        coming_count=len(coming),
        going_count=len(going),
        coming=tuple(person_label(person) for person in coming[:SHOWN_NAMES]),
        going=tuple(person_label(person) for person in going[:SHOWN_NAMES]),
    )
