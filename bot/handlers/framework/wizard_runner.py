"""Leads through the guided conversations: begins them, goes back and forth, resumes and closes them.

A step that asks another system:

    person          Slack             SubmissionGuard     CheckRunner       draft             payroll system
      | Next          |                     |                  |               |                    |
      |-------------->| view_submission     |                  |               |                    |
      |               |-------------------->| load, take ----------------------|                    |
      |               |                     | begin ---------->| save: token, version + 1           |
      |  "Checking…"  |<--------------------| (acknowledged with the view)     |                    |
      |<--------------|                     | run ------------>| step.proceed --------------------->|
      | Next again    |                     |                  |               |                    |
      |-------------->|-------------------->| a check is pending: "Checking…", and catch_up          |
      |               |                     |                  |<------------- account, or an error |
      |               |                     |                  | follow: save if the version is still the one
      |               |<---------------------------------------| views.update by external id = token
      |  next form    |                     |                  |               |                    |
      |<--------------|                     |                  |               |                    |

Whoever goes back meanwhile (`WizardRunner`) saves the draft without the token: the check's own save then raises
`StaleVersion`, and its result is shown to nobody. A step that asks nobody is acknowledged with the next form at once.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.text import Text, text
from bot.handlers.framework.check_runner import CheckRunner
from bot.handlers.framework.draft import WizardState
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.screen import GONE, show
from bot.handlers.framework.submission_guard import ATTEMPTS, SubmissionGuard
from bot.handlers.framework.wizard import (
    Stay,
    StepContext,
    Turn,
    Wizard,
    WizardStep,
    expired,
    follow,
    save,
    shown_step,
)
from bot.handlers.framework.wizard_drafts import WizardDrafts
from bot.slack.client import code_of
from bot.views import wizard as views
from bot.views.blocks import REFRESH, View
from storage.errors import StaleVersion

log = structlog.get_logger(__name__)

D = TypeVar("D", bound=WizardState)

CALLBACK = re.compile(r"^flow:")
ACT = re.compile(rf"^{re.escape(views.ACT)}:")


class WizardRunner:
    """All conversations there are, over one set of listeners."""

    def __init__(self, listeners: AuthorizedListeners) -> None:
        self._drafts = WizardDrafts()
        self._checks = CheckRunner(self._drafts)
        self.action_of = self._drafts.action_of
        listeners.submission(CALLBACK, SubmissionGuard(self._drafts, self._checks).submit, self.action_of)
        listeners.closed(CALLBACK, self._close, self.action_of)
        listeners.action(views.BACK, self._back, self.action_of)
        listeners.action(views.CANCEL_CHECK, self._again, self.action_of)
        listeners.action(views.CONTINUE, self._again, self.action_of)
        listeners.action(views.RESTART, self._restart, self.action_of)
        listeners.action(REFRESH, self.refresh, self.action_of)
        listeners.action(ACT, self._act, self.action_of)

    def add(self, wizard: Wizard[Any]) -> None:
        """Make a conversation known."""
        self._drafts.add(wizard)

    async def load_as(self, interaction: Interaction, form: type[D]) -> StepContext[D] | None:
        """The conversation that the interaction's view belongs to, where it has the answers of `form`; else None."""
        return await self._drafts.load_as(interaction, form)

    async def begin(
        self, interaction: Interaction, kind: str, answers: WizardState, integration_id: str | None = None
    ) -> None:
        """Start a conversation; an unfinished one of the same kind is dropped."""
        context = await self._drafts.open(interaction, kind, answers, integration_id)
        await interaction.present(await context.step.view(context))

    async def begin_or_resume(
        self, interaction: Interaction, kind: str, answers: WizardState, anew: str | None = None
    ) -> None:
        """Start a conversation, or offer to go on with the unfinished one; `anew` is what starting over begins with."""
        kept = await self._drafts.unfinished(interaction, kind)
        if kept is None:
            await self.begin(interaction, kind, answers)
            return
        where = text(f"setup.step.{kept.step.name}")
        await interaction.present(views.resume(kept.frame(back=None), where, kept.draft.updated_at, anew or None))

    async def begin_after(
        self,
        interaction: Interaction,
        kind: str,
        answers: D,
        integration_id: str,
        what: Text,
        prepare: Callable[[D], Awaitable[None]],
    ) -> None:
        """Start a conversation whose first form needs another system: a view that says so is shown meanwhile."""
        self._checks.mark(interaction, answers)
        context = await self._drafts.open(interaction, kind, answers, integration_id)
        await interaction.present(self._checks.announced(context, what))

        async def first(context: StepContext[D]) -> Turn:
            await prepare(context.answers)
            return Stay()

        interaction.services.background.spawn(self._checks.run(context, first), f"{kind}:{context.draft.id}")

    async def _back(self, interaction: Interaction) -> None:
        async def back(context: StepContext[Any]) -> WizardStep[Any]:
            if shown_step(interaction) == context.step.name and interaction.form_values:
                context.step.keep(context, interaction.form_values)
            while context.answers.trail:
                before = context.wizard.find(context.answers.trail.pop())
                if before is not context.step and before.applies(context):
                    return before
            return context.wizard.steps[0]

        await self._move(interaction, back)

    async def _again(self, interaction: Interaction) -> None:
        async def same(context: StepContext[Any]) -> WizardStep[Any]:
            return context.step

        await self._move(interaction, same)

    async def refresh(self, interaction: Interaction) -> None:
        """Show the form again as a choice in it has changed it; for menus that search, under their own action id."""
        for _ in range(ATTEMPTS):
            context = await self._drafts.load(interaction)
            if context is None or context.answers.finished:
                await interaction.present(expired(interaction) if context is None else context.wizard.ended(context))
                return
            if shown_step(interaction) != context.step.name or self._checks.is_pending(context):
                return  # the form was submitted meanwhile, with this choice in it
            if interaction.acted_at >= context.answers.refreshed_at:
                context.step.keep(context, interaction.form_values)
                context.answers.refreshed_at = interaction.acted_at
            try:
                async with interaction.services.database.session() as session:
                    context = await save(session, context)
            except StaleVersion:
                continue  # of two choices in a row, each is kept
            await self._show(context, await context.step.view(context))
            return

    async def _move(
        self, interaction: Interaction, where: Callable[[StepContext[Any]], Awaitable[WizardStep[Any]]]
    ) -> None:
        context = await self._drafts.load(interaction)
        if context is None:
            await interaction.present(expired(interaction))
            return
        if context.answers.finished:
            await interaction.present(context.wizard.ended(context))
            return
        step = await where(context)
        context.answers.pending = None
        try:
            async with interaction.services.database.session() as session:
                context = await save(session, context, step.name)
        except StaleVersion:
            return  # a later press of the same person is being shown
        await self._show(context, await step.view(context))

    async def _show(self, context: StepContext[Any], view: View) -> None:
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
            latest = await self._drafts.load(interaction)
            if code_of(error) == "hash_conflict" and latest and latest.draft.version == context.draft.version:
                await show(send_over, view, interaction.t)

    async def _restart(self, interaction: Interaction) -> None:
        context = await self._drafts.load(interaction)
        if context is None:
            await interaction.present(expired(interaction))
            return
        fresh = context.wizard.form.of_person(interaction.member.timezone, interaction.language)
        if context.wizard.anew is not None and interaction.value:
            await context.wizard.anew(interaction, fresh, interaction.value)
        await self.begin(interaction, context.wizard.kind, fresh, context.draft.integration_id)

    async def _act(self, interaction: Interaction) -> None:
        context = await self._drafts.load(interaction)
        if context is None:
            await interaction.present(expired(interaction))
            return
        if context.answers.finished or shown_step(interaction) != context.step.name:
            await self._again(interaction)
            return
        step, verb = context.step, str(interaction.action["action_id"]).partition(":")[2]
        if interaction.form_values:
            step.keep(context, interaction.form_values)
        try:
            what = step.checking(context, verb)
            if what is None:
                await self._show(context, await follow(context, await step.act(context, verb)))
                return
            context, view = await self._checks.begin(context, what)
        except StaleVersion:
            return
        await self._show(context, view)
        work = self._checks.run(context, lambda begun: step.act(begun, verb))
        interaction.services.background.spawn(work, f"{step.name}:{verb}")

    async def _close(self, interaction: Interaction) -> None:
        """Closing keeps everything, as far as Slack tells what was entered."""
        context = await self._drafts.load(interaction)
        if context is None or context.answers.finished or context.answers.pending:
            return
        entered = shown_step(interaction) == context.step.name and bool(interaction.form_values)
        if entered:
            context.step.keep(context, interaction.form_values)
        if context.wizard.closed is not None:
            context.wizard.closed(context)
        elif not entered:
            return
        try:
            await self._drafts.keep(context)
        except StaleVersion:
            log.info("closed_view_was_stale", step=context.step.name)
