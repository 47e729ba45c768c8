"""Questions about look-alikes: a run's conflicts answered one by one, each answer kept at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.core.text import Text, text
from bot.domain.outcome import OutcomeKind
from bot.handlers.edit import base
from bot.handlers.framework.interaction import Entered, Visit
from bot.handlers.framework.listeners import Guarded
from bot.handlers.framework.wizard import At, End, Flow, Stay, Step, Turn, finish
from bot.handlers.framework.wizard_runner import Flows
from bot.handlers.overview.cards import integration
from bot.notify.profile_links import links_of
from bot.providers import registry
from bot.sync.codec import outcome_from_json
from bot.sync.compare import match
from bot.sync.report.conflict_questions import Conflict, conflict_of, resolution
from bot.views import command as command_view
from bot.views.blocks import View
from bot.views.overview.cards import RESOLVE
from bot.views.runs import conflicts as views
from storage import audit, integrations, outcomes, resolutions, runs
from storage.clock import utc_now
from storage.database import Session
from storage.integrations import Integration
from storage.json_codec import Json
from storage.resolutions import Decision, Resolution
from storage.runs import Run

KIND = "conflicts"

ASKED_MOST = 100
"""Questions of one conversation; those that follow are asked when the button is pressed again."""

LOOK_BACK = 10
"""Runs to look through for the last one that compared people."""


def register(guarded: Guarded, flows: Flows) -> None:
    """The conversation, and the button of a run's report."""
    flows.add(Flow(KIND, (Question(),), ended))

    async def pressed(visit: Visit) -> None:
        async with visit.services.database.reading() as s:
            run = await runs.get(s, visit.value, team_id=visit.team_id)
        one = await integration(visit, run.integration_id) if run else None
        if run is None or one is None:
            await visit.tell(command_view.said(visit.t, text("conflict.none")))
            return
        await begin(visit, flows, one, run)

    guarded.action(RESOLVE, pressed)


async def begin(visit: Visit, flows: Flows, one: Integration, run: Run) -> None:
    """Ask what the run left open and nobody has answered since."""
    async with visit.services.database.reading() as s:
        found = await open_questions(s, visit, run)
    if not found:
        await visit.tell(command_view.said(visit.t, text("conflict.none")))
        return
    answers = await base.answers_of(visit, one)
    answers.conflicts = found
    await flows.begin(visit, KIND, answers, one.id)


async def open_questions(s: Session, visit: Visit, run: Run) -> list[dict[str, Any]]:
    """The run's conflicts that an answer could settle and none has, as `outcome_to_json` wrote them."""
    decided = await resolutions.load(s, run.integration_id)
    found: list[dict[str, Any]] = []
    async for rows in outcomes.stream(s, visit.services.database.vault, run.id, [OutcomeKind.CONFLICT.value]):
        for row in rows:
            answer = decided.get(row.source_id)
            since = answer is not None and row.created_at is not None and answer.decided_at > row.created_at
            if not since and conflict_of(outcome_from_json(row.detail)) is not None:
                found.append(dict(row.detail))
            if len(found) == ASKED_MOST:
                return found
    return found


async def latest_run(s: Session, integration_id: str) -> Run | None:
    """The last run that compared people, whose open questions are the present ones."""
    latest = await runs.latest(s, integration_id, limit=LOOK_BACK)
    return next((run for run in latest if run.ended and run.counts), None)


