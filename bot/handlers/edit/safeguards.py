"""A safeguard is loosened: its channel is told, and another person may confirm it before the day is over."""

from __future__ import annotations

from functools import partial

import structlog

from bot.core.text import text
from bot.domain.safeguard_hold import Safeguard, SafeguardHold, holds, with_holds
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.overview import cards
from bot.locales.translator import translator
from bot.slack.client import NOT_DONE, word_of
from bot.slack.deputies import owner_or_deputy
from bot.slack.patient_post import patiently
from bot.slack.roles import Action
from bot.views import command as command_view
from bot.views.edit import safeguards as views
from storage import audit, integrations
from storage.database import Session
from storage.integrations import Integration

log = structlog.get_logger(__name__)


def register(listeners: AuthorizedListeners) -> None:
    """The button of the announcement."""
    listeners.action(views.CONFIRM, _confirm, Action.APPROVE)


async def record(
    session: Session, interaction: Interaction, integration: Integration, safeguard: Safeguard, hold: SafeguardHold
) -> None:
    """In the audit: who has loosened what, and until when the stricter holds on."""
    new = {"safeguard": safeguard.value, "until": hold.until.isoformat()}
    await audit.write(session, interaction.team_id, interaction.user_id, "loosening.begun", integration.id, new=new)


def announce(
    interaction: Interaction, integration: Integration, safeguard: Safeguard, hold: SafeguardHold | None
) -> None:
    """Tell the integration's channel, once the change is saved; its owner where the channel cannot be told."""

    async def tell() -> None:
        t = translator(integration.language, interaction.member.timezone)
        said = views.announced(t, safeguard, interaction.user_id, integration.name, integration.id, hold)
        for in_channel in (True, False):
            try:
                place = integration.channel_id
                if not in_channel:
                    place = await owner_or_deputy(interaction.services.database, interaction.client, integration)
                await patiently(partial(interaction.client.chat_postMessage, channel=place, **said))
            except NOT_DONE as error:
                log.warning("loosening_not_told", integration=integration.id, error=word_of(error))
            else:
                return

    interaction.services.background.spawn(tell(), f"loosening:{integration.id}")


async def _confirm(interaction: Interaction) -> None:
    """Let it hold at once, if another person says so than the one who has loosened it."""
    integration_id, _, hold_id = interaction.value.partition(":")
    integration = await cards.integration(interaction, integration_id)
    if integration is None:
        await interaction.reply(command_view.said(interaction.t, text("command.gone")))
        return
    async with interaction.services.database.session() as session:
        await integrations.put_back(session, integration.id)
        locked = await integrations.locked(session, integration.id)
        held = holds(locked.attention, interaction.services.clock())
        hold = next((each for each in held.values() if each.id == hold_id), None)
        own = hold is not None and hold.by == interaction.user_id
        if hold is not None and not own:
            rest = {each: kept for each, kept in held.items() if kept is not hold}
            attention = with_holds(locked.attention, rest)
            await integrations.update(session, locked.id, locked.version, attention=attention)
            await audit.write(
                session,
                interaction.team_id,
                interaction.user_id,
                "loosening.confirmed",
                locked.id,
                new={"safeguard": hold.safeguard.value},
            )
    if hold is None:
        await interaction.reply(command_view.said(interaction.t, text("loosening.over", name=integration.name)))
        return
    if own:
        await interaction.reply(command_view.said(interaction.t, text("loosening.own", name=integration.name)))
        return
    await interaction.reply(command_view.said(interaction.t, text("loosening.done", name=integration.name)))
    await _note(interaction, integration, hold)


async def _note(interaction: Interaction, integration: Integration, hold: SafeguardHold) -> None:
    """The announcement says from now on who has confirmed it."""
    where = interaction.body.get("container") or {}
    if not where.get("channel_id") or not where.get("message_ts"):
        return
    t = translator(integration.language)
    said = views.confirmed(t, hold.safeguard, hold.by, interaction.user_id, integration.name)
    try:
        await interaction.client.chat_update(channel=where["channel_id"], ts=where["message_ts"], **said)
    except NOT_DONE as error:
        log.info("confirmation_not_noted", integration=integration.id, error=word_of(error))
