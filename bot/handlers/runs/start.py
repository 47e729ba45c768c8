"""Preview, Sync now and Cancel, by command or button."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.text import Markup, Text, text
from bot.handlers.framework.integration_picker import Work, on_id, on_named
from bot.handlers.framework.interaction import Visit
from bot.handlers.framework.listeners import Guarded
from bot.handlers.overview import home
from bot.handlers.runs.loaders import on_integration, run_of, tell_refused
from bot.jobs.runs.service import Refused
from bot.views import command as views
from bot.views.overview.cards import CANCEL_RUN, PREVIEW, PREVIEW_EVERYONE, SYNC
from storage import integrations, runs
from storage.integrations import Integration
from storage.runs import Run, RunKind, RunState

ACTIONS = {RunKind.PREVIEW: PREVIEW, RunKind.SYNC: SYNC}


def register(guarded: Guarded) -> None:
    """The buttons."""

    async def preview(visit: Visit) -> None:
        await on_id(visit, visit.value, _starter(RunKind.PREVIEW))

    async def sync(visit: Visit) -> None:
        await on_id(visit, visit.value, _starter(RunKind.SYNC))

    async def preview_everyone(visit: Visit) -> None:
        await on_id(visit, visit.value, _starter(RunKind.PREVIEW, everyone=True))

    guarded.action(PREVIEW, preview)
    guarded.action(PREVIEW_EVERYONE, preview_everyone)
    guarded.action(SYNC, sync)
    guarded.action(CANCEL_RUN, _cancel)


async def command(visit: Visit, kind: RunKind, name: str) -> None:
    """`/integration sync preview|now [name]`."""
    await on_named(visit, name, kind.value, ACTIONS[kind], _starter(kind))


def _starter(kind: RunKind, *, everyone: bool = False) -> Work:
    async def start(visit: Visit, one: Integration) -> None:
        await _start(visit, one, kind, everyone=everyone)

    return start


async def _start(visit: Visit, one: Integration, kind: RunKind, *, everyone: bool) -> None:
    seen = await before_start(visit, one.id)
    channel = Markup(f"<#{one.channel_id}>")
    if seen.active:
        await visit.tell(views.said(visit.t, busy(seen.active, one)))
        return
    try:
        await visit.services.runs.start(one.id, kind, visit.user_id, seen.key, everyone=everyone)
    except Refused as refused:
        await tell_refused(visit, refused, one.id)
        return
    await visit.tell(views.said(visit.t, text(f"run.started.{kind.value}", name=one.name, channel=channel)))
    await home.refresh(visit)


@dataclass(frozen=True, slots=True)
class Before:
    """An integration (None once it is removed) before a run of it is started, and what is under way for it.

    `key` makes two presses of one button the same: they see the same last run, and so name the same new one.
    """

    integration: Integration | None
    active: Run | None
    key: str


async def before_start(visit: Visit, integration_id: str) -> Before:
    """What is to be known, as it is now, by whoever starts a run."""
    async with visit.services.database.reading() as s:
        one = await integrations.get(s, integration_id, team_id=visit.team_id)
        active = await runs.active(s, integration_id)
        latest = await runs.latest(s, integration_id, limit=1)
    key = f"after:{latest[0].created_at.strftime('%Y%m%dT%H%M%S%f')}" if latest else "first"
    return Before(one, active[0] if active else None, key)


def busy(run: Run, one: Integration) -> Text:
    """Why nothing new is started: what is under way, and where it is told of."""
    key = "waiting" if run.state is RunState.WAITING_APPROVAL else run.kind.value
    return text(f"run.active.{key}", name=one.name, channel=Markup(f"<#{one.channel_id}>"))


async def _cancel(visit: Visit) -> None:
    run = await run_of(visit)
    if run is None:
        return
    if run.ended:
        await visit.tell(views.said(visit.t, text("run.ended")))
        return
    try:
        await visit.services.runs.cancel(run.id, visit.user_id)
    except Refused as refused:
        await tell_refused(visit, refused, run.integration_id)
        return
    await on_integration(visit, run, "run.cancelling")
    await home.refresh(visit)
