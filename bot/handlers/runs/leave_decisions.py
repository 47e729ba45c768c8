"""What a run of leave left open, answered by whoever may manage: a page of lines at a time, kept page by page."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from bot.core.text import Text, text
from bot.domain.resource import Resource
from bot.handlers.framework.integration_picker import on_id
from bot.handlers.framework.interaction import Entered, Interaction, place_of
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.wizard import Finish, Stay, StepContext, Turn, Wizard, WizardStep, finish
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.runs.loaders import run_of
from bot.handlers.shared.drafts import RunDraft
from bot.jobs.leave.leave_decisions import LeaveDecisions
from bot.slack.roles import Action
from bot.sync.leave.ledger_entries import Decision
from bot.views import command as command_views
from bot.views.blocks import View
from bot.views.report.leave_message import DECIDE_LEAVE
from bot.views.runs import leave_decisions as views
from bot.views.wizard import StepProblem
from storage import audit, runs
from storage.integrations import Integration

KIND = "leave_decisions"


class LeaveDecisionsDraft(RunDraft):
    """Where the person is: the number of the first line of the page, the answers to it, those that are to be taken
    back, and how many were kept, refused and taken back so far.

    The lines themselves are read anew for each page: no draft says why somebody is away.
    """

    page: int = 0
    decided: dict[str, str] = Field(default_factory=dict)
    answers_kept: int = 0
    answers_refused: int = 0
    back: list[int] = Field(default_factory=list)
    answers_back: int = 0


def register(listeners: AuthorizedListeners, runner: WizardRunner) -> None:
    """The conversation, and the button of a run's report."""
    runner.add(Wizard(KIND, LeaveDecisionsDraft, (LeaveQuestionsStep(),), ended, Action.DECIDE))

    async def pressed(interaction: Interaction) -> None:
        run = await run_of(interaction)
        if run is None:
            return
        decisions = LeaveDecisions(interaction.services.database, run)
        if run.resource != Resource.ABSENCE or not (await decisions.open() or await decisions.given()):
            await interaction.reply(command_views.said(interaction.t, views.NONE))
            return

        async def begin(interaction: Interaction, integration: Integration) -> None:
            # It says why people are away: whoever looks is on record before they see it.
            async with interaction.services.database.session() as session:
                await audit.write(
                    session, run.team_id, interaction.user_id, "run.viewed", run.integration_id, new={"run": run.id}
                )
            draft = LeaveDecisionsDraft(name=integration.name, provider=integration.provider, run_id=run.id)
            await runner.begin(interaction, KIND, draft, integration.id)

        await on_id(interaction, run.integration_id, begin)

    listeners.action(DECIDE_LEAVE, pressed, Action.DECIDE)


class LeaveQuestionsStep(WizardStep[LeaveDecisionsDraft]):
    """A page of lines."""

    name = "lines"

    async def view(self, context: StepContext[LeaveDecisionsDraft]) -> View:
        """What is open from the page's first line on, read anew."""
        decisions = await _decisions(context)
        if decisions is None:
            return views.gone(context.interaction.t)
        left = [each for each in await decisions.open() if each.at >= context.answers.page]
        return views.questions(
            context.frame(self, back=None),
            views.OpenLinesPage(
                lines=left[: views.PAGE],
                system=context.interaction.t(f"{context.answers.provider}.name"),
                left=len(left),
                given=await decisions.given(),
            ),
        )

    def take(self, context: StepContext[LeaveDecisionsDraft], entered: Entered) -> Mapping[str, Text]:
        """The answers of the page. What was left for later, or not ticked, is none."""
        answers: dict[str, str] = {}
        back: list[int] = []
        for block_id, value in entered.items():
            if block_id.startswith(f"{views.ANSWER}.") and value != views.LATER:
                if value not in set(Decision):
                    return {block_id: text("flow.choose")}
                answers[block_id.rpartition(".")[2]] = str(value)
            elif block_id.startswith(f"{views.TICKS}.") and isinstance(value, tuple):
                answers |= {str(at): Decision.BY_HAND.value for at in value}
            elif block_id.startswith(f"{views.BACK}.") and isinstance(value, tuple):
                back += [place for at in value if (place := place_of(str(at))) is not None]
        context.answers.decided, context.answers.back = answers, back
        return {}

    async def proceed(self, context: StepContext[LeaveDecisionsDraft]) -> Turn:
        """Keep the answers, and go on to the lines after those that were shown."""
        interaction, answers = context.interaction, context.answers
        last = _last(interaction.form_values)
        if last < answers.page and not answers.back and not _only_given(interaction.form_values):
            return Stay()  # a second press: the page has been answered, and another is shown
        decisions = await _decisions(context)
        if decisions is None:
            return Finish(views.gone(interaction.t))
        if await decisions.is_writing():
            return Stay(StepProblem(text=views.WRITES))
        chosen = {int(at): Decision(said) for at, said in answers.decided.items()}
        booked = await decisions.book(chosen, interaction.user_id)
        answers.answers_kept += booked.kept
        back = await decisions.take_back(answers.back, interaction.user_id)
        answers.answers_back += back.kept
        answers.answers_refused += booked.refused + back.refused
        answers.decided, answers.back, answers.page = {}, [], max(answers.page, last + 1)
        if any(each.at >= answers.page for each in await decisions.open()):
            return Stay()
        integration_id = context.draft.integration_id
        assert integration_id is not None
        async with interaction.services.database.session() as session:
            await finish(session, context, integration_id)
        kept, refused, taken_back = answers.answers_kept, answers.answers_refused, answers.answers_back
        return Finish(views.done(interaction.t, kept=kept, refused=refused, taken_back=taken_back))


def ended(context: StepContext[LeaveDecisionsDraft]) -> View:
    """For a second press of the last page."""
    return views.saved(context.interaction.t)


async def _decisions(context: StepContext[LeaveDecisionsDraft]) -> LeaveDecisions | None:
    database = context.interaction.services.database
    async with database.reading() as session:
        run = await runs.get(session, context.answers.run_id, team_id=context.interaction.team_id)
    return LeaveDecisions(database, run) if run is not None else None


def _last(entered: Entered) -> int:
    """The number of the last line that a form has; -1 for one of no lines."""
    ours = [each for each in entered if each.startswith((f"{views.ANSWER}.", f"{views.TICKS}."))]
    return max((int(each.rpartition(".")[2]) for each in ours), default=-1)


def _only_given(entered: Entered) -> bool:
    """Whether a form has nothing but answers that can be taken back."""
    return _last(entered) == -1 and any(each.startswith(f"{views.BACK}.") for each in entered)
