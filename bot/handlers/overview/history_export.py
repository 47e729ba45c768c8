"""Runs and the audit as a file for whoever asked, in their own direct message; each export is recorded first."""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from bot.core.text import Text, text
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.overview import cards
from bot.handlers.overview.history import belongs, companies_of, deeds_of
from bot.notify.file_delivery import direct_message
from bot.providers.errors import NotPermitted
from bot.slack.client import NOT_DONE, word_of
from bot.slack.roles import Action
from bot.views import command as command_view
from bot.views.overview import history as views
from bot.views.overview import history_csv
from bot.views.overview.history import EVERYTHING, PastRun
from storage import audit, integrations, runs

MOST_ROWS = 5_000
"""Rows of a file, the newest; the operator has all of the audit."""

PAGE = 500

NAMES = 50
"""People whose names Slack is asked for; others stand by their ids."""

log = structlog.get_logger(__name__)


def register(listeners: AuthorizedListeners) -> None:
    """Both buttons."""
    listeners.action(views.HISTORY_EXPORT, _runs, Action.FILE)
    listeners.action(views.AUDIT_EXPORT, _audit, Action.FILE)


async def _runs(interaction: Interaction) -> None:
    chosen, _, integration_id = interaction.value.partition(":")
    integration = await cards.integration(interaction, integration_id)
    if integration is None:
        await _say(interaction, text("command.gone"))
        return
    async with interaction.services.database.reading() as session:
        latest = await runs.latest(session, integration.id, limit=MOST_ROWS)
    found = [run for run in latest if belongs(run, chosen)]
    past = [
        PastRun(
            kind=run.kind.value,
            resource=run.resource,
            state=run.state.value if run.ended else "active",
            began=run.started_at or run.created_at,
            counts=run.counts,
            started_by=run.requested_by,
        )
        for run in found
    ]
    names = await _names(interaction, (run.requested_by for run in found if run.requested_by))
    content = history_csv.runs_file(interaction.t, past, names)
    await _give(interaction, "history", integration.id, content, len(past), is_cut=len(latest) == MOST_ROWS)


async def _audit(interaction: Interaction) -> None:
    chosen, _, which = interaction.value.partition(":")
    integration = None if which == EVERYTHING else await cards.integration(interaction, which)
    if integration is None and which != EVERYTHING:
        await _say(interaction, text("command.gone"))
        return
    entries: list[audit.AuditEntry] = []
    about = views.AUDIT_GROUPS.get(chosen, ())
    while len(entries) < MOST_ROWS:
        async with interaction.services.database.reading() as session:
            page = await audit.page(
                session,
                interaction.team_id,
                integration_id=integration.id if integration else None,
                before_id=entries[-1].id if entries else None,
                limit=PAGE,
                about=about,
            )
        entries += page
        if len(page) < PAGE:
            break
    async with interaction.services.database.reading() as session:
        known = await integrations.ever(session, interaction.team_id)
        companies = await companies_of(session, interaction.team_id)
    deeds = deeds_of(entries, known, companies, named=True)
    names = await _names(interaction, (entry.actor_id for entry in entries))
    content = history_csv.audit_file(interaction.t, deeds, names)
    about_one = integration.id if integration else None
    await _give(interaction, "audit", about_one, content, len(deeds), is_cut=len(entries) >= MOST_ROWS)


async def _give(
    interaction: Interaction, what: str, integration_id: str | None, content: bytes, rows: int, *, is_cut: bool
) -> None:
    """Record that it is given, then give it: an entry too many is nothing beside one that is missing."""
    t, client = interaction.t, interaction.client
    async with interaction.services.database.session() as session:
        new = {"rows": rows}
        await audit.write(
            session, interaction.team_id, interaction.user_id, f"{what}.exported", integration_id, new=new
        )
    name = f"{t(f'{what}.file.name')}-{interaction.services.clock():%Y-%m-%d-%H%M}.csv"
    try:
        channel = await direct_message(client, interaction.user_id)
        comment = t.md("history.file.comment", n=rows)
        if is_cut:
            comment += "\n" + t.md("history.file.cut", most=MOST_ROWS)
        await client.files_upload_v2(
            channel=channel, filename=name, title=name, content=content, initial_comment=comment
        )
    except (*NOT_DONE, NotPermitted) as error:
        log.warning("export_not_given", team=interaction.team_id, what=what, error=word_of(error))
        await _say(interaction, text("history.file.failed"))
        return
    await _say(interaction, text("history.file.given"))


async def _names(interaction: Interaction, people: Iterable[str]) -> dict[str, str]:
    """The names of the first so many, as far as Slack says them."""
    names: dict[str, str] = {}
    for user in list(dict.fromkeys(one for one in people if one.startswith(("U", "W"))))[:NAMES]:
        try:
            found = (await interaction.client.users_info(user=user)).get("user") or {}
        except NOT_DONE as error:
            log.info("name_not_known", error=word_of(error))
            continue
        names[user] = str(found.get("real_name") or found.get("name") or user)
    return names


async def _say(interaction: Interaction, what: Text) -> None:
    await interaction.reply(command_view.said(interaction.t, what))
