"""`/integration credentials`: other credentials for the same account, proven before the old ones go."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from bot.core.text import Text, text
from bot.handlers.edit import base
from bot.handlers.framework.integration_picker import Work, on_id, on_named
from bot.handlers.framework.interaction import Entered, Visit
from bot.handlers.framework.listeners import Guarded
from bot.handlers.framework.wizard import At, End, Flow, Forward, Stay, Step, Turn, finish
from bot.handlers.framework.wizard_runner import Flows
from bot.handlers.setup import credentials
from bot.handlers.setup.source import other_company
from bot.handlers.setup.target import open_source, provider_info
from bot.handlers.shared.scope_step import open_target
from bot.providers import registry
from bot.providers.errors import CredentialsRefused, ProviderError, WrongAccount
from bot.providers.protocol import Account
from bot.views.blocks import View
from bot.views.edit import saved as views
from bot.views.overview.cards import CREDENTIALS
from bot.views.setup import credentials as credentials_view
from bot.views.wizard import Problem
from storage import audit, integrations, workspaces
from storage.errors import NotFound, Unreadable
from storage.expiries import SOURCE
from storage.integrations import Integration, IntegrationState

KIND = "credentials"


def register(guarded: Guarded, flows: Flows) -> None:
    """The conversation and its button."""
    flows.add(Flow(KIND, (Reconnect(), ReconnectSource()), base.ended))

    async def pressed(visit: Visit) -> None:
        await on_id(visit, visit.value, editor(flows))

    guarded.action(CREDENTIALS, pressed)


async def command(visit: Visit, flows: Flows, name: str) -> None:
    """`/integration credentials [name]`."""
    await on_named(visit, name, KIND, CREDENTIALS, editor(flows))


def editor(flows: Flows) -> Work:
    """Opens the form: the choices as they are stored, the secrets empty."""

    async def edit(visit: Visit, one: Integration) -> None:
        answers = await base.answers_of(visit, one)
        answers.stored_choices = await _stored_choices(visit, one)
        await flows.begin(visit, KIND, answers, one.id)

    return edit


async def _stored_choices(visit: Visit, one: Integration) -> dict[str, str]:
    """The integration's credentials that are no secret; none when no key opens them, which new ones are to mend."""
    database = visit.services.database
    try:
        async with database.reading() as s:
            stored = await integrations.credentials(s, database.vault, one.id)
    except (NotFound, Unreadable):
        return {}
    return credentials.without_secrets(registry.target(one.provider).info, stored)


class Reconnect(Step):
    """The payroll system's credentials; Simployer's token too, when it turns out to be refused."""

    name = "credentials"

    async def view(self, at: At) -> View:
        """The system's own fields."""
        info = provider_info(at)
        assert at.answers.target_company is not None
        return credentials_view.credentials(
            at.frame(self),
            info,
            _shown(at),
            title=at.visit.t("setup.target.title"),
            intro=text("edit.target.intro", system=text(f"{info.key}.name"), company=at.answers.target_company.name),
            until=at.answers.target_until,
            retry=at.problem is not None and credentials.complete(info, at.answers.target_credentials),
            instead=("source", at.visit.t("edit.source.only")),
        )

    def take(self, at: At, entered: Entered) -> Mapping[str, Text]:
        """The credentials as typed."""
        info = provider_info(at)
        at.answers.target_credentials, errors = credentials.take(info, entered)
        at.answers.target_until, over = credentials.take_until(at, info, entered)
        return errors | over

    def keep(self, at: At, entered: Entered) -> None:
        """Choices are put back into the form, secrets never."""
        info = provider_info(at)
        at.answers.target_credentials = credentials.keep_open_ones(info, entered, _shown(at))
        at.answers.target_until, _ = credentials.take_until(at, info, entered)

    def checking(self, at: At, verb: str = "") -> Text | None:
        """Both sides are asked."""
        return None if verb == "source" else text("setup.target.checking", system=text(f"{at.answers.provider}.name"))

    async def act(self, at: At, verb: str) -> Turn:
        """Only Simployer's token, or the same check once more."""
        if verb == "source":
            at.answers.target_credentials = {}
            return Forward()
        return await self.proceed(at)

    async def proceed(self, at: At) -> Turn:
        """Prove them, for the same account, then let them replace the old ones."""
        return await prove_and_save(at)


class ReconnectSource(Step):
    """Simployer's token: when the stored one is refused, or when it alone shall be replaced."""

    name = "token"

    async def view(self, at: At) -> View:
        """The token's field."""
        return credentials_view.credentials(
            at.frame(self),
            registry.source().info,
            {},
            title=at.visit.t("setup.source.title"),
            intro=text("setup.source.intro"),
            until=at.answers.source_until,
        )

    def take(self, at: At, entered: Entered) -> Mapping[str, Text]:
        """The token as typed."""
        info = registry.source().info
        at.answers.source_credentials, errors = credentials.take(info, entered)
        at.answers.source_until, over = credentials.take_until(at, info, entered)
        return errors | over

    def keep(self, at: At, entered: Entered) -> None:
        """A token is never put back into a form."""
        at.answers.source_until, _ = credentials.take_until(at, registry.source().info, entered)

    def checking(self, at: At, verb: str = "") -> Text | None:  # noqa: ARG002 - as the engine calls it
        """Both sides are asked."""
        return text("setup.target.checking", system=text(f"{at.answers.provider}.name"))

    async def proceed(self, at: At) -> Turn:
        """Prove both, then save."""
        return await prove_and_save(at)


