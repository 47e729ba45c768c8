"""The channel step: a test post proves that reports will arrive."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.text import Markup, Text, text
from bot.handlers.framework.interaction import Entered
from bot.handlers.framework.wizard import Next, Stay, StepContext, Turn, WizardStep
from bot.handlers.shared.drafts import ChannelDraft
from bot.locales import LANGUAGES
from bot.locales.translator import translator
from bot.slack.channel_audience import CHANNEL_ID, Audience, audience_of
from bot.slack.client import NOT_DONE, code_of, word_of
from bot.views.blocks import View
from bot.views.shared import channel as views
from bot.views.wizard import StepProblem

log = structlog.get_logger(__name__)


class ChannelStep(WizardStep[ChannelDraft]):
    """Where to report, and in which language."""

    name = "channel"

    async def view(self, context: StepContext[ChannelDraft]) -> View:
        """The channel and the language."""
        return views.channel(context.frame(self), context.answers.channel_id, context.answers.language)

    def take(self, context: StepContext[ChannelDraft], entered: Entered) -> Mapping[str, Text]:
        """The choices."""
        return take(context.answers, entered)

    def checking(self, context: StepContext[ChannelDraft], verb: str = "") -> Text | None:  # noqa: ARG002 - as the engine calls it
        """A message is posted, unless the channel has one from a moment ago."""
        if context.answers.test_post_channel == context.answers.channel_id:
            return None
        return text("channel.checking", channel=Markup(f"<#{context.answers.channel_id}>"))

    async def proceed(self, context: StepContext[ChannelDraft]) -> Turn:
        """Post, and on."""
        problem = await prove(context)
        return Next() if problem is None else Stay(problem)


def take(answers: ChannelDraft, entered: Entered) -> dict[str, Text]:
    """Put the channel and the language into the answers; says what is wrong with them, by block id."""
    channel, language = entered.get(views.CHANNEL), entered.get(views.LANGUAGE)
    if isinstance(language, str) and language in LANGUAGES:
        answers.language = language
    if not isinstance(channel, str):
        return {views.CHANNEL: text("channel.channel.empty")}
    if not CHANNEL_ID.match(channel):
        return {views.CHANNEL: text("channel.error.direct")}  # the menu offers none
    answers.channel_id = channel
    return {}


async def prove(context: StepContext[ChannelDraft]) -> StepProblem | None:
    """Post in the chosen channel, unless it has a post from a moment ago; a former one elsewhere is taken back. Says
    why nothing can be posted there."""
    answers, client = context.answers, context.interaction.client
    if answers.test_post_channel == answers.channel_id:
        return None
    assert answers.channel_id is not None
    if (trouble := await _not_ours(context, answers.channel_id)) is not None:
        return StepProblem(text=trouble, field=views.CHANNEL)
    t = translator(answers.language)
    post = views.test_post(t, context.interaction.user_id, t(f"{answers.provider}.name"))
    try:
        answer = await client.chat_postMessage(channel=answers.channel_id, **post)
    except SlackApiError as refused:
        error = code_of(refused)
        log.info("test_post_refused", error=error)
        return StepProblem(text=text(views.trouble_key(error), error=error), field=views.CHANNEL)
    await take_back(context)
    # Slack answers with the channel's id even where a name was given.
    answers.channel_id = str(answer["channel"])
    answers.test_post_channel, answers.test_post_ts = answers.channel_id, str(answer["ts"])
    return None


async def take_back(context: StepContext[ChannelDraft]) -> None:
    """Delete the test post, if there is one: nothing came of it, or another channel was chosen."""
    answers = context.answers
    channel, ts = answers.test_post_channel, answers.test_post_ts
    answers.test_post_channel = answers.test_post_ts = None
    if not channel or not ts:
        return
    try:
        await context.interaction.client.chat_delete(channel=channel, ts=ts)
    except NOT_DONE as error:
        log.info("test_post_stays", error=word_of(error))


async def _not_ours(context: StepContext[ChannelDraft], channel: str) -> Text | None:
    """Why nothing is reported there: the menu offers channels of the workspace's own alone."""
    try:
        audience = await audience_of(context.interaction.client, context.interaction.team_id, channel)
    except SlackApiError as refused:
        return text("channel.error.other", error=code_of(refused))
    if audience in (Audience.OURS, Audience.NOBODY):
        return None  # where there is no channel, the test post says why
    return Text(f"channel.error.{audience}")


async def join(context: StepContext[ChannelDraft], channel: str) -> None:
    """Be a member of a public channel, once it is chosen for good: messages are posted without it, but a report's file
    is refused. A channel that was only tried has no member more."""
    try:
        await context.interaction.client.conversations_join(channel=channel)
    except NOT_DONE as error:
        # Of a private channel the bot is a member already, or the test post would have been refused.
        log.info("channel_not_joined", error=word_of(error))
