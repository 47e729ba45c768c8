"""The scope steps: who takes part, are they ready, and are you sure."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing
from typing import cast

from slack_sdk.models.blocks import Option as OptionModel

from bot.connections import AccountDoor
from bot.core.likeness import said_in, searchable
from bot.core.text import Text, text
from bot.domain.employee import Employee, UnitCount
from bot.domain.findings import Finding, Severity
from bot.domain.resource import Capability
from bot.domain.scope import Scope, ScopeKind, department_parents, with_those_below
from bot.handlers.framework.draft import ExaminedPerson, keep_findings
from bot.handlers.framework.interaction import Entered, Interaction, Option
from bot.handlers.framework.listeners import AuthorizedListeners, Search
from bot.handlers.framework.wizard import Next, Stay, StepContext, Turn, WizardStep
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.setup.target import open_source
from bot.handlers.shared.drafts import CredentialsDraft, ScopeDraft
from bot.handlers.shared.number_check import examine_numbers, keep_those_with_findings
from bot.handlers.shared.scope_diff import scope_diff
from bot.providers import registry
from bot.providers.protocol import Desired, Source, Target, TargetBase
from bot.sync.checks import CheckContext, has_left, readiness
from bot.views.blocks import View
from bot.views.shared import scope as views
from bot.views.shared.scope import Picked
from bot.views.wizard import confirmation
from storage import integrations
from storage.integrations import Integration

EXAMINED_MOST = 200
"""People examined in a dialog: the preview examines everyone."""

EXAMINE_SECONDS = 25.0
"""Nobody waits longer for a dialog; in a large company a department may take long to be found together."""

OFFERED_MOST = 100
UNITS_SECONDS = 60.0


class ScopeStep(WizardStep[ScopeDraft]):
    """Who takes part."""

    name = "scope"

    async def view(self, context: StepContext[ScopeDraft]) -> View:
        """The kind, and the search that belongs to it."""
        answers = context.answers
        company = answers.source_company
        left_out = (answers.excluded, answers.without_offices, answers.in_offices)
        return views.scope(
            context.frame(self), answers.scope_kind, answers.picked, *left_out, company,
            absence_alone=answers.absence_alone,
        )  # fmt: skip

    def take(self, context: StepContext[ScopeDraft], entered: Entered) -> Mapping[str, Text]:
        """What was picked; a change makes an earlier confirmation void."""
        answers = context.answers
        before = answers.scope
        kind = entered.get(views.KIND)
        if isinstance(kind, str):
            answers.scope_kind = ScopeKind(kind)
        for searched in views.SEARCHED:
            chosen = entered.get(views.block_id(searched))
            if isinstance(chosen, tuple):
                answers.picked[searched] = _picked(chosen)
        left_out = entered.get(views.EXCLUDED)
        if isinstance(left_out, tuple):
            answers.excluded = _picked(left_out)
        offices = entered.get(views.WITHOUT_OFFICES)
        if isinstance(offices, tuple):
            answers.without_offices = _picked(offices)
        narrowed = entered.get(views.IN_OFFICES)
        if isinstance(narrowed, tuple):
            answers.in_offices = _picked(narrowed)
        if answers.scope != before and "widen" in answers.confirmed:
            answers.confirmed.remove("widen")
        if answers.scope_kind in views.SEARCHED and not answers.scope.ids:
            return {views.block_id(answers.scope_kind): text(f"scope.{answers.scope_kind.value}.empty")}
        return {}

    def checking(self, context: StepContext[ScopeDraft], verb: str = "") -> Text | None:  # noqa: ARG002 - as the engine calls it
        """The people are read from Simployer."""
        return text("scope.checking")

    async def proceed(self, context: StepContext[ScopeDraft]) -> Turn:
        """Read and examine."""
        await examine(context)
        return Next()


def _picked(chosen: tuple[Option | str, ...]) -> list[Picked]:
    return [Picked(id=option.value, label=option.label) for option in chosen if isinstance(option, Option)]


class WidenStep(WizardStep[ScopeDraft]):
    """More than a test group before any sync has succeeded: sure?"""

    name = "widen"
    question = True

    def applies(self, context: StepContext[ScopeDraft]) -> bool:
        """Only before the first success."""
        return context.answers.scope_kind is not ScopeKind.PEOPLE and not context.answers.tested

    async def view(self, context: StepContext[ScopeDraft]) -> View:
        """The question."""
        t = context.interaction.t
        return confirmation(
            context.frame(self),
            t("widen.title"),
            text(f"widen.{context.answers.scope_kind.value}"),
            text("widen.advice"),
            yes=t("widen.yes"),
        )

    async def proceed(self, context: StepContext[ScopeDraft]) -> Turn:
        """Noted here, recorded with what it allows."""
        context.answers.confirmed.append(self.name)
        return Next()


class ReadinessStep(WizardStep[ScopeDraft]):
    """Every missing or invalid field, by name."""

    name = "readiness"

    async def view(self, context: StepContext[ScopeDraft]) -> View:
        """What was found."""
        answers, t = context.answers, context.interaction.t
        reach = views.scope_diff(answers.reach)
        return views.readiness(context.frame(self), answers.readiness, submit=t(self.submit_key(context)), extra=reach)

    def submit_key(self, context: StepContext[ScopeDraft]) -> str:  # noqa: ARG002 - editing a scope ends here instead
        """The label of the button that goes on."""
        return "flow.next"

    def checking(self, context: StepContext[ScopeDraft], verb: str = "") -> Text | None:  # noqa: ARG002 - as the engine calls it
        """Only checking again asks Simployer."""
        return text("scope.checking") if verb == "again" else None

    async def act(self, context: StepContext[ScopeDraft], verb: str) -> Turn:  # noqa: ARG002 - as the engine calls it
        """Read and examine again, after something was corrected in Simployer."""
        await examine(context)
        return Stay()


class UnreadyStep(ReadinessStep):
    """The same, where there is anything to be told: a test group that has all that is needed is not stopped at."""

    question = True

    def applies(self, context: StepContext[ScopeDraft]) -> bool:
        """Unless everybody of a test group is ready, without a remark."""
        return not context.answers.all_ready


async def examine(context: StepContext[ScopeDraft]) -> None:
    """Read the scope's people and note what is missing or invalid. Raises `ProviderError`. Nothing is sent."""
    answers, services = context.answers, context.interaction.services
    today = services.clock().date()
    info = registry.target(answers.provider).info
    assert answers.target_company is not None
    checked = CheckContext(today=today, environment=answers.target_company.environment, countries=info.countries)
    answers.examined, answers.ready, answers.more, answers.people = 0, 0, False, []
    async with open_source(context) as source, AsyncExitStack() as stack:
        target = None if answers.absence_alone else await stack.enter_async_context(await open_target(context))
        scope = answers.scope
        answers.reach = await scope_diff(
            source, scope, Scope.from_json(answers.base_scope) if answers.base_scope else None
        )
        deadline = time.monotonic() + EXAMINE_SECONDS
        parents = department_parents(await source.departments()) if scope.kind is ScopeKind.DEPARTMENTS else {}
        if target is None:
            await examine_numbers(context, source, parents, deadline)
            return
        async with aclosing(_people(source, scope.source_ids())) as people:
            async for employee in people:
                if answers.examined >= EXAMINED_MOST or time.monotonic() > deadline:
                    answers.more = True
                    break
                if not scope.selects(employee, parents):
                    continue
                if scope.kind is not ScopeKind.PEOPLE and has_left(employee, today):
                    continue
                await _examine_person(context, target, employee, checked)
    keep_those_with_findings(answers)


