"""The blocks of 2025 and 2026: tables, charts, alerts, cards, containers, plans.

Source: docs.slack.dev Block Kit reference and changelog; slack_sdk does not know all of them yet.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox.slack.blockkit import limits
from sandbox.slack.blockkit.elements import check_element, check_image
from sandbox.slack.blockkit.node import ANY_TEXT, Node
from sandbox.slack.blockkit.rich_text import check_rich_text

_STATUSES: Final = ("pending", "in_progress", "complete", "error")
_CHART_TYPES: Final = ("pie", "bar", "area", "line")
CONTAINED: Final = frozenset(
    {
        *("actions", "context", "divider", "file", "header", "image"),
        *("input", "rich_text", "section", "table", "video"),
    }
)
"""What a container may hold."""


def _table(block: Node) -> None:
    block.only("block_id", "rows", "column_settings")
    _rows(block, 1, limits.TABLE_ROWS)
    for setting in block.children("column_settings", limits.TABLE_COLUMNS, low=0):
        setting.only("align", "is_wrapped")
        setting.one_of("align", ("left", "center", "right"))
        setting.boolean("is_wrapped")


def _data_table(block: Node) -> None:
    block.only("block_id", "rows", "caption", "page_size", "row_header_column_index")
    block.string("caption", required=True)
    block.integer("page_size", 1, limits.DATA_TABLE_PAGE)
    rows = _rows(block, 2, limits.DATA_TABLE_ROWS)
    if len({len(row) for row in rows}) > 1:
        block.say("uneven_rows", "all rows must have the same number of cells", "rows")
    block.integer("row_header_column_index", 0, max((len(row) for row in rows), default=1) - 1)
    for column, cell in enumerate(rows[0] if rows else []):
        if cell.type == "rich_text":
            block.say("not_allowed_here", "rich_text is not allowed in the header", "rows", 0, column)
    length = sum(len(_cell_text(cell.value)) for row in rows for cell in row)
    if length > limits.DATA_TABLE_TEXT:
        block.say("too_long", f"must hold less than {limits.DATA_TABLE_TEXT + 1} characters", "rows")


def _rows(block: Node, low: int, high: int) -> list[list[Node]]:
    rows = []
    for index, row in block.items("rows", high, low=low, required=True):
        if not isinstance(row, list):
            block.say("wrong_type", "must be an array", "rows", index)
            continue
        holder = Node({str(index): row}, f"{block.pointer}/rows", block.problems)
        cells = holder.children(str(index), limits.TABLE_COLUMNS)
        for cell in cells:
            _cell(cell)
        rows.append(cells)
    return rows


def _cell(cell: Node) -> None:
    if cell.type == "raw_text":
        cell.string("text", required=True)
    elif cell.type == "raw_number":
        if not isinstance(cell.get("value"), int | float):
            cell.say("wrong_type", "must be a number", "value")
    elif cell.type == "rich_text":
        check_rich_text(cell)
    else:
        cell.say("unknown_type", f"unsupported type: {cell.type or 'missing'}", "type")


def _cell_text(value: Any) -> str:
    """All the text below a cell."""
    if isinstance(value, dict):
        own = value.get("text")
        own = own if isinstance(own, str) else str(value["value"]) if "value" in value else ""
        return own + "".join(_cell_text(item) for item in value.get("elements") or [])
    return ""


def _data_visualization(block: Node) -> None:
    block.only("block_id", "title", "chart")
    block.string("title", limits.CHART_TITLE, required=True)
    chart = block.child("chart", required=True)
    if chart is None:
        return
    chart.one_of("type", _CHART_TYPES)
    if chart.type == "pie":
        for segment in chart.children("segments", limits.CHART_SERIES, required=True):
            segment.string("label", limits.CHART_LABEL, required=True)
            _number(segment, above_zero=True)
    elif chart.type in _CHART_TYPES:
        _plotted(chart)


def _plotted(chart: Node) -> None:
    """Bars, areas and lines: every series has exactly one point per category."""
    axis = chart.child("axis_config", required=True)
    categories: list[Any] = []
    if axis is not None:
        categories = [c for _, c in axis.items("categories", limits.CHART_CATEGORIES, required=True)]
        for key in axis.value:
            if key != "categories":
                axis.string(key, limits.CHART_AXIS_LABEL)
    names: set[str] = set()
    for series in chart.children("series", limits.CHART_SERIES, required=True):
        name = series.string("name", limits.CHART_LABEL, required=True)
        if name in names:
            series.say("duplicate", "must be unique among the series", "name")
        names.add(name or "")
        points = series.children("data", required=True)
        for point in points:
            point.string("label", limits.CHART_LABEL, required=True)
            _number(point)
        labels = [point.get("label") for point in points]
        if sorted(map(str, labels)) != sorted(map(str, categories)):
            series.say("points_and_categories", "must have exactly one point per category", "data")


def _number(node: Node, *, above_zero: bool = False) -> None:
    value = node.get("value")
    if not isinstance(value, int | float) or isinstance(value, bool):
        node.say("wrong_type", "must be a number", "value")
    elif above_zero and value <= 0:
        node.say("too_small", "must be greater than 0", "value")


def _alert(block: Node) -> None:
    block.only("block_id", "text", "level")
    block.text("text", limits.ALERT_TEXT, ANY_TEXT, required=True)
    block.one_of("level", ("default", "info", "warning", "error", "success"))


def _card(block: Node) -> None:
    block.only("block_id", "hero_image", "icon", "title", "subtitle", "body", "actions")
    if not any(block.has(key) for key in ("hero_image", "title", "actions", "body")):
        block.say("missing", "must define at least one of `hero_image`, `title`, `actions`, `body`")
    block.text("title", limits.CARD_TITLE, ANY_TEXT)
    block.text("subtitle", limits.CARD_SUBTITLE, ANY_TEXT)
    block.text("body", limits.CARD_BODY, ANY_TEXT)
    for action in block.children("actions", limits.CARD_ACTIONS):
        check_element(action, frozenset({"button"}))
    for key in ("hero_image", "icon"):
        image = block.child(key)
        if image is not None and image.type == "image":
            check_image(image)


def _carousel(block: Node) -> None:
    block.only("block_id", "elements")
    for card in block.children("elements", limits.CAROUSEL_CARDS, required=True):
        if card.type != "card":
            card.say("not_allowed_here", f"unsupported type: {card.type}", "type")
        else:
            _card(card)


def _container(block: Node) -> None:
    block.only(
        *("block_id", "title", "rich_text_title", "subtitle", "child_blocks", "width", "icon"),
        *("is_collapsible", "default_collapsed", "has_header_divider"),
    )
    if not block.has("title") and not block.has("rich_text_title"):
        block.say("missing", "must define either `title` or `rich_text_title`")
    block.text("title", limits.CONTAINER_TITLE, ANY_TEXT)
    block.text("subtitle", limits.CONTAINER_SUBTITLE, ANY_TEXT)
    block.one_of("width", ("narrow", "standard", "wide", "full"))
    block.boolean("is_collapsible", "default_collapsed", "has_header_divider")
    if block.get("is_collapsible") and block.get("has_header_divider"):
        block.say("not_allowed", "cannot be set when is_collapsible is true", "has_header_divider")


def _task_card(block: Node) -> None:
    _task(block)
    if block.get("status") == "pending":
        block.say("not_allowed", "a task_card of its own cannot be pending", "status")


def _task(block: Node) -> None:
    block.only("block_id", "task_id", "title", "details", "output", "sources", "status")
    block.string("task_id", required=True)
    block.string("title", required=True)
    block.require("status")
    block.one_of("status", _STATUSES)
    for key in ("details", "output"):
        text = block.child(key)
        if text is not None:
            check_rich_text(text)


def _plan(block: Node) -> None:
    block.only("block_id", "title", "tasks")
    block.string("title", required=True)
    for task in block.children("tasks", limits.PLAN_TASKS, low=0):
        _task(task)


def _layout(block: Node) -> None:
    """The grid's own fields; the blocks inside its items are not checked."""
    block.only("block_id", "label", "rows", "is_label_visible", "grid_lines", "fallback")
    block.string("label", limits.LAYOUT_LABEL, required=True)
    block.children("rows", limits.LAYOUT_ROWS, required=True)
    block.one_of("grid_lines", ("none", "rows", "outer"))
    block.boolean("is_label_visible")


def _auth_provider(block: Node) -> None:
    block.string("value", limits.AUTH_VALUE, required=True)
    block.text("name", limits.AUTH_NAME, required=True)
    block.text("description", limits.AUTH_DESCRIPTION)
    block.require("is_connected")
    block.boolean("is_connected")
    block.string("connected_identity", limits.AUTH_IDENTITY)


NEWER: Final[Mapping[str, Callable[[Node], None]]] = {
    "table": _table,
    "data_table": _data_table,
    "data_visualization": _data_visualization,
    "alert": _alert,
    "card": _card,
    "carousel": _carousel,
    "container": _container,
    "task_card": _task_card,
    "plan": _plan,
    "layout": _layout,
    "auth_provider": _auth_provider,
}
