"""The run or the integration that somebody acts on, and what is said when it cannot be acted on."""

from __future__ import annotations

from bot.core.text import Text, text
from bot.handlers.framework.integration_picker import on_id
from bot.handlers.framework.interaction import Visit
from bot.jobs.runs.service import Refused
from bot.views import command as views
from storage import runs
from storage.integrations import Integration
from storage.runs import Run


async def run_of(visit: Visit) -> Run | None:
    """The run that the button names, if it is the person's own workspace's."""
    async with visit.services.database.reading() as s:
        run = await runs.get(s, visit.value, team_id=visit.team_id)
    if run is None:
        await visit.tell(views.said(visit.t, text("run.ended")))
    return run


async def on_integration(visit: Visit, run: Run, key: str) -> None:
    """Say what became of the run, by its integration's name."""

    async def say(visit: Visit, one: Integration) -> None:
        await visit.tell(views.said(visit.t, Text(key, {"name": one.name})))

    await on_id(visit, run.integration_id, say)


async def tell_refused(visit: Visit, refused: Refused, integration_id: str) -> None:
    """Say why it cannot be done, and what can."""
    parts = [refused.text] if refused.advice is None else [refused.text, refused.advice]
    await visit.tell(views.refused(visit.t, parts, refused.state, integration_id))
