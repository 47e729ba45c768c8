"""What is changed in the audit behind the bot's back is found: changed, removed, put in between, cut off at the end."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from bot import audit_trail
from storage import audit, audit_chain, audit_check, audit_upkeep, renewal, rotation
from storage.audit_check import ChainState, FaultKind
from storage.audit_models import AuditAnchorRow, AuditRow
from storage.database import Database
from storage.model_base import table
from storage.vault import Vault
from tests.storage.conftest import ADMIN, TEAM

OTHER = "T0200"
KEY, NEWER = Vault.generate_key(), Vault.generate_key()
AT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def vault() -> Vault:
    """One of its own, that takes nothing of versions before."""
    vault = Vault([KEY])
    vault.refuse_former()
    return vault


async def write(database: Database, *actions: str, team: str = TEAM, **more: Any) -> None:
    for action in actions:
        async with database.session() as s:
            await audit.write(s, team, ADMIN, action, **more)


@pytest.fixture
async def written(database: Database) -> Database:
    """Five entries of one workspace, one of another."""
    await write(database, "one", "two")
    await write(database, "three", new={"share": 10.0, "pay": Decimal("1.50"), "b": 1, "a": {"z": None, "y": [AT]}})
    await write(database, "four", "five", old={"on": True})
    await write(database, "other", team=OTHER)
    return database


async def check(database: Database, team: str = TEAM) -> ChainState:
    (state,) = await audit_check.check(database, team)
    return state


async def faults(database: Database, team: str = TEAM) -> list[tuple[FaultKind, int | None, int | None]]:
    return [(fault.kind, fault.first, fault.last) for fault in (await check(database, team)).faults]


async def tamper(database: Database, *statements: str) -> None:
    """As the owner of the tables, who can put the triggers out of action."""
    async with database.session() as s:
        if database.dialect == "sqlite":
            for name in ("UPDATE", "DELETE", "REPLACE"):
                await s.execute(sa.text(f"DROP TRIGGER IF EXISTS audit_no_{name}"))
        else:
            await s.execute(sa.text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        for statement in statements:
            await s.execute(sa.text(statement))
        if database.dialect != "sqlite":
            await s.execute(sa.text("ALTER TABLE audit ENABLE TRIGGER ALL"))


async def test_what_the_bot_wrote_has_no_fault(written: Database, replica: Database) -> None:
    state = await check(replica)
    assert (state.entries, state.position, state.cut, state.waiting, list(state.faults)) == (5, 5, 0, 0, [])
    states = await audit_check.check(replica)
    assert [one.team_id for one in states] == ["", TEAM, OTHER]
    assert not any(one.faults for one in states)


ONE_OF_FIVE = f"team_id = '{TEAM}' AND position"


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (f"UPDATE audit SET actor_id = 'U0666' WHERE {ONE_OF_FIVE} = 3", (FaultKind.CHANGED, 3, 3)),
        (f"UPDATE audit SET new = '{{}}' WHERE {ONE_OF_FIVE} = 3", (FaultKind.CHANGED, 3, 3)),
        (f"UPDATE audit SET integration_id = 'x' WHERE {ONE_OF_FIVE} = 5", (FaultKind.CHANGED, 5, 5)),
        (f"DELETE FROM audit WHERE {ONE_OF_FIVE} IN (2, 3)", (FaultKind.REMOVED, 2, 3)),
        (f"DELETE FROM audit WHERE {ONE_OF_FIVE} = 1", (FaultKind.REMOVED, 1, 1)),
        (f"DELETE FROM audit WHERE {ONE_OF_FIVE} > 3", (FaultKind.TRUNCATED, 4, 5)),
        (f"DELETE FROM audit WHERE team_id = '{TEAM}'", (FaultKind.TRUNCATED, 1, 5)),
        (f"UPDATE audit SET team_id = '{TEAM}', position = 6 WHERE team_id = '{OTHER}'", (FaultKind.INSERTED, 6, 6)),
        (f"UPDATE audit SET position = NULL WHERE {ONE_OF_FIVE} = 5", (FaultKind.UNCHAINED, None, None)),
        (f"DELETE FROM audit_anchors WHERE team_id = '{TEAM}'", (FaultKind.ANCHOR, None, None)),
        (
            "UPDATE audit_anchors SET anchor = (SELECT anchor FROM audit_anchors WHERE team_id = 'T0200')"
            f" WHERE team_id = '{TEAM}'",
            (FaultKind.ANCHOR, None, None),
        ),
    ],
)
async def test_what_somebody_changes_is_found(
    written: Database, statement: str, found: tuple[FaultKind, int | None, int | None]
) -> None:
    await tamper(written, statement)
    assert found in await faults(written)


async def test_two_that_have_changed_places_are_found(written: Database) -> None:
    await tamper(
        written,
        f"UPDATE audit SET position = 99 WHERE {ONE_OF_FIVE} = 2",
        f"UPDATE audit SET position = 2 WHERE {ONE_OF_FIVE} = 3",
        f"UPDATE audit SET position = 3 WHERE {ONE_OF_FIVE} = 99",
    )
    assert {place for _, place, _ in await faults(written)} >= {2, 3}


async def test_one_that_was_changed_with_its_digest_is_found_where_the_next_one_does_not_follow(
    written: Database,
) -> None:
    await tamper(written, f"UPDATE audit SET actor_id = 'U0666', digest = '{'a' * 64}' WHERE {ONE_OF_FIVE} = 5")
    assert await faults(written) == [(FaultKind.CHANGED, 5, 5)]
    await tamper(written, f"UPDATE audit SET actor_id = 'U0666', digest = '{'a' * 64}' WHERE {ONE_OF_FIVE} = 2")
    assert [place for _, place, _ in await faults(written)] == [2, 3, 5]


async def test_what_was_done_to_one_workspaces_entries_is_told_of_that_workspace_alone(written: Database) -> None:
    """Contents and digests of two workspaces' first entries have changed places."""
    columns = ("at", "actor_id", "action", "digest")
    other = f"(SELECT {{0}} FROM audit WHERE team_id = '{OTHER}' AND position = 1)"
    taken = ", ".join(f"{name} = {other.format(name)}" for name in columns)
    await tamper(written, f"UPDATE audit SET {taken} WHERE {ONE_OF_FIVE} = 1")
    result = await audit_trail.checked(written, None)
    assert not result.ok
    assert [line.split(":")[0] for line in result.lines if not line.startswith(" ")] == [
        "ok  the installation", f"FAULT  {TEAM}", f"ok  {OTHER}",
    ]  # fmt: skip
    assert next(line.split()[:2] for line in result.lines if line.startswith(" ")) == ["entry", "1"]


