"""The connection to the database: SQLite in a file, or PostgreSQL.

SQLite runs in WAL mode: readers never wait, writers take turns. Within this process a lock of asyncio keeps the
turns, fair and without polling; other processes are waited for by SQLite's busy timeout.

Readers have connections of their own, which the database holds to reading. Each statement of a reader is a transaction
by itself: it sees what was committed when it began, which is all that PostgreSQL gave it inside a transaction too, and
costs one round trip instead of three.
"""

from __future__ import annotations

import asyncio
import re
import select
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.exc import ArgumentError, DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from storage import audit, json_codec, seal_state, session_vault
from storage.adoption import adopt
from storage.errors import NestedSession, UnsupportedDatabase
from storage.migrations import is_current, is_newer, upgrade
from storage.postgresql import connect_parameters, drop_read_only, refuse_read_only, refuse_standby
from storage.sqlite import ConnectionThreads, ReleasingConnection
from storage.trouble import DatabaseTrouble, trouble_of_postgresql, trouble_of_sqlite
from storage.vault import Vault

Session = AsyncSession
"""An open transaction, for those who pass one on without knowing what is underneath."""

_BUSY_TIMEOUT_MS = 30_000
_CHECKPOINT_TIMEOUT_MS = 200
_ERASING = re.compile(
    r"DELETE\b|UPDATE\b.*\b(sealed|credentials|source_credentials|refusal|words)\s*="
    r"|INSERT INTO (installations|drafts)\b.*DO UPDATE",
    re.DOTALL,
)
"""Statements that do away with something sealed. Plans and outcomes are replaced too, and deleted in the end."""
_TURNS = 100
_IDLE_TRANSACTION_MS = 10_000


reader: ContextVar[str] = ContextVar("reader", default="")
"""The workspace for which this task reads; "" for none, and inside a reading session."""


class Places(Protocol):
    """Shares out connections: a place is waited for by turns of the keys."""

    def place(self, key: str) -> AbstractAsyncContextManager[None]:
        """A place, once it is the key's turn."""
        ...


