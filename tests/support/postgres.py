"""A real PostgreSQL for tests, started from the binaries of this machine.

In a `conftest.py`: `from tests.support.postgres import postgres_server`, and mark what uses it with
`pytest.mark.postgres`. One server serves all tests of a process; `PostgresServer.database` gives each test a database
of its own. Where PostgreSQL is missing (`missing`) the tests are left out.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

_PLACES = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "usr/local/pgsql/bin",
    "usr/local/opt/postgresql*/bin",
    "opt/homebrew/opt/postgresql*/bin",
)
_PATIENCE_SECONDS = 60
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    # Nothing needs to outlive the session.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    # No query runs often enough to pay.
    "jit": "off",
    # Not UTC: times that are right by luck alone show themselves.
    "timezone": "Asia/Kolkata",
}


_SHAPE = """
SELECT concat(
    (SELECT string_agg(concat_ws(' ', c.relname, c.relkind, a.attname, a.atttypid, a.attnotnull, a.atthasdef), ','
                       ORDER BY c.relname, a.attnum)
     FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
     WHERE c.relnamespace = 'public'::regnamespace),
    (SELECT string_agg(concat_ws(' ', conname, contype), ',' ORDER BY conname, contype)
     FROM pg_constraint WHERE connamespace = 'public'::regnamespace),
    (SELECT string_agg(version_num, ',' ORDER BY version_num) FROM alembic_version)
)
"""
"""Tables, columns, indexes and constraints, and which migration made them."""

_EMPTY = """
DO $$
DECLARE one regclass;
BEGIN
    -- Without this the order of the tables would matter.
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT oid FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
    LOOP
        EXECUTE format('DELETE FROM %s', one);
    END LOOP;
    PERFORM setval(oid::regclass, 1, false) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'S';
END $$
"""


class NoPostgres(Exception):
    """This machine cannot run PostgreSQL; the text says why."""


@dataclass
class PostgresServer:
    """A running server that is reached through a Unix socket in its folder."""

    folder: Path
    created: set[str] = field(default_factory=set)
    _left: dict[str, list[str]] = field(default_factory=dict)
    _shapes: dict[str, str] = field(default_factory=dict)

    def url(self, database: str) -> str:
        """The address of a database, for `storage.database.Database`."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def create(self, name: str, template: str = "template1") -> None:
        """Make a database that stays until the server stops."""
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        self.created.add(name)

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """A fresh database for one test, dropped afterwards; gives its address."""
        name = f"test_{secrets.token_hex(8)}"
        self.create(name, template)
        try:
            yield self.url(name)
        finally:
            self._execute("DROP DATABASE {} WITH (FORCE)", name)

    @contextmanager
    def migrated(self, template: str) -> Iterator[str]:
        """A database like the template, with tables and without rows; gives its address.

        One that another test has left is emptied and taken again, unless its tables are no longer the template's:
        copying the template takes ten times as long.
        """
        left = self._left.setdefault(template, [])
        if left:
            name = left.pop()
        else:
            name = f"test_{secrets.token_hex(8)}"
            self.create(name, template)
        if template not in self._shapes:
            with psycopg.connect(self.url(name)) as connection:
                self._shapes[template] = _shape(connection)
        yield self.url(name)
        if self._emptied(name, template):
            left.append(name)
        else:
            self._execute("DROP DATABASE {} WITH (FORCE)", name)

    def _emptied(self, name: str, template: str) -> bool:
        """Whether it could be made what the template is."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
                (name,),
            )
            if _shape(connection) != self._shapes[template]:
                return False
            connection.execute(_EMPTY)
        return True

    def _execute(self, statement: str, *names: str) -> None:
        composed = sql.SQL(statement).format(*map(sql.Identifier, names))
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(composed)


class DurableServer(PostgresServer):
    """A server that can be killed and started again, and has kept by then what it confirmed."""

    def __init__(self, folder: Path, launch: Callable[[], subprocess.Popen[bytes]]) -> None:
        super().__init__(folder)
        self._launch = launch
        self._process = launch()

    def kill(self) -> None:
        """Stop at once, as `pg_ctl stop -m immediate` does: nobody is waited for, and the next start recovers."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(_PATIENCE_SECONDS)

    def start(self) -> None:
        """Start again, and wait until it answers."""
        self._process = self._launch()
        self.wait()

    def wait(self) -> None:
        """Until it answers."""
        _wait_until_ready(self._process, self.folder)