async def _examine_person(
    context: StepContext[ScopeDraft], target: TargetBase, employee: Employee, checked: CheckContext
) -> None:
    desired = await target.desired(employee, context.answers.settings, checked.today)
    # A handful is looked up; of more people, the preview tells who is new.
    if_new = await _if_new(target, employee, desired) if context.answers.scope_kind is ScopeKind.PEOPLE else ()
    found = readiness(employee, checked, (*desired.findings, *if_new))
    context.answers.examined += 1
    context.answers.ready += found.ready
    context.answers.people.append(
        ExaminedPerson(name=found.name, number=found.number, findings=keep_findings(found.findings))
    )


async def _if_new(target: TargetBase, employee: Employee, desired: Desired) -> tuple[Finding, ...]:
    """What stands in the way of somebody whom the payroll system does not have; asked only where something does."""
    found = tuple(one for findings in desired.when_new.values() for one in findings)
    stops = any(one.severity is Severity.BLOCKING for one in found)
    if not stops or target.employees.capability is not Capability.RECONCILE:
        return ()
    return () if await cast("Target", target).find(employee) else found


async def _people(source: Source, ids: frozenset[str] | None) -> AsyncGenerator[Employee, None]:
    async for page in source.employees(ids):
        for employee in page:
            yield employee


