"""Step three: Simployer's token, asked for once per workspace."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.text import Text, text
from bot.handlers.framework.interaction import Entered, Visit
from bot.handlers.framework.wizard import At, Forward, Stay, Step, Turn
from bot.handlers.setup import credentials
from bot.providers import registry
from bot.providers.errors import ProviderError
from bot.providers.protocol import Account
from bot.views.blocks import View
from bot.views.setup import credentials as views
from bot.views.wizard import Problem
from storage import integrations, workspaces


async def connected_company(visit: Visit) -> Account | None:
    """The Simployer account that the workspace uses already."""
    async with visit.services.database.reading() as s:
        workspace = await workspaces.get(s, visit.team_id)
    if workspace is None or not workspace.source_connected or not workspace.source_account_id:
        return None
    return Account(id=workspace.source_account_id, name=workspace.source_account_name or workspace.source_account_id)


async def other_company(visit: Visit, company: Account) -> Problem | None:
    """Why another Simployer account will not do: the workspace's integrations read from one."""
    async with visit.services.database.reading() as s:
        workspace = await workspaces.get(s, visit.team_id)
        used = await integrations.list_for(s, visit.team_id)
    if workspace is None or not used or workspace.source_account_id in (None, company.id):
        return None
    expected = workspace.source_account_name or workspace.source_account_id
    return Problem(
        text=text("setup.source.other_company", company=company.name, expected=expected),
        advice=text("setup.source.other_company.advice", expected=expected),
    )


class Source(Step):
    """Simployer: the workspace's own connection, or a token to paste."""

    name = "source"

    async def view(self, at: At) -> View:
        """The company in use, or the form."""
        if _proven(at) and at.answers.source_company is not None:
            return views.source_in_use(at.frame(self), at.answers.source_company, "setup.source.entered")
        own_token = at.answers.replace_source or bool(at.answers.source_credentials)
        company = None if own_token else await connected_company(at.visit)
        if company is not None:
            return views.source_in_use(at.frame(self), company, "setup.source.in_use")
        info = registry.source().info
        return views.credentials(
            at.frame(self),
            info,
            at.answers.source_credentials,
            title=at.visit.t("setup.source.title"),
            intro=text("setup.source.intro"),
            until=at.answers.source_until,
            retry=at.problem is not None and credentials.complete(info, at.answers.source_credentials),
        )

    def take(self, at: At, entered: Entered) -> Mapping[str, Text]:
        """The token, if the form asked for one."""
        if not entered:
            return {}
        info = registry.source().info
        values, errors = credentials.take(info, entered)
        at.answers.source_until, over = credentials.take_until(at, info, entered)
        at.answers.source_credentials = values
        at.answers.source_company = None
        return errors | over

    def keep(self, at: At, entered: Entered) -> None:
        """Whoever goes back without a new token goes on with the one in use; a token is never put back into a form."""
        at.answers.source_until, _ = credentials.take_until(at, registry.source().info, entered)
        if not at.answers.source_credentials:
            at.answers.replace_source = False

    def checking(self, at: At, verb: str = "") -> Text | None:
        """A new token is tried at once."""
        if verb == "replace" or not at.answers.source_credentials or _proven(at):
            return None
        return text("setup.source.checking")

    async def proceed(self, at: At) -> Turn:
        """Ask Simployer which company it is."""
        if not at.answers.source_credentials:
            return Forward() if await connected_company(at.visit) else Stay()
        if _proven(at):
            return Forward()
        try:
            async with at.visit.services.connections.try_source(at.answers.source_credentials) as source:
                company = await source.identify()
        except ProviderError as error:
            return Stay(credentials.problem_of(error, registry.source().info))
        problem = await other_company(at.visit, company)
        if problem is not None:
            at.answers.source_credentials = {}
            at.answers.replace_source = True
            return Stay(problem)
        at.answers.source_company = company
        return Forward()

    async def act(self, at: At, verb: str) -> Turn:
        """Another token in place of the one in use, or the same check once more."""
        if verb == "retry":
            return await self.proceed(at)
        at.answers.source_credentials, at.answers.source_company = {}, None
        at.answers.replace_source = True
        return Stay()


def _proven(at: At) -> bool:
    """Whether the token of this conversation has named its company."""
    return bool(at.answers.source_credentials) and at.answers.source_company is not None