def missing() -> str | None:
    """Why this machine cannot run PostgreSQL; None where it can."""
    try:
        _binaries(), _user()
    except NoPostgres as reason:
        return str(reason)
    return None


@contextmanager
def run_postgres() -> Iterator[PostgresServer]:
    """Start a server in a folder of its own and stop it at the end. Raises `NoPostgres`."""
    with _made(_SETTINGS) as server:
        yield server


@contextmanager
def durable_postgres() -> Iterator[DurableServer]:
    """A server for one test, which kills it on the way. Raises `NoPostgres`."""
    # The system goes on when the server dies: what it was given to write need not be forced to disk.
    with _made(_SETTINGS | {"synchronous_commit": "on"}) as server:
        yield server


@contextmanager
def _made(settings: dict[str, str]) -> Iterator[DurableServer]:
    binaries, user = _binaries(), _user()
    # Short: the path of a Unix socket may have some hundred characters only.
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp"))
    try:
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        folder.chmod(0o700)
        _initialise(binaries, folder, user)
        server = DurableServer(folder, partial(_start, binaries, folder, user, settings))
        try:
            server.wait()
            yield server
        finally:
            # The quick way down: no data is worth a checkpoint.
            server.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _shape(connection: psycopg.Connection[Any]) -> str:
    (found,) = connection.execute(_SHAPE).fetchone() or ("",)
    return str(found)


_running: list[tuple[PostgresServer, ExitStack]] = []


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The process's one server; several conftests may import this fixture."""
    if _running:
        yield _running[0][0]
        return
    with ExitStack() as stack:
        server = stack.enter_context(run_postgres())
        _running.append((server, stack))
        stack.callback(_running.clear)
        yield server


def _binaries() -> Path:
    on_path = shutil.which("initdb")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    # The newest version first.
    candidates += sorted((found for place in _PLACES for found in Path("/").glob(place)), reverse=True)
    for folder in candidates:
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")):
            return folder
    raise NoPostgres("this machine has no initdb and postgres (on Debian: apt-get install postgresql)")


def _user() -> pwd.struct_passwd | None:
    """Whom to run as: None for ourselves, since PostgreSQL only refuses root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody", "daemon"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgres("it refuses to run as root, and there is no user postgres, nobody or daemon to run as")


def _initialise(binaries: Path, folder: Path, user: pwd.struct_passwd | None) -> None:
    options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]
    command = [str(binaries / "initdb"), f"--pgdata={folder / 'data'}", *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False, **_identity(user))
    if done.returncode != 0:
        raise RuntimeError(f"initdb failed:\n{done.stdout}\n{done.stderr}")


def _start(
    binaries: Path, folder: Path, user: pwd.struct_passwd | None, settings: dict[str, str]
) -> subprocess.Popen[bytes]:
    command = [str(binaries / "postgres"), "-D", str(folder / "data"), "-k", str(folder)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            command, stdout=log, stderr=log, cwd=folder, preexec_fn=_die_with_parent, **_identity(user)
        )


def _wait_until_ready(process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
            return
        except psycopg.OperationalError as not_yet:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}") from not_yet
        time.sleep(0.02)


def _identity(user: pwd.struct_passwd | None) -> dict[str, Any]:
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _die_with_parent() -> None:
    """A killed test session leaves no server behind (Linux; elsewhere it would stay)."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGQUIT)
