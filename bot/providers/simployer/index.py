"""Everyone active in a Simployer account, held small, to search in by words.

The API has no text search, so the names are read once and kept for a while. The index belongs to the provider, not to
one connection: the setup dialog asks with every letter typed, and each question is its own connection.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date
from sys import intern

import structlog

from bot.core.likeness import said_in, searchable
from bot.domain.employee import PersonSummary
from bot.providers.errors import ProviderError

log = structlog.get_logger(__name__)

Load = Callable[[], AsyncIterator[Sequence[PersonSummary]]]

_Entry = tuple[str, str, str, str | None, str | None, str | None, date | None, str | None]


class PeopleIndex:
    """Active people of one account: compact entries beside one text each to look for words in.

    The text is the name and number in lower case, by which they are ordered, and the same folded: a search finds
    "Øystein" by oystein, "O'Brien" by obrien and "Håndverk" however it is composed.
    """

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._texts: list[str] = []

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, person: PersonSummary) -> None:
        """Take in a person, whom nobody has put in yet."""
        self._entries.append(
            (
                person.source_id,
                person.number,
                person.name,
                intern(person.title) if person.title else None,
                intern(person.department_id) if person.department_id else None,
                intern(person.office_id) if person.office_id else None,
                person.start,
                intern(person.country) if person.country else None,
            )
        )
        self._texts.append(searchable(f"{person.name} {person.number}"))

    def search(self, words: str, limit: int) -> list[PersonSummary]:
        """People whose name or number contains all words, ordered by name."""
        hits = ((text, i) for i, text in enumerate(self._texts) if said_in(words, text))
        return [_summary(self._entries[i]) for _, i in heapq.nsmallest(limit, hits)]

    def count_by_department(self) -> dict[str, int]:
        """Active people by department id."""
        return self._count(4)

    def count_by_office(self) -> dict[str, int]:
        """Active people by office id."""
        return self._count(5)

    def _count(self, column: int) -> dict[str, int]:
        counts: dict[str, int] = {}
        for entry in self._entries:
            unit = entry[column]
            if isinstance(unit, str):
                counts[unit] = counts.get(unit, 0) + 1
        return counts


def _summary(entry: _Entry) -> PersonSummary:
    source_id, number, name, title, department_id, office_id, start, country = entry
    return PersonSummary(
        source_id=source_id,
        number=number,
        name=name,
        title=title,
        department_id=department_id,
        office_id=office_id,
        start=start,
        country=country,
    )


class _Shelf:
    """One account's index, the one being loaded beside it, and when the former was complete."""

    def __init__(self) -> None:
        self.complete: PeopleIndex | None = None
        self.complete_at = 0.0
        self.growing: PeopleIndex | None = None
        self.task: asyncio.Task[None] | None = None


class PeopleShelf:
    """The indexes of the accounts in use. An index older than `fresh` seconds is read anew behind the scenes while it
    still answers; one older than `stale` is not used any more. The least used of more than `accounts` is dropped.
    """

    def __init__(
        self,
        *,
        fresh: float = 300.0,
        stale: float = 3600.0,
        accounts: int = 8,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fresh, self._stale, self._accounts, self._clock = fresh, stale, accounts, clock
        self._shelves: OrderedDict[str, _Shelf] = OrderedDict()

    async def complete(self, account: str, load: Load) -> PeopleIndex:
        """An index of everyone. Raises the `ProviderError` of the load that it waited for."""
        index, task = self._ask(account, load)
        if index is not None:
            return index
        await asyncio.shield(task)
        index = self._shelves[account].complete if account in self._shelves else None
        return index or PeopleIndex()

    async def at_hand(self, account: str, load: Load, patience: float) -> tuple[PeopleIndex, bool]:
        """What is known after at most `patience` seconds, and whether that is everyone."""
        index, task = self._ask(account, load)
        if index is not None:
            return index, True
        await asyncio.wait({task}, timeout=patience)
        shelf = self._shelves.get(account)
        if task.done():
            task.result()
            if shelf is not None and shelf.complete is not None:
                return shelf.complete, True
        return (shelf.growing if shelf and shelf.growing else PeopleIndex()), False

    def forget(self, account: str) -> None:
        """Drop an account's index, as after its credentials were refused."""
        shelf = self._shelves.pop(account, None)
        if shelf is not None and shelf.task is not None:
            shelf.task.cancel()

    def _ask(self, account: str, load: Load) -> tuple[PeopleIndex | None, asyncio.Task[None]]:
        shelf = self._shelves.setdefault(account, _Shelf())
        self._shelves.move_to_end(account)
        for other in list(self._shelves)[: -self._accounts]:
            self.forget(other)
        age = self._clock() - shelf.complete_at
        usable = shelf.complete if age < self._stale else None
        task = shelf.task
        loop = asyncio.get_running_loop()
        if task is None or task.get_loop() is not loop or (task.done() and (usable is None or age >= self._fresh)):
            task = shelf.task = loop.create_task(self._load(shelf, load))
            task.add_done_callback(_noticed)
        return usable, task

    async def _load(self, shelf: _Shelf, load: Load) -> None:
        shelf.growing = index = PeopleIndex()
        async for page in load():
            for person in page:
                index.add(person)
            await asyncio.sleep(0)
        shelf.complete, shelf.complete_at, shelf.growing = index, self._clock(), None


def _noticed(task: asyncio.Task[None]) -> None:
    """Take note of a load that failed while nobody waited for it; the next question tries again."""
    if not task.cancelled() and (error := task.exception()) is not None:
        kind = "provider" if isinstance(error, ProviderError) else "unexpected"
        log.warning("people_index_failed", system="simployer", kind=kind, error=str(error))
