"""One line in the channel about what somebody changed: its members see who stopped, moved or widened their reports."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.text import Markup, Text
from bot.handlers.framework.interaction import Interaction
from bot.locales import Translator
from bot.locales.translator import translator
from bot.slack.client import code_of
from bot.views.command import said
from storage.integrations import Integration

log = structlog.get_logger(__name__)

Described = Callable[[Translator], str]
"""What was chosen, as mrkdwn in the channel's language."""


def note(
    interaction: Interaction,
    integration: Integration,
    what: str,
    chosen: Described | None = None,
    *,
    channel_id: str | None = None,
    over_ts: str | None = None,
) -> None:
    """Say `channel.note.<what>` in the integration's channel, or in another one, behind the person's back.

    With `over_ts`, in place of that post of ours. What was done stands, whether or not Slack takes the line.
    """
    t = translator(integration.language, interaction.services.settings.timezone)
    where = channel_id or integration.channel_id
    values = {"who": Markup(f"<@{interaction.user_id}>"), "name": integration.name}
    if chosen is not None:
        values["chosen"] = Markup(chosen(t))
    post = said(t, Text(f"channel.note.{what}", values))

    async def tell() -> None:
        client = interaction.client
        try:
            if over_ts:
                await client.chat_update(channel=where, ts=over_ts, text=post["text"], blocks=post["blocks"])
            else:
                await client.chat_postMessage(channel=where, text=post["text"], blocks=post["blocks"])
        except SlackApiError as error:
            log.info("channel_not_noted", integration=integration.id, what=what, error=code_of(error))

    interaction.services.background.spawn(tell(), f"note:{what}:{integration.id}")
