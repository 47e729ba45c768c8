"""`/integration setup`: from the checklist to an integration that is ready for its first preview."""

from __future__ import annotations

from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.wizard import Wizard
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.setup.channel import ChannelStep
from bot.handlers.setup.draft import SetupDraft
from bot.handlers.setup.source import SourceStep
from bot.handlers.setup.start import StartStep, SystemStep
from bot.handlers.setup.summary import SummaryStep, ended
from bot.handlers.setup.target import AccountsStep, SettingsStep, TargetStep
from bot.handlers.shared.schedule_step import ScheduleStep, UntestedStep
from bot.handlers.shared.scope_step import ReadinessStep, ScopeStep, WidenStep
from bot.slack.roles import Action

KIND = "setup"


def register(runner: WizardRunner) -> None:
    """The conversation."""
    steps = (
        StartStep(),
        SystemStep(),
        SourceStep(),
        TargetStep(),
        AccountsStep(),
        SettingsStep(),
        ScopeStep(),
        WidenStep(),
        ReadinessStep(),
        ScheduleStep(),
        UntestedStep(),
        ChannelStep(),
        SummaryStep(),
    )
    runner.add(Wizard(KIND, SetupDraft, steps, ended, Action.CREDENTIALS))


async def begin(interaction: Interaction, runner: WizardRunner) -> None:
    """Open the checklist, or offer to go on with what was left unfinished."""
    answers = SetupDraft.of_person(interaction.member.timezone, interaction.language)
    await runner.begin_or_resume(interaction, KIND, answers)
