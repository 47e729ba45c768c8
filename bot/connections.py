"""Opens the source and the targets with the stored credentials and what the operator set.

`Connections` opens them; `OpenConnections` keeps a pair open for the length of an execution.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType

from bot.core.text import Text, text
from bot.domain.findings import Finding
from bot.kept_tokens import KeptTokens
from bot.providers import registry
from bot.providers.consent import CONSENT, ConsentProvider, consent_answer
from bot.providers.errors import CredentialsRefused, Unsupported
from bot.providers.leave_protocol import LeaveTarget
from bot.providers.protocol import (
    Account,
    Choice,
    Connection,
    ControlProof,
    Credentials,
    FileTarget,
    Source,
    Target,
    TargetProvider,
)
from bot.providers.token_keeper import TokenKeeper
from storage import account_assignments, integrations, oauth_states, workspaces
from storage.database import Database
from storage.errors import NotFound
from storage.integrations import Integration

Options = Callable[[str], Mapping[str, str]]
"""What the operator sets for a provider, by the provider's key (`Settings.provider_options`)."""


@dataclass(frozen=True, slots=True)
class ConnectedPair:
    """Both ends of an integration, open."""

    source: Source
    target: Target | FileTarget
    provider: TargetProvider


@dataclass(frozen=True, slots=True)
class LeavePair:
    """Both ends of an integration, open for leave. The source is one for people and for their leave."""

    source: Source
    target: LeaveTarget
    provider: TargetProvider


CONSENT_LIVES = timedelta(hours=1)
"""How long somebody may take from the form to the vendor's page and back; a vendor's code lives shorter than that."""


@dataclass(frozen=True, slots=True)
class AccountDoor:
    """A target as far as its account is concerned, whatever it takes. All raise `ProviderError`.

    `choices` gives the values of a live setting of the employees.
    """

    identify: Callable[[], Awaitable[Account]]
    preflight: Callable[[], Awaitable[Sequence[Finding]]]
    choices: Callable[[str], Awaitable[Sequence[Choice]]]


class AccountRefused(CredentialsRefused):
    """The account is not known to be the workspace's: it is not there, not assigned, or another's, and which of these
    is not said. `key` names it as `storage.account_assignments` does, `holder` is the workspace that has it, if any."""

    def __init__(self, provider: str, key: str, holder: str | None, field: str | None) -> None:
        super().__init__(
            f"{provider}: the account is not the workspace's",
            field=field,
            text=text("account.refused", system=text(f"{provider}.name")),
            advice=text("account.refused.advice"),
        )
        self.provider, self.key, self.holder = provider, key, holder


