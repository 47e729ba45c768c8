"""The operator's part in privacy: a workspace is cut off, given out or erased, and so are one person's records.

Each is in the audit. What is done of one person, `bot.person_requests` does.
"""

from __future__ import annotations

from pathlib import Path

from bot import person_requests
from bot.core import private_file
from bot.operator import COMMAND, operator_name
from bot.person_requests import StoredPerson
from storage import audit, workspace_end, workspace_records, workspaces
from storage.database import Database
from storage.errors import NotFound, RunUnderWay
from storage.json_codec import Json, dumps

CUT_OFF, WORKSPACE_ERASED, WORKSPACE_EXPORTED = "workspace.cut_off", "workspace.erased", "workspace.exported"


class NotDone(Exception):
    """Nothing was changed; the message says why and what to do."""


async def cut_off(database: Database, team_id: str) -> list[str]:
    """Erase every secret of a workspace and stop everything. Gives lines to print. Raises `NotDone`."""
    try:
        async with database.session() as session:
            gone = await workspace_end.cut_off(session, team_id)
            new: dict[str, Json] = {"integrations": gone.integrations, "runs": gone.runs}
            await audit.write(session, team_id, operator_name(), CUT_OFF, new=new, origin=COMMAND)
    except NotFound:
        raise NotDone(f"No workspace {team_id} is known.") from None
    lines = [
        f"{team_id} is cut off: {gone.tokens} Slack tokens, Simployer's token and the credentials of "
        f"{gone.integrations} integrations are erased; {gone.runs} runs and {gone.drafts} set-ups are ended.",
        "Have the customer revoke them where they were issued: Simployer, the payroll systems, Slack.",
    ]
    if not gone.tokens:
        lines.append("There was no Slack token of its own: with Socket Mode it stands in the settings; stop the bot.")
    if gone.enterprise_id:
        lines.append(f"The organisation {gone.enterprise_id} may have a token that serves it: its admins uninstall.")
    return lines


async def export_workspace(database: Database, team_id: str, out: Path) -> list[str]:
    """Write all that is stored of a workspace into a new file, for its owner alone, as JSON lines.

    No credential and no token is in it. Gives lines to print. Raises `NotDone`, `FileExistsError`, `OSError`.
    """
    async with database.reading() as session:
        if await workspaces.get(session, team_id) is None:
            raise NotDone(f"No workspace {team_id} is known.")
    count = 0
    with private_file.opened(out) as file:
        # Before anything is given: an entry too many is nothing beside one that is missing.
        async with database.session() as session:
            await audit.write(session, team_id, operator_name(), WORKSPACE_EXPORTED, origin=COMMAND)
        async with database.reading() as session:
            async for row in workspace_records.read(session, database.vault, team_id):
                file.write(f"{dumps(row)}\n")
                count += 1
    return [
        f"{count} records of {team_id} are in {out}. It holds private data of everybody there.",
        "Credentials and tokens are not in it, nor what the bot keeps as hashes alone.",
        "Messages and files in Slack, payroll systems and backups are not reached from here.",
    ]


async def erase_workspace(database: Database, team_id: str, *, with_audit: bool) -> list[str]:
    """Erase all of a workspace. Gives lines to print. Raises `NotDone`."""
    try:
        async with database.session() as session:
            integrations = await workspace_end.erase(session, team_id)
            new: dict[str, Json] = {"workspace": team_id, "integrations": integrations}
            await audit.write(session, audit.INSTALLATION, operator_name(), WORKSPACE_ERASED, new=new, origin=COMMAND)
    except NotFound:
        raise NotDone(f"No workspace {team_id} is known.") from None
    lines = [f"{team_id} is erased, with {integrations} integrations and their runs."]
    if with_audit:
        lines.append(f"{await workspace_end.erase_audit(database, team_id)} entries of its audit are erased.")
    else:
        lines.append("Its audit stays (AUDIT_DAYS); --with-audit erases it too.")
    return [
        *lines,
        "Ids of its integrations and accounts stand in the engine's tables for up to 30 days, with what it did.",
        "Messages and files in Slack, payroll systems and backups are not reached from here.",
    ]


async def export_person(database: Database, team_id: str, number: str, source_id: str | None, out: Path) -> list[str]:
    """Write what is stored of a person into a new file, for its owner alone. Raises `NotDone`, `FileExistsError`."""
    person = await _person(database, team_id, number, source_id)
    lines = person.lines()
    with private_file.opened(out) as file:
        async with database.session() as session:
            await person_requests.note_export(session, database.vault, person, operator_name(), COMMAND)
        file.writelines(f"{line}\n" for line in lines)
    return [f"{len(lines)} records of one person are in {out}. It holds private data."]


async def erase_person(database: Database, team_id: str, number: str, source_id: str | None) -> list[str]:
    """Erase what is stored of a person. Gives lines to print. Raises `NotDone`."""
    person = await _person(database, team_id, number, source_id)
    try:
        async with database.session() as session:
            erased = await person_requests.erase(session, database.vault, person, operator_name(), COMMAND)
    except RunUnderWay as refused:
        raise NotDone(str(refused)) from None
    lines = [f"{count} records are erased from {name}." for name, count in erased.items() if count]
    if kept := person.leave_entries:
        lines.append(f"{kept} entries of absence stay until their time is over: without them days would be paid twice.")
    if person.files:
        lines.append(f"{person.files} files of absence of everybody in a period stay sealed until their time is over.")
    lines += [
        f'The scope of "{name}" names the person; `/integration scope` takes them out.' for name, _ in person.chosen
    ]
    return [
        *lines,
        "Who is still in Simployer and in an integration's scope is read again in the next run.",
        "Messages and files in Slack, the payroll system, the audit and backups are not reached from here.",
    ]


async def _person(database: Database, team_id: str, number: str, source_id: str | None) -> StoredPerson:
    """The one person that is meant: what is stored of somebody else is not given out or erased with theirs."""
    person = await person_requests.look(database, team_id, number, source_id)
    if not person.records.ids:
        raise NotDone(f"Nothing is stored of that number in {team_id}.")
    if len(person.records.ids) > 1:
        ids = ", ".join(sorted(person.records.ids))
        raise NotDone(f"Several people have had that number (ids in Simployer: {ids}); name one with --source-id.")
    return person
