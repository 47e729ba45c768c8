"""`/integration credentials`: other credentials for the same account, proven before the old ones go."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from pydantic import Field

from bot.connections import AccountRefused
from bot.core.text import Text, text
from bot.handlers.edit import base
from bot.handlers.framework.integration_picker import Work
from bot.handlers.framework.interaction import Entered, Interaction
from bot.handlers.framework.wizard import Finish, Next, Stay, StepContext, Turn, Wizard, WizardStep, finish
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.setup import credentials
from bot.handlers.setup.source import other_company
from bot.handlers.setup.target import offered_info, open_source, provider_info
from bot.handlers.shared.account_control import claim, note_refusal
from bot.handlers.shared.drafts import CompaniesDraft, CredentialsDraft
from bot.handlers.shared.scope_step import open_account
from bot.providers import registry
from bot.providers.errors import CredentialsRefused, ProviderError, WrongAccount
from bot.providers.protocol import Account
from bot.slack.roles import Action
from bot.views.blocks import View
from bot.views.edit import saved as views
from bot.views.setup import credentials as credentials_view
from bot.views.wizard import StepProblem
from storage import audit, integrations, workspaces
from storage.errors import NotFound, Unreadable
from storage.expiries import SOURCE
from storage.integrations import Integration, IntegrationState

KIND = "credentials"


class ReconnectDraft(CompaniesDraft, CredentialsDraft):
    """New credentials for the same account; `stored_choices` are the integration's that are no secret."""

    stored_choices: dict[str, str] = Field(default_factory=dict)


def register(runner: WizardRunner) -> None:
    """The conversation."""
    runner.add(
        Wizard(KIND, ReconnectDraft, (ReconnectTargetStep(), ReconnectSourceStep()), base.ended, Action.CREDENTIALS)
    )


def editor(runner: WizardRunner) -> Work:
    """Opens the form: the choices as they are stored, the secrets empty."""

    async def edit(interaction: Interaction, integration: Integration) -> None:
        answers = await base.answers_of(ReconnectDraft, interaction, integration)
        answers.stored_choices = await _stored_choices(interaction, integration)
        await runner.begin(interaction, KIND, answers, integration.id)

    return edit


async def _stored_choices(interaction: Interaction, integration: Integration) -> dict[str, str]:
    """The integration's credentials that are no secret; none when no key opens them, which new ones are to mend."""
    database = interaction.services.database
    try:
        async with database.reading() as session:
            stored = await integrations.credentials(session, database.vault, integration.id)
    except (NotFound, Unreadable):
        return {}
    return credentials.without_secrets(registry.target(integration.provider).info, stored)


class ReconnectTargetStep(WizardStep[ReconnectDraft]):
    """The payroll system's credentials; Simployer's token too, when it turns out to be refused."""

    name = "credentials"

    async def view(self, context: StepContext[ReconnectDraft]) -> View:
        """The system's own fields."""
        info = offered_info(context)
        frame, consent = await credentials.consent_page(context, context.frame(self))
        assert context.answers.target_company is not None
        return credentials_view.credentials(
            frame,
            info,
            _shown(context),
            title=context.interaction.t("setup.target.title"),
            intro=text(
                "edit.target.intro", system=text(f"{info.key}.name"), company=context.answers.target_company.name
            ),
            until=context.answers.target_until,
            retry=context.problem is not None and credentials.complete(info, context.answers.target_credentials),
            instead=("source", context.interaction.t("edit.source.only")),
            consent=consent,
        )

    def take(self, context: StepContext[ReconnectDraft], entered: Entered) -> Mapping[str, Text]:
        """The credentials as typed."""
        info = offered_info(context, entered)
        context.answers.target_credentials, errors = credentials.take(info, entered, _shown(context))
        context.answers.target_until, over = credentials.take_until(context, info, entered)
        return errors | over

    def keep(self, context: StepContext[ReconnectDraft], entered: Entered) -> None:
        """Choices are put back into the form, secrets never."""
        info = provider_info(context)
        context.answers.target_credentials = credentials.keep_typed(info, entered, _shown(context))
        context.answers.target_until, _ = credentials.take_until(context, info, entered)

    def checking(self, context: StepContext[ReconnectDraft], verb: str = "") -> Text | None:
        """Both sides are asked."""
        return (
            None if verb == "source" else text("setup.target.checking", system=text(f"{context.answers.provider}.name"))
        )

    async def act(self, context: StepContext[ReconnectDraft], verb: str) -> Turn:
        """Only Simployer's token, or the same check once more, maybe with the fingerprint that was shown."""
        if verb == "source":
            context.answers.target_credentials = {}
            return Next()
        credentials.confirm_shown(context.answers, verb, context.interaction.value)
        return await self.proceed(context)

    async def proceed(self, context: StepContext[ReconnectDraft]) -> Turn:
        """Prove them, for the same account, then let them replace the old ones."""
        return await prove_and_save(context)