class Database:
    """Gives out sessions. `url` is `sqlite:///path/to/file` or `postgresql://user:password@host/name`.

    Raises `UnsupportedDatabase` for any other address. Nothing is connected before the first session. At most
    `pool_size` connections read and as many write; whoever comes after waits, and by turns where `places` shares out
    those for reading.
    """

    def __init__(
        self, url: str, vault: Vault, *, pool_size: int = 10, places: Callable[[int], Places] | None = None
    ) -> None:
        self.vault = vault
        # Two are left for what nobody asks for by name: schedules, recovery, retention.
        self._places = places(max(1, pool_size - 2)) if places is not None else None
        self._url = _normalise(url)
        self._writing_tasks: set[asyncio.Task[Any]] = set()
        self._erased = False
        self._turn: AbstractAsyncContextManager[Any] = nullcontext()
        if self.dialect == "sqlite":
            self._turn = asyncio.Lock()
        self._threads = ConnectionThreads()
        # Connections that are made for a moment cost more than the wait for one that is there.
        self._writing = self._engine(pool_size=pool_size, max_overflow=0)
        self._reading = self._engine(reading=True, pool_size=pool_size, max_overflow=0)
        # One that nobody waits for with a connection in hand.
        self._forgetting = self._engine(reading=True, pool_size=1, max_overflow=0)
        # Makes a connection for each question, and keeps none.
        self._fresh = self._engine(refuses=False, poolclass=NullPool)
        if self.dialect == "sqlite":
            event.listen(self._writing.sync_engine, "before_cursor_execute", self._note_erasing)
        self._writers = _sessions(self._writing)
        self._readers = _sessions(self._reading)

    def __repr__(self) -> str:
        return f"<Database {self._url.render_as_string(hide_password=True)}>"

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._url.get_backend_name()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """One transaction that may write: committed at the end, undone when an exception leaves the block.

        Keep it short and never wait for a network inside: on SQLite all other writers wait meanwhile. A task
        that opens a second one inside gets `NestedSession`, on PostgreSQL too, so that what runs on one database
        runs on the other.
        """
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("A session needs a running task.")
        if task in self._writing_tasks:
            raise NestedSession("This task has an open session already; pass it on instead of opening another.")
        team_id = reader.get()
        async with self._turn:
            self._writing_tasks.add(task)
            # Who writes waits for no reader's place: others wait for who writes.
            reader.set("")
            try:
                async with self._writers.begin() as s:
                    session_vault.give(s, self.vault)
                    yield s
                    await audit.chain(s, self.vault)
                if self._erased:
                    await self._forget()
            finally:
                reader.set(team_id)
                self._writing_tasks.discard(task)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that may only read, and never waits for a writer; the database refuses a write.

        What is done for a workspace (`reader`) waits for one of its places. One inside another takes no second: of
        several that have one and want another, none would go on.
        """
        team_id = reader.get()
        if self._places is None or not team_id:
            async with self._readers() as s:
                session_vault.give(s, self.vault)
                yield s
            return
        async with self._places.place(team_id):
            reader.set("")
            try:
                async with self._readers() as s:
                    session_vault.give(s, self.vault)
                    yield s
            finally:
                reader.set(team_id)

    def _note_erasing(self, _connection: object, _cursor: object, statement: str, *_more: object) -> None:
        self._erased = self._erased or _ERASING.match(statement) is not None

    async def _forget(self) -> None:
        """Have the log of SQLite forget what was erased or replaced, which stands in it until it is begun anew.

        A reader may be in the way: then it is tried again after the next session.
        """
        # What was written is committed: nothing here may look like its failure.
        with suppress(SQLAlchemyError):
            async with self._forgetting.connect() as connection:
                await connection.exec_driver_sql(f"PRAGMA busy_timeout = {_CHECKPOINT_TIMEOUT_MS}")
                self._erased = bool((await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")).scalar())

    async def migrate(self) -> None:
        """Bring the tables up to date; does nothing when they are. Safe when several replicas start at once.

        Raises `MigrationFailed` when the tables were made by another version or a step failed; nothing is changed
        then.
        """
        if self.dialect == "sqlite":
            close_to_others(Path(self._url.database or ""))
        engine = self._engine(poolclass=NullPool)
        try:
            await upgrade(engine, partial(adopt, self.vault))
        finally:
            await engine.dispose()
        async with self.reading() as session:
            if await seal_state.is_renewed(session, self.vault):
                self.vault.refuse_former()

    async def is_current(self) -> bool:
        """Whether the tables are those of this version; changes nothing. False for a newer version's, too."""
        async with self.reading() as session:
            connection = await session.connection()
            return await connection.run_sync(is_current)

    async def is_newer(self) -> bool:
        """Whether the tables are those of a newer version, which this one must not touch."""
        async with self.reading() as session:
            connection = await session.connection()
            return await connection.run_sync(is_newer)

    async def trouble(self, patience: float = 2.0) -> DatabaseTrouble | None:
        """Why the database cannot be read and written to, as far as it tells within so many seconds; None where it
        can."""
        try:
            async with asyncio.timeout(patience):
                async with self.reading() as session:
                    await session.execute(text("SELECT 1"))
                if self.dialect == "sqlite":
                    return trouble_of_sqlite(Path(self._url.database or ""))
                return await trouble_of_postgresql(self._fresh)
        except (TimeoutError, OSError, SQLAlchemyError) as error:
            return await self._why(error, patience)

    async def _why(self, error: Exception, patience: float) -> DatabaseTrouble:
        if self.dialect == "sqlite":
            return trouble_of_sqlite(Path(self._url.database or "")) or DatabaseTrouble.AWAY
        if isinstance(error, TimeoutError):
            return DatabaseTrouble.AWAY
        try:
            async with asyncio.timeout(patience):
                return await trouble_of_postgresql(self._fresh) or DatabaseTrouble.AWAY
        except TimeoutError:
            return DatabaseTrouble.AWAY

    async def answers(self, patience: float = 2.0) -> bool:
        """Whether the database can be read and written to, as far as it tells within so many seconds."""
        return await self.trouble(patience) is None

    async def close(self) -> None:
        """Close all connections. Sessions must have ended."""
        await self._forgetting.dispose()
        await self._reading.dispose()
        await self._writing.dispose()
        await self._threads.join()

    def _engine(self, **options: Any) -> AsyncEngine:
        return _create_engine(self._url, self._threads, **options)


