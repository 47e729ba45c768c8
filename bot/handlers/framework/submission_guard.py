"""Takes each submission of a form once, however often it is pressed or Slack repeats it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.text import Text, text
from bot.handlers.framework.check_runner import CheckRunner
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import Ack
from bot.handlers.framework.wizard import FieldErrors, expired, follow, shown_step
from bot.handlers.framework.wizard_drafts import WizardDrafts
from storage.errors import StaleVersion

ATTEMPTS = 3
"""A press may come while a choice that refreshes the form is still being kept."""


class SubmissionGuard:
    """Decides by the draft: its step, its running check and its version tell whether a press is the first."""

    def __init__(self, wizard_drafts: WizardDrafts, checks: CheckRunner) -> None:
        self._drafts, self._checks = wizard_drafts, checks

    async def submit(self, interaction: Interaction) -> Ack:
        """Take what was entered and go on; a press that comes too late is shown what the first has come to."""
        for _ in range(ATTEMPTS):
            try:
                return await self._submit_once(interaction)
            except StaleVersion:
                # A choice that refreshes the form was still being kept, or a first press of the same has moved on.
                continue
        return await self._as_it_is(interaction)

    async def _submit_once(self, interaction: Interaction) -> Ack:
        context = await self._drafts.load(interaction)
        if context is None or context.answers.finished:
            return await self._as_it_is(interaction)
        step = context.step
        if shown_step(interaction) != step.name or self._checks.is_pending(context):
            return await self._as_it_is(interaction)  # a second press: the first is being worked on
        errors = step.take(context, interaction.form_values)
        if errors:
            return _errors(interaction, errors)
        what = step.checking(context)
        if what is not None:
            begun, view = await self._checks.begin(context, what)
            return Ack(view=view, then=lambda: self._checks.run(begun, step.proceed))
        turn = await step.proceed(context)
        if isinstance(turn, FieldErrors):
            return _errors(interaction, turn.by_field)
        return Ack(view=await follow(context, turn))

    async def _as_it_is(self, interaction: Interaction) -> Ack:
        """What the conversation has come to, for a press that came too late to change it."""
        context = await self._drafts.load(interaction)
        if context is None:
            return Ack(view=expired(interaction))
        if context.answers.finished:
            return Ack(view=context.wizard.ended(context))
        token = context.answers.pending
        if token is None or not self._checks.is_pending(context):
            return Ack(view=await context.step.view(context))
        what = context.step.checking(context) or text("flow.working")
        view = self._checks.announced(context, what)
        return Ack(view=view, then=lambda: self._checks.catch_up(interaction, token))


def _errors(interaction: Interaction, by_field: Mapping[str, Text]) -> Ack:
    return Ack(errors={block_id: interaction.t.render(said) for block_id, said in by_field.items()})
