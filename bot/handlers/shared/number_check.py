"""Whether a payroll system that takes absence alone can know the people of a scope: by their employee numbers."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing

from bot.domain.employee import Employee, EmployeeState
from bot.domain.findings import Finding, Severity
from bot.domain.resource import Resource
from bot.domain.scope import Parents, ScopeKind
from bot.handlers.framework.draft import ExaminedPerson, keep_findings
from bot.handlers.framework.wizard import StepContext
from bot.handlers.shared.drafts import ScopeDraft
from bot.providers import registry
from bot.providers.leave_protocol import LeaveLimits
from bot.providers.protocol import Source
from bot.sync.checks import has_left

KEPT_MOST = 60
SMALL_GROUP = 20


async def examine_numbers(context: StepContext[ScopeDraft], source: Source, parents: Parents, deadline: float) -> None:
    """Note whose number is missing, another's too, or not one that stands in a file. Raises `ProviderError`.

    Nothing private is read. Until the `deadline` (seconds of `time.monotonic`); who is left then is not examined.
    """
    answers, today = context.answers, context.interaction.services.clock().date()
    scope, found = answers.scope, list[tuple[str, str]]()
    async with aclosing(_seen(source, scope.source_ids())) as people:
        async for seen in people:
            if time.monotonic() > deadline:
                answers.more = True
                break
            person = seen.summary if isinstance(seen, EmployeeState) else seen
            gone = scope.kind is not ScopeKind.PEOPLE and has_left(seen, today)
            if not gone and scope.selects(person, parents):
                found.append((person.name, person.number.strip()))
    held = Counter(number for _, number in found)
    spec = registry.target(answers.provider).info.spec(Resource.ABSENCE)
    limits = (spec.leave if spec is not None else None) or LeaveLimits()
    for name, number in found:
        findings = _findings(number, held[number], limits)
        answers.examined += 1
        answers.ready += not findings
        answers.people.append(ExaminedPerson(name=name, number=number, findings=keep_findings(findings)))
    keep_those_with_findings(answers)


def keep_those_with_findings(answers: ScopeDraft) -> None:
    """All of a small group; of a large one those in whom something was found, as many as a form shows."""
    if answers.examined > SMALL_GROUP:
        answers.people = [person for person in answers.people if person.findings]
    answers.people.sort(key=lambda person: not person.findings)
    del answers.people[KEPT_MOST:]


async def _seen(source: Source, ids: frozenset[str] | None) -> AsyncGenerator[Employee | EmployeeState, None]:
    async for page in source.changes(ids, _by_state):
        for seen in page:
            yield seen


async def _by_state(_seen: EmployeeState) -> bool:
    """Nobody need be read whole."""
    return True


def _findings(number: str, held: int, limits: LeaveLimits) -> list[Finding]:
    if not number:
        return [Finding("number.missing", Severity.BLOCKING, "number")]
    found = []
    if not limits.takes_number(number):
        found.append(Finding("number.not_in_files", Severity.BLOCKING, "number"))
    if held > 1:
        found.append(Finding("duplicate.number", Severity.BLOCKING, "number", {"count": held}))
    return found
