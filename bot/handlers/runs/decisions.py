"""`/integration conflicts`: what is open, what was answered about look-alikes, and taking an answer back."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from bot.core.text import Text, text
from bot.handlers.edit import base
from bot.handlers.framework.integration_picker import Work
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.wizard import Stay, StepContext, Turn, Wizard, WizardStep
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.runs import conflicts
from bot.handlers.shared.drafts import IntegrationDraft
from bot.locales import Translator
from bot.person_names import NamedPerson, source_people, target_people
from bot.slack.roles import Action
from bot.views.blocks import View
from bot.views.person_line import person_line
from bot.views.runs import decisions as views
from bot.views.runs.decisions import RememberedAnswer
from bot.views.wizard import StepProblem
from storage import audit, integrations, resolutions
from storage.integrations import Integration
from storage.resolutions import StoredResolution

KIND = "decisions"

PAGE = 15
"""Answers shown at once: the name of each person of the target is read, one request each."""


class DecisionsDraft(IntegrationDraft):
    """A page of the answers that were given; `page` is the position of its first."""

    remembered: list[RememberedAnswer] = Field(default_factory=list)
    page: int = 0


def register(runner: WizardRunner) -> None:
    """The conversation."""
    runner.add(Wizard(KIND, DecisionsDraft, (DecisionsStep(),), base.ended, Action.DECIDE))


def editor(runner: WizardRunner) -> Work:
    """Opens the list; the names in it are read from both systems."""

    async def show(interaction: Interaction, integration: Integration) -> None:
        answers = await base.answers_of(DecisionsDraft, interaction, integration)
        async with interaction.services.database.reading() as session:
            known = await resolutions.load(session, integration.id)
        if not known:
            await runner.begin(interaction, KIND, answers, integration.id)
            return

        async def prepare(answers: DecisionsDraft) -> None:
            answers.remembered = await _read(interaction, integration, known)

        await runner.begin_after(
            interaction, KIND, answers, integration.id, text("decision.reading", name=integration.name), prepare
        )

    return show


class DecisionsStep(WizardStep[DecisionsDraft]):
    """The list, a page at a time."""

    name = "decisions"

    async def view(self, context: StepContext[DecisionsDraft]) -> View:
        """What is open is read anew each time."""
        answers, integration_id = context.answers, context.draft.integration_id
        assert integration_id is not None
        async with context.interaction.services.database.reading() as session:
            run = await conflicts.latest_run(session, integration_id)
            open_now = await conflicts.open_questions(session, context.interaction, run) if run else []
            known = await resolutions.load(session, integration_id)
        return views.decisions(
            context.frame(back=None),
            views.RememberedAnswers(
                integration_id=integration_id,
                system=context.interaction.t(f"{answers.provider}.name"),
                shown=[answer for answer in answers.remembered if answer.source_id in known],
                start=answers.page,
                of=len(known),
                open=len(open_now),
                open_run=run.id if run else None,
            ),
        )

    def checking(self, context: StepContext[DecisionsDraft], verb: str = "") -> Text | None:
        """Turning the page reads names."""
        return text("decision.reading", name=context.answers.name) if verb in ("newer", "older") else None

    async def act(self, context: StepContext[DecisionsDraft], verb: str) -> Turn:
        """Take an answer back, or turn the page."""
        if verb == "undo":
            return await self._undo(context, context.interaction.value)
        integration_id = context.draft.integration_id
        assert integration_id is not None
        async with context.interaction.services.database.reading() as session:
            known = await resolutions.load(session, integration_id)
            integration = await integrations.get(session, integration_id, team_id=context.interaction.team_id)
        context.answers.page = max(context.answers.page + (PAGE if verb == "older" else -PAGE), 0)
        if integration is not None:
            context.answers.remembered = await _read(context.interaction, integration, known, context.answers.page)
        return Stay()

    async def _undo(self, context: StepContext[DecisionsDraft], source_id: str) -> Turn:
        integration_id = context.draft.integration_id
        assert integration_id is not None
        async with context.interaction.services.database.session() as session:
            before = await resolutions.get(session, integration_id, source_id)
            if before is not None and await resolutions.forget(session, integration_id, source_id):
                old = conflicts.audited(before, source_id)
                await audit.write(
                    session,
                    context.interaction.team_id,
                    context.interaction.user_id,
                    "conflict.forgotten",
                    integration_id,
                    old=old,
                )
        context.answers.remembered = [answer for answer in context.answers.remembered if answer.source_id != source_id]
        return Stay(StepProblem(text=text("decision.undone"), level="success"))


async def _read(
    interaction: Interaction, integration: Integration, known: Mapping[str, StoredResolution], start: int = 0
) -> list[RememberedAnswer]:
    """A page of the answers, newest first, with the names behind them as far as they can be read."""
    newest = sorted(known.values(), key=lambda answer: (answer.decided_at, answer.source_id), reverse=True)
    page = newest[start : start + PAGE]
    connections = interaction.services.connections
    employees = await source_people(connections, interaction.team_id, [answer.source_id for answer in page])
    about = {target_id for answer in page for target_id in _about(answer)}
    others = await target_people(connections, integration, about)
    return [
        RememberedAnswer(
            source_id=answer.source_id,
            decision=answer.decision.value,
            decided_by=answer.decided_by,
            decided_at=answer.decided_at,
            name=employees[answer.source_id].name or "" if answer.source_id in employees else "",
            number=employees[answer.source_id].number if answer.source_id in employees else "",
            others=tuple(_said(interaction.t, target_id, others.get(target_id)) for target_id in _about(answer)),
        )
        for answer in page
    ]


def _about(answer: StoredResolution) -> list[str]:
    return [target_id for target_id in (answer.target_id, *answer.others) if target_id]


def _said(t: Translator, target_id: str, person: NamedPerson | None) -> str:
    """A person of the target as the list shows them; by number alone where the system knows no names."""
    if person is None:
        return t("decision.unnamed.target", id=target_id)
    if person.name is None:
        return person.number
    return person_line(t, person.name, person.number)
