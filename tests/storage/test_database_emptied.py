"""A database that one test has left is taken again by the next, which must not notice."""

from __future__ import annotations

import psycopg
import pytest

from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.postgres

WORKSPACE = """
INSERT INTO workspaces (team_id, name, settings, created_at, updated_at) VALUES ('T1', 'Nordlys', '{}', now(), now())
"""


def test_nothing_is_left_of_what_was_written(postgres_server: PostgresServer, migrated_template: str) -> None:
    with postgres_server.migrated(migrated_template) as first:
        with psycopg.connect(first) as connection:
            connection.execute(WORKSPACE)
        # Somebody who has not finished is not waited for.
        late = psycopg.connect(first)
        late.execute("LOCK TABLE workspaces")

    with postgres_server.migrated(migrated_template) as second, psycopg.connect(second) as connection:
        assert second == first
        assert connection.execute("SELECT count(*) FROM workspaces").fetchone() == (0,)
    late.close()


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE executors ADD COLUMN surprise INTEGER",
        "DROP INDEX uq_integrations_account",
        "UPDATE alembic_version SET version_num = '9999_future'",
    ],
)
def test_other_tables_are_not_taken_again(postgres_server: PostgresServer, migrated_template: str, change: str) -> None:
    with postgres_server.migrated(migrated_template) as first, psycopg.connect(first) as connection:
        connection.execute(change)
        connection.commit()

    with postgres_server.migrated(migrated_template) as second:
        assert second != first
