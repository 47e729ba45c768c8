"""`/integration setup`: from the checklist to an integration that is ready for its first preview."""

from __future__ import annotations

from bot.handlers.framework.draft import Answers
from bot.handlers.framework.interaction import Visit
from bot.handlers.framework.listeners import Guarded
from bot.handlers.framework.wizard import Flow
from bot.handlers.framework.wizard_runner import Flows
from bot.handlers.setup.channel import Channel
from bot.handlers.setup.source import Source
from bot.handlers.setup.start import Start, System
from bot.handlers.setup.summary import Summary, ended
from bot.handlers.setup.target import Accounts, Settings, Target
from bot.handlers.shared.schedule_step import ScheduleStep, Untested
from bot.handlers.shared.scope_step import ReadinessStep, ScopeStep, Widen
from bot.views.overview.cards import SETUP

KIND = "setup"


def register(guarded: Guarded, flows: Flows) -> None:
    """The conversation and the button that begins it."""
    steps = (
        Start(),
        System(),
        Source(),
        Target(),
        Accounts(),
        Settings(),
        ScopeStep(),
        Widen(),
        ReadinessStep(),
        ScheduleStep(),
        Untested(),
        Channel(),
        Summary(),
    )
    flows.add(Flow(KIND, steps, ended))

    async def pressed(visit: Visit) -> None:
        await begin(flows, visit)

    guarded.action(SETUP, pressed)


async def begin(flows: Flows, visit: Visit) -> None:
    """Open the checklist, or offer to go on with what was left unfinished."""
    answers = Answers(timezone=visit.member.timezone, language=visit.language)
    await flows.begin_or_resume(visit, KIND, answers)
