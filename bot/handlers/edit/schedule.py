"""`/integration schedule`: when to sync, afterwards."""

from __future__ import annotations

from bot.core.text import Markup, text
from bot.handlers.edit import base
from bot.handlers.framework.integration_picker import Work
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.wizard import Finish, Next, StepContext, Turn, Wizard, finish
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.overview.cards import schedule_choice
from bot.handlers.shared import schedule_step
from bot.handlers.shared.channel_note import note
from bot.handlers.shared.drafts import ScheduleDraft
from bot.handlers.shared.schedule_step import ScheduleStep, UntestedStep
from bot.providers.registry import main_resource
from bot.slack.roles import Action
from bot.views.blocks import View, moment
from bot.views.edit import saved as views
from bot.views.shared import schedule as schedule_view
from storage import audit, integrations, schedules
from storage.integrations import Integration, IntegrationState

KIND = "schedule"


def register(listeners: AuthorizedListeners, runner: WizardRunner) -> None:
    """The conversation, and the searches (the set-up's too)."""
    runner.add(Wizard(KIND, ScheduleDraft, (SaveSchedule(), SaveUntested()), base.ended, Action.EDIT))
    schedule_step.register(listeners, runner)


def editor(runner: WizardRunner) -> Work:
    """Opens the form with the schedule as it is."""

    async def edit(interaction: Interaction, integration: Integration) -> None:
        answers = await base.answers_of(ScheduleDraft, interaction, integration)
        async with interaction.services.database.reading() as session:
            stored = await schedules.get(session, integration.id, resource=main_resource(integration.provider))
        now = schedule_choice(stored, interaction.member.timezone, interaction.services.clock())
        answers.choose(now)
        if now.scheduled:
            # It is on already: changing its time is not turning it on.
            answers.confirmed.append("untested")
        await runner.begin(interaction, KIND, answers, integration.id)

    return edit


class SaveSchedule(ScheduleStep):
    """The form; saved at once unless it has to be confirmed."""

    @property
    def submit_key(self) -> str:
        """Saving is the end."""
        return "flow.save"

    async def proceed(self, context: StepContext[ScheduleDraft]) -> Turn:
        """On to the question, or the end."""
        if context.answers.scheduled and not context.answers.tested and "untested" not in context.answers.confirmed:
            return Next()
        return await _save(context, "schedule.changed")


class SaveUntested(UntestedStep):
    """The question; yes saves."""

    async def proceed(self, context: StepContext[ScheduleDraft]) -> Turn:
        """Recorded as what it is."""
        return await _save(context, "schedule.enabled_untested")


async def _save(context: StepContext[ScheduleDraft], action: str) -> Turn:
    interaction, integration_id = context.interaction, context.draft.integration_id
    assert integration_id is not None
    async with interaction.services.database.session() as session:
        integration = await base.unchanged(session, context)
        if integration is None:
            return Finish(base.overtaken(context))
        # Noted on the integration, so that a form which another admin opened before does not undo this one.
        assert context.answers.base_version is not None
        await integrations.update(session, integration_id, context.answers.base_version)
        resource = main_resource(integration.provider)
        before = await schedules.get(session, integration_id, resource=resource)
        after = await schedule_step.put_schedule(session, context, integration_id, resource)
        if after is not None and integration.state is IntegrationState.TESTED:
            await integrations.set_state(session, integration_id, IntegrationState.LIVE)
        old = schedule_choice(before, context.answers.timezone, interaction.services.clock())
        await audit.write(
            session,
            interaction.team_id,
            interaction.user_id,
            action,
            integration_id,
            old=schedule_step.audited(old),
            new=schedule_step.audited(context.answers.schedule),
        )
        await finish(session, context, integration_id)
    chosen = context.answers.schedule
    if schedule_step.audited(old) != schedule_step.audited(chosen):
        note(interaction, integration, "schedule", lambda t: schedule_view.described(t, chosen))
    return Finish(_saved(context, integration, after))


def _saved(context: StepContext[ScheduleDraft], integration: Integration, after: schedules.Schedule | None) -> View:
    t = context.interaction.t
    said = text(
        "edit.schedule.saved",
        name=integration.name,
        schedule=Markup(schedule_view.described(t, context.answers.schedule)),
    )
    if after is None:
        return views.saved(t, said, integration_id=integration.id)
    return views.saved(
        t,
        said,
        text("edit.schedule.saved.next", when=moment(t, after.next_run_at)),
        text("schedule.guarded"),
        integration_id=integration.id,
    )
