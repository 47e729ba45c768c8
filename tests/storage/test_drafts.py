"""A draft is one person's, of one kind, for a time; only they find it, and only from the version they saw."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from storage import drafts
from storage.database import Database
from storage.drafts import Draft
from storage.errors import StaleVersion, WrongOwner
from tests.storage.conftest import ADMIN, TEAM

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)


async def begin(database: Database, user: str = ADMIN, kind: str = "setup", token: str = "tok") -> Draft:
    async with database.session() as s:
        return await drafts.open(
            s, database.vault, TEAM, user, kind, {"token": token}, HALF_AN_HOUR, step="source", view_id="V1", now=NOW
        )


async def test_a_draft_is_resumed_where_it_stood(database: Database) -> None:
    draft = await begin(database)

    async with database.reading() as s:
        assert await drafts.get(s, database.vault, draft.id, team_id=TEAM, user_id=ADMIN, now=NOW) == draft
        assert await drafts.current(s, database.vault, TEAM, ADMIN, "setup", now=NOW) == draft
    assert (draft.step, draft.view_id, draft.version, draft.data) == ("source", "V1", 1, {"token": "tok"})
    assert draft.expires_at == NOW + HALF_AN_HOUR


async def test_what_was_entered_stays_out_of_the_repr(database: Database) -> None:
    assert "tok-secret" not in repr(await begin(database, token="tok-secret"))


@pytest.mark.parametrize(("team", "user"), [(TEAM, "U0200"), ("T0200", ADMIN)])
async def test_nobody_else_finds_it(database: Database, team: str, user: str) -> None:
    draft = await begin(database)

    async with database.reading() as s:
        assert await drafts.get(s, database.vault, draft.id, team_id=team, user_id=user, now=NOW) is None
        assert await drafts.current(s, database.vault, team, user, "setup", now=NOW) is None


async def test_it_is_found_until_the_moment_it_expires(database: Database) -> None:
    draft = await begin(database)
    last = draft.expires_at - timedelta(microseconds=1)

    async with database.reading() as s:
        assert await drafts.get(s, database.vault, draft.id, team_id=TEAM, user_id=ADMIN, now=last) is not None
        for over in (draft.expires_at, draft.expires_at + timedelta(days=1)):
            assert await drafts.get(s, database.vault, draft.id, team_id=TEAM, user_id=ADMIN, now=over) is None
            assert await drafts.current(s, database.vault, TEAM, ADMIN, "setup", now=over) is None


async def test_saving_can_begin_the_time_anew(database: Database) -> None:
    draft = await begin(database)
    later = NOW + timedelta(minutes=20)
    further = dataclasses.replace(draft, data={"token": "tok", "scope": "all"}, step="scope", view_id="V2")

    async with database.session() as s:
        saved = await drafts.save(s, database.vault, further, ttl=HALF_AN_HOUR, now=later)
        kept = await drafts.save(s, database.vault, saved, now=later + timedelta(minutes=1))

    assert (saved.data, saved.step, saved.view_id, saved.version) == (
        {"token": "tok", "scope": "all"},
        "scope",
        "V2",
        2,
    )
    assert saved.expires_at == later + HALF_AN_HOUR
    assert kept.expires_at == saved.expires_at


async def test_a_draft_that_was_saved_elsewhere_is_not_overwritten(database: Database) -> None:
    draft = await begin(database)
    async with database.session() as s:
        await drafts.save(s, database.vault, dataclasses.replace(draft, step="target"))

    async with database.session() as s:
        with pytest.raises(StaleVersion):
            await drafts.save(s, database.vault, dataclasses.replace(draft, step="scope"))
        found = await drafts.current(s, database.vault, TEAM, ADMIN, "setup", now=NOW)

    assert found is not None
    assert found.step == "target"


async def test_of_two_submissions_at_once_one_is_saved(database: Database, replica: Database) -> None:
    draft = await begin(database)

    async def submit(copy: Database, step: str) -> bool:
        try:
            async with copy.session() as s:
                await drafts.save(s, copy.vault, dataclasses.replace(draft, step=step))
        except StaleVersion:
            return False
        return True

    won = await asyncio.gather(*(submit(copy, f"{place}") for place, copy in enumerate([database, replica] * 3)))

    assert won.count(True) == 1
    async with database.reading() as s:
        found = await drafts.current(s, database.vault, TEAM, ADMIN, "setup", now=NOW)
    assert found is not None
    assert found.step == str(won.index(True))


async def test_beginning_again_drops_the_earlier_draft(database: Database) -> None:
    earlier = await begin(database, token="earlier")
    later = await begin(database, token="later")

    async with database.session() as s:
        assert await drafts.get(s, database.vault, earlier.id, team_id=TEAM, user_id=ADMIN, now=NOW) is None
        assert await drafts.current(s, database.vault, TEAM, ADMIN, "setup", now=NOW) == later
        with pytest.raises(StaleVersion):
            await drafts.save(s, database.vault, earlier)


async def test_two_admins_and_two_kinds_do_not_meet(database: Database) -> None:
    begun = [await begin(database), await begin(database, user="U0200"), await begin(database, kind="reconnect")]

    async with database.reading() as s:
        for draft in begun:
            assert await drafts.current(s, database.vault, TEAM, draft.user_id, draft.kind, now=NOW) == draft


async def test_purging_erases_what_has_expired_and_nothing_else(database: Database) -> None:
    expired = await begin(database)
    async with database.session() as s:
        living = await drafts.open(
            s, database.vault, TEAM, "U0200", "setup", {}, HALF_AN_HOUR + timedelta(seconds=1), now=NOW
        )
        assert await drafts.purge(s, expired.expires_at) == 1
        assert await drafts.current(s, database.vault, TEAM, "U0200", "setup", now=NOW) == living
        assert await drafts.current(s, database.vault, TEAM, ADMIN, "setup", now=NOW) is None


async def test_what_was_copied_from_another_draft_is_refused(database: Database) -> None:
    await begin(database)
    other = await begin(database, user="U0200", token="other")
    async with database.session() as s:
        await s.execute(
            sa.text("UPDATE drafts SET sealed = (SELECT sealed FROM drafts WHERE id = :other)"), {"other": other.id}
        )

    async with database.reading() as s:
        with pytest.raises(WrongOwner):
            await drafts.current(s, database.vault, TEAM, ADMIN, "setup", now=NOW)
