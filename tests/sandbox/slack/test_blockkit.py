"""The Block Kit validator: our limits against slack_sdk's, and what slack_sdk misses."""
# ruff: noqa: E501 (a table of cases reads best with one case a line)

from typing import Any

import pytest
from slack_sdk.models import blocks as sdk
from slack_sdk.models.blocks.basic_components import ConfirmObject, Option, OptionGroup
from slack_sdk.models.blocks.block_elements import InputInteractiveElement, InteractiveElement
from slack_sdk.models.views import View

from sandbox.slack.blockkit import Problem, limits, validate_blocks, validate_message, validate_options, validate_view

Json = dict[str, Any]

SDK_LIMITS = [
    (limits.VIEW_TITLE, View.title_max_length),
    (limits.VIEW_SUBMIT, View.submit_max_length),
    (limits.VIEW_CLOSE, View.close_max_length),
    (limits.VIEW_BLOCKS, View.blocks_max_length),
    (limits.PRIVATE_METADATA, View.private_metadata_max_length),
    (limits.CALLBACK_ID, View.callback_id_max_length),
    (limits.BLOCK_ID, sdk.Block.block_id_max_length),
    (limits.ACTION_ID, InteractiveElement.action_id_max_length),
    (limits.TEXT, sdk.SectionBlock.text_max_length),
    (limits.SECTION_FIELDS, sdk.SectionBlock.fields_max_length),
    (limits.HEADER_TEXT, sdk.HeaderBlock.text_max_length),
    (limits.CONTEXT_ELEMENTS, sdk.ContextBlock.elements_max_length),
    (limits.CONTEXT_ACTIONS, sdk.ContextActionsBlock.elements_max_length),
    (limits.ACTIONS_ELEMENTS, sdk.ActionsBlock.elements_max_length),
    (limits.INPUT_LABEL, sdk.InputBlock.label_max_length),
    (limits.INPUT_HINT, sdk.InputBlock.hint_max_length),
    (limits.IMAGE_URL, sdk.ImageBlock.image_url_max_length),
    (limits.IMAGE_ALT_TEXT, sdk.ImageBlock.alt_text_max_length),
    (limits.IMAGE_TITLE, sdk.ImageBlock.title_max_length),
    (limits.MARKDOWN_TOTAL, sdk.MarkdownBlock.text_max_length),
    (limits.VIDEO_TITLE, sdk.VideoBlock.title_max_length),
    (limits.VIDEO_AUTHOR, sdk.VideoBlock.author_name_max_length),
    (limits.BUTTON_TEXT, sdk.ButtonElement.text_max_length),
    (limits.BUTTON_VALUE, sdk.ButtonElement.value_max_length),
    (limits.BUTTON_URL, sdk.ButtonElement.url_max_length),
    (limits.PLACEHOLDER, InputInteractiveElement.placeholder_max_length),
    (limits.OPTIONS, sdk.StaticSelectElement.options_max_length),
    (limits.OPTION_GROUPS, sdk.StaticSelectElement.option_groups_max_length),
    (limits.OVERFLOW_OPTIONS, sdk.OverflowMenuElement.options_max_length),
    (limits.OPTION_TEXT, Option.label_max_length),
    (limits.OPTION_VALUE, Option.value_max_length),
    (limits.GROUP_LABEL, OptionGroup.label_max_length),
    (limits.CONFIRM_TITLE, ConfirmObject.title_max_length),
    (limits.CONFIRM_TEXT, ConfirmObject.text_max_length),
    (limits.CONFIRM_BUTTON, ConfirmObject.confirm_max_length),
    (limits.CARD_TITLE, sdk.CardBlock.title_max_length),
    (limits.CARD_SUBTITLE, sdk.CardBlock.subtitle_max_length),
    (limits.CARD_BODY, sdk.CardBlock.body_max_length),
    (limits.CAROUSEL_CARDS, sdk.CarouselBlock.elements_max_length),
    (limits.CONTAINER_TITLE, sdk.ContainerBlock.title_max_length),
    (limits.CONTAINER_SUBTITLE, sdk.ContainerBlock.subtitle_max_length),
    (limits.CONTAINER_BLOCKS, sdk.ContainerBlock.child_blocks_max_length),
    (limits.AUTH_VALUE, sdk.AuthProviderBlock.value_max_length),
    (limits.AUTH_NAME, sdk.AuthProviderBlock.name_max_length),
    (limits.AUTH_DESCRIPTION, sdk.AuthProviderBlock.description_max_length),
    (limits.AUTH_IDENTITY, sdk.AuthProviderBlock.connected_identity_max_length),
]