class Connections:
    """Gives out open sources and targets. Nothing is sent before their first call.

    Stored credentials are pinned to the account they were proven for: `WrongAccount` is raised by the provider when
    they lead to another one. Missing credentials raise `CredentialsRefused`. What the operator must have assigned is
    looked up before anything is sent, each time: `AccountRefused` is raised where it is not the workspace's.
    """

    def __init__(self, database: Database, options: Options) -> None:
        self._database = database
        self._options = options

    def try_source(self, credentials: Credentials) -> AbstractAsyncContextManager[Source]:
        """The source with credentials that somebody just entered."""
        provider = registry.source()
        return provider.connect(Connection(credentials=credentials, options=self._options(provider.info.key)))

    @asynccontextmanager
    async def try_target(
        self,
        team_id: str,
        provider: str,
        credentials: Credentials,
        expected_account: str | None = None,
        tokens: TokenKeeper | None = None,
    ) -> AsyncIterator[Target | FileTarget]:
        """A target with credentials that somebody of the workspace just entered, or with stored ones whose `tokens` are
        kept. Raises `AccountRefused`."""
        await self._require_assignment(team_id, provider, credentials)
        connection = Connection(
            credentials=credentials,
            options=self._options(provider),
            expected_account=expected_account,
            tokens=tokens,
        )
        async with registry.target(provider).connect(connection) as target:
            yield target

    @asynccontextmanager
    async def try_leave_target(
        self,
        team_id: str,
        provider: str,
        credentials: Credentials,
        expected_account: str | None = None,
        tokens: TokenKeeper | None = None,
    ) -> AsyncIterator[LeaveTarget]:
        """A target for leave with credentials that somebody of the workspace just entered. Raises `AccountRefused`,
        and `Unsupported` where it takes no absence."""
        found = registry.leave_target(provider)
        if found is None:
            raise Unsupported(f"{provider} takes no absence", text=text("leave.unsupported"))
        await self._require_assignment(team_id, provider, credentials)
        connection = Connection(
            credentials=credentials,
            options=self._options(provider),
            expected_account=expected_account,
            tokens=tokens,
        )
        async with found.connect_leave(connection) as target:
            yield target

    @asynccontextmanager
    async def try_account(
        self,
        team_id: str,
        provider: str,
        credentials: Credentials,
        expected_account: str | None = None,
        tokens: TokenKeeper | None = None,
    ) -> AsyncIterator[AccountDoor]:
        """The account that credentials lead to: by the door for employees, or for leave where it takes absence alone.

        Raises `AccountRefused`.
        """
        if registry.takes_people(provider):
            async with self.try_target(team_id, provider, credentials, expected_account, tokens) as target:
                yield AccountDoor(target.identify, target.preflight, target.choices)
        else:
            async with self.try_leave_target(team_id, provider, credentials, expected_account, tokens) as leave:
                yield AccountDoor(leave.identify, leave.leave_preflight, leave.leave_choices)

    async def consent_url(self, team_id: str, user_id: str, provider: str) -> str | None:
        """The vendor's page of consent for one person of a workspace, who may come back from it within the hour.

        None where nothing is agreed to in a browser. Raises `CredentialsRefused` where no application is set.
        """
        asked = _consent_provider(provider)
        if asked is None:
            return None
        async with self._database.session() as session:
            state = await oauth_states.issue(session, CONSENT_LIVES, holder=_holder(team_id, user_id, provider))
        return asked.consent_url(self._options(provider), state)

    async def redeemed(self, team_id: str, user_id: str, provider: str, entered: Credentials) -> Credentials:
        """What is kept of a consent that somebody has come back from; other credentials as they were entered.

        Raises `CredentialsRefused` for a consent that this person did not begin in this workspace, that was denied,
        or that was used before, and where no application is set, so that nobody was shown a page to agree on.
        """
        asked = _consent_provider(provider)
        if asked is None or CONSENT not in entered:
            return entered
        answer, system = consent_answer(entered[CONSENT]), text(f"{provider}.name")
        asked.consent_url(self._options(provider), answer.state)
        async with self._database.session() as session:
            began = await oauth_states.consume(session, answer.state, holder=_holder(team_id, user_id, provider))
        if not began:
            raise _not_agreed(provider, "consent.not_begun", system)
        if not answer.code:
            raise _not_agreed(provider, "consent.denied", system, answer.refusal)
        return await asked.redeem(self._options(provider), answer.code)

    async def require_account(self, team_id: str, provider: str, account: Account) -> None:
        """Raises `AccountRefused` where another workspace has connected the account, whoever knows its secret."""
        key = account_assignments.account_key(account.environment, account.id)
        async with self._database.reading() as session:
            holder = await account_assignments.holder(session, provider, key)
        if holder not in (None, team_id):
            raise refused_account(provider, key, holder)

    async def _require_assignment(self, team_id: str, provider: str, credentials: Credentials) -> None:
        assigned = registry.target(provider).info.assignment(credentials)
        if assigned is None:
            return
        key = account_assignments.assigned_key(*assigned)
        async with self._database.reading() as session:
            holder = await account_assignments.holder(session, provider, key)
        if holder != team_id:
            raise refused_account(provider, key, holder)

    @asynccontextmanager
    async def source(self, team_id: str) -> AsyncIterator[Source]:
        """The workspace's source with its stored credentials."""
        async with self._database.reading() as session:
            workspace = await workspaces.get(session, team_id)
            credentials = await workspaces.source_credentials(session, self._database.vault, team_id)
        if workspace is None or credentials is None:
            raise CredentialsRefused(f"no source credentials for {team_id}", text=text("jobs.no_source_credentials"))
        provider = registry.source()
        connection = Connection(
            credentials=credentials,
            options=self._options(provider.info.key),
            expected_account=workspace.source_account_id,
        )
        async with provider.connect(connection) as source:
            yield source

    async def _credentials(self, integration: Integration) -> Credentials:
        try:
            async with self._database.reading() as session:
                return await integrations.credentials(session, self._database.vault, integration.id)
        except NotFound:
            raise CredentialsRefused(
                f"no credentials for integration {integration.id}", text=text("jobs.no_target_credentials")
            ) from None

    def _stored_way(
        self, integration: Integration, credentials: Credentials
    ) -> tuple[str, str, Credentials, str, TokenKeeper]:
        """How an integration is reached: pinned to its account, and with a place for what replaces its credentials."""
        tokens = KeptTokens(self._database, integration.id, text(f"{integration.provider}.name"))
        return integration.team_id, integration.provider, credentials, integration.target_account_id, tokens

    @asynccontextmanager
    async def target(self, integration: Integration) -> AsyncIterator[Target | FileTarget]:
        """An integration's target with its stored credentials."""
        credentials = await self._credentials(integration)
        async with self.try_target(*self._stored_way(integration, credentials)) as target:
            yield target

    @asynccontextmanager
    async def leave_target(self, integration: Integration) -> AsyncIterator[LeaveTarget]:
        """An integration's target for leave, by the same credentials as `target`. Raises as `try_leave_target` does."""
        if not registry.takes_absence(integration.provider):
            raise Unsupported(f"{integration.provider} takes no absence", text=text("leave.unsupported"))
        credentials = await self._credentials(integration)
        async with self.try_leave_target(*self._stored_way(integration, credentials)) as target:
            yield target

    @asynccontextmanager
    async def account(self, integration: Integration) -> AsyncIterator[AccountDoor]:
        """An integration's account, with its stored credentials."""
        credentials = await self._credentials(integration)
        async with self.try_account(*self._stored_way(integration, credentials)) as door:
            yield door

    @asynccontextmanager
    async def pair(self, integration: Integration) -> AsyncIterator[ConnectedPair]:
        """Both ends of an integration."""
        async with self.source(integration.team_id) as source, self.target(integration) as target:
            yield ConnectedPair(source, target, registry.target(integration.provider))


