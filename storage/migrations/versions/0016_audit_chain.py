"""The audit's entries in chains, of which a keyed anchor says where they end; nothing replaces an entry"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016_audit_chain"
down_revision = "0015_seals"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_CONTENT = ("id", "team_id", "at", "actor_id", "action", "integration_id", "origin", "old", "new")

# A mistake in the code must not rewrite what was done: an entry is only given its place in the chain, once, and only
# what the anchor says was erased by age may go. SQLite's INSERT OR REPLACE passes by the triggers of a deletion.
_SQLITE = (
    "DROP TRIGGER IF EXISTS audit_no_UPDATE",
    "DROP TRIGGER IF EXISTS audit_no_DELETE",
    f"""
    CREATE TRIGGER audit_no_UPDATE BEFORE UPDATE ON audit
    WHEN NOT (OLD.position IS NULL AND NEW.position IS NOT NULL
              AND {" AND ".join(f'NEW."{name}" IS OLD."{name}"' for name in _CONTENT)})
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
    """,
    """
    CREATE TRIGGER audit_no_DELETE BEFORE DELETE ON audit
    WHEN NOT EXISTS (SELECT 1 FROM audit_anchors WHERE team_id = OLD.team_id AND cut >= OLD.position)
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
    """,
    """
    CREATE TRIGGER audit_no_REPLACE BEFORE INSERT ON audit
    WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
    """,
)
_POSTGRESQL = (
    "DROP TRIGGER IF EXISTS audit_append_only ON audit",
    f"""
    CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN
        IF TG_OP = 'DELETE' THEN
            IF EXISTS (SELECT 1 FROM audit_anchors WHERE team_id = OLD.team_id AND cut >= OLD.position) THEN
                RETURN OLD;
            END IF;
        ELSIF TG_OP = 'UPDATE' THEN
            IF OLD.position IS NULL AND NEW.position IS NOT NULL
               AND {" AND ".join(f'NEW."{name}" IS NOT DISTINCT FROM OLD."{name}"' for name in _CONTENT)} THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'the audit is append-only';
    END $$
    """,  # noqa: S608 - of names that stand above
    """
    CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()
    """,
    """
    CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()
    """,
)


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before.

    Entries that are there are taken into their chains by `storage.renewal`, which has the keys and may be interrupted.
    """
    op.create_table(
        "audit_anchors",
        sa.Column("team_id", sa.String(length=255), nullable=False),
        sa.Column("anchor", sa.LargeBinary(), nullable=False),
        sa.Column("cut", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_audit_anchors")),
    )
    op.add_column("audit", sa.Column("position", _BIG))
    op.add_column("audit", sa.Column("digest", sa.String(length=64)))
    op.create_index("uq_audit_team_id_position", "audit", ["team_id", "position"], unique=True)
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)
