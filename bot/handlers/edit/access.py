"""`/integration access`: an owner or admin of the workspace chooses who else may manage its integrations."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from pydantic import Field

from bot.core.text import Text, text
from bot.handlers.framework.draft import WizardState
from bot.handlers.framework.interaction import Entered, Interaction
from bot.handlers.framework.wizard import Finish, Stay, StepContext, Turn, Wizard, WizardStep, finish
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.shared.outsiders import outsiders
from bot.slack.client import NOT_DONE, word_of
from bot.slack.roles import Action
from bot.views.blocks import View
from bot.views.edit import access as views
from bot.views.wizard import StepProblem, notice
from storage import audit, workspaces

KIND = "access"
CHANGED = "access.changed"

log = structlog.get_logger(__name__)


class AccessDraft(WizardState):
    """Slack user ids: those who are chosen now, and those who were when the form was opened."""

    managers: list[str] = Field(default_factory=list)
    managers_before: list[str] = Field(default_factory=list)


def register(runner: WizardRunner) -> None:
    """The conversation."""
    runner.add(Wizard(KIND, AccessDraft, (AccessStep(),), _ended, Action.ACCESS))


async def begin(interaction: Interaction, runner: WizardRunner) -> None:
    """Open the form with those who are chosen."""
    async with interaction.services.database.reading() as session:
        chosen = list(await workspaces.managers(session, interaction.team_id))
    await runner.begin(interaction, KIND, AccessDraft(managers=chosen, managers_before=list(chosen)))


class AccessStep(WizardStep[AccessDraft]):
    """All in one form; Slack is asked who the new ones are before anything is saved."""

    name = "access"

    async def view(self, context: StepContext[AccessDraft]) -> View:
        """Those who are chosen, and those whom the installation names."""
        interaction = context.interaction
        installed = interaction.services.access.installation_managers(interaction.team_id)
        return views.access(context.frame(self), context.answers.managers, installed)

    def take(self, context: StepContext[AccessDraft], entered: Entered) -> Mapping[str, Text]:
        """Everybody who is chosen, once."""
        if views.PEOPLE in entered:
            chosen = entered[views.PEOPLE]
            people = [str(user) for user in chosen if isinstance(user, str)] if isinstance(chosen, tuple) else []
            context.answers.managers = list(dict.fromkeys(people))[: views.MOST]
        return {}

    def checking(self, context: StepContext[AccessDraft], verb: str = "") -> Text | None:  # noqa: ARG002 - one button
        """Slack is asked."""
        return text("access.checking")

    async def proceed(self, context: StepContext[AccessDraft]) -> Turn:
        """Keep what was added and taken out, unless somebody of them is none of the workspace's own."""
        interaction, answers = context.interaction, context.answers
        added = [user for user in answers.managers if user not in answers.managers_before]
        removed = [user for user in answers.managers_before if user not in answers.managers]
        try:
            outside = await outsiders(interaction, added)
        except NOT_DONE as error:
            log.warning("chosen_not_looked_up", team=interaction.team_id, error=word_of(error))
            return Stay(StepProblem(text=text("access.unsure"), field=views.PEOPLE))
        if outside:
            return Stay(
                StepProblem(
                    text=text("access.outside"),
                    advice=text("access.outside.advice", who=views.mentions(outside)),
                    field=views.PEOPLE,
                )
            )
        async with interaction.services.database.session() as session:
            await workspaces.ensure(session, interaction.team_id)
            before, after = await workspaces.change_managers(session, interaction.team_id, added, removed)
            if before != after:
                await audit.write(
                    session,
                    interaction.team_id,
                    interaction.user_id,
                    CHANGED,
                    old={"managers": list(before)},
                    new={"managers": list(after)},
                )
            await finish(session, context, KIND)
        interaction.services.access.forget(interaction.team_id)
        return Finish(views.saved(interaction.t, after))


def _ended(context: StepContext[AccessDraft]) -> View:
    """For a second press: it is saved already."""
    t = context.interaction.t
    return notice(t, t("access.title"), text("access.saved.before"))
