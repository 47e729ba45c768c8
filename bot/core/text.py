"""What a user reads, before a language is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Text:
    """A message of the catalogue and the values that it names.

    `key` is looked up in `bot/locales/<language>/*.po`; `values` fill its `{placeholders}`. Values may be texts
    themselves (rendered first); numbers, dates and aware times are formatted, and tuples become a list, as the
    reader's language does. A value never holds a secret or private data.
    """

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


class Markup(str):
    """A value that is Slack mrkdwn already, such as a mention `<@U1>`, and so is not escaped again."""

    __slots__ = ()


def text(key: str, **values: object) -> Text:
    """`text("check.bank_account.missing", name="Kari")`, for short."""
    return Text(key, values)
