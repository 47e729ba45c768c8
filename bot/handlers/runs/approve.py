"""Approve and Refuse, where the guard has stopped a run."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.text import Text, text
from bot.handlers.framework.draft import Answers
from bot.handlers.framework.integration_picker import on_id
from bot.handlers.framework.interaction import Entered, Visit
from bot.handlers.framework.listeners import Guarded
from bot.handlers.framework.wizard import At, End, Flow, Step, Turn, finish
from bot.handlers.framework.wizard_runner import Flows
from bot.handlers.runs.loaders import on_integration, run_of, tell_refused
from bot.jobs.runs.service import Refused
from bot.views.blocks import View
from bot.views.overview.cards import APPROVE_RUN, REFUSE_RUN
from bot.views.runs import reject as views
from bot.views.wizard import notice
from storage.integrations import Integration
from storage.runs import Run, RunState

KIND = "refuse"


def register(guarded: Guarded, flows: Flows) -> None:
    """The two buttons, and the question for a reason."""
    flows.add(Flow(KIND, (Refuse(),), ended))

    async def refuse(visit: Visit) -> None:
        run = await run_of(visit)
        if run is None:
            return
        if run.state is not RunState.WAITING_APPROVAL:
            await tell_refused(visit, Refused("not waiting", text("jobs.not_waiting")), run.integration_id)
            return
        await _ask(visit, flows, run)

    guarded.action(APPROVE_RUN, approve)
    guarded.action(REFUSE_RUN, refuse)


async def approve(visit: Visit) -> None:
    """Let the run go on."""
    run = await run_of(visit)
    if run is None:
        return
    try:
        await visit.services.runs.approve(run.id, visit.user_id)
    except Refused as refused:
        await tell_refused(visit, refused, run.integration_id)
        return
    await on_integration(visit, run, "run.approved")


async def _ask(visit: Visit, flows: Flows, run: Run) -> None:
    async def begin(visit: Visit, one: Integration) -> None:
        await flows.begin(visit, KIND, Answers(name=one.name, provider=one.provider, run_id=run.id), one.id)

    await on_id(visit, run.integration_id, begin)


class Refuse(Step):
    """Why, for those who want to say it."""

    name = "refuse"

    async def view(self, at: At) -> View:
        """The question."""
        return views.refuse(at.frame(self), at.answers.name)

    def take(self, at: At, entered: Entered) -> Mapping[str, Text]:
        """The reason may be left out."""
        said = entered.get(views.REASON)
        at.answers.reason = said.strip() if isinstance(said, str) else ""
        return {}

    async def proceed(self, at: At) -> Turn:
        """End the run; the report in the channel says who and why."""
        visit, integration_id = at.visit, at.draft.integration_id
        assert integration_id is not None
        try:
            await visit.services.runs.refuse(at.answers.run_id, visit.user_id, at.answers.reason)
        except Refused as refused:
            return End(notice(visit.t, visit.t("flow.notice.title"), refused.text))
        async with visit.services.database.session() as s:
            await finish(s, at, integration_id)
        return End(ended(at))


def ended(at: At) -> View:
    """Nothing is written."""
    return views.refused(at.visit.t, at.answers.name)
