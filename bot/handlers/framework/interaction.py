"""One interaction of one person: what came from Slack, and the ways to answer it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import structlog
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.text import Text
from bot.handlers.framework.screen import GONE, show
from bot.handlers.framework.services import Services
from bot.locales import Translator, language_of
from bot.locales.translator import translator
from bot.slack.client import code_of
from bot.slack.direct_answer import answer_alone
from bot.slack.permissions import Member
from bot.slack.roles import Action
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.command import Reply

log = structlog.get_logger(__name__)


_LONGEST_PLACE = 9
"""Digits."""


class NothingToOpen(Exception):
    """A view was to be shown, and the payload has no trigger to open one with, or does not name the one it came from.

    It says what Slack's words for too late say: the person has to do it again.
    """


class Option(NamedTuple):
    """A choice of a menu, with the words it was offered in."""

    value: str
    label: str


Entered = Mapping[str, str | tuple[Option, ...] | tuple[str, ...] | None]
"""What a form holds, by block id: a text, a choice's value, or several choices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """Who did what. `purpose` is the action that they were admitted for. What was typed is in `body`, and in no repr.

    `refusal` is set for those who may not manage, where they may at least look or read the help.
    """

    services: Services
    client: AsyncWebClient = field(repr=False)
    member: Member
    purpose: Action
    body: Mapping[str, Any] = field(repr=False)
    respond: AsyncRespond | None = field(default=None, repr=False)
    refusal: Text | None = None

    @property
    def is_allowed(self) -> bool:
        """Whether the person may do what they were admitted for."""
        return self.member.may(self.purpose)

    @property
    def team_id(self) -> str:
        """The workspace."""
        return self.member.team_id

    @property
    def user_id(self) -> str:
        """The person."""
        return self.member.user_id

    @property
    def language(self) -> str:
        """Our language for the person's Slack locale."""
        return language_of(self.member.locale)

    @property
    def t(self) -> Translator:
        """Texts in the person's language and zone, with the dates of their country."""
        return translator(self.language, self.member.timezone, reader=self.member.locale)

    @property
    def action(self) -> Mapping[str, Any]:
        """The element that was pressed or changed; empty for other interactions."""
        actions: Sequence[Mapping[str, Any]] = self.body.get("actions") or [{}]
        return actions[0]

    @property
    def value(self) -> str:
        """The value of the button that was pressed, or of the choice in a menu of deeds."""
        chosen = self.action.get("selected_option") or {}
        return str(self.action.get("value") or chosen.get("value") or "")

    @property
    def acted_at(self) -> float:
        """When the element was pressed or changed, by Slack's clock; 0 where Slack does not tell."""
        return float(self.action.get("action_ts") or 0)

    @property
    def query(self) -> str:
        """What was typed into a menu that searches."""
        return str(self.body.get("value") or "").strip()

    @property
    def view(self) -> Mapping[str, Any] | None:
        """The modal or Home tab that the interaction comes from."""
        view: Mapping[str, Any] | None = self.body.get("view")
        return view

    @property
    def in_modal(self) -> bool:
        """Whether the interaction comes from a modal."""
        return self.view is not None and self.view.get("type") == "modal"

    @property
    def form_values(self) -> Entered:
        """What the form holds now."""
        state: Mapping[str, Any] = (self.view or {}).get("state") or {}
        values: Mapping[str, Mapping[str, Mapping[str, Any]]] = state.get("values") or {}
        return {block_id: _read(next(iter(element.values()))) for block_id, element in values.items() if element}

    async def present(self, view: View) -> None:
        """Show a modal: in place of the one that the person is in, else a new one.

        A view that has changed since is left alone: what the person did last wins. Raises `NothingToOpen`, and
        `SlackApiError`, also of the kind `TOO_LATE`.
        """
        view_id = self.view.get("id") if self.in_modal and self.view is not None else None
        trigger_id = self.body.get("trigger_id")
        if not (view_id if self.in_modal else trigger_id):
            raise NothingToOpen

        async def send(view: View) -> None:
            if self.in_modal and self.view is not None:
                await self.client.views_update(view_id=view_id, hash=self.view.get("hash"), view=view)
            else:
                await self.client.views_open(trigger_id=trigger_id, view=view)

        try:
            await show(send, view, self.t)
        except SlackApiError as error:
            if code_of(error) not in GONE or not self.in_modal:
                raise
            log.info("view_gone", error=code_of(error))

    async def tell_anyhow(self, reply: Reply) -> None:
        """Say something where nothing can be opened: in the channel, to this person alone, else by direct message."""
        if self.respond is not None:
            await self.reply(reply)
        else:
            await self.client.chat_postMessage(channel=self.user_id, text=reply["text"], blocks=reply["blocks"])

    async def reply(self, reply: Reply) -> None:
        """Say something to this person alone, where they are."""
        if self.respond is not None:
            await answer_alone(self.respond, self.client, self.user_id, reply["text"], reply["blocks"])
            return
        t = self.t
        view = b.modal(t("flow.notice.title"), reply["blocks"], close=t("flow.close"))
        await self.present(view)


def place_of(said: str) -> int | None:
    """A place in a list that a button names; None for what is none, or is beyond what a database counts to."""
    return int(said) if len(said) <= _LONGEST_PLACE and said.isascii() and said.isdecimal() else None


def _read(state: Mapping[str, Any]) -> str | tuple[Option, ...] | tuple[str, ...] | None:
    kind = state.get("type", "")
    if kind == "checkboxes":
        return tuple(str(option["value"]) for option in state.get("selected_options") or ())
    if kind == "multi_users_select":
        return tuple(str(user) for user in state.get("selected_users") or ())
    if kind.startswith("multi_"):
        return tuple(Option(option["value"], option["text"]["text"]) for option in state.get("selected_options") or ())
    if "selected_option" in state:
        chosen = state["selected_option"]
        return str(chosen["value"]) if chosen else None
    for key in ("value", "selected_time", "selected_date", "selected_conversation", "selected_user"):
        if key in state:
            return None if state[key] is None else str(state[key])
    return None