async def open_target(context: StepContext[CredentialsDraft]) -> AbstractAsyncContextManager[TargetBase]:
    """The payroll system for employees, with the credentials of this conversation or the integration's."""
    connections, team_id = context.interaction.services.connections, context.interaction.team_id
    if (integration := await _stored(context)) is not None:
        return connections.target(integration)
    return connections.try_target(team_id, context.answers.provider, context.answers.target_credentials)


async def open_account(context: StepContext[CredentialsDraft]) -> AbstractAsyncContextManager[AccountDoor]:
    """The account in the payroll system, whatever that takes, with the same credentials."""
    connections, team_id = context.interaction.services.connections, context.interaction.team_id
    if (integration := await _stored(context)) is not None:
        return connections.account(integration)
    return connections.try_account(team_id, context.answers.provider, context.answers.target_credentials)


async def _stored(context: StepContext[CredentialsDraft]) -> Integration | None:
    """The integration whose credentials are used; None where some were entered in this conversation."""
    if context.draft.integration_id is None or context.answers.target_credentials:
        return None
    async with context.interaction.services.database.reading() as session:
        integration = await integrations.get(session, context.draft.integration_id, team_id=context.interaction.team_id)
    assert integration is not None  # a removed integration takes its drafts with it
    return integration


async def units_of(source: Source, kind: ScopeKind) -> Sequence[UnitCount]:
    """Departments or offices, counted as a scope of them takes people in. Raises `ProviderError`."""
    if kind is ScopeKind.DEPARTMENTS:
        return with_those_below(await source.departments())
    return await source.offices()


class Units:
    """Departments and offices of the accounts that somebody is choosing from, for a minute."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, ScopeKind], tuple[float, Sequence[UnitCount]]] = {}

    async def of(self, context: StepContext[ScopeDraft], kind: ScopeKind) -> Sequence[UnitCount]:
        """All of a kind, with counts. Raises `ProviderError`."""
        account = context.answers.source_company.id if context.answers.source_company else context.interaction.team_id
        kept = self._kept.get((account, kind))
        if kept and time.monotonic() - kept[0] < UNITS_SECONDS:
            return kept[1]
        async with open_source(context) as source:
            units = await units_of(source, kind)
        now = time.monotonic()
        self._kept = {key: (at, known) for key, (at, known) in self._kept.items() if now - at < UNITS_SECONDS}
        self._kept[account, kind] = (now, units)
        return units


def register_search(listeners: AuthorizedListeners, runner: WizardRunner) -> None:
    """The searches of the scope step."""
    units = Units()

    async def people(interaction: Interaction) -> Sequence[OptionModel]:
        context = await runner.load_as(interaction, ScopeDraft)
        if context is None:
            return ()
        async with open_source(context) as source:
            found = await source.search(interaction.query, OFFERED_MOST)
        return [views.person_option(person) for person in found[:OFFERED_MOST]]

    def listed(kind: ScopeKind) -> Search:
        async def search(interaction: Interaction) -> Sequence[OptionModel]:
            context = await runner.load_as(interaction, ScopeDraft)
            if context is None:
                return ()
            matching = [
                unit for unit in await units.of(context, kind) if said_in(interaction.query, searchable(unit.unit.name))
            ]
            return [views.unit_option(interaction.t, unit) for unit in matching[:OFFERED_MOST]]

        return search

    listeners.options(views.block_id(ScopeKind.PEOPLE), people, runner.action_of)
    listeners.options(views.EXCLUDED, people, runner.action_of)
    listeners.options(views.block_id(ScopeKind.DEPARTMENTS), listed(ScopeKind.DEPARTMENTS), runner.action_of)
    for action in (views.block_id(ScopeKind.OFFICES), views.WITHOUT_OFFICES, views.IN_OFFICES):
        listeners.options(action, listed(ScopeKind.OFFICES), runner.action_of)