async def test_an_older_backup_of_the_table_is_cut_off_and_with_its_ends_an_export_tells(written: Database) -> None:
    exported = await audit_trail.exported(written, TEAM)
    anchors = table(AuditAnchorRow)
    async with written.reading() as s:
        before = {row.team_id: row.anchor for row in await s.execute(sa.select(anchors))}
    await write(written, "six", "seven")
    later = await audit_trail.exported(written, TEAM)
    await tamper(written, f"DELETE FROM audit WHERE {ONE_OF_FIVE} > 5")
    assert await faults(written) == [(FaultKind.TRUNCATED, 6, 7)]
    async with written.session() as s:
        await s.execute(sa.update(anchors).where(anchors.c.team_id == TEAM).values(anchor=before[TEAM]))
    # All that there was then, as it was then: only what is kept elsewhere knows better.
    assert (await audit_trail.checked(written, TEAM, exported)).ok
    result = await audit_trail.checked(written, TEAM, later)
    assert not result.ok
    assert f"FAULT  {TEAM}: ends at 5, and had 7 entries before" in result.lines


async def test_a_chain_that_is_taken_away_whole_is_missed(written: Database) -> None:
    await tamper(written, *(f"DELETE FROM {name} WHERE team_id = '{TEAM}'" for name in ("audit", "audit_anchors")))
    states = {state.team_id: state for state in await audit_check.check(written)}
    assert [fault.kind for fault in states[TEAM].faults] == [FaultKind.ANCHOR]
    await tamper(written, "DELETE FROM audit WHERE team_id = ''", "DELETE FROM audit_anchors WHERE team_id = ''")
    states = {state.team_id: state for state in await audit_check.check(written)}
    assert [fault.kind for fault in states[""].faults] == [FaultKind.ANCHOR]


async def test_who_has_no_key_makes_no_entry_that_fits(written: Database) -> None:
    forged = audit_chain.Anchor.new().followed_by(
        {"team_id": TEAM, "at": AT, "actor_id": "U0666", "action": "six", "integration_id": None, "origin": "slack",
         "old": None, "new": None}
    )  # fmt: skip
    async with written.session() as s:
        columns = "team_id, at, actor_id, action, origin, position, digest"
        values = f"'{TEAM}', '2026-03-02 00:00:00+00:00', 'U0666', 'six', 'slack', 6, '{forged.digest}'"
        await s.execute(sa.text(f"INSERT INTO audit ({columns}) VALUES ({values})"))
    assert (FaultKind.INSERTED, 6, 6) in await faults(written)


async def test_a_damaged_anchor_stops_no_work_and_is_told(written: Database) -> None:
    await tamper(written, "UPDATE audit_anchors SET anchor = '\\x00'" if written.dialect != "sqlite" else
                 "UPDATE audit_anchors SET anchor = x'00'")  # fmt: skip
    await write(written, "six")
    assert {kind for kind, *_ in await faults(written)} == {FaultKind.ANCHOR, FaultKind.UNCHAINED}
    async with written.reading() as s:
        assert [entry.action for entry in await audit.page(s, TEAM, limit=1)] == ["six"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor_id = 'U0666'",
        "UPDATE audit SET position = 9 WHERE position = 1",
        "UPDATE audit SET digest = NULL",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE position = 1",
        "INSERT OR REPLACE INTO audit (id, team_id, at, actor_id, action, origin) SELECT id, team_id, at, 'U0666',"
        " action, origin FROM audit",
        "TRUNCATE audit",
    ],
)
async def test_the_database_itself_refuses(written: Database, statement: str) -> None:
    with pytest.raises(sa.exc.DBAPIError, match=r"append-only|syntax error"):
        async with written.session() as s:
            await s.execute(sa.text(statement))
    assert not (await check(written)).faults


