"""How a Web API method says no."""

from collections.abc import Mapping, Sequence

from sandbox.slack.blockkit import Problem
from sandbox.slack.jsontype import Json


class SlackError(Exception):
    """A refusal in Slack's own words: HTTP 200 with `{"ok": false, "error": code, **extra}`."""

    def __init__(self, code: str, extra: Mapping[str, object] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.extra = dict(extra or {})

    def answer(self) -> Json:
        return {"ok": False, "error": self.code, **self.extra}


def bracketed(problems: Sequence[Problem], root: str = "") -> list[str]:
    """Problems as Slack writes them: `must be ... [json-pointer:/blocks/0/text]`."""
    return [f"{problem.message} [json-pointer:{root}{problem.pointer}]" for problem in problems]


def invalid_blocks(problems: Sequence[Problem]) -> SlackError:
    """chat.* refuses bad blocks with both `errors` and `response_metadata.messages`."""
    lines = bracketed(problems)
    return SlackError(
        "invalid_blocks",
        {"errors": lines, "response_metadata": {"messages": [f"[ERROR] {line}" for line in lines]}},
    )


def invalid_view(problems: Sequence[Problem]) -> SlackError:
    """views.* refuses a bad view as `invalid_arguments`, pointers starting at /view."""
    return invalid_arguments(*bracketed(problems, root="/view"))


def invalid_arguments(*messages: str) -> SlackError:
    return SlackError(
        "invalid_arguments",
        {"response_metadata": {"messages": [f"[ERROR] {message}" for message in messages]}},
    )
