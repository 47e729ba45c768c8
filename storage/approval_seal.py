"""The seal of an approval: the run and its workspace (its place), its integration, the plan's digest, who, when and
what was decided."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import plan_digest, seals
from storage.errors import ApprovalForged, Unreadable, WrongOwner
from storage.models import RunRow, table
from storage.run_states import ENDED
from storage.session_vault import vault_of
from storage.vault import Vault

APPROVED = "approved"
"""The one decision that is sealed: to refuse needs no proof, as nothing is written then."""

NO_PLAN = ""
"""In place of a digest: there was no plan, and none is carried out."""

BEFORE = "before"
"""In place of a digest: the plan was approved before plans had one."""


def seal(
    vault: Vault, team_id: str, run_id: str, integration_id: str, digest: str, user_id: str, at: datetime | None
) -> bytes:
    """What `runs.approval` holds."""
    said = {"decision": APPROVED, "of": integration_id, "plan": digest, "by": user_id, "at": at}
    return seals.APPROVAL.seal(vault, team_id, {"id": run_id}, said)


def plan_of(
    vault: Vault,
    team_id: str,
    run_id: str,
    integration_id: str,
    user_id: str | None,
    at: datetime | None,
    sealed: bytes | None,
) -> str:
    """The digest of the plan that this person agreed to at this time, or `BEFORE`. Raises `ApprovalForged`."""
    if sealed is None:
        raise ApprovalForged(run_id)
    try:
        said = seals.APPROVAL.open(vault, team_id, {"id": run_id}, sealed)
    except (WrongOwner, Unreadable):
        raise ApprovalForged(run_id) from None
    # Before it named the integration, it was sealed without.
    of = said.get("of", integration_id)
    if (said["decision"], of, said["by"], said["at"]) != (APPROVED, integration_id, user_id, at):
        raise ApprovalForged(run_id)
    return str(said["plan"])


async def record(session: AsyncSession, run_id: str, team_id: str, user_id: str, at: datetime | None) -> None:
    """Seal an approval, with the digest of the run's plan. Needs a session of `Database.session`.

    Raises `PlanAltered` where the plan is not there as it was stored, `WrongOwner`, `Unreadable`.
    """
    vault = vault_of(session)
    digest = await plan_digest.stored(session, vault, run_id)
    if digest is None and await plan_digest.is_there(session, run_id):
        # Of a version before's plan, which has waited since: as it is now.
        digest = await plan_digest.computed(session, vault, run_id)
    rows = table(RunRow)
    integration_id = await session.scalar(sa.select(rows.c.integration_id).where(rows.c.id == run_id)) or ""
    sealed = seal(vault, team_id, run_id, integration_id, digest or NO_PLAN, user_id, at)
    await session.execute(sa.update(rows).where(rows.c.id == run_id).values(approval=sealed))


def adopt(connection: sa.Connection, vault: Vault) -> None:
    """Seal what was approved before approvals were sealed and is not over: once, as the tables are brought up to date.

    Whoever could write the database until then could approve; nobody can from then on.
    """
    rows = table(RunRow)
    wanted = sa.select(rows.c.id, rows.c.team_id, rows.c.integration_id, rows.c.approved_by, rows.c.approved_at).where(
        rows.c.approved_by.is_not(None), rows.c.state.not_in([state.value for state in ENDED])
    )
    for row in connection.execute(wanted).all():
        sealed = seal(vault, row.team_id, row.id, row.integration_id, BEFORE, row.approved_by, row.approved_at)
        connection.execute(sa.update(rows).where(rows.c.id == row.id).values(approval=sealed))
