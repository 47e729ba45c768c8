"""Every text that the code names exists, in every language, with the same placeholders."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from bot.core.text import Markup, Text, text
from bot.locales import LANGUAGES
from bot.locales.loader import FOLDER, Message, catalogue, languages
from bot.locales.translator import translator

ROOT = Path(__file__).parents[2]
KEY = re.compile(r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$")
SENTENCE = re.compile(r"(?<![{\w])[a-z]{2,}(?![\w}])")
"""A word of a sentence: no placeholder, name or code in capitals."""
TEXT_FUNCTIONS = {"text", "Text", "t", "md", "render"}


def forms(message: Message) -> tuple[str, ...]:
    return message if isinstance(message, tuple) else (message,)


def placeholders(message: Message) -> set[str]:
    return {name for form in forms(message) for _, name, _, _ in Formatter().parse(form) if name}


def literal_keys() -> Iterator[tuple[str, str]]:
    """Keys given as literals to the functions that take one."""
    for path in sorted((ROOT / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            first = node.args[0]
            if (
                name in TEXT_FUNCTIONS
                and isinstance(first, ast.Constant)
                and isinstance(first.value, str)
                and KEY.match(first.value)
            ):
                yield str(path.relative_to(ROOT)), first.value


def test_every_key_the_code_names_has_a_text() -> None:
    found = list(literal_keys())
    assert len(found) > 50
    assert [(path, key) for path, key in found if key not in catalogue("en")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_complete(language: str) -> None:
    english, other = catalogue("en"), catalogue(language)
    assert set(english) - set(other) == set()
    assert set(other) - set(english) == set()
    assert [key for key, message in other.items() if not all(form.strip() for form in forms(message))] == []


@pytest.mark.parametrize("language", [*LANGUAGES, *languages(unfinished=True)])
def test_placeholders_agree(language: str) -> None:
    english = catalogue("en")
    assert catalogue(language).keys() - english.keys() == set()
    differing = {
        key: (placeholders(english[key]), placeholders(message))
        for key, message in catalogue(language).items()
        if placeholders(message) != placeholders(english[key])
    }
    assert differing == {}


@pytest.mark.parametrize("language", [*LANGUAGES, *languages(unfinished=True)])
def test_markup_agrees(language: str) -> None:
    """What is bold, code or a line of its own in English is so in every language."""

    def marks(message: Message) -> list[int]:
        return [max(form.count(mark) for form in forms(message)) for mark in "*`\n"]

    english = catalogue("en")
    assert [key for key, message in catalogue(language).items() if marks(message) != marks(english[key])] == []


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_no_sentence_is_left_in_english(language: str) -> None:
    english = catalogue("en")
    left = [key for key, message in catalogue(language).items() if message == english[key]]
    assert [key for key in left if any(len(SENTENCE.findall(form)) > 2 for form in forms(english[key]))] == []


@pytest.mark.parametrize("language", [*LANGUAGES, *languages(unfinished=True)])
def test_texts_are_plain(language: str) -> None:
    loud = [key for key, message in catalogue(language).items() if any("!" in form for form in forms(message))]
    assert loud == []


def test_all_languages_have_the_same_files() -> None:
    files = {language: sorted(path.name for path in (FOLDER / language).glob("*.po")) for language in LANGUAGES}
    assert {language for language, found in files.items() if found != files["en"]} == set()


def test_a_value_cannot_become_markup() -> None:
    t = translator("en")
    inner = text("access.refused", who=("<!channel>", Markup("<@U1>")))
    assert t.render_md(inner).count("&lt;!channel&gt;") == 1
    assert "<@U1>" in t.render_md(inner)
    assert "<!channel>" in t.render(inner)


def test_a_missing_text_shows_its_key() -> None:
    assert translator("sv").render(Text("no.such.key")) == "no.such.key"
