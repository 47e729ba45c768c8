"""The channel step: a test post proves that reports will arrive."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.text import Markup, Text, text
from bot.handlers.framework.interaction import Entered
from bot.handlers.framework.wizard import At, Forward, Stay, Step, Turn
from bot.locales import LANGUAGES
from bot.locales.translator import translator
from bot.views.blocks import View
from bot.views.shared import channel as views
from bot.views.wizard import Problem

log = structlog.get_logger(__name__)


class Channel(Step):
    """Where to report, and in which language."""

    name = "channel"

    async def view(self, at: At) -> View:
        """The channel and the language."""
        return views.channel(at.frame(self), at.answers.channel_id, at.answers.language)

    def take(self, at: At, entered: Entered) -> Mapping[str, Text]:
        """The choices."""
        channel, language = entered.get(views.CHANNEL), entered.get(views.LANGUAGE)
        if isinstance(language, str) and language in LANGUAGES:
            at.answers.language = language
        if not isinstance(channel, str):
            return {views.CHANNEL: text("channel.channel.empty")}
        at.answers.channel_id = channel
        return {}

    def checking(self, at: At, verb: str = "") -> Text | None:  # noqa: ARG002 - as the engine calls it
        """A message is posted, unless the channel has one from a moment ago."""
        if at.answers.test_post_channel == at.answers.channel_id:
            return None
        return text("channel.checking", channel=Markup(f"<#{at.answers.channel_id}>"))

    async def proceed(self, at: At) -> Turn:
        """Post; a former test post elsewhere is taken back."""
        answers, client = at.answers, at.visit.client
        if answers.test_post_channel == answers.channel_id:
            return Forward()
        assert answers.channel_id is not None
        t = translator(answers.language)
        post = views.test_post(t, at.visit.user_id, t(f"{answers.provider}.name"))
        try:
            answer = await client.chat_postMessage(channel=answers.channel_id, **post)
        except SlackApiError as refused:
            error = str(refused.response.get("error"))
            log.info("test_post_refused", error=error)
            return Stay(Problem(text=text(views.trouble_key(error), error=error), field=views.CHANNEL))
        if answers.test_post_channel and answers.test_post_ts:
            await _take_back(at, answers.test_post_channel, answers.test_post_ts)
        # Slack answers with the channel's id even where a name was given.
        answers.channel_id = str(answer["channel"])
        answers.test_post_channel, answers.test_post_ts = answers.channel_id, str(answer["ts"])
        await _join(at, answers.channel_id)
        return Forward()


async def _join(at: At, channel: str) -> None:
    """Be a member of a public channel: messages are posted without it, but a report's file is refused."""
    try:
        await at.visit.client.conversations_join(channel=channel)
    except SlackApiError as error:
        # Of a private channel the bot is a member already, or the test post would have been refused.
        log.info("channel_not_joined", error=error.response.get("error"))


async def _take_back(at: At, channel: str, ts: str) -> None:
    try:
        await at.visit.client.chat_delete(channel=channel, ts=ts)
    except SlackApiError as error:
        log.info("test_post_stays", error=error.response.get("error"))