def _consent_provider(provider: str) -> ConsentProvider | None:
    known = registry.target(provider)
    if known.info.control is not ControlProof.VENDOR_CONSENT:
        return None
    assert isinstance(known, ConsentProvider)
    return known


def _holder(team_id: str, user_id: str, provider: str) -> str:
    return f"{team_id} {user_id} {provider}"


def _not_agreed(provider: str, key: str, system: Text, verbatim: str | None = None) -> CredentialsRefused:
    advice = Text(f"{key}.advice", {"system": system})
    return CredentialsRefused(
        f"{provider}: {key}", field=CONSENT, text=Text(key, {"system": system}), advice=advice, verbatim=verbatim
    )


def refused_account(provider: str, key: str, holder: str | None) -> AccountRefused:
    """The one answer for every account that is not the workspace's, at the first field that could be wrong."""
    fields = registry.target(provider).info.credentials
    named = next((field.key for field in fields if f"{field.key}:" == key[: len(field.key) + 1]), None)
    return AccountRefused(provider, key, holder, named)


class OpenConnections:
    """Both ends of an integration, opened at the first use; can be dropped and opened anew."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._stack = AsyncExitStack()
        self._pair: ConnectedPair | None = None
        self._leave: LeavePair | None = None

    async def of(self, integration: Integration) -> ConnectedPair:
        """The open pair. Raises the providers' errors."""
        if self._pair is None:
            self._pair = await self._stack.enter_async_context(self._connections.pair(integration))
        return self._pair

    async def for_leave(self, integration: Integration) -> LeavePair:
        """The open source and the target for leave. Raises the providers' errors, and `Unsupported`."""
        if self._leave is None:
            source = await self._stack.enter_async_context(self._connections.source(integration.team_id))
            target = await self._stack.enter_async_context(self._connections.leave_target(integration))
            self._leave = LeavePair(source, target, registry.target(integration.provider))
        return self._leave

    async def close(self) -> None:
        """Drop the connections; the next use opens new ones."""
        self._pair = self._leave = None
        stack, self._stack = self._stack, AsyncExitStack()
        await stack.aclose()

    async def __aenter__(self) -> OpenConnections:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
