"""`/integration setup`: from the checklist to an integration that is ready for its first preview."""

from __future__ import annotations

import structlog

from bot.core.text import text
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.wizard import StepContext, Wizard
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.setup.absence import SetupAbsenceSettingsStep, SetupAbsenceStep, SetupAbsenceTypesStep
from bot.handlers.setup.copied import copy_anew
from bot.handlers.setup.draft import SetupDraft
from bot.handlers.setup.limit import LimitReached, require_room
from bot.handlers.setup.source import SourceStep, connected_company
from bot.handlers.setup.start import SystemStep
from bot.handlers.setup.summary import SummaryStep, ended
from bot.handlers.setup.target import AccountsStep, SettingsStep, TargetStep
from bot.handlers.shared.scope_step import ScopeStep, UnreadyStep, WidenStep
from bot.slack.client import NOT_DONE, word_of
from bot.slack.roles import Action
from bot.views import blocks as b
from bot.views.command import offer, said
from bot.views.overview.cards import SETUP

KIND = "setup"

log = structlog.get_logger(__name__)

FORMER = {"start": "system", "schedule": "summary", "untested": "summary", "channel": "summary"}
"""Steps of versions before, and those that ask for the same now, or come where they came."""

STEPS = (
    SystemStep(),
    SourceStep(),
    TargetStep(),
    AccountsStep(),
    SettingsStep(),
    ScopeStep(),
    WidenStep(),
    UnreadyStep(),
    SetupAbsenceStep(),
    SetupAbsenceTypesStep(),
    SetupAbsenceSettingsStep(),
    SummaryStep(),
)
"""In order. Texts: `setup.step.<name>`, of all but the first."""


def register(runner: WizardRunner) -> None:
    """The conversation."""
    runner.add(Wizard(KIND, SetupDraft, STEPS, ended, Action.CREDENTIALS, tell_kept, FORMER, know_source, copy_anew))


async def know_source(interaction: Interaction, answers: SetupDraft) -> None:
    """Whoever has Simployer connected is not asked for it again."""
    answers.source_company = await connected_company(interaction)


def tell_kept(context: StepContext[SetupDraft]) -> None:
    """Say once, to whoever closed the window, that what was entered is there and until when."""
    answers, interaction = context.answers, context.interaction
    if not answers.begun or answers.kept_told:
        return
    answers.kept_told = True
    t = interaction.t
    kept = text("setup.kept", when=b.moment(t, context.draft.expires_at))
    message = offer(t, kept, SETUP, "setup.kept.continue", "", style=None)

    async def tell() -> None:
        try:
            await interaction.client.chat_postMessage(
                channel=interaction.user_id, text=message["text"], blocks=message["blocks"]
            )
        except NOT_DONE as error:
            log.info("kept_not_told", team=interaction.team_id, error=word_of(error))

    interaction.services.background.spawn(tell(), f"kept:{context.draft.id}")


async def begin(
    interaction: Interaction, runner: WizardRunner, answers: SetupDraft | None = None, copied_id: str = ""
) -> None:
    """Open the checklist, with `answers` where some are known, or offer to go on with what was left unfinished.

    Whoever then starts over begins with `copied_id`, the integration to copy. Not where there is no room for another.
    """
    try:
        async with interaction.services.database.reading() as session:
            await require_room(session, interaction)
    except LimitReached as reached:
        t = interaction.t
        await interaction.reply(said(t, reached.text, b.section(t.render_md(reached.advice))))
        return
    answers = answers or SetupDraft.of_person(interaction.member.timezone, interaction.language)
    await runner.begin_or_resume(interaction, KIND, answers, copied_id)
