"""Countries as people write them: a code of two or three letters, or a name in one of the languages of Europe.

Names and codes: Unicode CLDR, as Babel has them. What CLDR has not, and people write, stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from babel import Locale
from babel.core import get_global

from bot.core.likeness import folded

_LANGUAGES = (
    "en sv nb nn da fi is de nl fr es it pt pl et lv lt cs sk hu ro bg hr sl sr uk ru el tr sq bs mk ca ga se fo"
)
_NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
"""What CLDR has besides: regions and organisations without a code of ISO 3166-1."""

_OTHERS = {
    "uk": "GB",
    "great britain": "GB",
    "storbritannia": "GB",
    "storbritannien": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "usa": "US",
    "u.s.a.": "US",
    "america": "US",
    "united states of america": "US",
    "holland": "NL",
    "the netherlands": "NL",
    "czech republic": "CZ",
    "turkey": "TR",
    "macedonia": "MK",
    "makedonia": "MK",
    "makedonien": "MK",
    "bosnia": "BA",
    "bosnien": "BA",
    "hviterussland": "BY",
    "vitryssland": "BY",
    "swaziland": "SZ",
    "burma": "MM",
    "ivory coast": "CI",
}


def country_code(written: str | None) -> str | None:
    """ISO 3166-1 alpha-2 of a country as somebody wrote it; None for nothing, and for what is no country."""
    plain = folded(written or "")
    return _codes().get(plain) if plain else None


@cache
def _codes() -> dict[str, str]:
    found: dict[str, str] = {}
    territories = (str(code) for code in Locale("en").territories)
    known = {code for code in territories if len(code) == 2 and code.isalpha()} - _NO_COUNTRIES
    # Languages that come first win where two call different countries alike.
    for language in reversed(_LANGUAGES.split()):
        for code, name in Locale.parse(language).territories.items():
            if code in known:
                found[folded(name)] = found[folded(name.replace("&", "and"))] = code
    aliases: Mapping[str, list[str]] = get_global("territory_aliases")
    for alias, codes in aliases.items():
        if len(alias) == 3 and alias.isalpha() and len(codes) == 1 and codes[0] in known:
            found[folded(alias)] = codes[0]
    found |= {folded(code): code for code in known}
    return found | {folded(name): code for name, code in _OTHERS.items()}
