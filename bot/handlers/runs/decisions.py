"""`/integration conflicts`: what is open, what was answered about look-alikes, and taking an answer back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.text import Text, text
from bot.handlers.edit import base
from bot.handlers.framework.draft import Answers
from bot.handlers.framework.integration_picker import Work
from bot.handlers.framework.interaction import Visit
from bot.handlers.framework.wizard import At, Flow, Stay, Step, Turn
from bot.handlers.framework.wizard_runner import Flows
from bot.handlers.runs import conflicts
from bot.providers.errors import ProviderError
from bot.providers.protocol import Inbox
from bot.views.blocks import View
from bot.views.runs import decisions as views
from bot.views.runs.decisions import Remembered
from bot.views.wizard import Problem
from storage import audit, integrations, resolutions
from storage.integrations import Integration
from storage.resolutions import Resolution

KIND = "decisions"

PAGE = 15
"""Answers shown at once: the name of each person of the target is read, one request each."""


def register(flows: Flows) -> None:
    """The conversation."""
    flows.add(Flow(KIND, (Decisions(),), base.ended))


def editor(flows: Flows) -> Work:
    """Opens the list; the names in it are read from both systems."""

    async def show(visit: Visit, one: Integration) -> None:
        answers = await base.answers_of(visit, one)
        async with visit.services.database.reading() as s:
            known = await resolutions.load(s, one.id)
        if not known:
            await flows.begin(visit, KIND, answers, one.id)
            return

        async def prepare(answers: Answers) -> None:
            answers.remembered = await _read(visit, one, known)

        await flows.begin_after(visit, KIND, answers, one.id, text("decision.reading", name=one.name), prepare)

    return show


class Decisions(Step):
    """The list, a page at a time."""

    name = "decisions"

    async def view(self, at: At) -> View:
        """What is open is read anew each time."""
        answers, integration_id = at.answers, at.draft.integration_id
        assert integration_id is not None
        async with at.visit.services.database.reading() as s:
            run = await conflicts.latest_run(s, integration_id)
            open_now = await conflicts.open_questions(s, at.visit, run) if run else []
            known = await resolutions.load(s, integration_id)
        return views.decisions(
            at.frame(back=None),
            views.Answers(
                integration_id=integration_id,
                system=at.visit.t(f"{answers.provider}.name"),
                shown=[one for one in answers.remembered if one.source_id in known],
                start=answers.page,
                of=len(known),
                open=len(open_now),
                open_run=run.id if run else None,
            ),
        )

    def checking(self, at: At, verb: str = "") -> Text | None:
        """Turning the page reads names."""
        return text("decision.reading", name=at.answers.name) if verb in ("newer", "older") else None

    async def act(self, at: At, verb: str) -> Turn:
        """Take an answer back, or turn the page."""
        if verb == "undo":
            return await self._undo(at, at.visit.value)
        integration_id = at.draft.integration_id
        assert integration_id is not None
        async with at.visit.services.database.reading() as s:
            known = await resolutions.load(s, integration_id)
            one = await integrations.get(s, integration_id, team_id=at.visit.team_id)
        at.answers.page = max(at.answers.page + (PAGE if verb == "older" else -PAGE), 0)
        if one is not None:
            at.answers.remembered = await _read(at.visit, one, known, at.answers.page)
        return Stay()

    async def _undo(self, at: At, source_id: str) -> Turn:
        integration_id = at.draft.integration_id
        assert integration_id is not None
        async with at.visit.services.database.session() as s:
            before = await resolutions.get(s, integration_id, source_id)
            if before is not None and await resolutions.forget(s, integration_id, source_id):
                old = conflicts.audited(before, source_id)
                await audit.write(s, at.visit.team_id, at.visit.user_id, "conflict.forgotten", integration_id, old=old)
        at.answers.remembered = [one for one in at.answers.remembered if one.source_id != source_id]
        return Stay(Problem(text=text("decision.undone"), level="success"))


async def _read(visit: Visit, one: Integration, known: Mapping[str, Resolution], start: int = 0) -> list[Remembered]:
    """A page of the answers, newest first, with the names behind them as far as they can be read."""
    newest = sorted(known.values(), key=lambda answer: (answer.decided_at, answer.source_id), reverse=True)
    page = newest[start : start + PAGE]
    employees = await _employees(visit, [answer.source_id for answer in page])
    others = await _people(visit, one, {target_id for answer in page for target_id in _about(answer)})
    return [
        Remembered(
            source_id=answer.source_id,
            decision=answer.decision.value,
            decided_by=answer.decided_by,
            decided_at=answer.decided_at,
            name=employees.get(answer.source_id, ("", ""))[0],
            number=employees.get(answer.source_id, ("", ""))[1],
            others=tuple(
                others.get(target_id) or visit.t("decision.unnamed.target", id=target_id)
                for target_id in _about(answer)
            ),
        )
        for answer in page
    ]


def _about(answer: Resolution) -> list[str]:
    return [target_id for target_id in (answer.target_id, *answer.others) if target_id]


async def _employees(visit: Visit, source_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Name and number by source id; the list is of use without them, too."""
    try:
        async with visit.services.connections.source(visit.team_id) as source:
            return {one.source_id: (one.name, one.number) for one in await source.summaries(source_ids)}
    except ProviderError:
        return {}


async def _people(visit: Visit, one: Integration, target_ids: set[str]) -> dict[str, str]:
    """People of the target as they may be shown, by id: an inbox knows them by their number alone."""
    found: dict[str, str] = {}
    try:
        async with visit.services.connections.target(one) as target:
            for target_id in sorted(target_ids):
                if isinstance(target, Inbox):
                    found[target_id] = target_id
                elif (person := await target.read(target_id)) is not None:
                    key = "report.person" if person.number else "report.person.no_number"
                    found[target_id] = visit.t(key, name=person.name, number=person.number)
    except ProviderError:
        return found
    return found
