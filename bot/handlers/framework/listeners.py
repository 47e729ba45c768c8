"""The one way to register a listener: acknowledge, ask whether the person may do what it does, then handle.

Each names its action of `bot.slack.roles`.
Handlers never see Bolt's app, so that none can be registered without the question.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.context.fail.async_fail import AsyncFail
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import Option as OptionModel
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.fair_places import FairPlaces
from bot.core.text import Text, text
from bot.handlers.framework.failure_text import failure_key
from bot.handlers.framework.interaction import Interaction, NothingToOpen
from bot.handlers.framework.listener_index import Constraint, IndexedApp, Listener
from bot.handlers.framework.occurrence import Occurrence
from bot.handlers.framework.refused_attempts import RefusedAttempts
from bot.handlers.framework.screen import TOO_LATE
from bot.handlers.framework.services import Services
from bot.handlers.framework.unsure import NOBODY, open_unsure, publish_unsure, reason_of, unsure_acknowledgement
from bot.locales.translator import translator
from bot.slack.client import NOT_DONE, code_of, word_of
from bot.slack.delivery_claims import DeliveryClaims
from bot.slack.direct_answer import answer_alone
from bot.slack.permissions import NAMES_WAITED, Allowed, NotAllowed
from bot.slack.roles import Action, ActionOf
from bot.views import wizard as views
from bot.views.blocks import View
from bot.views.command import said
from storage.database import reader

log = structlog.get_logger(__name__)

ADMISSION_SECONDS = 2.0
"""How long a submission or a search may wait for Slack to say who somebody is: the answer is due after three."""

NAMING_SECONDS = 0.5
"""How long a submission of one who may not waits, after that, for the names of those who may."""

AT_ONCE = 20
"""Of what people of one workspace do, so many are dealt with at once: each may call Slack and outside systems."""

Handler = Callable[[Interaction], Awaitable[None]]
Happening = Callable[[Services, AsyncWebClient, Occurrence], Awaitable[None]]
StepHandler = Callable[[Interaction, str, Mapping[str, Any]], Awaitable[Text | None]]
"""Takes the execution's id and its inputs; gives the reason why the step fails, None when it is answered later."""


StepBegun = Callable[[Services, str, str], Awaitable[bool]]
"""Says whether something is under way for an execution of a workspace already."""


@dataclass(frozen=True, slots=True)
class Ack:
    """What a submission is acknowledged with: errors by block id, or the next view. `then` runs afterwards."""

    errors: Mapping[str, str] | None = None
    view: View | None = None
    then: Callable[[], Coroutine[object, object, None]] | None = None

    def acknowledgement(self) -> dict[str, Any]:
        """The arguments of `ack`."""
        if self.errors:
            return {"response_action": "errors", "errors": dict(self.errors)}
        if self.view:
            return {"response_action": "update", "view": self.view}
        return {}


Submission = Callable[[Interaction], Awaitable[Ack]]
Search = Callable[[Interaction], Awaitable[Sequence[OptionModel]]]


