"""The pieces that views are made of: Slack's own models, with our limits and habits put in once.

Limits are Slack's (docs: Block Kit reference). A text that is too long is cut: a long name must not stop a set-up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    AlertBlock,
    Block,
    ButtonElement,
    CheckboxesElement,
    ConfirmObject,
    ContextBlock,
    ConversationFilter,
    ConversationSelectElement,
    DatePickerElement,
    DividerBlock,
    ExternalDataMultiSelectElement,
    ExternalDataSelectElement,
    HeaderBlock,
    InputBlock,
    NumberInputElement,
    Option,
    OptionGroup,
    OverflowMenuElement,
    PlainTextInputElement,
    PlainTextObject,
    RadioButtonsElement,
    SectionBlock,
    StaticSelectElement,
    TimePickerElement,
    UserSelectElement,
)
from slack_sdk.models.blocks.block_elements import InputInteractiveElement, InteractiveElement
from slack_sdk.models.views import View as SlackView

from bot.core.text import Markup
from bot.locales import Translator
from bot.locales.translator import single_line
from bot.views.mrkdwn import markdown

View = dict[str, Any]
"""A view as `views.open`, `views.update` and `views.publish` take it."""

VALUE = "value"
"""The action id of an input: its block id names the field."""

REFRESH = "flow.refresh"
"""The action id of an input whose choice changes the rest of the form."""

OPTIONS_PER_GROUP, ALERT_LENGTH = 100, 200


def cut(text: str, limit: int) -> str:
    """The text, shortened to a limit of characters."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def plain(text: str, limit: int = 3000) -> PlainTextObject:
    """Plain text without emoji codes, so that `:date:` in a name stays what it is."""
    return PlainTextObject(text=cut(text, limit), emoji=False)


def section(words: str, *, accessory: InteractiveElement | None = None, block_id: str | None = None) -> Block:
    """A paragraph of mrkdwn."""
    return SectionBlock(text=markdown(words, 3000), accessory=accessory, block_id=block_id)


def facts(rows: Sequence[tuple[str, str]]) -> list[Block]:
    """Label and value pairs, ten at most to a section; labels and values are mrkdwn."""
    fields = [markdown(f"*{label}*\n{value}", 2000) for label, value in rows]
    return [SectionBlock(fields=fields[at : at + 10]) for at in range(0, len(fields), 10)]


def context(*lines: str) -> Block:
    """Small print, one element per line."""
    return ContextBlock(elements=[markdown(line, 3000) for line in lines])


def header(text: str) -> Block:
    """A heading."""
    return HeaderBlock(text=plain(text, 150))


def divider() -> Block:
    """A line across."""
    return DividerBlock()


def alert(text: str, level: str = "error") -> Block:
    """A banner; only in modals. `level` is info, warning, error or success."""
    return AlertBlock(text=plain(text, ALERT_LENGTH), level=level)


def button(
    label: str,
    action_id: str,
    *,
    value: str | None = None,
    style: str | None = None,
    confirm: ConfirmObject | None = None,
    spoken: str | None = None,
) -> ButtonElement:
    """A button. `spoken` is what a screen reader says where the label alone would not tell buttons apart."""
    return ButtonElement(
        text=plain(label, 75),
        action_id=action_id,
        value=value,
        style=style,
        confirm=confirm,
        accessibility_label=cut(spoken, 75) if spoken else None,
    )


def confirm(title: str, text: str, yes: str, no: str) -> ConfirmObject:
    """The question before a button does its work."""
    return ConfirmObject(title=plain(title, 100), text=plain(text, 300), confirm=plain(yes, 30), deny=plain(no, 30))


def actions(*elements: InteractiveElement, block_id: str | None = None) -> Block:
    """A row of buttons."""
    return ActionsBlock(elements=list(elements), block_id=block_id)


def option(value: str, label: str, description: str | None = None) -> Option:
    """A choice of a menu, radio group or check box."""
    return Option(
        value=value,
        text=plain(single_line(label) or value, 75),
        description=plain(single_line(description), 75) if description else None,
    )


