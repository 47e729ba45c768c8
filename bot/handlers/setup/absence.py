"""Absence in the set-up: its choices, where a payroll system takes nothing else. There it is never off."""

from __future__ import annotations

from typing import cast

from bot.domain.leave_settings import LeaveSettings
from bot.handlers.edit.absence import AbsenceSettingsStep, AbsenceStep, AbsenceTypesStep, today
from bot.handlers.edit.absence_draft import AbsenceAnswers, AbsenceDraft, audited, settings_of
from bot.handlers.edit.absence_look import LookedAt
from bot.handlers.framework.wizard import StepContext
from bot.handlers.setup.draft import SetupDraft
from bot.handlers.setup.target import open_source
from bot.providers.protocol import ProviderInfo
from storage import leave_settings
from storage.database import Session
from storage.json_codec import Json


def absence_of(info: ProviderInfo) -> AbsenceAnswers:
    """What the choices begin with for a payroll system: on, at times of its own, where it takes no employees."""
    return AbsenceAnswers() if info.takes_people else AbsenceAnswers(on=True, together=False)


class SetupAbsenceStep(AbsenceStep):
    """From when, and what is closed, of an integration that is still to be made."""

    def applies(self, context: StepContext[AbsenceDraft]) -> bool:
        """Only where it is all that is sent."""
        return context.answers.absence_alone

    async def looked_at(self, context: StepContext[AbsenceDraft]) -> LookedAt | None:
        """Both systems, with what was entered, and the people that were chosen."""
        setup = cast(StepContext[SetupDraft], context)
        answers = setup.answers
        connections, team_id = setup.interaction.services.connections, setup.interaction.team_id
        return LookedAt(
            provider=answers.provider,
            scope=answers.scope,
            source=open_source(setup),
            target=connections.try_leave_target(team_id, answers.provider, answers.target_credentials),
        )


class SetupAbsenceTypesStep(AbsenceTypesStep):
    """Which leave type goes where."""

    def applies(self, context: StepContext[AbsenceDraft]) -> bool:
        """Only where it is all that is sent."""
        return context.answers.absence_alone


class SetupAbsenceSettingsStep(AbsenceSettingsStep):
    """What the payroll system asks of absence besides."""

    def applies(self, context: StepContext[AbsenceDraft]) -> bool:
        """Only where it is all that is sent, and there is something to ask."""
        return context.answers.absence_alone and super().applies(context)


def chosen_leave(context: StepContext[SetupDraft]) -> LeaveSettings:
    """What was chosen for absence, as it is stored."""
    zone = context.interaction.services.settings.timezone
    return settings_of(context.answers.absence, LeaveSettings(), today(context.interaction), zone)


async def keep_absence(session: Session, context: StepContext[SetupDraft], integration_id: str) -> None:
    """Store the choices of a new integration that is for absence alone."""
    if context.answers.absence_alone:
        await leave_settings.put(session, integration_id, chosen_leave(context).to_json(), expected=0)


def absence_audited(context: StepContext[SetupDraft]) -> dict[str, Json]:
    """The choices for the audit, nothing where absence is chosen afterwards."""
    return audited(chosen_leave(context)) if context.answers.absence_alone else {}