def test_limits_are_those_of_slack_sdk() -> None:
    assert [ours for ours, _ in SDK_LIMITS] == [theirs for _, theirs in SDK_LIMITS]


def plain(text: str = "Text") -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "Text") -> Json:
    return {"type": "mrkdwn", "text": text}


def section(**more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(), **more}


def option(value: str = "1", **more: Any) -> Json:
    return {"text": plain(f"Option {value}"), "value": value, **more}


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "a", "options": [option("1"), option("2")], **more}


def field(element: Json, **more: Any) -> Json:
    return {"type": "input", "block_id": "b", "label": plain(), "element": element, **more}


def text_field(**more: Any) -> Json:
    return field({"type": "plain_text_input", "action_id": "a", **more})


def button(**more: Any) -> Json:
    return {"type": "button", "action_id": "a", "text": plain(), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Title"), "submit": plain("Save"), "blocks": list(blocks), **more}


def table(rows: int = 1, columns: int = 1) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * columns] * rows}


def data_table(*rows: list[Json], **more: Any) -> Json:
    return {"type": "data_table", "caption": "People", "rows": list(rows), **more}


def cell(text: str = "x") -> Json:
    return {"type": "raw_text", "text": text}


def chart(**more: Any) -> Json:
    series = [{"name": "Created", "data": [{"label": "w1", "value": 1}, {"label": "w2", "value": 2}]}]
    bar = {"type": "bar", "series": series, "axis_config": {"categories": ["w1", "w2"]}, **more}
    return {"type": "data_visualization", "title": "Weeks", "chart": bar}


def codes(problems: list[Problem]) -> set[tuple[str, str]]:
    return {(problem.pointer, problem.code) for problem in problems}


FINE_IN_A_MODAL = [
    section(fields=[plain(), mrkdwn()], accessory=button(style="danger", value="v")),
    section(accessory={"type": "multi_users_select", "action_id": "a", "max_selected_items": 3}),
    {"type": "header", "text": plain(), "level": 2},
    {"type": "divider"},
    {"type": "context", "elements": [mrkdwn(), {"type": "image", "image_url": "https://x", "alt_text": "x"}]},
    actions(button(), select(action_id="b"), {"type": "overflow", "action_id": "c", "options": [option()]}),
    text_field(min_length=1, max_length=10, multiline=True, initial_value="x"),
    field(select(initial_option=option("2"))),
    field({"type": "radio_buttons", "action_id": "a", "options": [{"text": mrkdwn(), "value": "1"}]}),
    field({"type": "timepicker", "action_id": "a", "initial_time": "06:00", "timezone": "Europe/Oslo"}),
    field({"type": "datepicker", "action_id": "a", "initial_date": "2026-01-31"}),
    field({"type": "number_input", "action_id": "a", "is_decimal_allowed": False, "min_value": "1"}),
    field({"type": "multi_external_select", "action_id": "a", "min_query_length": 2}),
    field({"type": "conversations_select", "action_id": "a", "filter": {"include": ["public", "private"]}}),
    field({"type": "checkboxes", "action_id": "a", "options": [option()], "initial_options": [option()]}),
    {"type": "image", "image_url": "https://x", "alt_text": "x", "title": plain()},
    {"type": "alert", "text": plain(), "level": "warning"},
    {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": [{"type": "text", "text": "a"}]},
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "emoji", "name": "wave"}]}],
            },
        ],
    },
]