def _shown(at: At) -> dict[str, str]:
    """What the form begins with: what was entered last, else what is stored."""
    return at.answers.target_credentials or at.answers.stored_choices


async def prove_and_save(at: At) -> Turn:
    """Both sides must answer, and be the companies that the integration belongs to."""
    source, target = await asyncio.gather(_source(at), _target(at))
    if isinstance(target, Problem):
        return Stay(target, step="credentials")
    if isinstance(source, CredentialsRefused | WrongAccount):
        at.answers.source_credentials = {}
        return Stay(credentials.problem_of(source, registry.source().info), step="token")
    if isinstance(source, ProviderError):
        return Stay(credentials.problem_of(source, registry.source().info))
    problem = await other_company(at.visit, source)
    if problem is not None:
        return Stay(problem, step="token")
    others = await _others_that_work(at) if at.answers.source_credentials else ()
    return await _save(at, source, others)


async def _others_that_work(at: At) -> Sequence[Integration]:
    """Integrations that were stopped too, as all read with the same token, and whose payroll system still answers."""
    visit, working = at.visit, []
    async with visit.services.database.reading() as s:
        every = await integrations.list_for(s, visit.team_id)
    for one in every:
        if one.state is not IntegrationState.NEEDS_RECONNECT or one.id == at.draft.integration_id:
            continue
        try:
            async with visit.services.connections.target(one) as target:
                account = await target.identify()
        except ProviderError:
            continue  # it waits for credentials of its own
        if account.id == one.target_account_id:
            working.append(one)
    return working


async def _source(at: At) -> Account | ProviderError:
    try:
        async with open_source(at) as source:
            return await source.identify()
    except ProviderError as error:
        return error


async def _target(at: At) -> Account | Problem:
    info, expected = provider_info(at), at.answers.target_company
    assert expected is not None
    try:
        async with await open_target(at) as target:
            account = await target.identify()
            await target.preflight()
    except ProviderError as error:
        if credentials.is_refusal(error):
            at.answers.target_credentials = credentials.without_secrets(info, at.answers.target_credentials)
        return credentials.problem_of(error, info)
    if account.id != expected.id:
        at.answers.target_credentials = credentials.without_secrets(info, at.answers.target_credentials)
        return Problem(
            text=text("edit.wrong_account", company=account.name, expected=expected.name),
            advice=text("edit.wrong_account.advice", company=account.name, expected=expected.name),
        )
    return account


async def _save(at: At, source: Account, others: Sequence[Integration]) -> Turn:
    visit, answers, integration_id = at.visit, at.answers, at.draft.integration_id
    assert integration_id is not None
    vault = visit.services.database.vault
    async with visit.services.database.session() as s:
        one = await integrations.get(s, integration_id, team_id=visit.team_id)
        if one is None:
            return End(base.overtaken(at))
        if answers.target_credentials:
            await integrations.replace_credentials(s, vault, integration_id, answers.target_credentials)
            await credentials.keep_until(s, at, integration_id, answers.target_until)
            new = {"until": answers.target_until}
            await audit.write(s, visit.team_id, visit.user_id, "credentials.replaced", integration_id, new=new)
        if answers.source_credentials:
            await workspaces.set_source(s, vault, visit.team_id, answers.source_credentials, source.id, source.name)
            await credentials.keep_until(s, at, SOURCE, answers.source_until)
            account = {"account": source.id, "until": answers.source_until}
            await audit.write(s, visit.team_id, visit.user_id, "source.reconnected", new=account)
        reconnected = one.state is IntegrationState.NEEDS_RECONNECT
        if reconnected:
            await integrations.resume(s, integration_id)
        for other in others:
            after = await integrations.resume(s, other.id)
            was, now = {"state": other.state.value}, {"state": after.state.value}
            await audit.write(s, visit.team_id, visit.user_id, "integration.resumed", other.id, old=was, new=now)
        await finish(s, at, integration_id)
    return End(_saved(at, one, reconnected, others))


def _saved(at: At, one: Integration, reconnected: bool, others: Sequence[Integration]) -> View:
    more = [text("edit.credentials.reconnected")] if reconnected else []
    if others:
        more.append(text("edit.source.others", names=tuple(each.name for each in others)))
    key = "edit.credentials.saved" if at.answers.target_credentials else "edit.source.saved"
    said = Text(key, {"name": one.name, "company": one.target_account_name})
    return views.saved(at.visit.t, said, *more, integration_id=one.id)
