"""Step three: Simployer's token, asked for once per workspace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.core.text import Text, text
from bot.handlers.framework.interaction import Entered, Interaction
from bot.handlers.framework.wizard import Next, Stay, StepContext, Turn, WizardStep
from bot.handlers.setup import credentials
from bot.handlers.setup.draft import SetupDraft
from bot.providers import registry
from bot.providers.errors import CredentialsRefused, ProviderError
from bot.providers.protocol import Account
from bot.views.blocks import View
from bot.views.setup import credentials as views
from bot.views.wizard import StepProblem
from storage import integrations, workspaces


async def connected_company(interaction: Interaction) -> Account | None:
    """The Simployer account that the workspace uses already."""
    async with interaction.services.database.reading() as session:
        workspace = await workspaces.get(session, interaction.team_id)
    if workspace is None or not workspace.source_connected or not workspace.source_account_id:
        return None
    return Account(id=workspace.source_account_id, name=workspace.source_account_name or workspace.source_account_id)


async def other_company(interaction: Interaction, company: Account) -> StepProblem | None:
    """Why another Simployer account will not do: the workspace's integrations read from one."""
    async with interaction.services.database.reading() as session:
        workspace = await workspaces.get(session, interaction.team_id)
        used = await integrations.list_for(session, interaction.team_id)
    if workspace is None or not used or workspace.source_account_id in (None, company.id):
        return None
    expected = workspace.source_account_name or workspace.source_account_id
    return StepProblem(
        text=text("setup.source.other_company", company=company.name, expected=expected),
        advice=text("setup.source.other_company.advice", expected=expected),
    )


class SourceStep(WizardStep[SetupDraft]):
    """Simployer: the workspace's own connection, or a token to paste."""

    name = "source"

    def applies(self, context: StepContext[SetupDraft]) -> bool:
        """Not where the workspace is connected already, unless its token is to be replaced."""
        answers = context.answers
        return answers.replace_source or bool(answers.source_credentials) or answers.source_company is None

    async def view(self, context: StepContext[SetupDraft]) -> View:
        """The company in use, or the form."""
        if _proven(context) and context.answers.source_company is not None:
            return views.source_in_use(context.frame(self), context.answers.source_company, "setup.source.entered")
        own_token = context.answers.replace_source or bool(context.answers.source_credentials)
        company = None if own_token else await connected_company(context.interaction)
        if company is not None:
            return views.source_in_use(context.frame(self), company, "setup.source.in_use")
        info = registry.source().info
        return views.credentials(
            context.frame(self),
            info,
            context.answers.source_credentials,
            title=context.interaction.t("setup.source.title"),
            intro=text("setup.source.intro"),
            until=context.answers.source_until,
            retry=context.problem is not None and credentials.complete(info, context.answers.source_credentials),
        )

    def take(self, context: StepContext[SetupDraft], entered: Entered) -> Mapping[str, Text]:
        """The token, if the form asked for one."""
        if not entered:
            return {}
        info = registry.source().info
        values, errors = credentials.take(info, entered, context.answers.source_credentials)
        context.answers.source_until, over = credentials.take_until(context, info, entered)
        context.answers.source_credentials = values
        context.answers.source_company = None
        return errors | over

    def keep(self, context: StepContext[SetupDraft], entered: Entered) -> None:
        """Whoever goes back without a new token goes on with the one in use; a token is never put back into a form."""
        info = registry.source().info
        context.answers.source_until, _ = credentials.take_until(context, info, entered)
        typed = credentials.keep_typed(info, entered, context.answers.source_credentials)
        if typed != context.answers.source_credentials:
            context.answers.source_credentials, context.answers.source_company = typed, None
        if not context.answers.source_credentials:
            context.answers.replace_source = False

    def checking(self, context: StepContext[SetupDraft], verb: str = "") -> Text | None:
        """A new token is tried at once."""
        if verb == "replace" or not context.answers.source_credentials or _proven(context):
            return None
        return text("setup.source.checking")

    async def proceed(self, context: StepContext[SetupDraft]) -> Turn:
        """Ask Simployer which company it is."""
        if not context.answers.source_credentials:
            return Next() if await connected_company(context.interaction) else Stay()
        if _proven(context):
            return Next()
        try:
            async with context.interaction.services.connections.try_source(
                context.answers.source_credentials
            ) as source:
                company = await source.identify()
        except ProviderError as error:
            kept = credentials.without_fault(registry.source().info, context.answers.source_credentials, error)
            context.answers.source_credentials = kept
            said = credentials.problem_of(error, registry.source().info)
            if isinstance(error, CredentialsRefused):
                # Pasted a moment ago: that its maker has left is not what is likely.
                said = replace(said, advice=text("setup.source.refused.advice"))
            return Stay(said)
        problem = await other_company(context.interaction, company)
        if problem is not None:
            context.answers.source_credentials = {}
            context.answers.replace_source = True
            return Stay(problem)
        context.answers.source_company = company
        return Next()

    async def act(self, context: StepContext[SetupDraft], verb: str) -> Turn:
        """Another token in place of the one in use, or the same check once more."""
        if verb == "retry":
            return await self.proceed(context)
        context.answers.source_credentials, context.answers.source_company = {}, None
        context.answers.replace_source = True
        return Stay()


def _proven(context: StepContext[SetupDraft]) -> bool:
    """Whether the token of this conversation has named its company."""
    return bool(context.answers.source_credentials) and context.answers.source_company is not None
