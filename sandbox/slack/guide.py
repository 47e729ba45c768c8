"""What stands beside the channels: cards with what to type and paste, and what the other systems hold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sandbox.slack.jsontype import Json


@dataclass(frozen=True)
class GuideLine:
    """One line of a card; `copy` offers to copy the value."""

    label: str
    value: str
    note: str = ""
    copy: bool = False


@dataclass(frozen=True)
class System:
    """A stand-in of another system; `tables` gives {"title", "note", "tables": [...]} when asked."""

    id: str
    title: str
    tables: Callable[[], Json]


@dataclass
class Guide:
    cards: list[Json] = field(default_factory=list)
    systems: dict[str, System] = field(default_factory=dict)

    def add_card(self, title: str, lines: Sequence[GuideLine], fields: str = "") -> None:
        """`fields` is how the block ids of the fields begin that the card's values are for; empty for any."""
        rows = [{"label": x.label, "value": x.value, "note": x.note, "copy": x.copy} for x in lines]
        self.cards.append({"title": title, "lines": rows, "fields": fields})

    def add_system(self, system: System) -> None:
        self.systems[system.id] = system
