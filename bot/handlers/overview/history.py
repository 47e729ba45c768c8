"""`/integration history` and `/integration audit`: what ran, and who did what."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence

from slack_sdk.errors import SlackApiError

from bot.core.text import text
from bot.domain.resource import Resource
from bot.handlers.framework.integration_picker import on_id, on_named
from bot.handlers.framework.interaction import Interaction, place_of
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.overview import cards
from bot.providers.registry import leave_form
from bot.slack.roles import Action
from bot.sync.report.issues import PROBLEMS
from bot.views import command as command_view
from bot.views.overview import history as views
from bot.views.overview.cards import AUDIT
from bot.views.overview.history import EVERYTHING, Deed, PastRun
from bot.views.overview.picture import picture
from storage import audit, integrations, runs
from storage.audit import AuditEntry
from storage.database import Session
from storage.integrations import Integration
from storage.runs import Run, RunState

RUNS = 20

LOOKED_THROUGH = 500
"""Runs that a filter looks through, the newest."""

ENTRIES = 15

LINK_SECONDS = 1.5
"""A modal has to be opened within three seconds; a list without links is better than none."""


def register(listeners: AuthorizedListeners) -> None:
    """The buttons that turn the pages of the audit, and the menus that narrow both lists."""
    listeners.action(views.AUDIT_FILTER, _audit_narrowed, Action.DETAILS)
    listeners.action(views.HISTORY_FILTER, _history_narrowed, Action.DETAILS)
    listeners.action(re.compile(rf"^{re.escape(views.AUDIT_PAGE)}\."), _turned, Action.DETAILS)


async def history(interaction: Interaction, integration: Integration) -> None:
    """The last runs, each with a link to its report."""
    await _show_runs(interaction, integration, EVERYTHING)


async def _history_narrowed(interaction: Interaction) -> None:
    chosen, _, integration_id = interaction.value.partition(":")

    async def show(interaction: Interaction, integration: Integration) -> None:
        await _show_runs(interaction, integration, chosen if chosen in views.HISTORY_GROUPS else EVERYTHING)

    await on_id(interaction, integration_id, show)


async def _show_runs(interaction: Interaction, integration: Integration, chosen: str) -> None:
    async with interaction.services.database.reading() as session:
        found = await runs.latest(session, integration.id, limit=LOOKED_THROUGH)
    latest = [run for run in found if belongs(run, chosen)][:RUNS]
    links = await asyncio.gather(*(link_to(interaction, run) for run in latest))
    form = leave_form(integration.provider)
    past = [
        PastRun(
            kind=run.kind.value,
            resource=run.resource,
            state=run.state.value if run.ended else "active",
            began=run.started_at or run.created_at,
            counts=run.counts,
            form=form if run.resource == Resource.ABSENCE else None,
            started_by=run.requested_by,
            link=link,
        )
        for run, link in zip(latest, links, strict=True)
    ]
    muted = await cards.muted_of(interaction, integration, found)
    t, shown = interaction.t, picture(interaction.t, cards.attention_of(found, muted))
    await interaction.present(views.history(t, integration.name, past, integration.id, chosen, shown))


def belongs(run: Run, chosen: str) -> bool:
    """Whether a run is of the group of `HISTORY_GROUPS` that the list is narrowed to."""
    if chosen == "attention":
        return any(run.counts.get(kind.value, 0) for kind in PROBLEMS)
    if chosen == "failed":
        return run.state is RunState.FAILED
    return chosen == EVERYTHING or run.kind.value == chosen


async def audited(interaction: Interaction, integration: Integration) -> None:
    """What was done with an integration."""
    await _show(interaction, integration.id, None)


async def command(interaction: Interaction, name: str) -> None:
    """`/integration audit [name]`: of everything in the workspace, unless an integration is named."""
    if name:
        await on_named(interaction, name, "audit", AUDIT, audited)
    else:
        await _show(interaction, EVERYTHING, None)


async def _turned(interaction: Interaction) -> None:
    which, before, chosen = [*interaction.value.split(":"), "", ""][:3]
    await _show(interaction, which, place_of(before), chosen)


async def _audit_narrowed(interaction: Interaction) -> None:
    chosen, _, which = interaction.value.partition(":")
    await _show(interaction, which, None, chosen)


async def _show(interaction: Interaction, which: str, before: int | None, chosen: str = EVERYTHING) -> None:
    chosen = chosen if chosen in views.AUDIT_GROUPS else EVERYTHING
    integration = None if which == EVERYTHING else await cards.integration(interaction, which)
    if integration is None and which != EVERYTHING:
        await interaction.reply(command_view.said(interaction.t, text("command.gone")))
        return
    async with interaction.services.database.reading() as session:
        found = await audit.page(
            session,
            interaction.team_id,
            integration_id=integration.id if integration else None,
            before_id=before,
            limit=ENTRIES + 1,
            about=views.AUDIT_GROUPS[chosen],
        )
        known = await integrations.ever(session, interaction.team_id)
        companies = await companies_of(session, interaction.team_id)
    entries = found[:ENTRIES]
    deeds = deeds_of(entries, known, companies, named=integration is None)
    older = f"{which}:{entries[-1].id}:{chosen}" if len(found) > ENTRIES else None
    newest = f"{which}::{chosen}" if before is not None else None
    about = integration.name if integration else ""
    await interaction.present(views.audit(interaction.t, about, deeds, older, newest, which=which, chosen=chosen))


async def companies_of(session: Session, team_id: str) -> dict[tuple[str, str], str]:
    """The names of the accounts that a workspace's integrations lead to, by system and id."""
    return {
        (row.provider, row.target_account_id): row.target_account_name
        for row in await integrations.list_for(session, team_id)
    }


def deeds_of(
    entries: Sequence[AuditEntry],
    known: Mapping[str, Integration],
    companies: Mapping[tuple[str, str], str],
    *,
    named: bool,
) -> list[Deed]:
    """Entries as they are shown; the integration is `named` where there are several, and `companies` name accounts."""
    deeds = []
    for entry in entries:
        row = known.get(entry.integration_id or "")
        about = {**(entry.old or {}), **(entry.new or {})}
        account = str(about.get("provider", "")), str(about.get("key", "")).rpartition(":")[2]
        deeds.append(
            Deed(
                at=entry.at,
                actor=entry.actor_id,
                action=entry.action,
                integration=row.name if row and named else "",
                provider=row.provider if row else "",
                company=companies.get(account, ""),
                old=entry.old or {},
                new=entry.new or {},
            )
        )
    return deeds


async def link_to(interaction: Interaction, run: Run) -> str | None:
    """The address of the run's message; None when there is none, or Slack does not say in time."""
    if not run.channel_id or not run.message_ts:
        return None
    try:
        async with asyncio.timeout(LINK_SECONDS):
            answer = await interaction.client.chat_getPermalink(channel=run.channel_id, message_ts=run.message_ts)
    except (SlackApiError, TimeoutError, OSError):
        return None
    return str(answer["permalink"])
