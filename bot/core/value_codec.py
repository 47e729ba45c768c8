"""Values of fields and of texts as JSON and back: the tags of `storage.json_codec`, and one more for texts.

They were written in two forms, and both are kept, since either is read by other versions: in plans, outcomes and
reasons everything is tagged; in drafts decimals, days and times are left to the database's own codec. Either codec
reads both. Storage knows nothing of the bot and this layer nothing of storage, so that a test holds the tags of the two
to be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from sys import intern
from typing import Any

from bot.core.text import Text

_TEXT, _DRAFT_TEXT, _VALUES = "$text", "text", "values"
_READ: Mapping[str, Callable[[str], Any]] = {
    "$decimal": Decimal,
    "$date": date.fromisoformat,
    "$datetime": datetime.fromisoformat,
}


@dataclass(frozen=True, slots=True)
class ValueCodec:
    """text_key: the key of a text, beside its values.
    tags: whether decimals, days and times are tagged here, or left to whoever stores them.
    lenient: whether a set becomes a list, and what has no form its words, instead of being refused.
    """

    text_key: str
    tags: bool
    lenient: bool

    def to_json(self, value: object) -> Any:
        """A value: None, bool, text and int as they are; the rest under one tag key.

        Raises `TypeError` for what has no form, unless it is lenient; the value itself stays out of the message.
        """
        match value:
            case None | bool() | int():
                return value
            case str():
                return str(value)
            case Decimal():
                return {"$decimal": str(value)} if self.tags else value
            case datetime():
                return {"$datetime": value.isoformat()} if self.tags else value
            case date():
                return {"$date": value.isoformat()} if self.tags else value
            case Text():
                values = {key: self.to_json(item) for key, item in value.values.items()}
                return {self.text_key: value.key, _VALUES: values}
            case tuple() | list():
                return [self.to_json(item) for item in value]
            case set() | frozenset() if self.lenient:
                return [self.to_json(item) for item in value]
            case _ if self.lenient:
                return str(value)
        raise TypeError(f"a {type(value).__name__} has no place in a change")

    def from_json(self, data: Any) -> Any:
        """The value that `to_json` wrote, of either codec. Lists come back as tuples.

        Raises `KeyError` for an object that is neither a tag nor a text.
        """
        if data is None or type(data) in _PLAIN:
            return data
        if isinstance(data, list):
            return tuple(self.from_json(item) for item in data)
        if not isinstance(data, Mapping):
            return data
        if len(data) == 1:
            ((tag, written),) = data.items()
            return _READ[tag](written)
        key = data[_TEXT] if _TEXT in data else data[_DRAFT_TEXT]
        return Text(intern(key), {name: self.from_json(item) for name, item in data[_VALUES].items()})


_PLAIN = frozenset({str, int, bool})
"""Most values are one of these: of 100,000 people there are millions."""

TAGGED = ValueCodec(_TEXT, tags=True, lenient=False)
"""Of plans, outcomes, reasons, and whatever is sealed or remembered by the engine."""

DRAFT = ValueCodec(_DRAFT_TEXT, tags=False, lenient=True)
"""Of drafts."""
