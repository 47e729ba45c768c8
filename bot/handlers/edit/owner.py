"""`/integration rename`: another name for an integration, and another owner."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from bot.core.text import Markup, Text, text
from bot.handlers.edit import base
from bot.handlers.framework.integration_picker import Work
from bot.handlers.framework.interaction import Entered, Interaction
from bot.handlers.framework.wizard import Finish, Stay, StepContext, Turn, Wizard, WizardStep, finish
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.overview import home
from bot.handlers.shared.channel_note import note
from bot.handlers.shared.drafts import IntegrationDraft
from bot.handlers.shared.outsiders import known_member
from bot.locales.translator import single_line
from bot.slack.client import NOT_DONE, word_of
from bot.slack.roles import Action
from bot.views.blocks import View
from bot.views.edit import owner as views
from bot.views.edit import saved as edit_view
from bot.views.wizard import StepProblem
from storage import audit, integrations, workspaces
from storage.integrations import Integration

KIND = "owner"

log = structlog.get_logger(__name__)


class OwnerDraft(IntegrationDraft):
    """The name that was typed, and who is told of trouble (a Slack user id)."""

    owner: str = ""


def register(runner: WizardRunner) -> None:
    """The conversation."""
    runner.add(Wizard(KIND, OwnerDraft, (OwnerStep(),), base.ended, Action.EDIT))


def editor(runner: WizardRunner) -> Work:
    """Opens the form with both as they are."""

    async def edit(interaction: Interaction, integration: Integration) -> None:
        answers = await base.answers_of(OwnerDraft, interaction, integration)
        answers.owner = integration.owner_user_id
        await runner.begin(interaction, KIND, answers, integration.id)

    return edit


class OwnerStep(WizardStep[OwnerDraft]):
    """Both in one form; Slack is asked who a new owner is."""

    name = "owner"

    async def view(self, context: StepContext[OwnerDraft]) -> View:
        """The form."""
        return views.owner(context.frame(self), context.answers.name, context.answers.owner)

    def take(self, context: StepContext[OwnerDraft], entered: Entered) -> Mapping[str, Text]:
        """A name of one line, and one person."""
        name, owner = entered.get(views.NAME), entered.get(views.OWNER)
        context.answers.name = " ".join(single_line(name).split()) if isinstance(name, str) else ""
        context.answers.owner = owner if isinstance(owner, str) else ""
        errors = {} if context.answers.name else {views.NAME: text("setup.summary.name.empty")}
        return errors if context.answers.owner else errors | {views.OWNER: text("owner.empty")}

    def checking(self, context: StepContext[OwnerDraft], verb: str = "") -> Text | None:  # noqa: ARG002 - one button
        """Slack is asked."""
        return text("access.checking")

    async def proceed(self, context: StepContext[OwnerDraft]) -> Turn:
        """Keep both, unless the name is another's, or the owner could not act on what they are told."""
        interaction, answers, integration_id = context.interaction, context.answers, context.draft.integration_id
        assert integration_id is not None
        assert answers.base_version is not None
        problem = await _cannot_own(interaction, integration_id, answers.owner)
        if problem is not None:
            return Stay(problem)
        async with interaction.services.database.session() as session:
            await workspaces.lock_for_update(session, interaction.team_id)
            before = await base.unchanged(session, context)
            if before is None:
                return Finish(base.overtaken(context))
            others = [
                each for each in await integrations.list_for(session, interaction.team_id) if each.id != integration_id
            ]
            if any(each.name.casefold() == answers.name.casefold() for each in others):
                return Stay(StepProblem(text=text("setup.summary.name.taken"), field=views.NAME))
            after = await integrations.update(
                session, integration_id, answers.base_version, name=answers.name, owner_user_id=answers.owner
            )
            old = {"name": before.name, "owner": before.owner_user_id}
            new = {"name": after.name, "owner": after.owner_user_id}
            if old != new:
                await audit.write(
                    session,
                    interaction.team_id,
                    interaction.user_id,
                    "integration.renamed",
                    integration_id,
                    old={key: value for key, value in old.items() if value != new[key]},
                    new={key: value for key, value in new.items() if value != old[key]},
                )
            await finish(session, context, integration_id)
        _announce(interaction, before, after)
        await home.refresh(interaction)
        said = text("owner.saved", name=after.name, owner=Markup(f"<@{after.owner_user_id}>"))
        return Finish(edit_view.saved(interaction.t, said, integration_id=after.id))


async def _cannot_own(interaction: Interaction, integration_id: str, owner: str) -> StepProblem | None:
    """Why somebody cannot be the new owner: what an owner is told of, only who may manage can mend."""
    async with interaction.services.database.reading() as session:
        integration = await integrations.get(session, integration_id, team_id=interaction.team_id)
    if integration is not None and integration.owner_user_id == owner:
        return None
    try:
        member = await known_member(interaction, owner)
    except NOT_DONE as error:
        log.warning("owner_not_looked_up", team=interaction.team_id, error=word_of(error))
        return StepProblem(text=text("access.unsure"), field=views.OWNER)
    if member is not None and member.may(Action.EDIT):
        return None
    return StepProblem(text=text("owner.may_not"), advice=text("owner.may_not.advice"), field=views.OWNER)


def _announce(interaction: Interaction, before: Integration, after: Integration) -> None:
    """One line in the channel, for each of both that is another."""
    if before.name != after.name:
        note(interaction, before, "renamed", lambda t: t.md("setup.company.value", value=after.name))
    if before.owner_user_id != after.owner_user_id:
        note(interaction, after, "owner", lambda _: f"<@{after.owner_user_id}>")
