"""People who seem to belong to another payroll: a run's report offers to leave them out, by a change of the scope."""

from __future__ import annotations

from bot.core.text import text
from bot.domain.outcome import PLANNED_AS, OutcomeKind
from bot.handlers.edit.scope import leaving_out
from bot.handlers.framework.integration_picker import on_id
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.runs.loaders import run_of
from bot.handlers.runs.run_people import is_ahead, opened, rows_after
from bot.slack.roles import Action
from bot.sync.report.issues import OTHER_PAYROLL
from bot.views.command import said
from bot.views.overview.cards import LEAVE_OUT
from storage.database import Database
from storage.plans import START
from storage.runs import Run


def register(listeners: AuthorizedListeners, runner: WizardRunner) -> None:
    """The button of a report; what it opens is the form of the scope, in which a person decides."""

    async def pressed(interaction: Interaction) -> None:
        run = await run_of(interaction)
        if run is None:
            return
        if people := await _of_another_payroll(interaction.services.database, run):
            await on_id(interaction, run.integration_id, leaving_out(runner, people, everyone=run.options.everyone))
        else:
            await interaction.reply(said(interaction.t, text("run.leave_out.erased")))

    listeners.action(LEAVE_OUT, pressed, Action.EDIT)


async def _of_another_payroll(database: Database, run: Run) -> list[str]:
    """The source ids of all whom the run found to be paid in another currency: by their number an office is known to
    have nobody else."""
    async with database.reading() as session:
        planned = await is_ahead(session, database, run)
    stopped = next(kind for kind, outcome in PLANNED_AS.items() if outcome is OutcomeKind.BLOCKED)
    found: list[str] = []
    after = START
    kinds = [stopped if planned else OutcomeKind.BLOCKED]
    while rows := await rows_after(database, run.id, after, kinds, planned=planned):
        after = rows[-1].position
        outcomes = (shown.outcome for shown in opened(rows))
        found += [
            outcome.person.source_id
            for outcome in outcomes
            if any(finding.code == OTHER_PAYROLL for finding in outcome.findings)
        ]
    return found
