"""The operator's part in the audit: give out a workspace's, and check that nobody has changed any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.clock import system_clock
from bot.operator import COMMAND, operator_name
from storage import audit, audit_chain
from storage.audit_chain import CONTENT, Anchor
from storage.audit_check import AuditFault, ChainState, FaultKind, chained, check
from storage.database import Database, Session
from storage.errors import Unreadable, WrongOwner
from storage.json_codec import dumps, loads
from storage.rotation import rotate

EXPORT = "audit export"
"""The owner of the seal at the end of an export, with the workspace after it."""

ROTATED = "keys.rotated"

_SAYS = {
    FaultKind.CHANGED: "was changed",
    FaultKind.REMOVED: "is missing",
    FaultKind.INSERTED: "was put in",
    FaultKind.TRUNCATED: "was cut off at the end",
    FaultKind.UNCHAINED: "there are entries that stand in no chain: the bot did not write them",
    FaultKind.ANCHOR: "the end of the chain is not known: its anchor is gone, was changed, or fits none of the keys",
}


class NotOurs(Exception):
    """The file is no export of this installation, or was changed; the message says which."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Lines to print, and whether all is as the bot wrote it."""

    lines: Sequence[str]
    ok: bool


async def rotated(database: Database) -> int:
    """Encrypt everything with the first key, and note it; how many values. Raises as `storage.rotation.rotate`."""
    values = sum((await rotate(database)).values())
    async with database.session() as session:
        new = {"values": values}
        await audit.write(session, audit.INSTALLATION, operator_name(), ROTATED, new=new, origin=COMMAND)
    return values


async def exported(database: Database, team_id: str) -> list[str]:
    """The audit of a workspace, "" for the installation's own: a JSON object a line, the last one says where it ends.

    That one is sealed: with it `checked` proves later that the audit still has all of this. Raises `NotOurs` where the
    chain has no end that opens.
    """
    async with database.reading() as session:
        anchor = await _anchor(session, database, team_id)
        # What is written meanwhile is not in it.
        rows = [row async for row in chained(session, team_id) if anchor and row["position"] <= anchor.position]
    if anchor is None:
        raise NotOurs(f"{_whose(team_id)} has no audit that can be given out; `audit check` says more.")
    head: dict[str, Any] = {
        "workspace": team_id,
        "exported_at": system_clock(),
        "position": anchor.position,
        "digest": anchor.digest,
        "cut": anchor.cut,
        "cut_digest": anchor.cut_digest,
    }
    sealed = database.vault.seal(f"{EXPORT}:{team_id}", head).decode()
    lines = [dumps({name: row[name] for name in ("position", *CONTENT, "digest")}) for row in rows]
    return [*lines, dumps({"end": head, "seal": sealed})]


async def checked(database: Database, team_id: str | None, former: Sequence[str] | None = None) -> CheckResult:
    """Read the chain of a workspace, or of all; and see that what is in the lines of a former export is still there.

    Raises `NotOurs`.
    """
    lines, ok = [], True
    for state in await check(database, team_id):
        lines += list(_told(state))
        ok = ok and not state.faults
    if former is not None:
        faults = await _since(database, former)
        lines += faults or ["All that was exported is still there as it was."]
        ok = ok and not faults
    return CheckResult(lines or ["There are no entries yet."], ok)


def _told(state: ChainState) -> Iterator[str]:
    began = f" Up to {state.cut} were erased by age." if state.cut else ""
    waits = f" {state.waiting} of a version before are still to be taken in." if state.waiting else ""
    result = "FAULT" if state.faults else "ok"
    yield f"{result}  {_whose(state.team_id)}: {state.entries} entries, the last is {state.position}.{began}{waits}"
    for fault in state.faults:
        yield f"       {_place(fault)}{_SAYS[fault.kind]}"


def _place(fault: AuditFault) -> str:
    if fault.first is None:
        return ""
    return f"entry {fault.first} " if fault.first == fault.last else f"each of the entries {fault.first}-{fault.last} "


def _whose(team_id: str) -> str:
    return team_id or "the installation"


async def _anchor(s: Session, database: Database, team_id: str) -> Anchor | None:
    try:
        return await audit_chain.read(s, database.vault, team_id)
    except (WrongOwner, Unreadable):
        return None


async def _since(database: Database, former: Sequence[str]) -> list[str]:
    """What an export has and the audit has not, or otherwise."""
    *entries, end = [loads(line) for line in former if line.strip()] or [{}]
    head = _head(database, end)
    team_id = str(head["workspace"])
    async with database.reading() as session:
        anchor = await _anchor(session, database, team_id)
        kept = {row["position"]: row["digest"] async for row in chained(session, team_id)}
    if anchor is None:
        return [f"FAULT  {_whose(team_id)}: there is no end of the chain to compare with"]
    _require_whole(entries, head, anchor)
    lines = []
    for entry in entries:
        position: int = entry["position"]
        if position > anchor.cut and kept.get(position) != entry["digest"]:
            lines.append(f"FAULT  {_whose(team_id)}: entry {position} is not the one that was exported")
    if head["position"] > anchor.position:
        lines.append(f"FAULT  {_whose(team_id)}: ends at {anchor.position}, and had {head['position']} entries before")
    return lines


def _head(database: Database, end: Any) -> dict[str, Any]:
    try:
        sealed, workspace = end["seal"].encode(), end["end"]["workspace"]
        head: dict[str, Any] = database.vault.open(f"{EXPORT}:{workspace}", sealed)
    except (KeyError, TypeError, AttributeError):
        raise NotOurs("The file is no export of the audit, or its last line is missing.") from None
    except (WrongOwner, Unreadable):
        raise NotOurs("The file is no export of this installation, or its last line was changed.") from None
    return head


def _require_whole(entries: Sequence[dict[str, Any]], head: dict[str, Any], anchor: Anchor) -> None:
    """Raises `NotOurs` where the file itself is not as it was written."""
    position, digest = head["cut"], head["cut_digest"]
    for entry in entries:
        try:
            position, content = position + 1, {name: entry[name] for name in CONTENT}
            genuine = entry["position"] == position and entry["digest"] == anchor.link(digest, position, content)
        except (KeyError, TypeError):
            genuine = False
        if not genuine:
            raise NotOurs(f"The file was changed: what stands at entry {position} is not what was exported.")
        digest = entry["digest"]
    if (position, digest) != (head["position"], head["digest"]):
        raise NotOurs("The file was changed: entries are missing at its end.")
