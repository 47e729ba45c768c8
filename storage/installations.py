"""What Slack gave when a workspace installed the app (OAuth): bundles of tokens, sealed and otherwise opaque.

A bundle is kept per enterprise, team, kind (`bot` or `installation`) and user, the newest counting where no user is
named. An installation for a whole enterprise has no team.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import seals
from storage.clock import database_now, utc_now
from storage.json_codec import Json
from storage.models import InstallationRow as Row
from storage.models import table
from storage.upsert import insert, touched
from storage.vault import Vault

Served: TypeAlias = tuple[str, str]
"""A team's id and its enterprise's, "" where there is none."""


SealedRow: TypeAlias = sa.Row[Any]
"""A bundle as it stands in the table, still sealed."""


class BundleKind(StrEnum):
    """The bot's own tokens, or those of the person who installed it."""

    BOT = "bot"
    INSTALLATION = "installation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What Slack gave, as JSON. At least one of `team_id` and `enterprise_id` is set; `user_id` is who installed it."""

    team_id: str | None
    enterprise_id: str | None
    kind: BundleKind
    user_id: str | None
    data: Mapping[str, Any] = field(repr=False)
    installed_at: datetime


@dataclass(frozen=True, slots=True)
class KeptBundle:
    """A bundle as it stands in the table: what of its row tells it from a newer one, and what Slack gave."""

    enterprise_id: str
    team_id: str
    kind: str
    user_id: str
    installed_at: datetime
    updated_at: datetime
    data: Mapping[str, Any] = field(repr=False)

    def _is_row(self) -> list[sa.ColumnElement[bool]]:
        return [
            Row.enterprise_id == self.enterprise_id,
            Row.team_id == self.team_id,
            Row.kind == self.kind,
            Row.user_id == self.user_id,
            Row.installed_at == self.installed_at,
        ]


async def save(session: AsyncSession, vault: Vault, bundle: Bundle) -> None:
    """Keep a bundle, in place of the same one from before. Raises `ValueError` without a team and an enterprise."""
    owner = _owner_id(bundle.enterprise_id, bundle.team_id)
    key = {
        "enterprise_id": bundle.enterprise_id or "",
        "team_id": bundle.team_id or "",
        "kind": bundle.kind.value,
        "user_id": bundle.user_id or "",
    }
    values = {
        "sealed": seals.INSTALLATION.seal(vault, owner, key, bundle.data),
        "installed_at": bundle.installed_at,
        "updated_at": utc_now(),
        "rotating_until": None,
    }
    await session.execute(
        insert(session, table(Row)).values(**key, **values).on_conflict_do_update(index_elements=list(key), set_=values)
    )


async def find(
    session: AsyncSession,
    vault: Vault,
    kind: BundleKind,
    *,
    enterprise_id: str | None,
    team_id: str | None,
    user_id: str | None = None,
) -> dict[str, Json] | None:
    """The newest bundle, of this user if named; None if there is none. Raises `WrongOwner`, `Unreadable`."""
    wanted = [*_of(enterprise_id, team_id), Row.kind == kind.value]
    if user_id is not None:
        wanted.append(Row.user_id == user_id)
    newest = (Row.installed_at.desc(), Row.updated_at.desc())
    found = (await session.execute(_bundles().where(*wanted).order_by(*newest).limit(1))).first()
    owner = _owner_id(enterprise_id, team_id)
    return None if found is None else dict(seals.INSTALLATION.open(vault, owner, found._mapping, found.sealed))


async def for_team(
    session: AsyncSession, vault: Vault, team_id: str | None, enterprise_id: str | None
) -> dict[str, Json] | None:
    """The bot's newest bundle that serves a team: the team's own, else that of the enterprise it belongs to."""
    found = await serving_team(session, vault, team_id, enterprise_id)
    return None if found is None else dict(found.data)


async def serving_team(
    session: AsyncSession, vault: Vault, team_id: str | None, enterprise_id: str | None
) -> KeptBundle | None:
    """The same with its row."""
    served = (team_id or "", enterprise_id or "")
    found = (await serving_teams(session, {served})).get(served)
    return None if found is None else opened(vault, found)


async def serving_teams(session: AsyncSession, served: Collection[Served]) -> dict[Served, SealedRow]:
    """The row that serves each team, still sealed: `opened` opens it. Teams that none serves are left out."""
    teams, enterprises = {team for team, _ in served} - {""}, {enterprise for _, enterprise in served} - {""}
    rows = (await session.execute(_SERVING, {"teams": list(teams), "enterprises": list(enterprises)})).all()
    of_team: dict[str, sa.Row[Any]] = {}
    of_enterprise: dict[str, sa.Row[Any]] = {}
    for row in rows:  # the newest first
        if row.team_id:
            of_team.setdefault(row.team_id, row)
        else:
            of_enterprise.setdefault(row.enterprise_id, row)
    found = {one: of_team.get(one[0]) or of_enterprise.get(one[1]) for one in served}
    return {one: row for one, row in found.items() if row is not None}