class AuthorizedListeners:
    """Registers listeners. `registered` lists them all, as (kind, constraint), for the test that nothing is open.

    `actions` has what each asks for; only events that no person causes have none.
    """

    def __init__(self, app: AsyncApp, services: Services) -> None:
        self._app, self._indexed = app, IndexedApp(app)
        self._services = services
        self._claims = DeliveryClaims(services.database)
        self._refused = RefusedAttempts(services.database, services.background, services.clock)
        self._places = FairPlaces(sys.maxsize, AT_ONCE)
        self.registered: list[tuple[str, Constraint]] = []
        self.actions: dict[tuple[str, Constraint], ActionOf] = {}

    def command(self, name: str, handle: Handler, action: ActionOf) -> None:
        """A slash command. Those who may do this but not manage are let in with `Interaction.refusal` set."""

        async def listener(
            ack: AsyncAck,
            body: dict[str, Any],
            context: AsyncBoltContext,
            client: AsyncWebClient,
            respond: AsyncRespond,
        ) -> None:
            await ack()
            if await self._is_first("trigger", body.get("trigger_id")):
                way = respond if context.response_url else None
                await self._attend(body, context, client, way, handle, action)

        self._add("command", name, listener, action)

    def action(self, constraint: Constraint, handle: Handler, action: ActionOf) -> None:
        """A button, or an input that reports its choice at once."""

        async def listener(
            ack: AsyncAck,
            body: dict[str, Any],
            context: AsyncBoltContext,
            client: AsyncWebClient,
            respond: AsyncRespond,
        ) -> None:
            await ack()
            # Delivered again after its run has ended it would start another.
            if await self._is_first("trigger", body.get("trigger_id")):
                way = respond if context.response_url and body.get("view") is None else None
                await self._attend(body, context, client, way, handle, action)

        self._add("action", constraint, listener, action)

    def closed(self, constraint: Constraint, handle: Handler, action: ActionOf) -> None:
        """A modal was closed."""

        async def listener(
            ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient, _: AsyncRespond
        ) -> None:
            await ack()
            admitted = await self._admit(body, context, client, None, action)
            if isinstance(admitted, Interaction) and admitted.is_allowed:
                await handle(admitted)

        self._add("view_closed", constraint, listener, action)

    def submission(self, constraint: Constraint, handle: Submission, action: ActionOf) -> None:
        """A modal's submit button. The handler only reads and writes our own database before it answers."""

        async def listener(
            ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient, _: AsyncRespond
        ) -> None:
            interaction = await self._admit(body, context, client, None, action)
            if not isinstance(interaction, Interaction):
                await ack(**unsure_acknowledgement(body, interaction))
                return
            if not interaction.is_allowed:
                interaction, refusal = await self._naming(interaction, NAMING_SECONDS)
                await ack(**Ack(view=_refused(interaction, refusal)).acknowledgement())
                return
            try:
                answer = await handle(interaction)
            except Exception:
                await ack(**Ack(view=_trouble(interaction, _logged("submission", interaction))).acknowledgement())
                return
            await ack(**answer.acknowledgement())
            if answer.then is not None:
                work = self._in_turn(interaction.team_id, answer.then)
                self._services.background.spawn(work, f"submission:{interaction.user_id}")

        self._add("view_submission", constraint, listener, action)

    def options(self, constraint: Constraint, search: Search, action: ActionOf) -> None:
        """What a menu that searches offers; nothing to those who may not, and nothing when it fails."""

        async def listener(
            ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient, _: AsyncRespond
        ) -> None:
            interaction = await self._admit(body, context, client, None, action)
            offered: Sequence[OptionModel] = ()
            if isinstance(interaction, Interaction) and interaction.is_allowed:
                try:
                    offered = await search(interaction)
                except Exception:
                    _logged("options", interaction)
            await ack(options=[option.to_dict() for option in offered])

        self._add("options", constraint, listener, action)

    def home(self, handle: Handler) -> None:
        """The Home tab was opened; whoever may not look is let in as well, and shown who may."""

        async def listener(body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient) -> None:
            if body["event"].get("tab") == "home":
                await self._attend(body, context, client, None, handle, Action.HELP)

        self._note("event", "app_home_opened", Action.HELP)
        self._app.event("app_home_opened")(listener)

    def step(self, callback_id: str, handle: StepHandler, action: Action, is_begun: StepBegun) -> None:
        """A step of a workflow by whom `user_context` names, which no builder can set; without a name it is refused.
        Where it `is_begun`, Slack tells of it again: what it has begun answers."""

        async def listener(
            body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient, fail: AsyncFail
        ) -> None:
            execution_id = str(body["event"]["function_execution_id"])
            inputs: Mapping[str, Any] = body["event"].get("inputs") or {}
            who = inputs.get("user_context")
            user_id = str(who.get("id") or "") if isinstance(who, Mapping) else ""
            interaction = await self._admit(body, context, client, None, action, user_id)
            if not isinstance(interaction, Interaction):
                said = translator("en").render(text("step.unsure") if interaction == NOBODY else interaction)
            elif not interaction.is_allowed:
                said = interaction.t("step.not_allowed")
            else:
                try:
                    refused = await handle(interaction, execution_id, inputs)
                except Exception:
                    refused = text("step.unexpected", reference=_logged("step", interaction))
                if refused is None:
                    return
                said = interaction.t.render(refused)
            if await is_begun(self._services, context.team_id or "", execution_id):
                log.info("step_begun_before")
                return
            try:
                await fail(said)
            except NOT_DONE as error:
                log.warning("step_not_failed", error=word_of(error))

        self._note("step", callback_id, action)
        self._app.function(callback_id)(listener)

    def event(self, name: str, handle: Happening) -> None:
        """Something that Slack tells of the workspace or of the installation, not of a person."""

        async def listener(body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient) -> None:
            if await self._is_first("event", body.get("event_id")):
                try:
                    await handle(self._services, client, Occurrence.of(body, context))
                except Exception:
                    await self._claims.release(f"event:{body.get('event_id')}")
                    raise

        self._note("event", name)
        self._app.event(name)(listener)

    async def _in_turn(self, team_id: str, work: Callable[[], Awaitable[None]]) -> None:
        async with self._places.place(team_id):
            await work()

    async def _is_first(self, kind: str, delivery_id: object) -> bool:
        """Whether Slack tells this for the first time; what names no id is taken for new.

        Without a database too: the handler fails then, and says so.
        """
        if not isinstance(delivery_id, str) or not delivery_id:
            return True
        try:
            first = await self._claims.claim(f"{kind}:{delivery_id}")
        except Exception as error:
            log.error("delivery_not_claimed", kind=kind, error=type(error).__name__)
            return True
        if not first:
            log.info("delivered_again", kind=kind)
        return first

    def _add(self, kind: str, constraint: Constraint, listener: Listener, action: ActionOf) -> None:
        self._note(kind, constraint, action)
        self._indexed.add(kind, constraint, listener)

    def _note(self, kind: str, constraint: Constraint, action: ActionOf | None = None) -> None:
        self.registered.append((kind, constraint))
        if action is not None:
            self.actions[kind, constraint] = action

    async def _attend(
        self,
        body: Mapping[str, Any],
        context: AsyncBoltContext,
        client: AsyncWebClient,
        respond: AsyncRespond | None,
        handle: Handler,
        action: ActionOf,
    ) -> None:
        interaction = await self._admit(body, context, client, respond, action)
        if not isinstance(interaction, Interaction):
            if respond is not None:
                await self._say_unsure(respond, client, context.user_id, interaction)
            elif body.get("trigger_id"):
                await open_unsure(body, client, interaction)
            else:
                await publish_unsure(body.get("event") or {}, client, context.team_id or "", interaction)
            return
        try:
            refusal = interaction.refusal
            if refusal is not None:
                interaction, refusal = await self._naming(interaction)
            if interaction.is_allowed:
                await self._in_turn(interaction.team_id, lambda: handle(interaction))
            elif refusal is not None and respond is not None:
                await interaction.reply(said(interaction.t, refusal))
            elif refusal is not None:
                await interaction.present(_refused(interaction, refusal))
        except Exception as error:
            await self._say_failed(interaction, error)

    async def _say_unsure(self, respond: AsyncRespond, client: AsyncWebClient, who: str | None, reason: Text) -> None:
        try:
            await answer_alone(respond, client, who or "", translator("en").render(reason))
        except NOT_DONE as error:
            log.warning("unsure_not_told", error=word_of(error))

    async def _say_failed(self, interaction: Interaction, error: Exception) -> None:
        """Tell the person, in one way or another; nothing leaves a listener, which Bolt would answer with 404."""
        try:
            late = code_of(error) if isinstance(error, SlackApiError) else None
            if isinstance(error, NothingToOpen) or late in TOO_LATE:
                log.info("too_late", error=late or "no_trigger", team=interaction.team_id, user=interaction.user_id)
                await interaction.tell_anyhow(said(interaction.t, text("flow.too_late")))
                return
            reference = _logged("interaction", interaction)
            reply = said(interaction.t, Text(failure_key()), *views.small_print(interaction.t, reference))
            if interaction.respond is not None:
                await interaction.reply(reply)
            elif interaction.in_modal:
                await interaction.present(_trouble(interaction, reference))
            elif interaction.body.get("trigger_id"):
                await interaction.tell_anyhow(reply)  # its trigger may be spent
        except (NothingToOpen, *NOT_DONE) as failed:
            why = word_of(failed)
            log.warning("failure_not_told", error=why, team=interaction.team_id, user=interaction.user_id)

    async def _admit(
        self,
        body: Mapping[str, Any],
        context: AsyncBoltContext,
        client: AsyncWebClient,
        respond: AsyncRespond | None,
        action: ActionOf,
        told: str | None = None,
    ) -> Interaction | Text:
        """Who it is and whether they may; why not, when that could not be found out, which is a no.

        `told` is the person where the request itself does not come from one.
        """
        team_id, user_id = context.team_id, context.user_id if told is None else told
        if not team_id or not user_id:
            return NOBODY
        # For the rest of this task: of the connections to the database a workspace has a share.
        reader.set(team_id)
        purpose = action if isinstance(action, Action) else action(body)
        try:
            async with asyncio.timeout(ADMISSION_SECONDS):
                answer = await self._services.access.require(client, team_id, user_id, purpose)
        except Exception as error:  # whatever it is that Slack answers, nobody is let in
            log.warning("admission_failed", team=team_id, user=user_id, error=word_of(error))
            return reason_of(error)
        if isinstance(answer, NotAllowed):
            self._refused.note(answer.member, purpose)
        manages = isinstance(answer, Allowed) and answer.member.may(Action.EDIT)
        return Interaction(
            services=self._services,
            client=client,
            member=answer.member,
            purpose=purpose,
            body=body,
            respond=respond,
            refusal=None if manages else self._services.access.refusal(answer.member),
        )

    async def _naming(self, interaction: Interaction, seconds: float = NAMES_WAITED) -> tuple[Interaction, Text]:
        """The visit of one who may not, told who may: asked after the decision, and only where it is shown."""
        assert interaction.refusal is not None
        refused = await self._services.access.named(
            interaction.client, NotAllowed(interaction.member, interaction.refusal), seconds
        )
        return replace(interaction, refusal=refused.text), refused.text


def _logged(what: str, interaction: Interaction) -> str:
    reference = secrets.token_hex(4)
    log.exception("handler_failed", what=what, reference=reference, team=interaction.team_id, user=interaction.user_id)
    return reference


def _refused(interaction: Interaction, refusal: Text) -> View:
    return views.notice(interaction.t, interaction.t("flow.refused.title"), refusal)


def _trouble(interaction: Interaction, reference: str) -> View:
    return views.trouble(interaction.t, reference, failure_key())
