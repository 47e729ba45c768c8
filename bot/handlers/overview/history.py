"""`/integration history` and `/integration audit`: what ran, and who did what."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from slack_sdk.errors import SlackApiError

from bot.core.text import text
from bot.handlers.framework.integration_picker import on_named
from bot.handlers.framework.interaction import Visit
from bot.handlers.framework.listeners import Guarded
from bot.handlers.overview import cards
from bot.views import command as command_view
from bot.views.overview import history as views
from bot.views.overview.cards import AUDIT
from bot.views.overview.history import Deed, PastRun
from storage import audit, integrations, runs
from storage.audit import AuditEntry
from storage.integrations import Integration
from storage.runs import Run

RUNS = 20

ENTRIES = 15

LINK_SECONDS = 1.5
"""A modal has to be opened within three seconds; a list without links is better than none."""

EVERYTHING = "all"


def register(guarded: Guarded) -> None:
    """The buttons that turn the pages of the audit."""
    guarded.action(re.compile(rf"^{re.escape(views.AUDIT_PAGE)}\."), _turned)


async def history(visit: Visit, one: Integration) -> None:
    """The last runs, each with a link to its report."""
    async with visit.services.database.reading() as s:
        latest = await runs.latest(s, one.id, limit=RUNS)
    links = await asyncio.gather(*(_link(visit, run) for run in latest))
    past = [
        PastRun(
            kind=run.kind.value,
            state=run.state.value if run.ended else "active",
            began=run.started_at or run.created_at,
            counts=run.counts,
            started_by=run.requested_by,
            link=link,
        )
        for run, link in zip(latest, links, strict=True)
    ]
    await visit.present(views.history(visit.t, one.name, past))


async def audited(visit: Visit, one: Integration) -> None:
    """What was done with an integration."""
    await _show(visit, one.id, None)


async def command(visit: Visit, name: str) -> None:
    """`/integration audit [name]`: of everything in the workspace, unless an integration is named."""
    if name:
        await on_named(visit, name, "audit", AUDIT, audited)
    else:
        await _show(visit, EVERYTHING, None)


async def _turned(visit: Visit) -> None:
    which, _, before = visit.value.partition(":")
    await _show(visit, which, int(before) if before.isdecimal() else None)


async def _show(visit: Visit, which: str, before: int | None) -> None:
    one = None if which == EVERYTHING else await cards.integration(visit, which)
    if one is None and which != EVERYTHING:
        await visit.tell(command_view.said(visit.t, text("command.gone")))
        return
    async with visit.services.database.reading() as s:
        found = await audit.page(
            s, visit.team_id, integration_id=one.id if one else None, before_id=before, limit=ENTRIES + 1
        )
        known = {
            each: await integrations.get(s, each, team_id=visit.team_id, removed=True)
            for each in {entry.integration_id for entry in found if entry.integration_id}
        }
    entries = found[:ENTRIES]
    deeds = _deeds(entries, {each: row for each, row in known.items() if row is not None}, named=one is None)
    older = f"{which}:{entries[-1].id}" if len(found) > ENTRIES else None
    newest = f"{which}:" if before is not None else None
    await visit.present(views.audit(visit.t, one.name if one else "", deeds, older, newest))


def _deeds(entries: Sequence[AuditEntry], known: dict[str, Integration], *, named: bool) -> list[Deed]:
    deeds = []
    for entry in entries:
        row = known.get(entry.integration_id or "")
        deeds.append(
            Deed(
                at=entry.at,
                actor=entry.actor_id,
                action=entry.action,
                integration=row.name if row and named else "",
                provider=row.provider if row else "",
                old=entry.old or {},
                new=entry.new or {},
            )
        )
    return deeds


async def _link(visit: Visit, run: Run) -> str | None:
    """The address of the run's message; None when there is none, or Slack does not say in time."""
    if not run.channel_id or not run.message_ts:
        return None
    try:
        async with asyncio.timeout(LINK_SECONDS):
            answer = await visit.client.chat_getPermalink(channel=run.channel_id, message_ts=run.message_ts)
    except (SlackApiError, TimeoutError, OSError):
        return None
    return str(answer["permalink"])
