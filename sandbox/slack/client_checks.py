"""What Slack's client refuses before it sends a submission: empty required fields, malformed values."""

import re
from decimal import Decimal, InvalidOperation

from sandbox.slack.jsontype import Json
from sandbox.slack.values import is_empty
from sandbox.slack.views import View

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"https?://[^\s]+")


def field_errors(view: View) -> dict[str, str]:
    """block_id -> what the client says under the field."""
    errors: dict[str, str] = {}
    for block in view.blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        state = (view.values.get(block["block_id"]) or {}).get(element["action_id"])
        if is_empty(state):
            if not block.get("optional"):
                errors[block["block_id"]] = "Please complete this required field."
            continue
        problem = _malformed(element, state or {})
        if problem:
            errors[block["block_id"]] = problem
    return errors


def _malformed(element: Json, state: Json) -> str | None:
    value = state.get("value")
    if not isinstance(value, str):
        return _too_many(element, state)
    kind = element["type"]
    if kind == "email_text_input" and not _EMAIL.fullmatch(value):
        return "Please enter a valid email address."
    if kind == "url_text_input" and not _URL.fullmatch(value):
        return "Please enter a valid URL."
    if kind == "number_input":
        return _bad_number(element, value)
    if kind == "plain_text_input":
        low, high = element.get("min_length", 0), element.get("max_length", 3000)
        if len(value) < low:
            return f"Please enter at least {low} characters."
        if len(value) > high:
            return f"Please enter no more than {high} characters."
    return None


def _bad_number(element: Json, value: str) -> str | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return "Please enter a number."
    if not element.get("is_decimal_allowed") and number != number.to_integral_value():
        return "Please enter a whole number."
    if "min_value" in element and number < Decimal(str(element["min_value"])):
        return f"Please enter a number that is at least {element['min_value']}."
    if "max_value" in element and number > Decimal(str(element["max_value"])):
        return f"Please enter a number that is at most {element['max_value']}."
    return None


def _too_many(element: Json, state: Json) -> str | None:
    limit = element.get("max_selected_items")
    chosen = next((value for value in state.values() if isinstance(value, list)), [])
    return f"Please choose no more than {limit}." if limit and len(chosen) > limit else None
