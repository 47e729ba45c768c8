"""Canaries: what is secret or personal is nowhere in the bytes that the database keeps, whichever way it went in."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage import (
    audit,
    drafts,
    installations,
    integrations,
    oauth_states,
    outcomes,
    people,
    plan_differences,
    plans,
    rotation,
    runs,
    workspaces,
)
from storage.database import Database
from storage.drafts import Draft
from storage.installations import Bundle, BundleKind
from storage.integrations import Integration
from storage.json_codec import Json
from storage.models import Base
from storage.outcomes import StoredOutcome
from storage.people import PersonState
from storage.runs import Run, RunState
from tests.storage.conftest import ADMIN, TEAM, new_integration
from tests.support.run_walk import walk

NOW = datetime(2026, 3, 2, tzinfo=UTC)
IDENTITY, ACCOUNT, SALARY = "01017012345", "86011117947", Decimal("41517.55")
CLEAR = "canary-in-clear-on-purpose"


class Canaries:
    """Makes secrets that can be told apart from anything else, and remembers them."""

    def __init__(self) -> None:
        self.released = [IDENTITY, ACCOUNT, str(SALARY)]

    def __call__(self, where: str) -> str:
        canary = f"canary-{where}-b7e1"
        self.released.append(canary)
        return canary

    def found_in(self, kept: bytes) -> list[str]:
        return [canary for canary in self.released if any(shape in kept for shape in shapes(canary))]


def shapes(canary: str) -> list[bytes]:
    """The canary as it is, in hexadecimal, and in base64 (its middle, which padding does not touch)."""
    raw = canary.encode()
    in_base64 = [base64.b64encode(b"x" * shift + raw)[4:-4] for shift in range(3)]
    return [raw, raw.hex().encode(), *in_base64]


def file_bytes(folder: Path) -> bytes:
    """All bytes of the SQLite files: the database, its write-ahead log and the log's index."""
    files = sorted(folder.glob("bot.sqlite3*"))
    assert folder / "bot.sqlite3-wal" in files
    return b"".join(path.read_bytes() for path in files)


async def kept_bytes(database: Database, tmp_path: Path) -> bytes:
    """All that SQLite keeps, or every row of every table of PostgreSQL as text."""
    if database.dialect == "sqlite":
        return file_bytes(tmp_path)
    kept: list[bytes] = []
    async with database.reading() as s:
        for name in Base.metadata.tables:
            kept += [row.encode() for row in await s.scalars(sa.text(f"SELECT {name}::text FROM {name}"))]
    return b"\n".join(kept)


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


@pytest.fixture
async def filled(database: Database, canaries: Canaries) -> tuple[Integration, Run, Draft]:
    """A secret went through every function that takes one."""
    vault = database.vault
    async with database.session() as s:
        await workspaces.ensure(s, TEAM, CLEAR)
        await workspaces.set_source(s, vault, TEAM, {"token": canaries("source")}, "77", "Fjell")
        for kind in BundleKind:
            bundle = Bundle(
                team_id=TEAM,
                enterprise_id=None,
                kind=kind,
                user_id=ADMIN,
                data={"bot_token": canaries(f"slack-{kind}")},
                installed_at=NOW,
            )
            await installations.save(s, vault, bundle)
        canaries.released.append(await oauth_states.issue(s, timedelta(minutes=10)))
        integration = await integrations.create(
            s, vault, new_integration(credentials={"employee_token": canaries("target")})
        )
        await integrations.replace_credentials(s, vault, integration.id, {"employee_token": canaries("reconnected")})
        draft = await drafts.open(s, vault, TEAM, ADMIN, "setup", {"token": canaries("draft")}, timedelta(days=1))
        draft = await drafts.save(
            s,
            vault,
            Draft(**{name: getattr(draft, name) for name in Draft.__slots__} | {"data": {"token": canaries("saved")}}),
        )
        await audit.write(s, TEAM, ADMIN, "setup.finished", integration.id)
    async with database.session() as s:
        run, _ = await runs.create(
            s,
            runs.NewRun(
                id="sync:1",
                integration_id=integration.id,
                team_id=TEAM,
                kind=runs.RunKind.SYNC,
                trigger=runs.RunTrigger.MANUAL,
            ),
        )
        private: Json = {"identity": IDENTITY, "account": ACCOUNT, "salary": SALARY}
        await plans.store(s, vault, run.id, {"note": canaries("header")}, [("p1", "create", private)])
        await plan_differences.append(s, vault, run.id, 0, [("came_in", {"name": canaries("difference")})])
        await outcomes.record(
            s,
            vault,
            run.id,
            [
                StoredOutcome(
                    position=0,
                    source_id="p1",
                    person_number="1001",
                    kind="failed",
                    person_name=canaries("name"),
                    detail={"verbatim": f"{IDENTITY} {canaries('detail')}"},
                )
            ],
        )
        sent = vault.fingerprint("employee", f"{IDENTITY}{ACCOUNT}{SALARY}")
        await people.upsert(s, integration.id, [PersonState(source_id="p1", seen_at=NOW, fingerprint=sent)])
    return integration, run, draft


async def test_no_secret_is_in_the_bytes(
    database: Database, filled: object, canaries: Canaries, tmp_path: Path
) -> None:
    kept = await kept_bytes(database, tmp_path)

    assert len(canaries.released) >= 12
    assert canaries.found_in(kept) == []


async def test_a_secret_in_clear_would_be_found(
    database: Database, filled: object, canaries: Canaries, tmp_path: Path
) -> None:
    canaries.released.append(CLEAR)

    assert canaries.found_in(await kept_bytes(database, tmp_path)) == [CLEAR]


@pytest.mark.parametrize(
    "shape", [str.encode, lambda text: text.encode().hex().encode(), lambda text: base64.b64encode(text.encode())]
)
def test_a_secret_that_is_only_encoded_would_be_found(canaries: Canaries, shape: Callable[[str], bytes]) -> None:
    canary = canaries("encoded")

    assert canaries.found_in(b"before" + shape(canary) + b"after") == [canary]


async def test_no_secret_is_in_the_bytes_after_a_rotation_and_the_end(
    database: Database, filled: tuple[Integration, Run, Draft], canaries: Canaries, tmp_path: Path
) -> None:
    integration, run, draft = filled
    await rotation.rotate(database)
    async with database.session() as s:
        await walk(s, run.id, RunState.DONE)
        await drafts.purge(s, draft.expires_at)
        await integrations.remove(s, integration.id)

    assert canaries.found_in(await kept_bytes(database, tmp_path)) == []


async def test_no_secret_is_in_a_repr(
    database: Database, filled: tuple[Integration, Run, Draft], canaries: Canaries
) -> None:
    async with database.reading() as s:
        shown = [
            *filled,
            await workspaces.get(s, TEAM),
            await plans.page(s, database.vault, "sync:1"),
            await outcomes.all(s, database.vault, "sync:1"),
            database,
            database.vault,
        ]

    assert canaries.found_in(repr(shown).encode()) == []
