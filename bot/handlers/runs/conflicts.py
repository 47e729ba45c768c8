"""Questions about look-alikes: a run's conflicts answered one by one, each answer kept at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import Field

from bot.core.text import Text, text
from bot.domain.outcome import OutcomeKind
from bot.domain.resource import Resource
from bot.handlers.edit import base
from bot.handlers.framework.interaction import Entered, Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.wizard import Finish, Stay, StepContext, Turn, Wizard, WizardStep, finish
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.shared.drafts import IntegrationDraft
from bot.notify.profile_links import links_of
from bot.providers import registry
from bot.slack.roles import Action
from bot.sync.codec import outcome_from_json
from bot.sync.compare import match
from bot.sync.report.conflict_questions import Conflict, conflict_of, resolution
from bot.views import command as command_view
from bot.views.blocks import View
from bot.views.overview.cards import RESOLVE
from bot.views.runs import conflicts as views
from storage import audit, integrations, outcomes, resolutions, run_loader, runs
from storage.clock import utc_now
from storage.database import Session
from storage.integrations import Integration
from storage.json_codec import Json
from storage.resolutions import ResolutionKind, StoredResolution
from storage.runs import Run

KIND = "conflicts"

ASKED_MOST = 100
"""Questions of one conversation; those that follow are asked when the button is pressed again."""

LOOK_BACK = 10
"""Runs to look through for the last one that compared people."""


class ConflictsDraft(IntegrationDraft):
    """The outcomes asked about, as `outcome_to_json` wrote them, which is asked now, and the choices by source id."""

    conflicts: list[dict[str, Any]] = Field(default_factory=list)
    conflict_at: int = 0
    decided: dict[str, str] = Field(default_factory=dict)


def register(listeners: AuthorizedListeners, runner: WizardRunner) -> None:
    """The conversation, and the button of a run's report."""
    runner.add(Wizard(KIND, ConflictsDraft, (ConflictStep(),), ended, Action.DECIDE))

    async def pressed(interaction: Interaction) -> None:
        async with interaction.services.database.reading() as session:
            loaded = await run_loader.find(session, interaction.value, team_id=interaction.team_id)
        if loaded is None or loaded.integration is None:
            await interaction.reply(command_view.said(interaction.t, text("conflict.none")))
            return
        await begin(interaction, runner, loaded.integration, loaded.run)

    listeners.action(RESOLVE, pressed, Action.DECIDE)


async def begin(interaction: Interaction, runner: WizardRunner, integration: Integration, run: Run) -> None:
    """Ask what the run left open and nobody has answered since."""
    async with interaction.services.database.reading() as session:
        found = await open_questions(session, interaction, run)
    if not found:
        await interaction.reply(command_view.said(interaction.t, text("conflict.none")))
        return
    answers = await base.answers_of(ConflictsDraft, interaction, integration)
    answers.conflicts = found
    await runner.begin(interaction, KIND, answers, integration.id)


async def open_questions(session: Session, interaction: Interaction, run: Run) -> list[dict[str, Any]]:
    """The run's conflicts that an answer could settle and none has, as `outcome_to_json` wrote them."""
    decided = await resolutions.load(session, run.integration_id)
    found: list[dict[str, Any]] = []
    async for rows in outcomes.stream(
        session, interaction.services.database.vault, run.id, [OutcomeKind.CONFLICT.value]
    ):
        for row in rows:
            answer = decided.get(row.source_id)
            since = answer is not None and row.created_at is not None and answer.decided_at > row.created_at
            if not since and conflict_of(outcome_from_json(row.detail)) is not None:
                found.append(dict(row.detail))
            if len(found) == ASKED_MOST:
                return found
    return found


async def latest_run(session: Session, integration_id: str) -> Run | None:
    """The last run that compared employees, whose open questions are the present ones."""
    latest = await runs.latest(session, integration_id, limit=LOOK_BACK, resource=Resource.EMPLOYEES)
    return next((run for run in latest if run.ended and run.counts), None)