def _normalise(address: str) -> URL:
    try:
        url = make_url(address)
        backend = url.get_backend_name()
    except ArgumentError:
        # The address may hold a password, so it is not repeated.
        raise UnsupportedDatabase("The database address is not a URL such as sqlite:///bot.sqlite3.") from None
    if backend == "sqlite":
        if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
            raise UnsupportedDatabase("SQLite needs a file, such as sqlite:///bot.sqlite3; memory does not last.")
        return url.set(drivername="sqlite+aiosqlite")
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise UnsupportedDatabase(f"{backend} is not supported; use sqlite:///... or postgresql://...")


def _make_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Nobody else on the machine has business in it; its log and index take the same rights.
    path.touch(mode=0o600)


def close_to_others(path: Path) -> None:
    """Let a SQLite file, its log and its index be read by its owner alone; the file is made where there is none."""
    _make_file(path)
    for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
        with suppress(FileNotFoundError):
            file.chmod(0o600)


def _create_engine(
    url: URL, threads: ConnectionThreads, *, reading: bool = False, refuses: bool = True, **options: Any
) -> AsyncEngine:
    if reading:
        # Nothing is open when a statement of a reader is over, so there is nothing to undo.
        options |= {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}
    postgresql = url.get_backend_name() == "postgresql"
    on_file = {"factory": ReleasingConnection, "async_creator_fn": threads.connect}
    engine = create_async_engine(
        url,
        connect_args=connect_parameters(url) if postgresql else on_file,
        json_serializer=json_codec.dumps,
        json_deserializer=json_codec.loads,
        # Parameters may be personal data; they stay out of exceptions and logs.
        hide_parameters=True,
        **options,
    )
    if not postgresql:
        event.listen(engine.sync_engine, "connect", _prepare_sqlite_reader if reading else _prepare_sqlite)
        if not reading:
            event.listen(engine.sync_engine, "begin", _begin_sqlite)
    else:
        event.listen(engine.sync_engine, "connect", _prepare_postgresql_reader if reading else _prepare_postgresql)
        if not refuses:
            return engine
        event.listen(engine.sync_engine, "checkout", refuse_dropped)
        event.listen(engine.sync_engine, "checkout", refuse_standby if reading else refuse_read_only)
        if not reading:
            event.listen(engine.sync_engine, "handle_error", drop_read_only)
    return engine


def _sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    # Query functions write by statement, so a row that the session has seen before must be read anew.
    return async_sessionmaker(engine, expire_on_commit=False, execution_options={"populate_existing": True})


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin transactions late and by itself; `_begin_sqlite` does it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    _switch_to_wal(cursor)
    # A commit that was acknowledged survives a power cut.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    # What is erased is written over, and not only marked as free.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _switch_to_wal(cursor: Any) -> None:
    """Have the file in WAL mode; only the first connections to a new file find anything to do.

    The switch upgrades a read lock, which SQLite refuses at once, whatever the busy timeout, while another connection
    does the same. A transaction that begins with the whole file for itself does wait.
    """
    for turn in range(_TURNS):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or turn == _TURNS - 1:
                raise
        cursor.execute("BEGIN EXCLUSIVE")
        cursor.execute("ROLLBACK")


def _prepare_sqlite_reader(connection: Any, record: object) -> None:
    _prepare_sqlite(connection, record)
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only = ON")
    cursor.close()


def _prepare_postgresql(connection: Any, _record: object) -> None:
    # A process that freezes inside a transaction (a suspended machine) must not keep its locks from the others.
    _set_postgresql(connection, f"idle_in_transaction_session_timeout = {_IDLE_TRANSACTION_MS}")


def _prepare_postgresql_reader(connection: Any, _record: object) -> None:
    _set_postgresql(connection, "default_transaction_read_only = on")


def _set_postgresql(connection: Any, setting: str) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET {setting}")
    cursor.close()
    connection.commit()


def refuse_dropped(_connection: Any, record: ConnectionPoolEntry, _handed_out: object) -> None:
    """Have another connection made in the place of one that the server has closed.

    An idle connection has nothing to say unless it was closed, which the socket tells without asking the server: a
    round trip before every transaction would cost as much as a query.
    """
    driver = record.driver_connection
    if driver is None or driver.closed or _has_something_to_say(driver.fileno()):
        raise DisconnectionError("closed by the server")


def _has_something_to_say(descriptor: int) -> bool:
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(waiting.poll(0))


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: upgrading a read lock later fails at once when another wrote in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