class ReconnectSourceStep(WizardStep[ReconnectDraft]):
    """Simployer's token: when the stored one is refused, or when it alone shall be replaced."""

    name = "token"

    async def view(self, context: StepContext[ReconnectDraft]) -> View:
        """The token's field."""
        return credentials_view.credentials(
            context.frame(self),
            registry.source().info,
            context.answers.source_credentials,
            title=context.interaction.t("setup.source.title"),
            intro=text("setup.source.intro"),
            until=context.answers.source_until,
        )

    def take(self, context: StepContext[ReconnectDraft], entered: Entered) -> Mapping[str, Text]:
        """The token as typed."""
        info = registry.source().info
        before = context.answers.source_credentials
        context.answers.source_credentials, errors = credentials.take(info, entered, before)
        context.answers.source_until, over = credentials.take_until(context, info, entered)
        return errors | over

    def keep(self, context: StepContext[ReconnectDraft], entered: Entered) -> None:
        """A token is never put back into a form."""
        info = registry.source().info
        context.answers.source_until, _ = credentials.take_until(context, info, entered)
        context.answers.source_credentials = credentials.keep_typed(info, entered, context.answers.source_credentials)

    def checking(self, context: StepContext[ReconnectDraft], verb: str = "") -> Text | None:  # noqa: ARG002 - as the engine calls it
        """Both sides are asked."""
        return text("setup.target.checking", system=text(f"{context.answers.provider}.name"))

    async def proceed(self, context: StepContext[ReconnectDraft]) -> Turn:
        """Prove both, then save."""
        return await prove_and_save(context)


def _shown(context: StepContext[ReconnectDraft]) -> dict[str, str]:
    """What the form begins with: what was entered last, else what is stored."""
    return context.answers.target_credentials or context.answers.stored_choices


async def prove_and_save(context: StepContext[ReconnectDraft]) -> Turn:
    """Both sides must answer, and be the companies that the integration belongs to."""
    source, target = await asyncio.gather(_source(context), _target(context))
    if isinstance(target, StepProblem):
        return Stay(target, step="credentials")
    if isinstance(source, CredentialsRefused | WrongAccount):
        context.answers.source_credentials = {}
        return Stay(credentials.problem_of(source, registry.source().info), step="token")
    if isinstance(source, ProviderError):
        return Stay(credentials.problem_of(source, registry.source().info))
    problem = await other_company(context.interaction, source)
    if problem is not None:
        return Stay(problem, step="token")
    others = await _others_that_work(context) if context.answers.source_credentials else ()
    try:
        return await _save(context, source, target, others)
    except AccountRefused as refused:
        # Another workspace was faster.
        await note_refusal(context.interaction, refused)
        return Stay(credentials.problem_of(refused, provider_info(context)), step="credentials")