class Question(Step):
    """Is this employee that person?"""

    name = "question"

    async def view(self, at: At) -> View:
        """The question that the person has come to."""
        return views.question(at.frame(self, back=views.PREVIOUS if at.answers.conflict_at else None), _asked(at))

    def take(self, at: At, entered: Entered) -> Mapping[str, Text]:
        """The choice, if it is one of those offered. What was entered for an earlier question counts for nothing."""
        asked = _asked(at)
        block_id = views.block_id(asked.at)
        if block_id not in entered:
            return {}
        chosen = entered[block_id]
        if chosen not in {option.value for option in views.options(at.visit.t, asked)}:
            return {block_id: text("flow.choose")}
        at.answers.decided[asked.conflict.person.source_id] = str(chosen)
        return {}

    async def proceed(self, at: At) -> Turn:
        """Keep the answer, and ask the next question."""
        answers, asked = at.answers, _asked(at)
        if views.block_id(asked.at) not in at.visit.entered:
            return Stay()  # a second press: the question has been answered, and another is shown
        chosen = answers.decided[asked.conflict.person.source_id]
        last = answers.conflict_at + 1 >= len(answers.conflicts)
        integration_id = at.draft.integration_id
        assert integration_id is not None
        async with at.visit.services.database.session() as s:
            if await integrations.get(s, integration_id, team_id=at.visit.team_id) is None:
                return End(views.gone(at.visit.t))
            if chosen != views.LATER:
                await _remember(s, at, integration_id, asked.conflict, chosen)
            if last:
                kept = sum(choice != views.LATER for choice in answers.decided.values())
                await finish(s, at, integration_id)
                return End(views.answered(at.visit.t, text("conflict.done", n=kept), integration_id))
        answers.conflict_at += 1
        return Stay()

    async def act(self, at: At, verb: str) -> Turn:  # noqa: ARG002 - there is one way back
        """The question before."""
        at.answers.conflict_at = max(at.answers.conflict_at - 1, 0)
        return Stay()


def ended(at: At) -> View:
    """For a second press of the last answer."""
    return views.answered(at.visit.t, text("conflict.saved"), at.answers.finished or "")


def audited(answer: Resolution | None, source_id: str) -> dict[str, Json] | None:
    """An answer for the audit: ids, never names."""
    if answer is None:
        return None
    about = [each for each in (answer.target_id, *answer.others) if each]
    return {"employee": source_id, "decision": answer.decision.value, "target": about}


def _asked(at: At) -> views.Asked:
    answers = at.answers
    position = min(answers.conflict_at, len(answers.conflicts) - 1)
    conflict = conflict_of(outcome_from_json(answers.conflicts[position]))
    assert conflict is not None  # only such are kept
    delivers = registry.target(answers.provider).info.delivers
    return views.Asked(
        conflict=conflict,
        answers=conflict.answers(delivers=delivers),
        system=at.visit.t(f"{answers.provider}.name"),
        at=position,
        of=len(answers.conflicts),
        chosen=answers.decided.get(conflict.person.source_id),
        links=links_of(at.visit.services.settings.pages, answers.provider, at.visit.t),
    )


async def _remember(s: Session, at: At, integration_id: str, conflict: Conflict, chosen: str) -> None:
    """Put the answer in the place of an earlier one, and record both."""
    source_id = conflict.person.source_id
    before = await resolutions.get(s, integration_id, source_id)
    decision, target_id = _read_choice(conflict, chosen)
    earlier = (
        match.Resolution(match.Decision(before.decision.value), before.target_id, before.others) if before else None
    )
    made = resolution(decision, conflict.lookalikes, target_id, earlier)
    after = Resolution(
        integration_id=integration_id,
        source_id=source_id,
        decision=Decision(made.decision.value),
        target_id=made.target_id,
        decided_by=at.visit.user_id,
        decided_at=utc_now(),
        others=made.others,
    )
    await resolutions.put(s, after)
    if before is not None and replace(before, decided_at=after.decided_at, decided_by=after.decided_by) == after:
        return
    await audit.write(
        s,
        at.visit.team_id,
        at.visit.user_id,
        "conflict.answered",
        integration_id,
        old=audited(before, source_id),
        new=audited(after, source_id),
    )


def _read_choice(conflict: Conflict, chosen: str) -> tuple[match.Decision, str | None]:
    for position, alike in enumerate(conflict.lookalikes):
        if chosen == views.same(position):
            return match.Decision.SAME, alike.target_id
    return match.Decision(chosen), None
