"""What a system has to choose from, as lists show it: objects of several kinds, each told apart by a label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.likeness import folded


@dataclass(frozen=True, slots=True)
class ListedObject:
    """One row of a list; `code` is "" where it has none. `label` tells it from all others of its kind."""

    id: str
    kind: str
    code: str
    name: str
    label: str = ""


class ListedObjects:
    """Objects by kind. Two of one code and name are told apart by their ids, so that none is taken for the other."""

    def __init__(self, rows: Iterable[ListedObject] = ()) -> None:
        whole = list(rows)
        times = Counter((one.kind, one.code, one.name) for one in whole)
        self._of_kind: dict[str, list[ListedObject]] = {}
        self._by_id: dict[tuple[str, str], ListedObject] = {}
        for one in whole:
            shown = " ".join(part for part in (one.code, one.name) if part)
            alone = bool(shown) and times[one.kind, one.code, one.name] == 1
            made = ListedObject(one.id, one.kind, one.code, one.name, shown if alone else f"{shown} ({one.id})".strip())
            self._of_kind.setdefault(one.kind, []).append(made)
            self._by_id[one.kind, one.id] = made

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of which there is any."""
        return frozenset(self._of_kind)

    @property
    def version(self) -> str:
        """Everything, as a text to compare."""
        return repr(sorted(map(repr, self._by_id.values())))

    def of_kind(self, kind: str) -> list[ListedObject]:
        """Those of a kind, by label."""
        return sorted(self._of_kind.get(kind, ()), key=lambda one: one.label.casefold())

    def with_id(self, kind: str, identifier: str) -> ListedObject | None:
        """The one of a kind with an id."""
        return self._by_id.get((kind, identifier))

    def labelled(self, kind: str, label: str) -> ListedObject | None:
        """The one of a kind with a label."""
        return next((one for one in self._of_kind.get(kind, ()) if one.label == label), None)

    def find(self, kind: str, code: str | None, name: str) -> ListedObject | None:
        """The one object of a kind with a code, else the one of a name; None also for several."""
        of_kind = self._of_kind.get(kind, ())
        coded = [one for one in of_kind if code and one.code == code.strip()]
        found = coded or [one for one in of_kind if folded(one.name) == folded(name)]
        return found[0] if len(found) == 1 else None
