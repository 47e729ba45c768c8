"""A known problem of one person is not told each time, until a day: chosen beside the person in a run's list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from bot.core.text import Markup, Text, text
from bot.domain.outcome import Outcome
from bot.domain.resource import Resource
from bot.handlers.framework.integration_picker import on_id
from bot.handlers.framework.interaction import Entered, Interaction, place_of
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.wizard import Finish, Stay, StepContext, Turn, Wizard, WizardStep, finish
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.shared.drafts import RunDraft
from bot.jobs.scheduling.calendar import local_day
from bot.slack.roles import Action
from bot.sync.codec import outcome_from_json
from bot.sync.report.issues import issues
from bot.sync.report.problem_delta import can_be_muted, problems_as_said
from bot.views import command as command_view
from bot.views.blocks import View
from bot.views.person_line import person_line_md
from bot.views.runs import mute as views
from bot.views.wizard import StepProblem, notice
from storage import audit, outcomes, problems, runs
from storage.integrations import Integration
from storage.runs import Run, RunKind

KIND = "mute"

USUAL_DAYS, MOST_DAYS = 14, 90
"""What is offered, and the longest: after that somebody has to look again."""


class MuteDraft(RunDraft):
    """The person's place in the run, and the last day."""

    mute_position: int = 0
    mute_until: date | None = None


def register(listeners: AuthorizedListeners, runner: WizardRunner) -> None:
    """The button beside a person, and the conversation."""
    runner.add(Wizard(KIND, MuteDraft, (MuteStep(),), _ended, Action.DECIDE))

    async def show(interaction: Interaction) -> None:
        run_id, _, named = interaction.value.rpartition(":")
        position = place_of(named)
        async with interaction.services.database.reading() as session:
            run = await runs.get(session, run_id, team_id=interaction.team_id)
        if run is None or position is None or await _outcome(interaction, run_id, position) is None:
            await interaction.reply(command_view.said(interaction.t, text("run.ended")))
            return

        async def begin(interaction: Interaction, integration: Integration) -> None:
            answers = MuteDraft(
                name=integration.name, provider=integration.provider, run_id=run_id, mute_position=position
            )
            await runner.begin(interaction, KIND, answers, integration.id)

        await on_id(interaction, run.integration_id, begin)

    listeners.action(views.MUTE, show, Action.DECIDE)


def offers_muting(run: Run) -> bool:
    """Whether problems that the run told of are known ones: those of a sync of employees that is over."""
    return run.kind is RunKind.SYNC and run.ended and run.resource == Resource.EMPLOYEES


class MuteStep(WizardStep[MuteDraft]):
    """What is wrong, and until when it is left untold."""

    name = "mute"

    async def view(self, context: StepContext[MuteDraft]) -> View:
        """The person's outcome is read anew each time; its name stands in no draft."""
        interaction, answers = context.interaction, context.answers
        outcome = await _outcome(interaction, answers.run_id, answers.mute_position)
        if outcome is None:
            return notice(interaction.t, interaction.t("mute.title"), text("run.ended"))
        today = _today(interaction)
        async with interaction.services.database.reading() as session:
            known = await problems.load(session, context.draft.integration_id or "")
        muted = problems.muted_people(known, today).get(outcome.person.source_id)
        until = answers.mute_until or muted or today + timedelta(days=USUAL_DAYS)
        wrong = [issue for issue in issues(outcome) if issue.blocking]
        return views.mute(context.frame(self), outcome.person, wrong, until, muted)

    def take(self, context: StepContext[MuteDraft], entered: Entered) -> Mapping[str, Text]:
        """A day from now on, and not a far one."""
        chosen, today = entered.get(views.UNTIL), _today(context.interaction)
        context.answers.mute_until = date.fromisoformat(chosen) if isinstance(chosen, str) else None
        until = context.answers.mute_until
        if until is None or not today <= until <= today + timedelta(days=MOST_DAYS):
            return {views.UNTIL: text("mute.until.wrong", last=today + timedelta(days=MOST_DAYS))}
        return {}

    def keep(self, context: StepContext[MuteDraft], entered: Entered) -> None:
        """The form begins anew."""

    async def proceed(self, context: StepContext[MuteDraft]) -> Turn:
        """Mute what is known of the person, if it is still what the run told of."""
        return await _save(context, context.answers.mute_until)

    async def act(self, context: StepContext[MuteDraft], verb: str) -> Turn:  # noqa: ARG002 - the form has one button
        """Tell it again from now on."""
        return await _save(context, None)


async def _save(context: StepContext[MuteDraft], until: date | None) -> Turn:
    interaction, answers, integration_id = context.interaction, context.answers, context.draft.integration_id
    assert integration_id is not None
    outcome = await _outcome(interaction, answers.run_id, answers.mute_position)
    if outcome is None or not can_be_muted(outcome):
        return Stay(StepProblem(text=text("mute.not_this"), advice=text("mute.not_this.advice")))
    source_id = outcome.person.source_id
    said = {code: digest for (_, code), digest in problems_as_said(outcome).items()}
    async with interaction.services.database.session() as session:
        if not await problems.mute(session, integration_id, source_id, said, until):
            return Stay(StepProblem(text=text("mute.another"), advice=text("mute.another.advice")))
        await audit.write(
            session,
            interaction.team_id,
            interaction.user_id,
            "problem.muted" if until else "problem.unmuted",
            integration_id,
            new={"employee": source_id, "codes": sorted(said)} | ({"muted_until": until.isoformat()} if until else {}),
        )
        await finish(session, context, integration_id)
    t = interaction.t
    who = Markup(person_line_md(t, outcome.person.name, outcome.person.number))
    done = Text("mute.done", {"who": who, "until": until}) if until else Text("mute.stopped", {"who": who})
    return Finish(notice(t, t("mute.title"), done))


async def _outcome(interaction: Interaction, run_id: str, position: int) -> Outcome | None:
    """What became of one person in a run whose problems are known ones; None once it was erased."""
    database = interaction.services.database
    async with database.reading() as session:
        run = await runs.get(session, run_id, team_id=interaction.team_id)
        if run is None or not offers_muting(run):
            return None
        rows = await outcomes.following(session, database.vault, run_id, position - 1)
    return next((outcome_from_json(row.detail) for row in rows if row.position == position), None)


def _today(interaction: Interaction) -> date:
    return local_day(interaction.services.clock(), interaction.member.timezone)


def _ended(context: StepContext[MuteDraft]) -> View:
    """For a second press: it is saved already."""
    t = context.interaction.t
    return notice(t, t("mute.title"), text("access.saved.before"))
