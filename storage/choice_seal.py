"""The seal of what an integration has chosen: whom it is about, what goes where, its limits, who must agree.

These lie in clear, so that whoever writes the database could change whose pay is written, and how. Their seal holds a
copy: what differs from it was not chosen through the bot, is refused before anything is planned, approved or written,
and can be put back. It also holds what plans are made with by number (`storage.kept_plans`), which says whether a plan
may be written that nobody was shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import json_codec, seals
from storage.errors import ChoicesAltered, Unreadable, WrongOwner
from storage.models import IntegrationRow, table
from storage.session_vault import vault_of
from storage.vault import Vault

_OBJECTS = ("scope", "settings", "thresholds", "attention")
_WORDS = ("provider", "target_account_id", "environment")
_NUMBERS = ("basis", "synced_basis")
PARTS = (*_OBJECTS, *_WORDS, *_NUMBERS)
"""What is sealed, by the names of columns and of `storage.integrations.Integration`."""


def sealed(vault: Vault, team_id: str, integration_id: str, values: Mapping[str, Any]) -> bytes:
    """What `integrations.choices` holds for these values, by `PARTS`."""
    return seals.CHOICES.seal(
        vault, team_id, {"id": integration_id}, {part: _said(part, values[part]) for part in PARTS}
    )


def values_of(row: Any) -> dict[str, Any]:
    """The values of a row, or of an integration, by `PARTS`."""
    return {part: getattr(row, part) for part in PARTS}


def known(vault: Vault, row: Any) -> dict[str, Any]:
    """What was chosen through the bot. Raises `ChoicesAltered` where the seal does not open for this integration.

    `row` is the row, or the integration.
    """
    if row.choices is not None:
        try:
            said = seals.CHOICES.open(vault, row.team_id, {"id": row.id}, row.choices)
            return {part: json_codec.loads(said[part]) for part in PARTS}
        except (WrongOwner, Unreadable):
            pass
    raise ChoicesAltered(row.id, PARTS, lost=True)


def require(vault: Vault, row: Any) -> dict[str, Any]:
    """See that an integration, or its row, is as it was chosen, and give its `PARTS`. Raises `ChoicesAltered`."""
    chosen = known(vault, row)
    now = values_of(row)
    if other := tuple(part for part in PARTS if _said(part, now[part]) != _said(part, chosen[part])):
        raise ChoicesAltered(row.id, other)
    return chosen


async def put_back(session: AsyncSession, row: sa.Row[Any]) -> tuple[str, ...]:
    """Have a row, which the session holds, say again what was chosen through the bot; gives the names of what had been
    changed, () where nothing had. What was shown and synced counts no more. Raises `ChoicesAltered` for a lost seal.
    """
    vault = vault_of(session)
    chosen = known(vault, row)
    try:
        require(vault, row)
    except ChoicesAltered as altered:
        chosen |= {"basis": max(row.basis or 0, chosen["basis"]) + 1, "synced_basis": None}
        rows = table(IntegrationRow)
        await session.execute(
            sa.update(rows)
            .where(rows.c.id == row.id)
            .values(**columns(chosen), choices=sealed(vault, row.team_id, row.id, chosen), version=row.version + 1)
        )
        return altered.parts
    return ()


def columns(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Values by `PARTS` as the columns hold them."""
    return {**chosen, "attention": chosen["attention"] or None}


def adopt(connection: sa.Connection, vault: Vault) -> None:
    """Seal what was chosen before choices were sealed: once, as the tables are brought up to date.

    Whoever could write the database until then could choose; nobody can from then on.
    """
    rows = table(IntegrationRow)
    own = (rows.c.id, rows.c.team_id, *(rows.c[part] for part in PARTS))
    for row in connection.execute(sa.select(*own).where(rows.c.removed_at.is_(None))).all():
        token = sealed(vault, row.team_id, row.id, values_of(row))
        connection.execute(sa.update(rows).where(rows.c.id == row.id).values(choices=token))


def _said(part: str, value: Any) -> str:
    """A value as one text, the same whatever the database has made of it."""
    if part in _OBJECTS:
        value = dict(value or {})
    elif part == "basis":
        value = value or 0
    return as_text(value)


def as_text(value: Any) -> str:
    """A value that JSON carries as one text, which `json_codec.loads` reads."""
    return json.dumps(json.loads(json_codec.dumps(value)), sort_keys=True, ensure_ascii=False)
