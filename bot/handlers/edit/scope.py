"""`/integration scope`: who takes part, afterwards."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from slack_sdk.models.blocks import Option as OptionModel

from bot.core.text import Markup, text
from bot.domain.scope import Scope, ScopeKind
from bot.handlers.edit import base
from bot.handlers.framework.integration_picker import Work
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.wizard import Finish, StepContext, Turn, Wizard, finish
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.overview.cards import described_scope
from bot.handlers.shared.channel_note import note
from bot.handlers.shared.drafts import ScopeDraft
from bot.handlers.shared.scope_step import ReadinessStep, ScopeStep, WidenStep, register_search, units_of
from bot.slack.roles import Action
from bot.views.blocks import View
from bot.views.edit import saved as views
from bot.views.shared import scope as scope_view
from bot.views.shared.scope import Picked
from storage import audit, integrations
from storage.integrations import Integration

KIND = "scope"

LEFT_OUT_MOST = 100
"""People who are left out one by one: Slack takes a hundred choices to a field. The next preview offers the rest."""


def register(listeners: AuthorizedListeners, runner: WizardRunner) -> None:
    """The conversation, and the searches (the set-up's too)."""
    runner.add(Wizard(KIND, ScopeDraft, (ScopeStep(), WidenStep(), SaveScope()), base.ended, Action.EDIT))
    register_search(listeners, runner)


def editor(runner: WizardRunner) -> Work:
    """Opens the form with the scope as it is; the names in it are read from Simployer."""

    async def edit(interaction: Interaction, integration: Integration) -> None:
        await _begin(runner, interaction, integration)

    return edit


def leaving_out(runner: WizardRunner, source_ids: Sequence[str], *, everyone: bool) -> Work:
    """Opens the form with these people left out of the scope, for a person to look at and save.

    `everyone`: they were found in the whole company, of which a test group becomes all but these.
    """

    async def edit(interaction: Interaction, integration: Integration) -> None:
        before = Scope.from_json(integration.scope)
        whole = everyone and before.kind is ScopeKind.PEOPLE
        await _begin(runner, interaction, integration, source_ids, Scope(ScopeKind.EVERYONE) if whole else before)

    return edit


async def _begin(
    runner: WizardRunner,
    interaction: Interaction,
    integration: Integration,
    left_out: Sequence[str] = (),
    of: Scope | None = None,
) -> None:
    """The form with the scope as it is, or with people left out of another one (`of`)."""
    before = Scope.from_json(integration.scope)

    async def prepare(answers: ScopeDraft) -> None:
        scope = before
        if of is not None:
            async with interaction.services.connections.source(interaction.team_id) as source:
                people, offices = await source.summaries(sorted(left_out)), await source.offices()
            scope = of.leaving_out(people, offices).within(of, LEFT_OUT_MOST)
        answers.scope_kind = scope.kind
        answers.picked = {one.kind: await _picked(interaction, one) for one in (before, scope)}
        answers.excluded = await _people(interaction, scope.excluded)
        answers.without_offices = await _units(interaction, ScopeKind.OFFICES, scope.without_offices)
        answers.in_offices = await _units(interaction, ScopeKind.OFFICES, scope.in_offices)

    answers = await base.answers_of(ScopeDraft, interaction, integration)
    answers.scope_kind, answers.base_scope = before.kind, before.to_json()
    await runner.begin_after(
        interaction, KIND, answers, integration.id, text("edit.scope.reading", name=integration.name), prepare
    )


async def _picked(interaction: Interaction, scope: Scope) -> list[Picked]:
    if scope.kind is ScopeKind.EVERYONE:
        return []
    if scope.kind is ScopeKind.PEOPLE:
        return await _people(interaction, scope.ids)
    return await _units(interaction, scope.kind, scope.ids)


async def _units(interaction: Interaction, kind: ScopeKind, ids: Collection[str]) -> list[Picked]:
    if not ids:
        return []
    async with interaction.services.connections.source(interaction.team_id) as source:
        units = await units_of(source, kind)
    return [_kept(scope_view.unit_option(interaction.t, unit)) for unit in units if unit.unit.id in ids]


async def _people(interaction: Interaction, ids: Collection[str]) -> list[Picked]:
    if not ids:
        return []
    async with interaction.services.connections.source(interaction.team_id) as source:
        return [_kept(scope_view.person_option(person)) for person in await source.summaries(sorted(ids))]


def _kept(option: OptionModel) -> Picked:
    return Picked(id=str(option.value), label=option.to_dict()["text"]["text"])


class SaveScope(ReadinessStep):
    """The readiness of the new scope, and Save."""

    def submit_key(self, context: StepContext[ScopeDraft]) -> str:  # noqa: ARG002 - the set-up goes on here instead
        """Saving is the end."""
        return "flow.save"

    async def proceed(self, context: StepContext[ScopeDraft]) -> Turn:
        """Keep the scope, unless somebody else has changed the integration meanwhile."""
        interaction, integration_id = context.interaction, context.draft.integration_id
        assert integration_id is not None
        assert context.answers.base_version is not None
        scope = context.answers.scope.to_json()
        async with interaction.services.database.session() as session:
            before = await base.unchanged(session, context)
            if before is None:
                return Finish(base.overtaken(context))
            after = await integrations.update(session, integration_id, context.answers.base_version, scope=scope)
            action = "scope.widened_untested" if "widen" in context.answers.confirmed else "scope.changed"
            old, new = {"scope": before.scope}, {"scope": scope}
            await audit.write(
                session, interaction.team_id, interaction.user_id, action, integration_id, old=old, new=new
            )
            await finish(session, context, integration_id)
        if before.scope != after.scope:
            # By numbers: who is tested first is not everybody's affair.
            note(interaction, after, "scope", lambda t: described_scope(t, after))
        return Finish(_saved(context, after))


def _saved(context: StepContext[ScopeDraft], after: Integration) -> View:
    t = context.interaction.t
    said = text("edit.scope.saved", name=after.name, scope=Markup(described_scope(t, after)))
    return views.saved(t, said, integration_id=after.id)
