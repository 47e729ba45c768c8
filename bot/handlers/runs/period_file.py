"""A period's file of absence: handed to who may manage and asks for it, and what they say of it.

What was imported is booked only for the file that the button names: of a period that was made again since, nobody
knows what stands in payroll.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from bot.core.text import Markup, text
from bot.domain.resource import Resource
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.runs.leave_file import hand_over, record
from bot.jobs.leave.held_file import list_rows, packed_files, waiting_file
from bot.jobs.leave.leave_file_store import LeaveFileStore
from bot.locales.translator import translator
from bot.providers.protocol import PackedFile
from bot.slack.client import NOT_DONE
from bot.slack.roles import Action
from bot.sync.leave.list_csv import list_csv
from bot.sync.leave.period_files import FileState
from bot.sync.leave.waiting_file import AWAITS_IMPORT, file_named
from bot.views import command as command_views
from bot.views.report.period_files import GET_FILE, IMPORTED, NOT_IMPORTED, settled
from bot.views.runs import leave_file as views
from storage import integrations, runs
from storage.integrations import Integration
from storage.leave_files import StoredLeaveFile
from storage.run_states import RunState

log = structlog.get_logger(__name__)


def register(listeners: AuthorizedListeners) -> None:
    """The buttons under the report of absence."""
    listeners.action(GET_FILE, _get, Action.FILE)
    listeners.action(IMPORTED, _imported, Action.APPROVE)
    listeners.action(NOT_IMPORTED, _make_again, Action.APPROVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _NamedFile:
    """The file that a button names, and whose it is."""

    integration: Integration
    store: LeaveFileStore
    file: StoredLeaveFile


async def _get(interaction: Interaction) -> None:
    named = await _named(interaction)
    if named is None:
        return
    file, t = named.file, interaction.t
    async with interaction.services.database.reading() as session:
        run = await runs.get(session, file.run_id, team_id=interaction.team_id)
    rows = list_rows(file)
    packed = packed_files(file)
    if rows is not None:
        name = f"{t('resource.absence')}-{file.period}-{file.sequence}.csv"
        packed = [PackedFile(name=name, content=list_csv(rows, t.render))]
    if run is None or not packed:
        await interaction.reply(command_views.said(t, views.EMPTY))
        return
    if not interaction.services.settings.files_by_message:
        await record(interaction, run, "file.refused", {"run": run.id})
        await interaction.reply(command_views.said(t, text("file.forbidden")))
        return
    waiting = waiting_file(file)
    kind = "file" if rows is None else "typed" if waiting.first else "list"
    count = waiting.rows
    comment = t.md(f"leave.period.comment.{kind}", name=named.integration.name, period=file.period, n=count)
    if await hand_over(interaction, run, packed, comment, {"period": file.period, "rows": count}):
        await named.store.handed_over(file, interaction.user_id)


async def _imported(interaction: Interaction) -> None:
    named = await _named(interaction)
    if named is None or await _is_syncing(interaction, named):
        return
    file, count = named.file, waiting_file(named.file).rows
    if await named.store.imported(file.period, interaction.user_id, file.sequence):
        said = text("leave.period.booked", period=file.period, n=count)
        await _show(interaction, named, "noted")
    else:
        said = text("leave.period.replaced", period=file.period)
    await interaction.reply(command_views.said(interaction.t, said))


async def _make_again(interaction: Interaction) -> None:
    named = await _named(interaction)
    if named is None or await _is_syncing(interaction, named):
        return
    period = named.file.period
    done = await named.store.make_again(period, interaction.user_id, named.file.sequence)
    if done:
        await _show(interaction, named, "dropped")
    said = text("leave.period.forgotten" if done else "leave.period.replaced", period=period)
    await interaction.reply(command_views.said(interaction.t, said))


async def _show(interaction: Interaction, named: _NamedFile, what: str) -> None:
    """Say in the report, in its own language, what became of the file: others read it, and may not press again."""
    report: Mapping[str, Any] = interaction.body.get("message") or {}
    where: Mapping[str, str] = interaction.body.get("container") or {}
    t, file = translator(named.integration.language), waiting_file(named.file)
    said = t.md(f"leave.period.{what}", period=file.period, n=file.rows, who=Markup(f"<@{interaction.user_id}>"))
    shown = settled(report.get("blocks") or (), file, said)
    if shown is None or where.get("is_ephemeral"):
        return
    try:
        await interaction.client.chat_update(
            channel=where["channel_id"], ts=where["message_ts"], text=str(report.get("text") or said), blocks=shown
        )
    except (*NOT_DONE, KeyError) as error:
        # The next report tells it; what was said is kept.
        log.info("report_stays", error=type(error).__name__)


async def _named(interaction: Interaction) -> _NamedFile | None:
    """The file of the button, if it is this workspace's, the latest of its period, and still waits; else it is said
    what became of it."""
    value = file_named(interaction.value)
    if value is not None:
        integration_id, period, sequence = value
        database = interaction.services.database
        async with database.reading() as session:
            integration = await integrations.get(session, integration_id, team_id=interaction.team_id)
        store = LeaveFileStore(database=database, integration_id=integration_id)
        file = await store.latest(period) if integration is not None else None
        if integration is not None and file is not None:
            if file.sequence == sequence and file.state in AWAITS_IMPORT:
                return _NamedFile(integration=integration, store=store, file=file)
            booked = file.sequence == sequence and file.state == FileState.IMPORTED
            said = text("leave.period.already" if booked else "leave.period.replaced", period=period)
            await interaction.reply(command_views.said(interaction.t, said))
            return None
    await interaction.reply(command_views.said(interaction.t, views.EMPTY))
    return None


async def _is_syncing(interaction: Interaction, named: _NamedFile) -> bool:
    """Whether a run is making files of what it found in the ledger before: what is said now would come too late."""
    async with interaction.services.database.reading() as session:
        working = await runs.working(session, named.integration.id)
    asleep = (RunState.QUEUED, RunState.WAITING_APPROVAL)
    busy = any(run.resource == Resource.ABSENCE and run.state not in asleep for run in working)
    if busy:
        await interaction.reply(command_views.said(interaction.t, text("leave.period.busy")))
    return busy
