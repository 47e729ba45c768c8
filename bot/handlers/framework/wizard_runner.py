"""Runs the guided conversations: begins, submits, goes back, resumes and closes them."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.text import Text, text
from bot.handlers.framework.draft import WizardDraft
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import Ack, AuthorizedListeners
from bot.handlers.framework.screen import GONE, check_token, replace_checking, show
from bot.handlers.framework.wizard import (
    FieldErrors,
    Finish,
    Next,
    Show,
    Stay,
    StepContext,
    Turn,
    Wizard,
    WizardStep,
    lifetime,
    problem_of,
    save,
)
from bot.providers.errors import ProviderError
from bot.slack.client import code_of
from bot.views import wizard as views
from bot.views.blocks import REFRESH, View
from bot.views.wizard import StepProblem
from storage import drafts
from storage.errors import StaleVersion

log = structlog.get_logger(__name__)

CALLBACK = re.compile(r"^flow:")
ACT = re.compile(rf"^{re.escape(views.ACT)}:")

PENDING_SECONDS = 120
"""A check that is older was cut off by a restart; a new submission begins another."""

CATCH_UP_SECONDS = 0.5

ATTEMPTS = 3
"""A press may come while a choice that refreshes the form is still being kept."""


class WizardRunner:
    """All conversations there are, over one set of listeners."""

    def __init__(self, listeners: AuthorizedListeners) -> None:
        self._flows: dict[str, Wizard] = {}
        listeners.submission(CALLBACK, self._submit)
        listeners.closed(CALLBACK, self._close)
        listeners.action(views.BACK, self._back)
        listeners.action(views.CANCEL_CHECK, self._again)
        listeners.action(views.CONTINUE, self._again)
        listeners.action(views.RESTART, self._restart)
        listeners.action(REFRESH, self.refresh)
        listeners.action(ACT, self._act)

    def add(self, flow: Wizard) -> None:
        """Make a conversation known."""
        self._flows[flow.kind] = flow

    async def begin(
        self, interaction: Interaction, kind: str, answers: WizardDraft, integration_id: str | None = None
    ) -> None:
        """Start a conversation; an unfinished one of the same kind is dropped."""
        at = await self._open(interaction, kind, answers, integration_id)
        await interaction.present(await at.step.view(at))

    async def begin_or_resume(self, interaction: Interaction, kind: str, answers: WizardDraft) -> None:
        """Start a conversation, or offer to go on with the unfinished one."""
        services = interaction.services
        async with services.database.reading() as session:
            draft = await drafts.current(
                session, services.database.vault, interaction.team_id, interaction.user_id, kind, now=services.clock()
            )
        if draft is None or draft.step == self._flows[kind].steps[0].name:
            await self.begin(interaction, kind, answers)
            return
        kept = WizardDraft.from_draft(draft.data)
        if kept.finished:
            await self.begin(interaction, kind, answers)
            return
        at = StepContext(interaction, self._flows[kind], draft, kept)
        await interaction.present(views.resume(at.frame(back=None), text(f"setup.step.{draft.step}"), draft.updated_at))

    async def begin_after(
        self,
        interaction: Interaction,
        kind: str,
        answers: WizardDraft,
        integration_id: str,
        what: Text,
        prepare: Callable[[WizardDraft], Awaitable[None]],
    ) -> None:
        """Start a conversation whose first form needs another system: a view that says so is shown meanwhile."""
        answers.pending, answers.pending_since = check_token(), interaction.services.clock().timestamp()
        at = await self._open(interaction, kind, answers, integration_id)
        await interaction.present(views.checking(at.frame(), what, answers.pending))

        async def first(context: StepContext) -> Turn:
            await prepare(context.answers)
            return Stay()

        interaction.services.background.spawn(self._work(at, first), f"{kind}:{at.draft.id}")

    async def _open(
        self, interaction: Interaction, kind: str, answers: WizardDraft, integration_id: str | None
    ) -> StepContext:
        services, flow = interaction.services, self._flows[kind]
        async with services.database.session() as session:
            draft = await drafts.open(
                session,
                services.database.vault,
                interaction.team_id,
                interaction.user_id,
                kind,
                answers.to_draft(),
                lifetime(interaction),
                integration_id=integration_id,
                step=flow.steps[0].name,
                now=services.clock(),
            )
        return StepContext(interaction, flow, draft, answers)

    async def load(self, interaction: Interaction) -> StepContext | None:
        """The conversation that the visit's view belongs to; None when it has expired or is somebody else's."""
        services = interaction.services
        draft_id = str((interaction.view or {}).get("private_metadata") or "")
        async with services.database.reading() as session:
            draft = await drafts.get(
                session,
                services.database.vault,
                draft_id,
                team_id=interaction.team_id,
                user_id=interaction.user_id,
                now=services.clock(),
            )
        if draft is None or draft.kind not in self._flows:
            return None
        return StepContext(interaction, self._flows[draft.kind], draft, WizardDraft.from_draft(draft.data))

    async def _submit(self, interaction: Interaction) -> Ack:
        for _ in range(ATTEMPTS):
            try:
                return await self._submit_once(interaction)
            except StaleVersion:
                # A choice that refreshes the form was still being kept, or a first press of the same has moved on.
                continue
        return await self._as_it_is(interaction)

    async def _submit_once(self, interaction: Interaction) -> Ack:
        at = await self.load(interaction)
        if at is None or at.answers.finished:
            return await self._as_it_is(interaction)
        step = at.step
        if _shown_step(interaction) != step.name or self._is_pending(at):
            return await self._as_it_is(interaction)  # a second press: the first is being worked on
        errors = step.take(at, interaction.form_values)
        if errors:
            return _errors(interaction, errors)
        what = step.checking(at)
        if what is not None:
            at, view = await self._announce(at, what)
            return Ack(view=view, then=lambda: self._work(at, step.proceed))
        turn = await step.proceed(at)
        if isinstance(turn, FieldErrors):
            return _errors(interaction, turn.by_field)
        return Ack(view=await self._follow(at, turn))

    async def _as_it_is(self, interaction: Interaction) -> Ack:
        """What the conversation has come to, for a press that came too late to change it."""
        at = await self.load(interaction)
        if at is None:
            return Ack(view=_expired(interaction))
        if at.answers.finished:
            return Ack(view=at.flow.ended(at))
        token = at.answers.pending
        if token is None or not self._is_pending(at):
            return Ack(view=await at.step.view(at))
        what = at.step.checking(at) or text("flow.working")
        return Ack(view=views.checking(at.frame(), what, token), then=lambda: self._catch_up(interaction, token))

    async def _catch_up(self, interaction: Interaction, token: str) -> None:
        """A second "Checking…" may be put up after the check has replaced the first: then nobody else replaces it."""
        at = await self.load(interaction)
        while at is not None and at.answers.pending == token and self._is_pending(at):
            await asyncio.sleep(CATCH_UP_SECONDS)
            at = await self.load(interaction)
        if at is not None:
            await replace_checking(
                interaction.client,
                token,
                at.flow.ended(at) if at.answers.finished else await at.step.view(at),
                interaction.t,
            )

    def _is_pending(self, context: StepContext) -> bool:
        began = context.answers.pending_since
        return (
            bool(context.answers.pending) and context.interaction.services.clock().timestamp() - began < PENDING_SECONDS
        )

    async def _announce(self, context: StepContext, what: Text) -> tuple[StepContext, View]:
        """Note that a check is running, and the view that says so."""
        context.answers.pending = check_token()
        context.answers.pending_since = context.interaction.services.clock().timestamp()
        async with context.interaction.services.database.session() as session:
            context = await save(session, context)
        return context, views.checking(context.frame(), what, context.answers.pending or "")

    async def _work(self, context: StepContext, proceed: Callable[[StepContext], Awaitable[Turn]]) -> None:
        """Do the slow part, and show what came of it where "Checking…" is shown."""
        external_id = context.answers.pending or ""
        turn: Turn
        try:
            turn = await proceed(context)
        except StaleVersion:
            return  # a second press of the same has saved it already
        except ProviderError as error:
            log.info("step_refused", step=context.step.name, error=type(error).__name__, said=str(error))
            turn = Stay(problem_of(error))
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("step_failed", step=context.step.name, reference=reference)
            turn = Stay(
                StepProblem(text=text("flow.unexpected"), advice=text("flow.unexpected.advice"), reference=reference)
            )
        try:
            view = await self._follow(context, turn)
        except StaleVersion:
            return  # the person went back, started over or ran out of time: this result is nobody's
        await replace_checking(context.interaction.client, external_id, view, context.interaction.t)

    async def _follow(self, context: StepContext, turn: Turn) -> View:
        """Keep the answers and give the view that comes next. Raises `StaleVersion`."""
        match turn:
            case Finish(view):
                return view
            case FieldErrors():
                raise TypeError("a slow step cannot answer with errors at its fields")
            case _:
                context.answers.pending = None
        step = context.step
        following = step
        if isinstance(turn, Next):
            context.answers.trail.append(step.name)
            following = context.flow.after(step, context)
        elif isinstance(turn, Stay):
            context.problem = turn.problem
            if turn.step and turn.step != step.name:
                following = context.flow.find(turn.step)
                while following.name in context.answers.trail:
                    context.answers.trail.pop()
        async with context.interaction.services.database.session() as session:
            context = await save(session, context, following.name)
        return turn.view if isinstance(turn, Show) else await following.view(context)

    async def _back(self, interaction: Interaction) -> None:
        async def back(context: StepContext) -> WizardStep:
            if _shown_step(interaction) == context.step.name and interaction.form_values:
                context.step.keep(context, interaction.form_values)
            while context.answers.trail:
                before = context.flow.find(context.answers.trail.pop())
                if before.applies(context):
                    return before
            return context.flow.steps[0]

        await self._move(interaction, back)

    async def _again(self, interaction: Interaction) -> None:
        async def same(context: StepContext) -> WizardStep:
            return context.step

        await self._move(interaction, same)

    async def refresh(self, interaction: Interaction) -> None:
        """Show the form again as a choice in it has changed it; for menus that search, under their own action id."""
        for _ in range(ATTEMPTS):
            at = await self.load(interaction)
            if at is None or at.answers.finished:
                await interaction.present(_expired(interaction) if at is None else at.flow.ended(at))
                return
            if _shown_step(interaction) != at.step.name or self._is_pending(at):
                return  # the form was submitted meanwhile, with this choice in it
            if interaction.acted_at >= at.answers.refreshed_at:
                at.step.keep(at, interaction.form_values)
                at.answers.refreshed_at = interaction.acted_at
            try:
                async with interaction.services.database.session() as session:
                    at = await save(session, at)
            except StaleVersion:
                continue  # of two choices in a row, each is kept
            await self._show(at, await at.step.view(at))
            return

    async def _move(self, interaction: Interaction, where: Callable[[StepContext], Awaitable[WizardStep]]) -> None:
        at = await self.load(interaction)
        if at is None:
            await interaction.present(_expired(interaction))
            return
        if at.answers.finished:
            await interaction.present(at.flow.ended(at))
            return
        step = await where(at)
        at.answers.pending = None
        try:
            async with interaction.services.database.session() as session:
                at = await save(session, at, step.name)
        except StaleVersion:
            return  # a later press of the same person is being shown
        await self._show(at, await step.view(at))

    async def _show(self, context: StepContext, view: View) -> None:
        """Show a view; if another was shown meanwhile, this one still wins where its draft is the latest."""
        interaction = context.interaction
        shown = interaction.view or {}

        async def send(view: View) -> None:
            await interaction.client.views_update(view_id=shown["id"], hash=shown.get("hash"), view=view)

        async def send_over(view: View) -> None:
            await interaction.client.views_update(view_id=shown["id"], view=view)

        try:
            await show(send, view, interaction.t)
        except SlackApiError as error:
            if code_of(error) not in GONE:
                raise
            latest = await self.load(interaction)
            if code_of(error) == "hash_conflict" and latest and latest.draft.version == context.draft.version:
                await show(send_over, view, interaction.t)

    async def _restart(self, interaction: Interaction) -> None:
        at = await self.load(interaction)
        if at is None:
            await interaction.present(_expired(interaction))
            return
        fresh = WizardDraft(timezone=interaction.member.timezone, language=interaction.language)
        await self.begin(interaction, at.flow.kind, fresh, at.draft.integration_id)

    async def _act(self, interaction: Interaction) -> None:
        at = await self.load(interaction)
        if at is None:
            await interaction.present(_expired(interaction))
            return
        if at.answers.finished or _shown_step(interaction) != at.step.name:
            await self._again(interaction)
            return
        step, verb = at.step, str(interaction.action["action_id"]).partition(":")[2]
        if interaction.form_values:
            step.keep(at, interaction.form_values)
        try:
            what = step.checking(at, verb)
            if what is None:
                await self._show(at, await self._follow(at, await step.act(at, verb)))
                return
            at, view = await self._announce(at, what)
        except StaleVersion:
            return
        await self._show(at, view)
        interaction.services.background.spawn(self._work(at, lambda at: step.act(at, verb)), f"{step.name}:{verb}")

    async def _close(self, interaction: Interaction) -> None:
        """Closing keeps everything, as far as Slack tells what was entered."""
        at = await self.load(interaction)
        if at is None or at.answers.finished or at.answers.pending or _shown_step(interaction) != at.step.name:
            return
        if not interaction.form_values:
            return
        at.step.keep(at, interaction.form_values)
        try:
            async with interaction.services.database.session() as session:
                await drafts.save(
                    session, interaction.services.database.vault, replace(at.draft, data=at.answers.to_draft())
                )
        except StaleVersion:
            log.info("closed_view_was_stale", step=at.step.name)


def _errors(interaction: Interaction, by_field: Mapping[str, Text]) -> Ack:
    return Ack(errors={block_id: interaction.t.render(said) for block_id, said in by_field.items()})


def _expired(interaction: Interaction) -> View:
    return views.expired(interaction.t, interaction.services.settings.draft_minutes)


def _shown_step(interaction: Interaction) -> str:
    return str((interaction.view or {}).get("callback_id", "")).rpartition(":")[2]