async def test_entries_of_many_at_once_stand_in_one_chain(database: Database, replica: Database) -> None:
    copies = [database, replica]
    await asyncio.gather(
        *(write(copies[n % 2], f"at-once-{n}", team=TEAM if n % 3 else OTHER) for n in range(30)),
    )
    states = await audit_check.check(database)
    assert {state.team_id: state.entries for state in states} == {"": 2, TEAM: 20, OTHER: 10}
    assert not any(state.faults for state in states)


async def test_one_workspace_does_not_wait_for_another(written: Database, replica: Database) -> None:
    if written.dialect == "sqlite":
        return  # one writer at a time, whatever it writes
    async with written.session() as s:
        await audit_chain.hold(s, written.vault, {TEAM})
        async with asyncio.timeout(20):
            await write(replica, "another", team=OTHER)
    assert (await check(replica, OTHER)).entries == 2


async def test_what_a_transaction_does_not_keep_is_in_no_chain(written: Database) -> None:
    async def undone() -> None:
        async with written.session() as s:
            await audit.write(s, TEAM, ADMIN, "never")
            assert [entry.action for entry in await audit.page(s, TEAM, limit=1)] == ["never"]
            raise LookupError

    with pytest.raises(LookupError):
        await undone()
    await write(written, "six")
    state = await check(written)
    assert (state.entries, list(state.faults)) == (6, [])


async def test_entries_of_a_version_before_are_taken_in_and_counted_until_then(address: str) -> None:
    database = Database(address, Vault([KEY]))
    columns = {"at": AT, "actor_id": ADMIN, "origin": "slack"}
    async with database.session() as s:
        before = [{"team_id": TEAM, "action": f"old-{n}", **columns} for n in range(450)]
        await s.execute(sa.insert(table(AuditRow)), [*before, {"team_id": OTHER, "action": "old", **columns}])
    await write(database, "new")
    state = await check(database)
    assert (state.entries, state.waiting, list(state.faults)) == (1, 450, [])

    # Interrupted after the first part, and gone on with.
    async with database.session() as s:
        assert await audit_upkeep._take_in_some(s, database, TEAM) == 200
    await renewal.renew(database)

    states = {one.team_id: one for one in await audit_check.check(database)}
    assert {team: (one.entries, one.waiting) for team, one in states.items()} == {
        "": (3, 0),
        TEAM: (451, 0),
        OTHER: (1, 0),
    }
    assert not any(one.faults for one in states.values())
    async with database.reading() as s:
        (told, *_) = await audit.page(s, "")
    assert (told.action, told.new) == ("seals.renewed", {"values": 0, "entries": 251, "misplaced": 0})
    # What comes in without a place from now on, was not written by the bot.
    async with database.session() as s:
        await s.execute(sa.insert(table(AuditRow)), [{"team_id": TEAM, "action": "late", **columns}])
    await renewal.renew(database)
    assert [kind for kind, *_ in await faults(database)] == [FaultKind.UNCHAINED]
    await database.close()


async def test_what_is_erased_by_age_leaves_a_chain_that_is_checked(written: Database) -> None:
    async with written.reading() as s:
        ages = {entry.action: entry.at for entry in await audit.page(s, TEAM)}
    assert await audit_upkeep.erase_older(written, ages["four"]) == 3
    state = await check(written)
    assert (state.entries, state.cut, state.position, list(state.faults)) == (2, 3, 5, [])
    await write(written, "six")
    assert not (await check(written)).faults
    async with written.reading() as s:
        assert [entry.action for entry in await audit.page(s, TEAM)] == ["six", "five", "four"]
        assert (await audit.page(s, ""))[0].action == "audit.erased"
    # All of it, and on from there.
    assert await audit_upkeep.erase_older(written, datetime.now(UTC) + timedelta(days=1)) == 4
    await write(written, "seven")
    state = await check(written)
    assert (state.entries, state.cut, list(state.faults)) == (1, 6, [])
    assert not any(one.faults for one in await audit_check.check(written))


async def test_what_somebody_erases_does_not_pass_for_age(written: Database) -> None:
    async with written.session() as s:
        await s.execute(sa.text(f"UPDATE audit_anchors SET cut = 2 WHERE team_id = '{TEAM}'"))
        await s.execute(sa.text(f"DELETE FROM audit WHERE {ONE_OF_FIVE} <= 2"))
    assert (FaultKind.REMOVED, 1, 2) in await faults(written)


async def test_a_new_key_changes_no_digest(written: Database, address: str) -> None:
    both = Database(address, Vault([NEWER, KEY]))
    await rotation.rotate(both)
    await both.close()
    after = Database(address, Vault([NEWER]))
    after.vault.refuse_former()
    assert not any(state.faults for state in await audit_check.check(after))
    await write(after, "six")
    assert (await check(after)).entries == 6
    await after.close()