def _input(
    block_id: str,
    label: str,
    element: InputInteractiveElement,
    hint: str | None,
    optional: bool,
    refresh: bool = False,
) -> Block:
    return InputBlock(
        block_id=block_id,
        label=plain(label, 2000),
        element=element,
        hint=plain(hint, 2000) if hint else None,
        optional=optional,
        dispatch_action=True if refresh else None,
    )


def text_input(
    block_id: str,
    label: str,
    *,
    hint: str | None = None,
    placeholder: str | None = None,
    initial: str | None = None,
    optional: bool = False,
    multiline: bool = False,
    max_length: int = 3000,
    focus: bool = False,
) -> Block:
    """A line (or lines) to type; with `focus` the window opens with the cursor in it, which one of a form may have."""
    element = PlainTextInputElement(
        action_id=VALUE,
        placeholder=plain(placeholder, 150) if placeholder else None,
        initial_value=cut(initial, max_length) if initial else None,
        multiline=multiline or None,
        max_length=max_length,
        focus_on_load=focus or None,
    )
    return _input(block_id, label, element, hint, optional)


def radio(
    block_id: str,
    label: str,
    options: Sequence[Option],
    *,
    chosen: str | None = None,
    hint: str | None = None,
    refresh: bool = False,
) -> Block:
    """One of up to ten choices, all in sight. `refresh` sends the choice at once, to change the form."""
    element = RadioButtonsElement(
        action_id=REFRESH if refresh else VALUE, options=list(options), initial_option=_chosen(options, chosen)
    )
    return _input(block_id, label, element, hint, False, refresh)


def menu(
    block_id: str,
    label: str,
    options: Sequence[Option] | Mapping[str, Sequence[Option]],
    *,
    chosen: str | None = None,
    hint: str | None = None,
    placeholder: str | None = None,
    optional: bool = False,
    refresh: bool = False,
) -> Block:
    """One of many choices, under headings where they are given by heading. More than a hundred are grouped, as Slack
    takes a hundred to a group."""
    groups = [("", options)] if not isinstance(options, Mapping) else list(options.items())
    every = [each for _, group in groups for each in group]
    if len(groups) == 1 and len(every) > OPTIONS_PER_GROUP:
        parts = [every[at : at + OPTIONS_PER_GROUP] for at in range(0, len(every), OPTIONS_PER_GROUP)]
        groups = [(_span(part), part) for part in parts]
    grouped = [OptionGroup(label=plain(name, 75), options=list(group)) for name, group in groups if name]
    element = StaticSelectElement(
        action_id=REFRESH if refresh else VALUE,
        options=None if grouped else every,
        option_groups=grouped or None,
        initial_option=_chosen(every, chosen),
        placeholder=plain(placeholder, 150) if placeholder else None,
    )
    return _input(block_id, label, element, hint, optional, refresh)


def check_boxes(
    block_id: str,
    label: str,
    options: Sequence[Option],
    *,
    chosen: Sequence[str] = (),
    hint: str | None = None,
    optional: bool = False,
    refresh: bool = False,
) -> Block:
    """Any of up to ten choices."""
    ticked = [each for each in options if each.value in chosen]
    element = CheckboxesElement(
        action_id=REFRESH if refresh else VALUE, options=list(options), initial_options=ticked or None
    )
    return _input(block_id, label, element, hint, optional, refresh)


def search(
    block_id: str,
    label: str,
    action_id: str,
    *,
    chosen: Sequence[Option] = (),
    placeholder: str | None = None,
    hint: str | None = None,
    min_query_length: int = 1,
    optional: bool = False,
) -> Block:
    """Any of many, found by typing; the choices come from the options listener of `action_id`."""
    element = ExternalDataMultiSelectElement(
        action_id=action_id,
        initial_options=list(chosen) or None,
        min_query_length=min_query_length,
        placeholder=plain(placeholder, 150) if placeholder else None,
    )
    return _input(block_id, label, element, hint, optional)


