"""The wizards there are, and the drafts of the people who are in one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from bot.handlers.framework.draft import WizardState
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.wizard import StepContext, Wizard, lifetime
from bot.slack.roles import FRESH, Action
from storage import drafts

D = TypeVar("D", bound=WizardState)


class WizardDrafts:
    """Finds a conversation by what Slack tells of it: the draft's id in a view, and who is there."""

    def __init__(self) -> None:
        self._wizards: dict[str, Wizard[Any]] = {}

    def add(self, wizard: Wizard[Any]) -> None:
        """Make a wizard known."""
        self._wizards[wizard.kind] = wizard

    def action_of(self, body: Mapping[str, Any]) -> Action:
        """What the conversation whose view this comes from asks for; of an unknown one, the most."""
        _, kind, *_ = [*str((body.get("view") or {}).get("callback_id", "")).split(":"), ""]
        return self._wizards[kind].action if kind in self._wizards else Action.CREDENTIALS

    async def open(self, interaction: Interaction, kind: str, answers: D, integration_id: str | None) -> StepContext[D]:
        """Begin at the first step; the person's unfinished conversation of the same kind is dropped."""
        services, wizard = interaction.services, self._wizards[kind]
        if wizard.known is not None:
            await wizard.known(interaction, answers)
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
                step=wizard.steps[0].name,
                now=services.clock(),
            )
        return StepContext(interaction, wizard, draft, answers)

    async def unfinished(self, interaction: Interaction, kind: str) -> StepContext[Any] | None:
        """The person's conversation of this kind, if anything in it was answered and nothing is saved yet."""
        services, wizard = interaction.services, self._wizards[kind]
        async with services.database.reading() as session:
            draft = await drafts.current(
                session, services.database.vault, interaction.team_id, interaction.user_id, kind, now=services.clock()
            )
        if draft is None:
            return None
        answers = wizard.form.from_draft(draft.data)
        return None if answers.finished or not answers.begun else StepContext(interaction, wizard, draft, answers)

    async def load(self, interaction: Interaction) -> StepContext[Any] | None:
        """The conversation that the interaction's view belongs to; None when it has expired or is somebody else's."""
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
        if draft is None or draft.kind not in self._wizards:
            return None
        wizard = self._wizards[draft.kind]
        if wizard.action in FRESH and interaction.purpose not in FRESH:
            return None  # the view claims to be another conversation's, and so nobody was asked anew
        return StepContext(interaction, wizard, draft, wizard.form.from_draft(draft.data))

    async def load_as(self, interaction: Interaction, form: type[D]) -> StepContext[D] | None:
        """The same, where its draft has the answers of `form`; else None."""
        context = await self.load(interaction)
        return context if context is not None and isinstance(context.answers, form) else None

    async def keep(self, context: StepContext[Any]) -> None:
        """Keep the answers of somebody who goes away: the time to their expiry runs on. Raises `StaleVersion`."""
        database = context.interaction.services.database
        async with database.session() as session:
            await drafts.save(session, database.vault, replace(context.draft, data=context.answers.to_draft()))
