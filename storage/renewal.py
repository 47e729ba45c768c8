"""Takes over what versions before have stored with weaker seals, once; after that only what names its place opens.

Needs the keys, and so is no migration of the tables. It may be interrupted: the next call goes on, and until the last
row is done what versions before have stored still opens.
"""

from __future__ import annotations

from collections.abc import Sequence

from storage import audit, audit_upkeep, rotation, seal_state
from storage.database import Database
from storage.errors import Misplaced

RENEWED = "seals.renewed"


async def renew(database: Database) -> Sequence[str]:
    """Seal anew whatever needs it, and take into the audit's chains what stands in none, unless that is done; from then
    on this process takes nothing else.

    Gives the places of values that were not sealed for where they are, for the operator: they open nowhere. Raises
    `Unreadable` when a value fits no key; the rest is still taken as before then.
    """
    if not database.vault.takes_former:
        return ()
    async with database.reading() as session:
        done = await seal_state.is_renewed(session, database.vault)
    misplaced: Sequence[str] = ()
    if not done:
        try:
            renewed = sum((await rotation.renew_former(database)).values())
        except Misplaced as error:
            renewed, misplaced = error.renewed, error.places
        taken = await audit_upkeep.take_in(database)
        async with database.session() as session:
            if renewed or taken or misplaced:
                new = {"values": renewed, "entries": taken, "misplaced": len(misplaced)}
                await audit.write(session, audit.INSTALLATION, audit.SYSTEM, RENEWED, new=new, origin=audit.SYSTEM)
            await seal_state.note_renewed(session, database.vault)
    database.vault.refuse_former()
    return misplaced
