"""The changes of a plan as they come in, and what turns out about several of them together."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from bot.domain.change import Change, ChangeKind
from bot.domain.findings import Finding, Severity
from bot.sync.checks import Duplicates
from bot.sync.checks.findings import finding
from bot.sync.compare.match import MatchDecision, Resolution
from bot.sync.compressed import CompressedChanges, HashIndex
from bot.sync.plan.plan_summary import SummaryBuilder

BREATH = 20
"""People between two pauses of the planning: at about a millisecond each, Slack never waits for its acknowledgement."""

_ASKED_BEFORE_CREATE = frozenset({"duplicate.person", "duplicate.number_alike"})

_MATCHED = frozenset({ChangeKind.UPDATE, ChangeKind.UNCHANGED})


class Roster:
    """Every person's change and the sums."""

    def __init__(self) -> None:
        self.changes, self.tally = CompressedChanges(), SummaryBuilder()
        self._positions: dict[str, int] = {}
        self._claims = HashIndex()
        self._contested: dict[int, None] = {}

    def add(self, change: Change) -> None:
        """Add a person's change."""
        position = self.changes.append(change)
        self.tally.add(change)
        self._positions[change.person.source_id] = position
        if (claimed := _claimed(change)) is not None:
            claim = hash(claimed)
            if claim not in self._contested and self._claims.of(claim):
                self._contested[claim] = None
            self._claims.add(claim, position)

    def stop(self, source_id: str, why: Finding) -> bool:
        """Block somebody who is in the list already; False when they are not."""
        position = self._positions.get(source_id)
        if position is not None:
            self._turn(position, ChangeKind.BLOCKED, why)
        return position is not None

    async def settle_duplicates(self, duplicates: Duplicates, resolutions: Mapping[str, Resolution]) -> None:
        """Stop, or remark upon, whoever is in the source twice."""
        for number, (source_id, found) in enumerate(duplicates.findings()):
            await breathe(number)
            position = self._positions.get(source_id)
            if position is None:
                continue
            kind = self.changes[position].kind
            if kind is ChangeKind.SKIP:
                continue
            if found.code == "duplicate.former":
                self._turn(position, ChangeKind.SKIP, found)
            elif found.code == "duplicate.number":
                self._turn(position, ChangeKind.CONFLICT, found)
            elif found.severity is Severity.BLOCKING:
                self._turn(position, ChangeKind.BLOCKED, found)
            elif kind is ChangeKind.CREATE and _asked_first(found, resolutions.get(source_id)):
                # Created side by side, neither would see the other in the target.
                self._turn(position, ChangeKind.CONFLICT, replace(found, severity=Severity.BLOCKING))
            else:
                self._turn(position, None, found)

    async def settle_claims(self) -> None:
        """Two employees who lead to one person of the target, or to one number of a file target; a former record of
        the same employee has given way."""
        for number, claim in enumerate(self._contested):
            await breathe(number)
            claimants: dict[str, list[int]] = {}
            for position in self._claims.of(claim):
                if (claimed := _claimed(self.changes[position])) is not None:
                    claimants.setdefault(claimed, []).append(position)
            for positions in claimants.values():
                for position in positions if len(positions) > 1 else ():
                    self._turn(position, ChangeKind.CONFLICT, finding("target.claimed_twice"))

    def _turn(self, position: int, kind: ChangeKind | None, added: Finding) -> None:
        """Add a finding to a change that is already in the list, and stop the change if it says so."""
        change = self.changes[position]
        self.tally.remove(change)
        findings = (added, *(old for old in change.findings if old != added))
        if kind is None:
            change = replace(change, findings=findings)
        else:
            change = Change(kind, change.person, findings=findings, lookalikes=change.lookalikes)
        self.tally.add(change)
        self.changes.replace(position, change)


def _claimed(change: Change) -> str | None:
    """Whom of the target a change is about. A file target knows people by their number, new ones too."""
    if change.kind in _MATCHED:
        return change.person.target_id
    new_in_file = change.kind is ChangeKind.CREATE and change.delivery
    return change.person.number.strip() if new_in_file else None


def _asked_first(found: Finding, resolution: Resolution | None) -> bool:
    """Whether a human must say first that somebody new is nobody else of the source."""
    told_apart = resolution is not None and resolution.decision is MatchDecision.DIFFERENT
    return found.code in _ASKED_BEFORE_CREATE and not told_apart


async def breathe(number: int) -> None:
    """Let others have their turn, after every `BREATH` people."""
    if number % BREATH == 0:
        await asyncio.sleep(0)
