"""Slack's tokens: found by team or enterprise, the newest first, and erased with the app."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from storage import installations
from storage.database import Database
from storage.errors import WrongOwner
from storage.installations import Bundle, BundleKind, KeptBundle

NOW = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)


def bundle(
    token: str,
    *,
    team: str | None = "T0100",
    enterprise: str | None = None,
    kind: BundleKind = BundleKind.BOT,
    user: str | None = "U0100",
    hours: int = 0,
) -> Bundle:
    return Bundle(
        team_id=team,
        enterprise_id=enterprise,
        kind=kind,
        user_id=user,
        data={"bot_token": token},
        installed_at=NOW + timedelta(hours=hours),
    )


async def save(database: Database, *bundles: Bundle) -> None:
    async with database.session() as s:
        for one in bundles:
            await installations.save(s, database.vault, one)


async def find(
    database: Database,
    kind: BundleKind = BundleKind.BOT,
    team: str | None = "T0100",
    enterprise: str | None = None,
    user: str | None = None,
) -> object:
    async with database.reading() as s:
        found = await installations.find(s, database.vault, kind, enterprise_id=enterprise, team_id=team, user_id=user)
    return found and found["bot_token"]


async def test_the_newest_counts_unless_a_user_is_named(database: Database) -> None:
    await save(database, bundle("newest", user="U0200", hours=1), bundle("older", user="U0100"))

    assert await find(database) == "newest"
    assert await find(database, user="U0100") == "older"
    assert await find(database, user="U0300") is None


async def test_installing_again_replaces_the_tokens(database: Database) -> None:
    await save(database, bundle("first"), bundle("second", hours=1))

    assert await find(database) == "second"
    async with database.session() as s:
        assert await installations.delete(s, enterprise_id=None, team_id="T0100") == 1


async def test_teams_enterprises_and_kinds_are_kept_apart(database: Database) -> None:
    await save(
        database,
        bundle("team"),
        bundle("person", kind=BundleKind.INSTALLATION),
        bundle("enterprise", team=None, enterprise="E0100"),
        bundle("team in enterprise", enterprise="E0100"),
    )

    assert await find(database) == "team"
    assert await find(database, BundleKind.INSTALLATION) == "person"
    assert await find(database, team=None, enterprise="E0100") == "enterprise"
    assert await find(database, enterprise="E0100") == "team in enterprise"
    assert await find(database, team="T0200") is None


async def test_uninstalling_erases_what_is_named(database: Database) -> None:
    mine, theirs = bundle("mine", user="U0100"), bundle("theirs", user="U0200")
    await save(database, mine, theirs, bundle("person", kind=BundleKind.INSTALLATION), bundle("other", team="T0200"))

    async with database.session() as s:
        assert (
            await installations.delete(s, enterprise_id=None, team_id="T0100", kind=BundleKind.BOT, user_id="U0100")
            == 1
        )
    assert await find(database) == "theirs"
    async with database.session() as s:
        assert await installations.delete(s, enterprise_id=None, team_id="T0100") == 2
    assert await find(database) is None
    assert await find(database, BundleKind.INSTALLATION) is None
    assert await find(database, team="T0200") == "other"


async def test_a_bundle_of_nobody_is_refused(database: Database) -> None:
    async with database.session() as s:
        with pytest.raises(ValueError, match="team or an enterprise"):
            await installations.save(s, database.vault, bundle("nobody's", team=None))


async def test_tokens_that_were_copied_to_another_team_are_refused(database: Database) -> None:
    await save(database, bundle("one"), bundle("two", team="T0200"))
    async with database.session() as s:
        await s.execute(
            sa.text("UPDATE installations SET sealed = (SELECT sealed FROM installations WHERE team_id = 'T0200')")
        )

    with pytest.raises(WrongOwner):
        await find(database)


async def test_tokens_stay_out_of_the_repr() -> None:
    assert "xoxb-1" not in repr(bundle("xoxb-1"))


async def test_a_team_is_served_by_its_own_token_else_by_its_enterprise(database: Database) -> None:
    await save(
        database,
        bundle("own", team="T0100", enterprise="E0100"),
        bundle("whole", team=None, enterprise="E0100", hours=5),
        bundle("stranger", team=None, enterprise="E0200", hours=9),
    )

    async def serving(team: str | None, enterprise: str | None) -> object:
        async with database.reading() as s:
            found = await installations.for_team(s, database.vault, team, enterprise)
        return found and found["bot_token"]

    assert await serving("T0100", "E0100") == "own"
    assert await serving("T0100", None) == "own"
    assert await serving("T0300", "E0100") == "whole"
    assert await serving(None, "E0100") == "whole"
    assert await serving("T0300", None) is None
    assert await serving(None, None) is None

    async with database.session() as s:
        assert await installations.delete_team(s, "T0100") == 1
    assert await serving("T0100", "E0100") == "whole"


async def test_one_process_exchanges_a_token_and_none_overwrites_a_newer_installation(database: Database) -> None:
    await save(database, bundle("first"))

    async def kept() -> KeptBundle:
        async with database.reading() as s:
            found = await installations.serving_team(s, database.vault, "T0100", None)
        assert found is not None
        return found

    async def claim(of: KeptBundle, patience: timedelta) -> bool:
        async with database.session() as s:
            return await installations.claim(s, of, patience)

    async def put(of: KeptBundle, token: str) -> bool:
        async with database.session() as s:
            return await installations.put_rotated(s, database.vault, of, {"bot_token": token})

    seen = await kept()
    assert await claim(seen, timedelta(minutes=1))
    assert not await claim(seen, timedelta(minutes=1))
    assert await put(seen, "second")
    assert (await kept()).data["bot_token"] == "second"
    assert not await claim(seen, timedelta(minutes=1)), "what it saw is not what stands there"
    assert await claim(await kept(), -timedelta(minutes=1))
    assert await claim(await kept(), timedelta(minutes=1)), "a claim that is over is none"
    await save(database, bundle("newer", hours=1))
    assert not await put(seen, "third")
    assert (await kept()).data["bot_token"] == "newer"