async def _others_that_work(context: StepContext[ReconnectDraft]) -> Sequence[Integration]:
    """Integrations that were stopped too, as all read with the same token, and whose payroll system still answers."""
    interaction, working = context.interaction, []
    async with interaction.services.database.reading() as session:
        stored = await integrations.list_for(session, interaction.team_id)
    for integration in stored:
        if integration.state is not IntegrationState.NEEDS_RECONNECT or integration.id == context.draft.integration_id:
            continue
        try:
            async with interaction.services.connections.account(integration) as target:
                account = await target.identify()
        except ProviderError:
            continue  # it waits for credentials of its own
        if account.id == integration.target_account_id:
            working.append(integration)
    return working


async def _source(context: StepContext[ReconnectDraft]) -> Account | ProviderError:
    try:
        async with open_source(context) as source:
            return await source.identify()
    except ProviderError as error:
        return error


async def _target(context: StepContext[ReconnectDraft]) -> Account | StepProblem:
    info, expected = provider_info(context), context.answers.target_company
    assert expected is not None
    connections = context.interaction.services.connections
    try:
        if context.answers.target_credentials:
            await credentials.redeem(context)
        async with await open_account(context) as target:
            account = await target.identify()
            await connections.require_account(context.interaction.team_id, context.answers.provider, account)
            await target.preflight()
    except AccountRefused as refused:
        await note_refusal(context.interaction, refused)
        context.answers.target_credentials = credentials.without_fault(
            info, context.answers.target_credentials, refused
        )
        return credentials.problem_of(refused, info)
    except ProviderError as error:
        entered = context.answers.target_credentials
        context.answers.target_credentials = credentials.without_fault(info, entered, error)
        return credentials.problem_of(error, info)
    if account.id != expected.id:
        context.answers.target_credentials = credentials.without_secrets(info, context.answers.target_credentials)
        return StepProblem(
            text=text("edit.wrong_account", company=account.name, expected=expected.name),
            advice=text("edit.wrong_account.advice", company=account.name, expected=expected.name),
        )
    return account


async def _save(
    context: StepContext[ReconnectDraft], source: Account, target: Account, others: Sequence[Integration]
) -> Turn:
    interaction, answers, integration_id = context.interaction, context.answers, context.draft.integration_id
    assert integration_id is not None
    vault = interaction.services.database.vault
    async with interaction.services.database.session() as session:
        integration = await integrations.get(session, integration_id, team_id=interaction.team_id)
        if integration is None:
            return Finish(base.overtaken(context))
        if answers.target_credentials:
            await claim(session, interaction, integration.provider, target)
            await integrations.replace_credentials(session, vault, integration_id, answers.target_credentials)
            await credentials.keep_until(session, context, integration_id, answers.target_until)
            new = {"until": answers.target_until}
            await audit.write(
                session, interaction.team_id, interaction.user_id, "credentials.replaced", integration_id, new=new
            )
        if answers.source_credentials:
            await workspaces.set_source(
                session, vault, interaction.team_id, answers.source_credentials, source.id, source.name
            )
            await credentials.keep_until(session, context, SOURCE, answers.source_until)
            account = {"account": source.id, "until": answers.source_until}
            await audit.write(session, interaction.team_id, interaction.user_id, "source.reconnected", new=account)
        reconnected = integration.state is IntegrationState.NEEDS_RECONNECT
        if reconnected:
            await integrations.resume(session, integration_id)
        for other in others:
            after = await integrations.resume(session, other.id)
            was, now = {"state": other.state.value}, {"state": after.state.value}
            await audit.write(
                session, interaction.team_id, interaction.user_id, "integration.resumed", other.id, old=was, new=now
            )
        await finish(session, context, integration_id)
    return Finish(_saved(context, integration, reconnected, others))


def _saved(
    context: StepContext[ReconnectDraft], integration: Integration, reconnected: bool, others: Sequence[Integration]
) -> View:
    more = [text("edit.credentials.reconnected")] if reconnected else []
    if others:
        more.append(text("edit.source.others", names=tuple(other.name for other in others)))
    key = "edit.credentials.saved" if context.answers.target_credentials else "edit.source.saved"
    said = Text(key, {"name": integration.name, "company": integration.target_account_name})
    return views.saved(context.interaction.t, said, *more, integration_id=integration.id)