class ConflictStep(WizardStep[ConflictsDraft]):
    """Is this employee that person?"""

    name = "question"

    async def view(self, context: StepContext[ConflictsDraft]) -> View:
        """The question that the person has come to."""
        return views.question(
            context.frame(self, back=views.PREVIOUS if context.answers.conflict_at else None), _asked(context)
        )

    def take(self, context: StepContext[ConflictsDraft], entered: Entered) -> Mapping[str, Text]:
        """The choice, if it is one of those offered. What was entered for an earlier question counts for nothing."""
        asked = _asked(context)
        block_id = views.block_id(asked.at)
        if block_id not in entered:
            return {}
        chosen = entered[block_id]
        if chosen not in {option.value for option in views.options(context.interaction.t, asked)}:
            return {block_id: text("flow.choose")}
        context.answers.decided[asked.conflict.person.source_id] = str(chosen)
        return {}

    async def proceed(self, context: StepContext[ConflictsDraft]) -> Turn:
        """Keep the answer, and ask the next question."""
        answers, asked = context.answers, _asked(context)
        if views.block_id(asked.at) not in context.interaction.form_values:
            return Stay()  # a second press: the question has been answered, and another is shown
        chosen = answers.decided[asked.conflict.person.source_id]
        last = answers.conflict_at + 1 >= len(answers.conflicts)
        integration_id = context.draft.integration_id
        assert integration_id is not None
        async with context.interaction.services.database.session() as session:
            if await integrations.get(session, integration_id, team_id=context.interaction.team_id) is None:
                return Finish(views.gone(context.interaction.t))
            if chosen != views.LATER:
                await _remember(session, context, integration_id, asked.conflict, chosen)
            if last:
                kept = sum(choice != views.LATER for choice in answers.decided.values())
                await finish(session, context, integration_id)
                return Finish(views.answered(context.interaction.t, text("conflict.done", n=kept), integration_id))
        answers.conflict_at += 1
        return Stay()

    async def act(self, context: StepContext[ConflictsDraft], verb: str) -> Turn:  # noqa: ARG002 - there is one way back
        """The question before."""
        context.answers.conflict_at = max(context.answers.conflict_at - 1, 0)
        return Stay()


def ended(context: StepContext[ConflictsDraft]) -> View:
    """For a second press of the last answer."""
    return views.answered(context.interaction.t, text("conflict.saved"), context.answers.finished or "")


def audited(answer: StoredResolution | None, source_id: str) -> dict[str, Json] | None:
    """An answer for the audit: ids, never names."""
    if answer is None:
        return None
    about = [target_id for target_id in (answer.target_id, *answer.others) if target_id]
    return {"employee": source_id, "decision": answer.decision.value, "target": about}


def _asked(context: StepContext[ConflictsDraft]) -> views.AskedConflict:
    answers = context.answers
    position = min(answers.conflict_at, len(answers.conflicts) - 1)
    conflict = conflict_of(outcome_from_json(answers.conflicts[position]))
    assert conflict is not None  # only such are kept
    delivers = registry.target(answers.provider).info.delivers
    return views.AskedConflict(
        conflict=conflict,
        answers=conflict.answers(delivers=delivers),
        system=context.interaction.t(f"{answers.provider}.name"),
        at=position,
        of=len(answers.conflicts),
        chosen=answers.decided.get(conflict.person.source_id),
        links=links_of(context.interaction.services.settings.pages, answers.provider, context.interaction.t),
    )


async def _remember(
    session: Session, context: StepContext[ConflictsDraft], integration_id: str, conflict: Conflict, chosen: str
) -> None:
    """Put the answer in the place of an earlier one, and record both."""
    source_id = conflict.person.source_id
    before = await resolutions.get(session, integration_id, source_id)
    decision, target_id = _read_choice(conflict, chosen)
    earlier = (
        match.Resolution(match.MatchDecision(before.decision.value), before.target_id, before.others)
        if before
        else None
    )
    made = resolution(decision, conflict.lookalikes, target_id, earlier)
    after = StoredResolution(
        integration_id=integration_id,
        source_id=source_id,
        decision=ResolutionKind(made.decision.value),
        target_id=made.target_id,
        decided_by=context.interaction.user_id,
        decided_at=utc_now(),
        others=made.others,
    )
    await resolutions.put(session, after)
    if before is not None and replace(before, decided_at=after.decided_at, decided_by=after.decided_by) == after:
        return
    await audit.write(
        session,
        context.interaction.team_id,
        context.interaction.user_id,
        "conflict.answered",
        integration_id,
        old=audited(before, source_id),
        new=audited(after, source_id),
    )


def _read_choice(conflict: Conflict, chosen: str) -> tuple[match.MatchDecision, str | None]:
    for position, alike in enumerate(conflict.lookalikes):
        if chosen == views.same(position):
            return match.MatchDecision.SAME, alike.target_id
    return match.MatchDecision(chosen), None