def search_one(
    block_id: str,
    label: str,
    action_id: str,
    *,
    chosen: Option | None = None,
    placeholder: str | None = None,
    hint: str | None = None,
    optional: bool = False,
    min_query_length: int = 1,
    refresh: bool = False,
) -> Block:
    """One of many, found by typing; the choices come from the options listener of `action_id`.

    `refresh` sends the choice at once, under the same `action_id`.
    """
    element = ExternalDataSelectElement(
        action_id=action_id,
        initial_option=chosen,
        min_query_length=min_query_length,
        placeholder=plain(placeholder, 150) if placeholder else None,
    )
    return _input(block_id, label, element, hint, optional, refresh)


def number_input(
    block_id: str,
    label: str,
    initial: int,
    *,
    least: int = 0,
    most: int | None = None,
    hint: str | None = None,
) -> Block:
    """A whole number."""
    element = NumberInputElement(
        action_id=VALUE, is_decimal_allowed=False, initial_value=initial, min_value=least, max_value=most
    )
    return _input(block_id, label, element, hint, False)


def overflow(action_id: str, options: Sequence[Option]) -> InteractiveElement:
    """A menu of up to five rarer deeds, behind three dots."""
    return OverflowMenuElement(action_id=action_id, options=list(options))


def user_input(block_id: str, label: str, *, initial: str | None = None, hint: str | None = None) -> Block:
    """A person of the workspace."""
    return _input(block_id, label, UserSelectElement(action_id=VALUE, initial_user=initial or None), hint, False)


def time_input(block_id: str, label: str, initial: str, *, hint: str | None = None, refresh: bool = False) -> Block:
    """A time of day, HH:MM."""
    element = TimePickerElement(action_id=REFRESH if refresh else VALUE, initial_time=initial)
    return _input(block_id, label, element, hint, False, refresh)


def date_input(
    block_id: str,
    label: str,
    *,
    initial: date | None = None,
    hint: str | None = None,
    placeholder: str | None = None,
    optional: bool = False,
    refresh: bool = False,
) -> Block:
    """A day."""
    element = DatePickerElement(
        action_id=REFRESH if refresh else VALUE,
        initial_date=initial.isoformat() if initial else None,
        placeholder=plain(placeholder, 150) if placeholder else None,
    )
    return _input(block_id, label, element, hint, optional, refresh)


def channel_input(
    block_id: str, label: str, *, initial: str | None = None, hint: str | None = None, placeholder: str | None = None
) -> Block:
    """A public or private channel; the one that the person came from if none was chosen before."""
    element = ConversationSelectElement(
        action_id=VALUE,
        initial_conversation=initial,
        default_to_current_conversation=None if initial else True,
        filter=ConversationFilter(
            include=["public", "private"], exclude_bot_users=True, exclude_external_shared_channels=True
        ),
        placeholder=plain(placeholder, 150) if placeholder else None,
    )
    return _input(block_id, label, element, hint, False)


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    close: str,
    submit: str | None = None,
    callback_id: str = "closing",
    draft_id: str = "",
    external_id: str | None = None,
    notify_on_close: bool = False,
) -> View:
    """A modal. `draft_id` is all that private_metadata ever holds."""
    view = SlackView(
        type="modal",
        title=plain(title, 24),
        close=plain(close, 24),
        submit=plain(submit, 24) if submit else None,
        blocks=list(blocks),
        callback_id=callback_id,
        private_metadata=draft_id or None,
        external_id=external_id,
        notify_on_close=notify_on_close or None,
    )
    return dict(view.to_dict())


def payload(blocks: Sequence[Block]) -> list[Mapping[str, Any]]:
    """Blocks as `chat.postMessage` takes them."""
    return [block.to_dict() for block in blocks]


def moment(t: Translator, when: datetime) -> Markup:
    """A time that Slack shows in the reader's zone, with ours as the fallback."""
    return Markup(f"<!date^{int(when.timestamp())}^{{date_short_pretty}} {{time}}|{t.value(when)}>")


def _chosen(options: Sequence[Option], value: str | None) -> Option | None:
    return next((each for each in options if each.value == value), None)


def _span(group: Sequence[Option]) -> str:
    first, last = (cut(str(one.to_dict()["text"]["text"]), 34) for one in (group[0], group[-1]))
    return f"{first} – {last}"