def opened(vault: Vault, found: SealedRow) -> KeptBundle:
    """A row of `serving_teams`. Raises `WrongOwner`, `Unreadable`."""
    owner = found.team_id or found.enterprise_id
    data = seals.INSTALLATION.open(vault, owner, found._mapping, found.sealed)
    row = (found.enterprise_id, found.team_id, found.kind, found.user_id, found.installed_at, found.updated_at)
    return KeptBundle(*row, data)


async def bots(session: AsyncSession, vault: Vault) -> list[KeptBundle]:
    """Every bot's bundle with its row, newest first: for an installation of one workspace, which has few."""
    wanted = (
        _bundles()
        .add_columns(Row.installed_at, Row.updated_at)
        .where(Row.kind == BundleKind.BOT.value)
        .order_by(Row.installed_at.desc(), Row.updated_at.desc())
    )
    return [opened(vault, found) for found in await session.execute(wanted)]


async def claim(session: AsyncSession, kept: KeptBundle, patience: timedelta) -> bool:
    """Take it upon oneself, for so long, to exchange the bundle's token; False where somebody else has or does.

    A claim that is not used ends by itself.
    """
    now = await database_now(session)
    free = sa.or_(Row.rotating_until.is_(None), Row.rotating_until <= now)
    mine = sa.update(table(Row)).where(*kept._is_row(), Row.updated_at == kept.updated_at, free)
    return touched(await session.execute(mine.values(rotating_until=now + patience))) == 1


async def put_rotated(session: AsyncSession, vault: Vault, kept: KeptBundle, data: Mapping[str, Any]) -> bool:
    """Put what Slack gave in exchange in the place of the bundle; False where a newer installation stands there."""
    key = {name: getattr(kept, name) for name in seals.INSTALLATION.key}
    sealed = seals.INSTALLATION.seal(vault, kept.team_id or kept.enterprise_id, key, data)
    values = {"sealed": sealed, "updated_at": utc_now(), "rotating_until": None}
    return touched(await session.execute(sa.update(table(Row)).where(*kept._is_row()).values(values))) == 1


async def newest(session: AsyncSession, *, team_id: str | None, enterprise_id: str | None) -> datetime | None:
    """When the bot was last installed in a team, whichever enterprise it belongs to, or in an enterprise as a whole."""
    of = Row.team_id == team_id if team_id else sa.and_(Row.team_id == "", Row.enterprise_id == (enterprise_id or ""))
    wanted = sa.select(Row.installed_at).where(of, Row.kind == BundleKind.BOT.value)
    found: datetime | None = await session.scalar(wanted.order_by(Row.installed_at.desc()).limit(1))
    return found


async def delete(
    session: AsyncSession,
    *,
    enterprise_id: str | None,
    team_id: str | None,
    kind: BundleKind | None = None,
    user_id: str | None = None,
) -> int:
    """Erase the bundles of a team (or of an enterprise without team), of a kind and a user if given; says how many."""
    wanted = _of(enterprise_id, team_id)
    if kind is not None:
        wanted.append(Row.kind == kind.value)
    if user_id is not None:
        wanted.append(Row.user_id == user_id)
    return touched(await session.execute(sa.delete(table(Row)).where(*wanted)))


async def delete_team(session: AsyncSession, team_id: str) -> int:
    """Erase all that a team gave, whichever enterprise it belongs to; says how many."""
    return touched(await session.execute(sa.delete(table(Row)).where(Row.team_id == team_id)))


def _bundles() -> sa.Select[Any]:
    return sa.select(*(table(Row).c[name] for name in (*seals.INSTALLATION.key, "sealed")))


def _of(enterprise_id: str | None, team_id: str | None) -> list[sa.ColumnElement[bool]]:
    return [Row.enterprise_id == (enterprise_id or ""), Row.team_id == (team_id or "")]


def _owner_id(enterprise_id: str | None, team_id: str | None) -> str:
    owner = team_id or enterprise_id
    if not owner:
        raise ValueError("An installation belongs to a team or an enterprise.")
    return owner


_SERVING = (
    _bundles()
    .add_columns(Row.installed_at, Row.updated_at)
    .where(Row.kind == BundleKind.BOT.value)
    .where(
        sa.or_(
            Row.team_id.in_(sa.bindparam("teams", expanding=True)),
            sa.and_(Row.team_id == "", Row.enterprise_id.in_(sa.bindparam("enterprises", expanding=True))),
        )
    )
    .order_by(Row.installed_at.desc(), Row.updated_at.desc())
)
"""Asked for each thing that Slack sends, and so made once."""
