"""`/integration check`: does an integration still reach both systems, as which companies, and with which rights?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast

from pydantic import BaseModel, Field

from bot.connections import AccountRefused
from bot.core.text import Text, text
from bot.domain.findings import Finding
from bot.domain.leave_settings import LeaveSettings
from bot.handlers.edit import base
from bot.handlers.framework.draft import FoundInPerson, as_finding, keep_findings
from bot.handlers.framework.integration_picker import Work
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.wizard import Finish, Stay, StepContext, Turn, Wizard, WizardStep
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.shared.account_control import note_refusal
from bot.handlers.shared.drafts import IntegrationDraft
from bot.jobs.leave.plan_leave import PeopleAndLeave
from bot.locales import Translator
from bot.providers import registry
from bot.providers.errors import ProviderError
from bot.providers.protocol import Account
from bot.slack.roles import Action
from bot.views.blocks import View
from bot.views.overview import connection as views
from bot.views.overview.connection import ConnectionEnd
from storage import integrations, leave_settings
from storage.integrations import Integration

KIND = "check"


class CheckedEnd(BaseModel):
    """What one system said: its account, and what a sync would lack; or, in the reader's language, why it refused."""

    system: str
    company: Account | None = None
    findings: list[FoundInPerson] = Field(default_factory=list)
    refusal: str = ""
    advice: str = ""


class ConnectionDraft(IntegrationDraft):
    """Both ends, the source first."""

    ends: list[CheckedEnd] = Field(default_factory=list)


def register(runner: WizardRunner) -> None:
    """The conversation."""
    runner.add(Wizard(KIND, ConnectionDraft, (ConnectionStep(),), base.ended, Action.EDIT))


def checker(runner: WizardRunner) -> Work:
    """Asks both systems at once, and shows what they say."""

    async def check(interaction: Interaction, integration: Integration) -> None:
        async def prepare(answers: ConnectionDraft) -> None:
            answers.ends = await _asked(interaction, integration)

        answers = ConnectionDraft(provider=integration.provider, name=integration.name)
        await runner.begin_after(interaction, KIND, answers, integration.id, _checking(integration.provider), prepare)

    return check


def _checking(provider: str) -> Text:
    return text("connection.checking", system=text(f"{provider}.name"))


class ConnectionStep(WizardStep[ConnectionDraft]):
    """What both said, and a second try."""

    name = "check"

    async def view(self, context: StepContext[ConnectionDraft]) -> View:
        """Both ends."""
        t, answers = context.interaction.t, context.answers
        assert context.draft.integration_id is not None
        ends = [_shown(t, end) for end in answers.ends]
        return views.connection(context.frame(self), context.draft.integration_id, answers.name, ends)

    def checking(self, context: StepContext[ConnectionDraft], verb: str = "") -> Text | None:  # noqa: ARG002 - one button
        """Both are asked."""
        return _checking(context.answers.provider)

    async def act(self, context: StepContext[ConnectionDraft], verb: str) -> Turn:  # noqa: ARG002 - the form has one button
        """The same once more."""
        interaction, integration_id = context.interaction, context.draft.integration_id
        assert integration_id is not None
        async with interaction.services.database.reading() as session:
            integration = await integrations.get(session, integration_id, team_id=interaction.team_id)
        if integration is None:
            return Finish(base.overtaken(context))
        context.answers.ends = await _asked(interaction, integration)
        return Stay()


async def _asked(interaction: Interaction, integration: Integration) -> list[CheckedEnd]:
    async with interaction.services.database.reading() as session:
        stored = await leave_settings.get(session, integration.id)
    absence = stored is not None and LeaveSettings.from_json(stored.settings).enabled
    ends = await asyncio.gather(
        _source(interaction, absence=absence),
        _target(interaction, integration, absence=absence and registry.takes_people(integration.provider)),
    )
    return list(ends)


async def _source(interaction: Interaction, *, absence: bool) -> CheckedEnd:
    system, found = registry.source().info.key, list[Finding]()
    try:
        async with interaction.services.connections.source(interaction.team_id) as source:
            company = await source.identify()
            if absence:
                found += await cast(PeopleAndLeave, source).leave_preflight()
    except ProviderError as error:
        return _refused(interaction.t, system, error)
    return CheckedEnd(system=system, company=company, findings=keep_findings(found))


async def _target(interaction: Interaction, integration: Integration, *, absence: bool) -> CheckedEnd:
    connections, found = interaction.services.connections, list[Finding]()
    try:
        async with connections.account(integration) as target:
            company = await target.identify()
            await connections.require_account(integration.team_id, integration.provider, company)
            found += await target.preflight()
        if absence:
            async with connections.leave_target(integration) as leave:
                found += await leave.leave_preflight()
    except ProviderError as error:
        if isinstance(error, AccountRefused):
            await note_refusal(interaction, error)
        return _refused(interaction.t, integration.provider, error)
    return CheckedEnd(system=integration.provider, company=company, findings=keep_findings(_once(found)))


def _once(found: Sequence[Finding]) -> list[Finding]:
    """A right that both need is missing once."""
    return list({finding.code: finding for finding in reversed(found)}.values())[::-1]


def _refused(t: Translator, system: str, error: ProviderError) -> CheckedEnd:
    """A system's words stay out: they are for whoever enters credentials, in that form."""
    advice = t.render_md(error.advice) if error.advice is not None else ""
    return CheckedEnd(system=system, refusal=t.render(error.text), advice=advice)


def _shown(t: Translator, end: CheckedEnd) -> ConnectionEnd:
    found = [as_finding(each) for each in end.findings]
    lacks = [(Text(f"check.{each.code}", each.values), _advice(t, each)) for each in found]
    proves = end.system != registry.source().info.key
    return ConnectionEnd(end.system, end.company, tuple(lacks), end.refusal, end.advice, proves)


def _advice(t: Translator, finding: Finding) -> Text | None:
    key = f"check.{finding.code}.advice"
    return Text(key, finding.values) if t.has(key) else None
