"""Opens the source and the targets with the stored credentials and what the operator set.

`Connections` opens them; `OpenConnections` keeps a pair open for the length of an execution.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from types import TracebackType

from bot.core.text import text
from bot.providers import registry
from bot.providers.errors import CredentialsRefused
from bot.providers.protocol import Connection, Credentials, FileTarget, Source, Target, TargetProvider
from storage import integrations, workspaces
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


class Connections:
    """Gives out open sources and targets. Nothing is sent before their first call.

    Stored credentials are pinned to the account they were proven for: `WrongAccount` is raised by the provider when
    they lead to another one. Missing credentials raise `CredentialsRefused`.
    """

    def __init__(self, database: Database, options: Options) -> None:
        self._database = database
        self._options = options

    def try_source(self, credentials: Credentials) -> AbstractAsyncContextManager[Source]:
        """The source with credentials that somebody just entered."""
        provider = registry.source()
        return provider.connect(Connection(credentials=credentials, options=self._options(provider.info.key)))

    def try_target(
        self, provider: str, credentials: Credentials, expected_account: str | None = None
    ) -> AbstractAsyncContextManager[Target | FileTarget]:
        """A target with credentials that somebody just entered."""
        return registry.target(provider).connect(
            Connection(credentials=credentials, options=self._options(provider), expected_account=expected_account)
        )

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

    @asynccontextmanager
    async def target(self, integration: Integration) -> AsyncIterator[Target | FileTarget]:
        """An integration's target with its stored credentials."""
        try:
            async with self._database.reading() as session:
                credentials = await integrations.credentials(session, self._database.vault, integration.id)
        except NotFound:
            raise CredentialsRefused(
                f"no credentials for integration {integration.id}", text=text("jobs.no_target_credentials")
            ) from None
        async with self.try_target(integration.provider, credentials, integration.target_account_id) as target:
            yield target

    @asynccontextmanager
    async def pair(self, integration: Integration) -> AsyncIterator[ConnectedPair]:
        """Both ends of an integration."""
        async with self.source(integration.team_id) as source, self.target(integration) as target:
            yield ConnectedPair(source, target, registry.target(integration.provider))


class OpenConnections:
    """Both ends of an integration, opened at the first use; can be dropped and opened anew."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._stack = AsyncExitStack()
        self._pair: ConnectedPair | None = None

    async def of(self, integration: Integration) -> ConnectedPair:
        """The open pair. Raises the providers' errors."""
        if self._pair is None:
            self._pair = await self._stack.enter_async_context(self._connections.pair(integration))
        return self._pair

    async def close(self) -> None:
        """Drop the connections; the next use opens new ones."""
        self._pair = None
        stack, self._stack = self._stack, AsyncExitStack()
        await stack.aclose()

    async def __aenter__(self) -> OpenConnections:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
