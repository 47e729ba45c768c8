"""`/integration thresholds`: when a run stops and asks, and what is done about drift in the payroll system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from bot.core.text import Markup, Text, text
from bot.domain.safeguard_hold import Safeguard, holds, loosened, thresholds_chosen, with_holds
from bot.handlers.edit import base
from bot.handlers.edit import safeguards as loosening
from bot.handlers.framework.integration_picker import Work
from bot.handlers.framework.interaction import Entered, Interaction
from bot.handlers.framework.wizard import Finish, Stay, StepContext, Turn, Wizard, WizardStep, finish
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.runs.start import before_start
from bot.handlers.shared.drafts import IntegrationDraft
from bot.jobs.runs.service import RunNotPossible, RunRequest
from bot.slack.roles import Action
from bot.sync.plan.guard import Thresholds
from bot.views.blocks import View
from bot.views.edit import safeguards as loosening_view
from bot.views.edit import saved as edit_view
from bot.views.edit import thresholds as views
from bot.views.wizard import StepProblem
from storage import audit, integrations, workspaces
from storage.database import Session
from storage.integrations import Integration
from storage.run_options import RunOptions
from storage.runs import RunKind

KIND = "thresholds"


class ThresholdsDraft(IntegrationDraft):
    """What was chosen, in the form of `Integration.thresholds`."""

    thresholds: dict[str, Any] = Field(default_factory=dict)


def register(runner: WizardRunner) -> None:
    """The conversation."""
    runner.add(Wizard(KIND, ThresholdsDraft, (ThresholdsStep(),), base.ended, Action.EDIT))


def editor(runner: WizardRunner) -> Work:
    """Opens the form with the thresholds as they are."""

    async def edit(interaction: Interaction, integration: Integration) -> None:
        answers = await base.answers_of(ThresholdsDraft, interaction, integration)
        answers.thresholds = dict(integration.thresholds)
        await runner.begin(interaction, KIND, answers, integration.id)

    return edit


class ThresholdsStep(WizardStep[ThresholdsDraft]):
    """The numbers, and drift."""

    name = "thresholds"

    async def view(self, context: StepContext[ThresholdsDraft]) -> View:
        """As chosen, beside what is usual in this workspace."""
        async with context.interaction.services.database.reading() as session:
            usual, usual_drift = await _usual(session, context.interaction.team_id)
        chosen = Thresholds.from_json({**usual.numbers(), **context.answers.thresholds})
        drift = str(context.answers.thresholds.get("drift", usual_drift))
        return views.thresholds(context.frame(self), context.answers.name, chosen, usual, drift)

    def take(self, context: StepContext[ThresholdsDraft], entered: Entered) -> Mapping[str, Text]:
        """Whole numbers within their bounds; shares are entered in percent."""
        errors: dict[str, Text] = {}
        for name in Thresholds().numbers():
            block_id, share = views.block_id(name), name.endswith("_share")
            if block_id not in entered:
                continue
            number = _whole(entered[block_id], 100 if share else views.MOST_PEOPLE)
            if number is None:
                errors[block_id] = text("thresholds.wrong.share" if share else "thresholds.wrong.people")
            else:
                context.answers.thresholds[name] = number / 100 if share else number
        if entered.get(views.DRIFT) in (views.RESTORE, views.REPORT):
            context.answers.thresholds["drift"] = entered[views.DRIFT]
        return errors

    async def proceed(self, context: StepContext[ThresholdsDraft]) -> Turn:
        """Keep what differs from the usual, unless somebody else has changed the integration meanwhile."""
        interaction, answers, integration_id = context.interaction, context.answers, context.draft.integration_id
        assert integration_id is not None
        assert answers.base_version is not None
        async with interaction.services.database.session() as session:
            before = await base.unchanged(session, context)
            if before is None:
                return Finish(base.overtaken(context))
            usual, usual_drift = await _usual(session, interaction.team_id)
            whole: dict[str, Any] = {**usual.numbers(), "drift": usual_drift}
            kept = {name: value for name, value in answers.thresholds.items() if value != whole.get(name)}
            old, new = {**whole, **before.thresholds}, {**whole, **kept}
            now, held = interaction.services.clock(), dict(holds(before.attention, interaction.services.clock()))
            hold = thresholds_chosen(before.attention, old, new, interaction.user_id, now)
            raised = bool(loosened(old, new))
            held.pop(Safeguard.THRESHOLDS, None)
            held |= {} if hold is None else {Safeguard.THRESHOLDS: hold}
            after = await integrations.update(
                session,
                integration_id,
                answers.base_version,
                thresholds=kept,
                attention=with_holds(before.attention, held),
            )
            changed = sorted(name for name in new if old.get(name) != new[name])
            await audit.write(
                session,
                interaction.team_id,
                interaction.user_id,
                "thresholds.changed",
                integration_id,
                old={"thresholds": {name: old.get(name) for name in changed}},
                new={"thresholds": {name: new[name] for name in changed}},
            )
            if raised and hold is not None:
                await loosening.record(session, interaction, after, Safeguard.THRESHOLDS, hold)
            await finish(session, context, integration_id)
        if raised:
            loosening.announce(interaction, after, Safeguard.THRESHOLDS, hold)
        said = text("thresholds.saved", name=answers.name)
        more = [] if hold is None else [loosening_view.saved(interaction.t, hold)]
        return Finish(edit_view.saved(interaction.t, said, *more, integration_id=integration_id))

    async def act(self, context: StepContext[ThresholdsDraft], verb: str) -> Turn:  # noqa: ARG002 - the form has one button
        """Compare everyone now: a preview, which writes nothing."""
        interaction, integration_id = context.interaction, context.draft.integration_id
        assert integration_id is not None
        seen = await before_start(interaction, integration_id)
        if (integration := seen.integration) is None:
            return Finish(base.overtaken(context))
        where = text("thresholds.compare.where", channel=Markup(f"<#{integration.channel_id}>"))
        if seen.active:
            return Stay(StepProblem(text=text("thresholds.compare.busy"), advice=where, level="warning"))
        try:
            await interaction.services.runs.start(
                RunRequest(integration.id, RunKind.PREVIEW, interaction.user_id, seen.key, RunOptions(full=True))
            )
        except RunNotPossible as refused:
            return Stay(StepProblem(text=refused.text, advice=refused.advice, level="warning"))
        said = text("thresholds.compare.started")
        return Stay(StepProblem(text=said, advice=where, level="success"))


async def _usual(session: Session, team_id: str) -> tuple[Thresholds, str]:
    """What holds for the workspace's integrations unless they say otherwise."""
    workspace = await workspaces.get(session, team_id)
    settings: Mapping[str, Any] = workspace.settings if workspace else {}
    drift = views.REPORT if settings.get("drift") == views.REPORT else views.RESTORE
    return Thresholds.from_json(settings.get("thresholds", {})), drift


def _whole(value: object, most: int) -> int | None:
    number = int(value) if isinstance(value, str) and value.strip().isdecimal() else 0
    return number if 1 <= number <= most else None
