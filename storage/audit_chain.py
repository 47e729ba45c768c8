"""The chain of a workspace's audit: each entry's digest covers the entry and the digest before, under a key of its own.

The key, and where the chain ends, are in the sealed anchor of the workspace. So whoever writes the database and has no
key of the vault cannot make a digest, and what is changed, removed, put in between or cut off at the end shows
(`storage.audit_check`). Only to put back an older anchor with all that was there then, passes: what was exported
(`python -m bot audit export`) shows that. Which chains there are, the installation's own chain says.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import json_codec, seals
from storage.audit_models import AuditAnchorRow
from storage.errors import Unreadable, WrongOwner
from storage.json_codec import Json
from storage.model_base import table
from storage.upsert import insert
from storage.vault import Vault

START = "0" * 64
"""The digest before the first entry."""

CONTENT = ("team_id", "at", "actor_id", "action", "integration_id", "origin", "old", "new")
"""What a digest covers, beside the position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The end of a chain: position and digest of its last entry. Those up to `cut` were erased by age; `cut_digest` is
    that of the last of them."""

    key: bytes = field(repr=False)
    position: int = 0
    digest: str = START
    cut: int = 0
    cut_digest: str = START

    @classmethod
    def new(cls) -> Self:
        """Of a chain without entries."""
        return cls(key=secrets.token_bytes(32))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote."""
        return cls(**{**data, "key": bytes.fromhex(data["key"])})

    def to_json(self) -> dict[str, Json]:
        """A JSON-able form, with the key in it: to be sealed."""
        return {
            "key": self.key.hex(),
            "position": self.position,
            "digest": self.digest,
            "cut": self.cut,
            "cut_digest": self.cut_digest,
        }

    def followed_by(self, content: Mapping[str, Any]) -> Self:
        """The anchor once an entry with this content is the last."""
        digest = self.link(self.digest, self.position + 1, content)
        return replace(self, position=self.position + 1, digest=digest)

    def link(self, before: str, position: int, content: Mapping[str, Any]) -> str:
        """The digest of an entry: HMAC-SHA256 as 64 hexadecimal digits."""
        said = json_codec.dumps([before, position, *(_plain(content[name]) for name in CONTENT)])
        return hmac.digest(self.key, said.encode("utf-8", "surrogatepass"), "sha256").hex()


def opened(vault: Vault, team_id: str, sealed: bytes) -> Anchor:
    """A stored anchor. Raises `WrongOwner`, `Unreadable`."""
    return Anchor.from_json(seals.ANCHOR.open(vault, team_id, {"team_id": team_id}, sealed))


async def read(session: AsyncSession, vault: Vault, team_id: str) -> Anchor | None:
    """The anchor of a workspace's chain; None where there is none. Raises `WrongOwner`, `Unreadable`."""
    sealed = await session.scalar(sa.select(AuditAnchorRow.anchor).where(AuditAnchorRow.team_id == team_id))
    return None if sealed is None else opened(vault, team_id, sealed)


async def teams(session: AsyncSession) -> set[str]:
    """The workspaces that have an anchor, "" for the installation's own."""
    return set(await session.scalars(sa.select(AuditAnchorRow.team_id)))


async def hold(
    session: AsyncSession, vault: Vault, team_ids: Collection[str]
) -> tuple[dict[str, Anchor | None], Sequence[str]]:
    """The anchors of workspaces, held until the transaction ends, in one order everywhere; and whose were made now.

    One that does not open is None: its chain can be continued by nobody.
    """
    held = await _locked(session, vault, team_ids)
    made = []
    for team_id in sorted(set(team_ids) - held.keys()):
        anchor = Anchor.new()
        statement = insert(session, table(AuditAnchorRow)).values(
            team_id=team_id, anchor=_sealed(vault, team_id, anchor), cut=anchor.cut
        )
        added = await session.execute(statement.on_conflict_do_nothing().returning(AuditAnchorRow.team_id))
        if added.first() is not None:
            held[team_id] = anchor
            made.append(team_id)
    held |= await _locked(session, vault, set(team_ids) - held.keys())
    return held, made


async def move(session: AsyncSession, vault: Vault, anchors: Mapping[str, Anchor]) -> None:
    """Note where chains that are held end now."""
    rows = table(AuditAnchorRow)
    statement = sa.update(rows).where(rows.c.team_id == sa.bindparam("team"))
    values = [
        {"team": team_id, "sealed_anchor": _sealed(vault, team_id, anchor), "cut_at": anchor.cut}
        for team_id, anchor in sorted(anchors.items())
    ]
    if values:
        moved = statement.values(anchor=sa.bindparam("sealed_anchor"), cut=sa.bindparam("cut_at"))
        await session.execute(moved, values)


async def _locked(session: AsyncSession, vault: Vault, team_ids: Collection[str]) -> dict[str, Anchor | None]:
    if not team_ids:
        return {}
    rows = table(AuditAnchorRow)
    wanted = sa.select(rows.c.team_id, rows.c.anchor).where(rows.c.team_id.in_(team_ids)).order_by(rows.c.team_id)
    found = (await session.execute(wanted.with_for_update())).all()
    return {row.team_id: _opened_or_none(vault, row.team_id, row.anchor) for row in found}


def _opened_or_none(vault: Vault, team_id: str, sealed: bytes) -> Anchor | None:
    try:
        return opened(vault, team_id, sealed)
    except (WrongOwner, Unreadable):
        return None


def _sealed(vault: Vault, team_id: str, anchor: Anchor) -> bytes:
    return seals.ANCHOR.seal(vault, team_id, {"team_id": team_id}, anchor.to_json())


def _plain(value: Any) -> Any:
    """A value as every database gives it back: JSONB has keys in an order of its own, and one kind of number."""
    if isinstance(value, Mapping):
        return [[key, _plain(value[key])] for key in sorted(value)]
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
