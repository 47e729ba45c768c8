"""Renders texts in a language, with its dates, numbers and lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time
from babel.lists import format_list
from babel.numbers import format_decimal

from bot.core.text import Markup, Text
from bot.locales.loader import Message, catalogue, languages, plural_form

LANGUAGES = languages()
DEFAULT = "en"
DEFAULT_ZONE = "Europe/Stockholm"

READ_INSTEAD = {"no": "nb", "nn": "nb"}
"""What readers of a language get that has no folder: nynorsk and plain Norwegian read bokmål. All others read English,
also those who may understand a neighbour's language: about pay, nobody should have to guess."""

ENGLISH_DATES = "en_GB"
"""Whose dates and times English has, unless a reader's locale says otherwise: a day before its month and 24 hours are
read rightly all over the Nordic countries."""

log = structlog.get_logger(__name__)


def language_of(locale: str | None) -> str:
    """Our language for a Slack locale such as `nb-NO`: its own, else the one that its readers read instead."""
    prefix = (locale or "").replace("_", "-").split("-")[0].lower()
    return next((each for each in (prefix, READ_INSTEAD.get(prefix)) if each in LANGUAGES), DEFAULT)


def escape(value: str) -> str:
    """Make a value harmless in Slack's mrkdwn: `<`, `>` and `&` are control characters, and `*_~` mark what stands
    between two of them, unless they are within a word; what looks like them marks nothing."""
    plain = _MARKS.sub(lambda found: _LOOKALIKES[found[0]], value)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def single_line(value: str) -> str:
    """A value without line breaks and control characters, and without marks that turn the direction of what follows or
    are not seen, but for the two that join letters and emoji."""
    return _DIRECTIONS.sub("", _CONTROLS.sub(" ", value))


_MARKS = re.compile(r"`|(?<![^\W_])[*_~]|[*_~](?![^\W_])")
_LOOKALIKES = {"*": "\u2217", "_": "\uff3f", "~": "\u223c", "`": "\u02cb"}
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_DIRECTIONS = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def _dates(language: str, reader: str) -> Locale:
    """The locale that writes dates and times: English ones go by the reader's country, where one is known."""
    if language != "en":
        return Locale.parse(language)
    try:
        own = Locale.parse(reader.replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError):
        own = None
    return own if own and own.language == "en" and own.territory else Locale.parse(ENGLISH_DATES)


def zone_or_default(timezone: str) -> str:
    """The zone if this machine knows it, else ours: a reader whose zone is unknown is answered all the same."""
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if timezone:
            log.warning("timezone_unknown", timezone=timezone[:60])
        return DEFAULT_ZONE
    return timezone


class Translator:
    """Texts in one language, with times in one zone. `reader` is the Slack locale of the one who reads them, if it is
    one person: `en-US` and `en-GB` read the same texts, with dates and times of their own.

    `t("key", name=...)` and `t.render(text)` give plain text; `t.md(...)` gives Slack mrkdwn, in which the values are
    escaped so that a name cannot become a mention or a link. A key that no catalogue has is shown as it is and logged:
    a missing text must not stop a report. With a `wording`, `<wording>.<key>` comes before `<key>` where there is one:
    a person who is delivered to a system is worded in another way than one who is created in it.
    """

    def __init__(self, language: str, timezone: str = DEFAULT_ZONE, wording: str = "", reader: str = "") -> None:
        self.language = language if language in LANGUAGES else DEFAULT
        self.locale = Locale.parse(self.language)
        self._dates = _dates(self.language, reader)
        self.timezone = ZoneInfo(zone_or_default(timezone))
        self._wording = f"{wording}." if wording else ""

    def __call__(self, key: str, **values: object) -> str:
        return self._fill(key, values, str)

    def md(self, key: str, **values: object) -> str:
        """The text of a key as mrkdwn."""
        return self._fill(key, values, escape)

    def render(self, text: Text) -> str:
        """A text as plain text."""
        return self._fill(text.key, text.values, str)

    def render_md(self, text: Text) -> str:
        """A text as mrkdwn."""
        return self._fill(text.key, text.values, escape)

    def has(self, key: str) -> bool:
        """Whether a text exists for the key."""
        return key in catalogue(self.language) or key in catalogue(DEFAULT)

    def value(self, value: object) -> str:
        """One value, as this language writes it."""
        if isinstance(value, Text):
            return self.render(value)
        if isinstance(value, bool):
            return self("common.yes" if value else "common.no")
        if isinstance(value, int | Decimal):
            return format_decimal(value, locale=self.locale)
        if isinstance(value, datetime):
            return format_datetime(value, "medium", tzinfo=self.timezone, locale=self._dates)
        if isinstance(value, date):
            return format_date(value, "medium", locale=self._dates)
        if isinstance(value, time):
            return format_time(value, "short", locale=self._dates)
        if isinstance(value, tuple | list):
            return format_list([self.value(item) for item in value], locale=self.locale)
        return "" if value is None else single_line(str(value))

    def _fill(self, key: str, values: Mapping[str, object], make_safe: Callable[[str], str]) -> str:
        message, language = self._message(self._wording + key) if self._wording else (None, DEFAULT)
        if not message:
            message, language = self._message(key)
        if not message:
            log.error("text_missing", key=key, language=self.language)
            return key
        if isinstance(message, tuple):
            n = values.get("n", 0)
            whole = int(n) if isinstance(n, int | float | Decimal) and n == int(n) else None
            message = message[-1] if whole is None else message[plural_form(language)(whole)]
        if not values:
            return message
        return message.format_map({name: self._safe(value, make_safe) for name, value in values.items()})

    def _message(self, key: str) -> tuple[Message | None, str]:
        """The message, and the language that it is in."""
        message = catalogue(self.language).get(key)
        return (message, self.language) if message else (catalogue(DEFAULT).get(key), DEFAULT)

    def _safe(self, value: object, make_safe: Callable[[str], str]) -> str:
        if isinstance(value, Markup):
            return str(value)
        if isinstance(value, Text):
            return self._fill(value.key, value.values, make_safe)
        if isinstance(value, tuple | list):
            return format_list([self._safe(item, make_safe) for item in value], locale=self.locale)
        return make_safe(self.value(value))


@cache
def translator(language: str, timezone: str = DEFAULT_ZONE, wording: str = "", reader: str = "") -> Translator:
    """The translator of a language, zone, wording and reader; shared, as it holds no state of its own."""
    return Translator(language, timezone, wording, reader)