@pytest.mark.parametrize("block", FINE_IN_A_MODAL, ids=lambda block: block["type"])
def test_good_blocks_pass(block: Json) -> None:
    assert validate_view(modal(block, close=plain("Cancel"), private_metadata="{}")) == []


FINE_IN_A_MESSAGE = [
    table(100, 20),
    data_table([cell(), cell()], [cell(), {"type": "raw_number", "value": 1}], page_size=10),
    chart(),
    {"type": "markdown", "text": "**x**"},
    {"type": "card", "title": plain(), "actions": [button()]},
    {"type": "container", "title": plain(), "child_blocks": [section()], "is_collapsible": True},
    {
        "type": "plan",
        "title": "Sync",
        "tasks": [{"type": "task_card", "task_id": "1", "title": "Read", "status": "pending"}],
    },
]


@pytest.mark.parametrize("block", FINE_IN_A_MESSAGE, ids=lambda block: block["type"])
def test_good_message_blocks_pass(block: Json) -> None:
    assert validate_message({"text": "x", "blocks": [block]}) == []


BAD_BLOCKS: list[tuple[str, Json, str, str]] = [
    ("empty text", section(text=mrkdwn("")), "/text/text", "too_short"),
    ("long text", section(text=mrkdwn("x" * 3001)), "/text/text", "too_long"),
    ("no text at all", {"type": "section"}, "", "missing"),
    ("long field", section(fields=[plain("x" * 2001)]), "/fields/0/text", "too_long"),
    ("eleven fields", section(fields=[plain()] * 11), "/fields", "too_many"),
    ("emoji on mrkdwn", section(text={**mrkdwn(), "emoji": True}), "/text", "unknown_key"),
    ("unknown key", section(colour="red"), "", "unknown_key"),
    ("header with mrkdwn", {"type": "header", "text": mrkdwn()}, "/text/type", "wrong_text_type"),
    ("long header", {"type": "header", "text": plain("x" * 151)}, "/text/text", "too_long"),
    ("unknown block", {"type": "banner"}, "/type", "unknown_type"),
    ("unknown element", actions({"type": "slider", "action_id": "a"}), "/elements/0/type", "unknown_type"),
    ("input element in actions", actions(text_field()["element"]), "/elements/0/type", "not_allowed_here"),
    ("multi select in actions", actions(select(type="multi_static_select")), "/elements/0/type", "not_allowed_here"),
    ("button in input", field(button()), "/element/type", "not_allowed_here"),
    ("26 actions", actions(*[button(action_id=str(n)) for n in range(26)]), "/elements", "too_many"),
    ("same action_id twice", actions(button(), button()), "", "duplicate_action_id"),
    ("long option text", field(select(options=[{"text": plain("x" * 76), "value": "1"}])), "/element/options/0/text/text", "too_long"),
    ("long option value", field(select(options=[option("x" * 151) | {"text": plain()}])), "/element/options/0/value", "too_long"),
    ("long description", field(select(options=[option(description=plain("x" * 76))])), "/element/options/0/description/text", "too_long"),
    ("no options", field(select(options=[])), "/element/options", "too_few"),
    ("101 options", field(select(options=[option(str(n)) for n in range(101)])), "/element/options", "too_many"),
    ("options and groups", field(select(option_groups=[])), "/element", "missing"),
    ("eleven checkboxes", field({"type": "checkboxes", "action_id": "a", "options": [option(str(n)) for n in range(11)]}), "/element/options", "too_many"),
    ("initial not offered", field(select(initial_option=option("3"))), "/element/initial_option", "initial_not_offered"),
    ("six in overflow", section(accessory={"type": "overflow", "options": [option(str(n)) for n in range(6)]}), "/accessory/options", "too_many"),
    ("max_length 3001", text_field(max_length=3001), "/element/max_length", "too_large"),
    ("min over max", text_field(min_length=5, max_length=2), "/element/min_length", "too_large"),
    ("long placeholder", text_field(placeholder=plain("x" * 151)), "/element/placeholder/text", "too_long"),
    ("bad time", field({"type": "timepicker", "initial_time": "6:00"}), "/element/initial_time", "bad_format"),
    ("bad date", field({"type": "datepicker", "initial_date": "31.01.2026"}), "/element/initial_date", "bad_format"),
    ("number without is_decimal_allowed", field({"type": "number_input"}), "/element", "missing"),
    ("empty filter", field({"type": "conversations_select", "filter": {}}), "/element/filter", "missing"),
    ("button style", actions(button(style="warning")), "/elements/0/style", "not_allowed"),
    ("long button", actions(button(text=plain("x" * 76))), "/elements/0/text/text", "too_long"),
    ("confirm without deny", actions(button(confirm={"title": plain(), "text": plain(), "confirm": plain()})), "/elements/0/confirm", "missing"),
    ("image without alt_text", {"type": "image", "image_url": "https://x"}, "", "missing"),
    ("eleven in context", {"type": "context", "elements": [plain()] * 11}, "/elements", "too_many"),
    ("table in a modal", table(), "/type", "wrong_surface"),
    ("bad alert level", {"type": "alert", "text": plain(), "level": "fatal"}, "/level", "not_allowed"),
    ("rich text of nothing known", {"type": "rich_text", "elements": [{"type": "text"}]}, "/elements/0/type", "unknown_type"),
    ("label missing", {"type": "input", "element": text_field()["element"]}, "", "missing"),
    ("block_id too long", section(block_id="x" * 256), "/block_id", "too_long"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("block", "pointer", "code"), [case[1:] for case in BAD_BLOCKS], ids=[c[0] for c in BAD_BLOCKS]
)
def test_bad_blocks_are_found_where_they_are(block: Json, pointer: str, code: str) -> None:
    assert (f"/blocks/0{pointer}", code) in codes(validate_view(modal(block)))


BAD_MESSAGES: list[tuple[str, list[Json], str, str]] = [
    ("51 blocks", [section()] * 51, "/blocks", "too_many"),
    ("alert in a message", [{"type": "alert", "text": plain()}], "/blocks/0/type", "wrong_surface"),
    ("101 rows", [table(101)], "/blocks/0/rows", "too_many"),
    ("21 columns", [table(1, 21)], "/blocks/0/rows/0", "too_many"),
    ("two tables", [table(), table()], "/blocks/1", "only_one_table_allowed"),
    ("three charts", [chart(), chart(), chart()], "/blocks/2", "too_many"),
    ("missing point", [chart(axis_config={"categories": ["w1"]})], "/blocks/0/chart/series/0/data", "points_and_categories"),
    ("uneven data table", [data_table([cell()], [cell(), cell()])], "/blocks/0/rows", "uneven_rows"),
    ("data table without body", [data_table([cell()])], "/blocks/0/rows", "too_few"),
    ("too much in a data table", [data_table([cell()], [cell("x" * 10_000)])], "/blocks/0/rows", "too_long"),
    ("row header outside", [data_table([cell()], [cell()], row_header_column_index=1)], "/blocks/0/row_header_column_index", "too_large"),
    ("cell of unknown type", [{"type": "table", "rows": [[{"type": "text"}]]}], "/blocks/0/rows/0/0/type", "unknown_type"),
    ("markdown together", [{"type": "markdown", "text": "x" * 6001}] * 2, "/blocks/1", "too_long"),
    ("same block_id", [section(block_id="b"), section(block_id="b")], "/blocks/1/block_id", "duplicate_block_id"),
    ("container in container", [{"type": "container", "title": plain(), "child_blocks": [{"type": "container", "title": plain()}]}], "/blocks/0/child_blocks/0/type", "not_allowed_here"),
    ("lone pending task", [{"type": "task_card", "task_id": "1", "title": "x", "status": "pending"}], "/blocks/0/status", "not_allowed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("blocks", "pointer", "code"), [case[1:] for case in BAD_MESSAGES], ids=[c[0] for c in BAD_MESSAGES]
)
def test_bad_messages_are_found_where_they_are(blocks: list[Json], pointer: str, code: str) -> None:
    assert (pointer, code) in codes(validate_message({"blocks": blocks}))


BAD_VIEWS: list[tuple[str, Json, str, str]] = [
    ("long title", modal(section(), title=plain("x" * 25)), "/title/text", "too_long"),
    ("long submit", modal(section(), submit=plain("x" * 25)), "/submit/text", "too_long"),
    ("long close", modal(section(), close=plain("x" * 25)), "/close/text", "too_long"),
    ("mrkdwn title", modal(section(), title=mrkdwn()), "/title/type", "wrong_text_type"),
    ("no title", {"type": "modal", "blocks": [section()]}, "", "missing"),
    ("no blocks", modal(), "/blocks", "too_few"),
    ("101 blocks", modal(*[section()] * 101), "/blocks", "too_many"),
    ("metadata", modal(section(), private_metadata="x" * 3001), "/private_metadata", "too_long"),
    ("callback_id", modal(section(), callback_id="x" * 256), "/callback_id", "too_long"),
    ("what Slack added", modal(section(), hash="1.x"), "", "unknown_key"),
    ("input without submit", {"type": "modal", "title": plain(), "blocks": [text_field()]}, "/blocks/0", "input_without_submit"),
    ("two focused", modal(text_field(focus_on_load=True), {**text_field(focus_on_load=True), "block_id": "c"}), "/blocks/1", "focus_on_load"),
    ("home with submit", {"type": "home", "blocks": [section()], "submit": plain()}, "", "unknown_key"),
    ("workflow step", {"type": "workflow_step", "blocks": [section()]}, "/type", "unknown_type"),
]  # fmt: skip


@pytest.mark.parametrize(("view", "pointer", "code"), [case[1:] for case in BAD_VIEWS], ids=[c[0] for c in BAD_VIEWS])
def test_bad_views_are_found_where_they_are(view: Json, pointer: str, code: str) -> None:
    assert (pointer, code) in codes(validate_view(view))


def test_a_bad_block_in_an_attachment_is_found() -> None:
    problems = validate_message({"attachments": [{"blocks": [{"type": "banner"}]}]})
    assert codes(problems) == {("/attachments/0/blocks/0/type", "unknown_type")}


def test_messages_read_like_slacks_own() -> None:
    [problem] = validate_message({"blocks": [actions(*[button(action_id=str(n)) for n in range(26)])]})
    assert problem.message == "no more than 25 items allowed"
    [problem] = validate_view({"type": "modal", "title": plain(), "blocks": [text_field()]})
    assert problem.message == "must define `submit` to use `input` block"


@pytest.mark.parametrize("junk", [None, 7, "x", [], [None], {"blocks": "x"}, {"blocks": [1, None]}, {"type": 5}])
def test_junk_is_a_problem_and_never_an_exception(junk: object) -> None:
    assert validate_view(junk)
    assert isinstance(validate_message(junk), list)
    assert isinstance(validate_blocks(junk, "home"), list)
    assert validate_options(junk)


@pytest.mark.parametrize("junk", [None, 7, "x", [1], {"type": ["x"]}, {"elements": 3}])
@pytest.mark.parametrize("kind", ["section", "actions", "input", "table", "data_visualization", "container", "card"])
def test_junk_inside_a_block_is_never_an_exception(kind: str, junk: object) -> None:
    keys = ("text", "fields", "accessory", "elements", "element", "rows", "chart", "child_blocks", "actions")
    assert validate_message({"blocks": [{"type": kind, **dict.fromkeys(keys, junk)}]})


def test_options_may_be_empty_but_not_both() -> None:
    assert validate_options({"options": []}) == []
    assert validate_options({"option_groups": [{"label": plain(), "options": [option()]}]}) == []
    assert validate_options({}) != []
