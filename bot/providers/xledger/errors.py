"""What Xledger's refusals mean. Most come with HTTP 200 and a list of errors, and few of their words are published.

Source: Xledger's own sample for the codes of the limits; a public client for the words about tokens, time-outs, unknown
fields and wrong values. What is refused in other words is told in these words.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.core.text import Text, text
from bot.providers.errors import ProviderError, Unsupported
from bot.providers.kit.graphql import errors_in, extension_of, not_now, words_of
from bot.providers.kit.http import Answer
from bot.providers.kit.usual_errors import UsualErrors

ERRORS = UsualErrors("xledger")
TOKEN = "token"  # noqa: S105 - the key of a credential

PAUSES: Mapping[str, float] = {
    "BAD_REQUEST.BURST_RATE_LIMIT_REACHED": 5.0,
    "BAD_REQUEST.CONCURRENCY_LIMIT_REACHED": 1.0,
    "BAD_REQUEST.INSUFFICIENT_CREDITS": 1200.0,
}
"""Seconds that Xledger's own sample waits after each of its limits."""
_ABOUT_TOKEN = ("api token", "invalid token", "token has expired", "unauthenticated")
_ABOUT_RIGHTS = ("permission", "not authorized", "not authorised", "unauthorized", "access denied", "forbidden")
_BROKEN = ("timed out", "internal", "unexpected error", "try again")
_ABOUT_FIELDS = ("cannot query field", "arguments_of_correct_type")


def pause_of(answer: Answer) -> float | None:
    """The seconds to wait where an answer says that a limit is reached: until the moment it names, else as Xledger's
    sample does. None where it does not."""
    for one in errors_in(answer):
        if (usual := PAUSES.get(str(one.get("code")))) is not None:
            try:
                until = datetime.fromisoformat(str(extension_of(one, "resetAt")))
            except ValueError:
                return usual
            until = until if until.tzinfo else until.replace(tzinfo=UTC)
            return max(1.0, (until - datetime.now(UTC)).total_seconds())
    return None


def error_of(call: str, answer: Answer, write: bool, proven: bool) -> ProviderError:
    """The error that a refusal stands for. `call` names it for the log; until the token has been `proven`, what is
    refused for no reason that is known is about the token."""
    listed = errors_in(answer)
    words = words_of(answer)
    codes = " ".join(f"{one.get('code')} {extension_of(one, 'code')}" for one in listed)
    line, said = f"xledger: {call}: {answer.status}", f"{words} {codes}".lower()
    if write and isinstance(answer.body, dict) and answer.body.get("data"):
        # Beside a result, an error does not say what was done.
        return ERRORS.unreadable(f"{call}: in part", sent=True)
    if answer.status == 401 or any(word in said for word in _ABOUT_TOKEN):
        return ERRORS.credentials(line, "token_refused", TOKEN, verbatim=words)
    if (answer.status == 403 and proven) or any(word in said for word in _ABOUT_RIGHTS):
        return ERRORS.not_permitted(line, call, words)
    if any(word in said for word in _BROKEN):
        lost = ERRORS.unreadable(f"{call}: it went wrong there", sent=True)
        return lost if write else not_now("xledger", call, "provider.timeout")
    if not proven:
        return ERRORS.credentials(line, "token_refused", TOKEN, verbatim=words)
    if any(word in said for word in _ABOUT_FIELDS):
        return schema_lacks(line, call, words)
    return ERRORS.rejected(line, None, words) if write else ERRORS.not_permitted(line, call, words)


def schema_lacks(line: str, what: str, words: str | None = None) -> Unsupported:
    """The schema has not what nobody can do without."""
    told, advice = Text("xledger.schema_lacks", {"what": what}), text("xledger.schema_lacks.advice")
    return Unsupported(line, text=told, advice=advice, verbatim=words)
