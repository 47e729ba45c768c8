"""A table of texts, as Slack takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.locales.translator import single_line
from bot.views.blocks import cut


def table(rows: Iterable[Sequence[str]], columns: Sequence[Mapping[str, object]], longest: int) -> dict[str, object]:
    """The rows, the first one their head; `columns` are the settings of each column, `longest` the characters of a cell
    that are shown."""
    cells = [[{"type": "raw_text", "text": cut(single_line(value), longest) or "–"} for value in row] for row in rows]
    return {"type": "table", "rows": cells, "column_settings": list(columns)}
