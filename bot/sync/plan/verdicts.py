"""Who is as at the last comparison, so that it need not be made again, and what is kept of those that were made.

Both systems are read whole all the same. What is kept is a cache: without it everybody is compared, and what it holds
for is asked anew of every person at every run (`bot.sync.compare.verdict`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from bot.domain.change import Change, ChangeKind, Person
from bot.domain.employee import EmployeeState
from bot.domain.findings import Finding
from bot.sync.checks.duplicates import Marks
from bot.sync.codec import change_to_json, finding_from_json
from bot.sync.compare.change_detection import decided
from bot.sync.compare.fingerprints import Fingerprinter
from bot.sync.compare.last_look import LastLook
from bot.sync.compare.target_index import Held
from bot.sync.compare.verdict import Verdict
from bot.sync.plan.request import PlanRequest

_SAID = ("findings", "kept", "unseen")
"""What a change that writes nothing may have to tell, by the names of `bot.sync.codec`."""

_ALIKE = 1_000
"""Texts that are understood once: what is told of many is mostly the same."""


class VerdictStore(Protocol):
    """Where verdicts are kept between runs, in pages of people. What cannot be read there is as if it was not there."""

    async def around(self, first: str, last: str) -> Mapping[str, str]:
        """The pages that may have people from one source id to another, by the first id of each."""
        ...

    async def put(self, first: str, content: str) -> None:
        """Keep a page, in place of one with the same first id."""
        ...

    async def keep_only(self, firsts: Collection[str]) -> None:
        """Let go of all pages but these."""
        ...


@dataclass(frozen=True, slots=True)
class Kept:
    """What a comparison would say, and what must be the person's own."""

    change: Change
    marks: Marks


@dataclass(frozen=True, slots=True)
class _Said:
    findings: tuple[Finding, ...] = ()
    kept: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


class VerdictBook:
    """The verdicts of one plan, a page of the source's people at a time: `open`, then `recall` or `note`, then `close`.

    `ground` is a digest of what records and findings are made with besides the person (`ChangeDetection.ground`).
    """

    def __init__(self, store: VerdictStore, traces: Fingerprinter, request: PlanRequest, ground: str) -> None:
        self._store, self._traces, self._request = store, traces, request
        self._ground = f"{ground}|{request.restore_drift}"
        self._pages: Mapping[str, str] = {}
        self._known: dict[str, list[Any]] = {}
        self._current: dict[str, list[Any]] = {}
        self._said: dict[str, _Said] = {"": _Said()}
        self._first = ""
        self._firsts: set[str] = set()

    async def open(self, source_ids: Sequence[str]) -> None:
        """Begin a page."""
        self._first, self._current, self._known = source_ids[0], {}, {}
        self._pages = await self._store.around(min(source_ids), max(source_ids))
        for content in self._pages.values():
            self._known.update(_read(content))

    def recall(self, seen: EmployeeState, held: Held | None, person: Person) -> Kept | None:
        """What a comparison would say of somebody; None when it has to be made."""
        kept = self._known.get(seen.source_id)
        if kept is None or held is None:
            return None
        try:
            verdict = Verdict.from_json(kept)
            if not verdict.holds_on(self._request.today) or verdict.key != self._key(seen, held):
                return None
            restored = Kept(self._change(person, held, verdict.said), verdict.marks)
        except (KeyError, TypeError, ValueError, OverflowError):
            return None  # of another version
        self._current[seen.source_id] = kept
        return restored

    def note(self, seen: EmployeeState, held: Held | None, change: Change, until: date | None, marks: Marks) -> None:
        """Keep what a comparison has said, where nothing is to be written and the same can be told from it again."""
        remembered = self._request.memory.get(seen.source_id)
        if held is None or until is None or remembered is None or not seen.state:
            return
        if change.kind is not ChangeKind.UNCHANGED or change.unread:
            return
        if not change.findings and not _is_same_look(remembered.trace, change.trace):
            return
        told = change_to_json(change)
        said = {name: told[name] for name in _SAID if name in told}
        text = json.dumps(said, separators=(",", ":")) if said else ""
        if replace(self._change(change.person, held, text), trace=change.trace) != change:
            return
        verdict = Verdict(self._key(seen, held), self._request.today, until, marks, text)
        self._current[seen.source_id] = verdict.to_json()

    async def close(self) -> None:
        """End a page: keep it, if it is another one than before."""
        content = json.dumps([[one, *kept] for one, kept in self._current.items()], separators=(",", ":"))
        self._firsts.add(self._first)
        if self._pages.get(self._first) != content:
            await self._store.put(self._first, content)

    async def finish(self) -> None:
        """Let go of pages that nobody has opened: their people are gone, or stand in another one."""
        await self._store.keep_only(self._firsts)

    def _key(self, seen: EmployeeState, held: Held) -> str:
        known = self._request.memory[seen.source_id]
        of = (
            *("verdict", seen.source_id, seen.state, held.target_id, held.digest.hex(), self._ground),
            decided(self._request.resolutions.get(seen.source_id)),
            *(known.number, known.target_id, known.fingerprint, str(known.settled), known.trace),
        )
        return self._traces.mark("\x1e".join(of))

    def _change(self, person: Person, held: Held, text: str) -> Change:
        known = self._request.memory[person.source_id]
        said = self._said.get(text)
        if said is None:
            data = json.loads(text)
            found = tuple(finding_from_json(one) for one in data.get("findings", ()))
            said = _Said(found, tuple(data.get("kept", ())), tuple(data.get("unseen", ())))
            if len(self._said) < _ALIKE:
                self._said[text] = said
        return Change(
            ChangeKind.UNCHANGED,
            replace(person, target_id=held.target_id),
            findings=said.findings,
            source_fingerprint=known.record,
            trace="" if said.findings else known.trace,
            kept=said.kept,
            unseen=said.unseen,
        )


def _read(content: str) -> dict[str, list[Any]]:
    try:
        return {one: kept for one, *kept in json.loads(content)}
    except (TypeError, ValueError):
        return {}


def _is_same_look(one: str, other: str) -> bool:
    """Whether two traces tell the same of somebody, whenever they were looked at."""
    first, second = LastLook.decode(one), LastLook.decode(other)
    if first is None or second is None:
        return False
    return (first.inside, first.state, first.marks) == (second.inside, second.state, second.marks)
