"""The body of a request from the sandbox page, read field by field."""

from typing import Any

from sandbox.slack.jsontype import Json


class Body:
    """Raises ValueError, naming the field, when something is missing or of the wrong kind."""

    def __init__(self, document: object) -> None:
        if not isinstance(document, dict):
            raise ValueError("the body must be a JSON object")
        self._document: Json = document

    @property
    def value(self) -> Any:
        """What an element holds, in the page's way of writing it."""
        return self._document.get("value")

    def text(self, name: str, default: str | None = None) -> str:
        value = self._document.get(name)
        value = default if value is None else value
        if not isinstance(value, str):
            raise ValueError(f"{name} must be a string")
        return value

    def flag(self, name: str) -> bool:
        return self._document.get(name) is True

    def document(self, name: str) -> Json:
        value = self._document.get(name)
        if not isinstance(value, dict):
            raise ValueError(f"{name} must be an object")
        return value

    def entries(self) -> dict[str, Json]:
        """`state`: block_id -> action_id -> value; nothing when the page sent none."""
        state = self._document.get("state") or {}
        if not isinstance(state, dict) or not all(isinstance(actions, dict) for actions in state.values()):
            raise ValueError("state must be {block_id: {action_id: value}}")
        return state
