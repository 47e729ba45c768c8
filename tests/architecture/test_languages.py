"""A language takes a folder and nothing else; which is read by whom; and no text is outside the catalogues."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from babel import Locale
from babel.lists import format_list

from bot.locales import LANGUAGES, language_of, translator
from bot.locales.loader import FIRST, FOLDER, UNFINISHED, catalogue, languages, plural_form
from sandbox.companies import polarbonan
from tests.support import marked_language
from tests.support.checkout import copied
from tests.support.slack_office import COMPANY

ROOT = Path(__file__).parents[2]
SLACKS = re.compile(r"<[^>]*>")
"""What Slack itself puts into words: mentions, channels, times, addresses."""


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("sv-SE", "sv"),
        ("nb-NO", "nb"),
        ("nn-NO", "nb"),
        ("no_NO", "nb"),
        ("en-GB", "en"),
        ("da-DK", "da"),
        ("da", "da"),
        ("fi-FI", "fi"),
        ("is-IS", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_everybody_reads_their_own_language_or_the_next_best(locale: str | None, language: str) -> None:
    assert language_of(locale) == language


WHEN = datetime(2027, 3, 28, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reader", "day", "clock"),
    [
        ("en-US", "Mar 28, 2027", "2:30 PM"),
        ("en_US", "Mar 28, 2027", "2:30 PM"),
        ("en-GB", "28 Mar 2027", "14:30"),
        ("en-AU", "28 Mar 2027", "2:30 pm"),
        ("en", "28 Mar 2027", "14:30"),  # no country, an Icelander who reads English, a channel, and nonsense
        ("is-IS", "28 Mar 2027", "14:30"),
        ("", "28 Mar 2027", "14:30"),
        ("en-!!", "28 Mar 2027", "14:30"),
    ],
)
def test_english_has_the_dates_of_the_readers_country(reader: str, day: str, clock: str) -> None:
    t = translator(language_of(reader), "UTC", reader=reader)
    assert t.value(WHEN.date()) == day
    assert t.value(WHEN.time()).replace("\u202f", " ") == clock
    assert t.value(WHEN).replace("\u202f", " ").startswith(f"{day}, {clock[:4]}")
    assert t.value(1234567) == "1,234,567"


@pytest.mark.parametrize(
    ("language", "day", "clock", "number", "names"),
    [
        ("sv", "28 mars 2027", "14:30", "1\u00a0234\u00a0567,5", "Åsa, Bo och Siv"),
        ("nb", "28. mars 2027", "14:30", "1\u00a0234\u00a0567,5", "Åsa, Bo og Siv"),
        ("da", "28. mar. 2027", "14.30", "1.234.567,5", "Åsa, Bo og Siv"),
        ("fi", "28.3.2027", "14.30", "1\u00a0234\u00a0567,5", "Åsa, Bo ja Siv"),
    ],
)
def test_other_languages_have_one_way_of_writing_dates(
    language: str, day: str, clock: str, number: str, names: str
) -> None:
    t = translator(language, "UTC", reader="en-US")
    assert t.value(WHEN.date()) == day
    assert t.value(WHEN.time()) == clock
    assert t.value(WHEN).startswith(day)
    assert t.value(Decimal("1234567.5")) == number
    assert t.value(("Åsa", "Bo", "Siv")) == names


def test_what_is_offered_is_what_is_there() -> None:
    assert set(LANGUAGES) == {"en", "sv", "nb", "da", "fi"}
    assert languages() == LANGUAGES
    folders = {path.name for path in FOLDER.iterdir() if (path / FIRST).exists()}
    assert folders == {*LANGUAGES, *languages(unfinished=True)}


def test_a_language_that_is_begun_says_how_far_it_is_and_is_not_offered() -> None:
    for language in languages(unfinished=True):  # none may be
        assert catalogue("en").keys() - catalogue(language).keys(), "it is finished: remove its UNFINISHED.md"
        named = re.findall(r"`(.*?\.po)`", (FOLDER / language / UNFINISHED).read_text(encoding="utf-8"))
        assert sorted(named) == sorted(path.name for path in (FOLDER / language).glob("*.po"))


@pytest.mark.parametrize("language", [*LANGUAGES, *languages(unfinished=True)])
def test_every_text_has_the_forms_that_its_language_needs(language: str) -> None:
    forms = {plural_form(language)(n) for n in range(200)}
    wrong = [
        key for key, message in catalogue(language).items() if isinstance(message, tuple) and len(message) != len(forms)
    ]
    assert wrong == []
    headers = {re.search(r"Plural-Forms:.*", path.read_text("utf-8"))[0] for path in (FOLDER / language).glob("*.po")}  # type: ignore[index]
    assert len(headers) == 1, headers


@pytest.mark.long
async def test_a_folder_is_all_that_a_language_takes_and_no_text_is_outside_of_it(tmp_path: Path) -> None:
    copied(tmp_path, "bot", "storage", "sandbox", "tests", "manifest.yml")
    marked_language.write(ROOT / "bot/locales/en", tmp_path / "bot/locales" / marked_language.LANGUAGE)
    (tmp_path / "data").mkdir()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.marked_language", "data",
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, log = await process.communicate()
    assert process.returncode == 0, log.decode()[-4000:]
    found = json.loads(out.decode().splitlines()[-1])
    assert found["said"] > 200
    assert found["counted"] == ["⟦1 integration⟧", "⟦2 integrations⟧", "⟦11 integrations⟧", "⟦21 integration⟧"]

    known = _words_of_babel(marked_language.LANGUAGE) | _words_of_people()
    strange = {
        word
        for text in found["unmarked"]
        for word in marked_language.WORDS.findall(SLACKS.sub(" ", marked_language.unmarked(text)))
    }
    assert strange - known == set()


def _words_of_babel(language: str) -> set[str]:
    locale = Locale.parse(language)
    names = [
        *locale.days["stand-alone"]["wide"].values(),
        *locale.months["format"]["abbreviated"].values(),
        *locale.territories.values(),
        format_list(["", ""], locale=locale),
    ]
    names += [str(Locale.parse(each).get_display_name(each)) for each in (*LANGUAGES, language)]
    return {word for name in names for word in marked_language.WORDS.findall(str(name))}


def _words_of_people() -> set[str]:
    return set(marked_language.WORDS.findall(f"{polarbonan.company()!r} {COMPANY}"))
