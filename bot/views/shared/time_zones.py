"""Time zones and countries to choose from, found by the reader's own words for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from babel.core import Locale, get_global
from slack_sdk.models.blocks import Option

from bot.locales import Translator
from bot.views import blocks as b

USUAL_ZONES = (
    "Europe/Stockholm",
    "Europe/Oslo",
    "Europe/Copenhagen",
    "Europe/Helsinki",
    "Atlantic/Reykjavik",
    "Europe/London",
    "Europe/Amsterdam",
    "Europe/Berlin",
    "UTC",
)
USUAL_COUNTRIES = ("SE", "NO", "DK", "FI", "IS")
NO_COUNTRY = "none"
OFFERED_MOST = 100


def zone_option(zone: str, now: datetime) -> Option:
    """A zone with its present distance from UTC, by which people check that it is theirs."""
    return b.option(zone, f"{zone.replace('_', ' ')} ({_distance(zone, now)})")


def zone_options(t: Translator, words: str, zones: Collection[str], now: datetime) -> list[Option]:
    """The usual zones for no words, else those whose name, country or distance has all of them; whole words first."""
    if not words:
        return [zone_option(zone, now) for zone in USUAL_ZONES]
    wanted = words.replace("_", " ").casefold().split()
    found = [zone for zone in zones if all(word in _zone_words(t.language, zone, now) for word in wanted)]
    found.sort(key=lambda zone: (zone not in USUAL_ZONES, "/" not in zone, zone))
    return [zone_option(zone, now) for zone in found[:OFFERED_MOST]]


def country_option(t: Translator, country: str | None) -> Option:
    """A country, in the reader's language; None is no country."""
    if country is None:
        return b.option(NO_COUNTRY, t("schedule.holidays.none"))
    return b.option(country, country_name(t, country))


def country_options(t: Translator, words: str, countries: Iterable[str]) -> list[Option]:
    """None and the usual countries for no words, else those whose name has all of them."""
    if not words:
        return [country_option(t, each) for each in (None, *USUAL_COUNTRIES)]
    wanted = words.casefold().split()
    named = sorted((country_name(t, country).casefold(), country) for country in countries)
    found = [country for name, country in named if all(word in name for word in wanted)]
    return [country_option(t, each) for each in found[:OFFERED_MOST]]


def country_name(t: Translator, country: str) -> str:
    """A country (ISO 3166-1 alpha-2) by name."""
    return str(t.locale.territories.get(country, country))


def _zone_words(language: str, zone: str, now: datetime) -> str:
    return f"{_names(language, zone)} {_distance(zone, now)}".casefold()


@cache
def _names(language: str, zone: str) -> str:
    country = get_global("zone_territories").get(zone, "")
    spaced = zone.replace("_", " ")
    return f"{spaced} {spaced.replace('/', ' ')} {Locale.parse(language).territories.get(country, country)}"


def _distance(zone: str, now: datetime) -> str:
    offset = now.astimezone(ZoneInfo(zone)).strftime("%z")
    return "UTC" if offset == "+0000" else f"UTC{offset[:3]}:{offset[3:5]}"
