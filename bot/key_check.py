"""The operator's part in a lost key: what cannot be read any more, and what who has to do about each piece."""

from __future__ import annotations

from collections.abc import Iterator

from storage import lost_choices, seal_check, seals
from storage.database import Database
from storage.seal_check import LostSeal, SealCheck

_GONE = {
    "drafts": "unfinished set-ups: begin them again",
    "plans": "plans of runs under way: those runs end, and the next ones make new plans",
    "plan_changes": "changes of plans under way, as above",
    "plan_differences": "differences between plans, as above",
    "integrations": "what integrations have chosen: runs stop until it was looked through and taken as it stands "
    "(`keys check --take-choices`)",
    "outcomes": "names in reports of before: they show employee numbers alone",
    "runs": "words in which systems refused, and approvals: a run that was approved asks again",
    "leave_ledger": "what was delivered of absence: the next run compares with the payroll system",
    "leave_files": "files of periods of absence that were delivered",
    "audit_anchors": "ends of the audit's chains: earlier entries stay, and cannot be proven any more",
}


async def checked(database: Database, *, take: bool = False) -> tuple[list[str], bool]:
    """Lines to print, and whether everything opens. With `take`, what integrations have chosen is first sealed as it
    stands, where no key tells what it was."""
    taken = await lost_choices.take(database) if take else 0
    lines = [f"What {taken} integrations have chosen was sealed as it stands."] if taken else []
    result = await seal_check.check(database)
    return [*lines, *_told(result)], not (result.entered or result.made)


def _told(result: SealCheck) -> Iterator[str]:
    if not result.entered and not result.made:
        yield f"The keys open all {result.read} sealed values."
        return
    yield f"{result.read} sealed values open. The others fit none of ENCRYPTION_KEYS: if an older key is in a copy"
    yield "somewhere, put it at the end of the list, and nothing is lost. Otherwise:"
    for lost in result.entered:
        yield f"  {lost.team_id}: {enter_again(lost)}"
    for name, number in result.made.items():
        yield f"  {number} x {_GONE.get(name, name)}"


def enter_again(lost: LostSeal) -> str:
    """Who does what to replace a value."""
    if lost.column is seals.INSTALLATION:
        return "an admin of the workspace opens PUBLIC_URL/slack/install and installs the app again"
    if lost.column is seals.SOURCE:
        return "Simployer's access token is entered again: /integration credentials"
    return f'the credentials of "{lost.name}" ({lost.provider}) are entered again: /integration credentials'
