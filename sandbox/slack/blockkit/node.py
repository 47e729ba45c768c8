"""A place in a payload: the value there, its JSON pointer, and the questions a check asks of it."""

from collections.abc import Collection, Iterator
from typing import Any

from sandbox.slack.blockkit.problem import Problem

PLAIN = ("plain_text",)
ANY_TEXT = ("plain_text", "mrkdwn")


class Node:
    """An object inside a payload. Checks add to the list of problems shared by the whole payload."""

    def __init__(self, value: dict[str, Any], pointer: str, problems: list[Problem]) -> None:
        self.value = value
        self.pointer = pointer
        self.problems = problems

    @property
    def type(self) -> str:
        return str(self.value.get("type", ""))

    def has(self, key: str) -> bool:
        return self.value.get(key) is not None

    def get(self, key: str) -> Any:
        return self.value.get(key)

    def say(self, code: str, message: str, *path: str | int) -> None:
        pointer = "".join(f"/{part}" for part in path)
        self.problems.append(Problem(self.pointer + pointer, code, message))

    def only(self, *known: str) -> None:
        """No keys but these (and `type`)."""
        for key in self.value:
            if key not in known and key != "type":
                self.say("unknown_key", f"invalid additional property: {key}")

    def require(self, *keys: str) -> None:
        for key in keys:
            if not self.has(key):
                self.say("missing", f"missing required field: {key}")

    def string(self, key: str, high: int | None = None, *, required: bool = False, low: int = 1) -> str | None:
        """A string of `low` to `high` characters."""
        value = self.get(key)
        if value is None:
            if required:
                self.require(key)
            return None
        if not isinstance(value, str):
            self.say("wrong_type", "must be a string", key)
            return None
        if len(value) < low:
            self.say("too_short", f"must be more than {low - 1} characters", key)
        if high is not None and len(value) > high:
            self.say("too_long", f"must be less than {high + 1} characters", key)
        return value

    def boolean(self, *keys: str) -> None:
        for key in keys:
            if self.has(key) and not isinstance(self.get(key), bool):
                self.say("wrong_type", "must be a boolean", key)

    def integer(self, key: str, low: int, high: int | None = None) -> int | None:
        value = self.get(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            self.say("wrong_type", "must be an integer", key)
            return None
        if value < low:
            self.say("too_small", f"must be at least {low}", key)
        if high is not None and value > high:
            self.say("too_large", f"must be at most {high}", key)
        return value

    def one_of(self, key: str, allowed: Collection[str]) -> None:
        if self.has(key) and self.get(key) not in allowed:
            self.say("not_allowed", f"must be one of: {', '.join(sorted(allowed))}", key)

    def child(self, key: str, *, required: bool = False) -> "Node | None":
        """The object at a key."""
        value = self.get(key)
        if value is None:
            if required:
                self.require(key)
            return None
        if not isinstance(value, dict):
            self.say("wrong_type", "must be an object", key)
            return None
        return Node(value, f"{self.pointer}/{key}", self.problems)

    def children(self, key: str, high: int | None = None, *, low: int = 1, required: bool = False) -> list["Node"]:
        """The objects of the array at a key, which has `low` to `high` items."""
        nodes = []
        for index, item in self.items(key, high, low=low, required=required):
            if isinstance(item, dict):
                nodes.append(Node(item, f"{self.pointer}/{key}/{index}", self.problems))
            else:
                self.say("wrong_type", "must be an object", key, index)
        return nodes

    def items(
        self, key: str, high: int | None = None, *, low: int = 1, required: bool = False
    ) -> Iterator[tuple[int, Any]]:
        value = self.get(key)
        if value is None:
            if required:
                self.require(key)
            return iter(())
        if not isinstance(value, list):
            self.say("wrong_type", "must be an array", key)
            return iter(())
        if len(value) < low:
            self.say("too_few", f"no fewer than {low} items allowed", key)
        if high is not None and len(value) > high:
            self.say("too_many", f"no more than {high} items allowed", key)
        return enumerate(value)

    def text(self, key: str, high: int, kinds: Collection[str] = PLAIN, *, required: bool = False) -> "Node | None":
        """A text object of 1 to `high` characters at a key."""
        node = self.child(key, required=required)
        if node is not None:
            check_text(node, high, kinds)
        return node


def check_text(node: Node, high: int, kinds: Collection[str] = PLAIN) -> None:
    """A text object. `emoji` belongs to plain_text only, `verbatim` to mrkdwn only."""
    if node.type not in kinds:
        node.say("wrong_text_type", f"must be one of: {', '.join(kinds)}", "type")
        return
    node.only("text", "emoji" if node.type == "plain_text" else "verbatim")
    node.boolean("emoji", "verbatim")
    node.string("text", high, required=True)
