"""Runs what a step asks of another system in the background, while "Checking…" is shown."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from bot.core.text import Text
from bot.handlers.framework.draft import WizardState
from bot.handlers.framework.failure_text import failure_key
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.screen import check_token, replace_checking
from bot.handlers.framework.wizard import Stay, StepContext, Turn, follow, problem_of, save
from bot.handlers.framework.wizard_drafts import WizardDrafts
from bot.providers.errors import ProviderError
from bot.views import wizard as views
from bot.views.blocks import View
from bot.views.wizard import StepProblem
from storage.errors import StaleVersion

log = structlog.get_logger(__name__)

PENDING_SECONDS = 120
"""A check that is older was cut off by a restart; a new submission begins another."""

CATCH_UP_SECONDS = 0.5

Check = Callable[[StepContext[Any]], Awaitable[Turn]]
"""The slow part of a step."""


class CheckRunner:
    """One check of a conversation at a time, told by the token in its draft, which is its view's external id too."""

    def __init__(self, wizard_drafts: WizardDrafts) -> None:
        self._drafts = wizard_drafts

    def is_pending(self, context: StepContext[Any]) -> bool:
        """Whether a check of the conversation is under way."""
        now = context.interaction.services.clock().timestamp()
        return bool(context.answers.pending) and now - context.answers.pending_since < PENDING_SECONDS

    def mark(self, interaction: Interaction, answers: WizardState) -> None:
        """Note in the answers that a check begins now."""
        answers.pending, answers.pending_since = check_token(), interaction.services.clock().timestamp()

    def announced(self, context: StepContext[Any], what: Text) -> View:
        """The view that says that the conversation's check is running."""
        return views.checking(context.frame(), what, context.answers.pending or "")

    async def begin(self, context: StepContext[Any], what: Text) -> tuple[StepContext[Any], View]:
        """Announce a check, and keep that it was: of two who try, one does. Raises `StaleVersion`."""
        self.mark(context.interaction, context.answers)
        async with context.interaction.services.database.session() as session:
            begun = await save(session, context)
        return begun, self.announced(begun, what)

    async def run(self, context: StepContext[Any], check: Check) -> None:
        """Do the slow part, and show what came of it where "Checking…" is shown."""
        external_id = context.answers.pending or ""
        turn: Turn
        try:
            turn = await check(context)
        except StaleVersion:
            return  # a second press of the same has saved it already
        except ProviderError as error:
            log.info("step_refused", step=context.step.name, error=type(error).__name__, said=str(error))
            turn = Stay(problem_of(error))
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("step_failed", step=context.step.name, reference=reference)
            key = failure_key()
            turn = Stay(StepProblem(text=Text(key), advice=Text(f"{key}.advice"), reference=reference))
        try:
            view = await follow(context, turn)
        except StaleVersion:
            return  # the person went back, started over or ran out of time: this result is nobody's
        await replace_checking(context.interaction.client, external_id, view, context.interaction.t)

    async def catch_up(self, interaction: Interaction, token: str) -> None:
        """A second "Checking…" may be put up after the check has replaced the first: then nobody else replaces it."""
        context = await self._drafts.load(interaction)
        while context is not None and context.answers.pending == token and self.is_pending(context):
            await asyncio.sleep(CATCH_UP_SECONDS)
            context = await self._drafts.load(interaction)
        if context is not None:
            view = context.wizard.ended(context) if context.answers.finished else await context.step.view(context)
            await replace_checking(interaction.client, token, view, interaction.t)
