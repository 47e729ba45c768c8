"""Where to report, in which language, and why a channel cannot be posted to."""

from __future__ import annotations

from typing import Any

from babel import Locale
from slack_sdk.models.blocks import Block

from bot.core.text import Markup, Text
from bot.locales import LANGUAGES, Translator
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.overview import cards
from bot.views.report.run_message import NAME_PEOPLE, name_people_value
from bot.views.wizard import Frame, form

CHANNEL = "channel.channel"
LANGUAGE = "channel.language"

EXPLAINED = frozenset(
    {
        "not_in_channel",
        "channel_not_found",
        "is_archived",
        "restricted_action",
        "restricted_action_read_only_channel",
        "msg_too_long",
        "ratelimited",
    }
)


def channel(frame: Frame, chosen: str | None, language: str) -> View:
    """The channel and the language of what is posted there."""
    t = frame.t
    shown = [b.section(t.md("channel.intro")), *inputs(t, chosen, language)]
    return form(frame, t("channel.title"), shown, submit=t("channel.test"))


def inputs(t: Translator, chosen: str | None, language: str) -> list[Block]:
    """The two menus."""
    languages = [b.option(code, language_name(code)) for code in LANGUAGES]
    return [
        b.channel_input(
            CHANNEL,
            t("channel.channel"),
            initial=chosen,
            hint=t("channel.channel.hint"),
            placeholder=t("channel.channel.placeholder"),
        ),
        b.menu(LANGUAGE, t("channel.language"), languages, chosen=language),
    ]


def language_name(code: str) -> str:
    """A language by its own name: "svenska"."""
    return str(Locale.parse(code).get_display_name(code) or code)


def trouble_key(error: str) -> str:
    """The text that explains why Slack refused the test post (its own error words)."""
    return f"channel.error.{error}" if error in EXPLAINED else "channel.error.other"


def happened(t: Translator, what: Text, integration_id: str, *, shared_channel: str | None = None) -> dict[str, Any]:
    """What became of an integration's channel, with the way to another: arguments of `chat.postMessage`.

    Of a `shared_channel`, which another organisation reads, it can be said, too, that people may be named there all the
    same.
    """
    words = t.render_md(what)
    buttons = [b.button(t("channel.gone.choose"), cards.CHANNEL, value=integration_id, style="primary")]
    if shared_channel is not None:
        value = name_people_value(shared_channel, integration_id)
        buttons.append(b.button(t("report.numbers_only.confirm"), NAME_PEOPLE, value=value))
    return {"text": words, "blocks": b.payload([b.section(words), b.actions(*buttons)])}


def test_post(t: Translator, user_id: str, system: str) -> dict[str, Any]:
    """The post that proves the channel: arguments of `chat.postMessage`."""
    said = t.md("channel.test_post", who=Markup(f"<@{user_id}>"), system=system)
    return {"text": said, "blocks": b.payload([b.section(said)])}
