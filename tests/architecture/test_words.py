"""One term per concept: what the glossaries rule out stands in no text of their language."""

from __future__ import annotations

import re

import pytest

from bot.locales import LANGUAGES
from bot.locales.loader import FOLDER, Message, catalogue

FORBIDDEN = {
    "en": (
        r"\bwritten to\b",
        r"\bwrites? to (the|this|\{)",
        r"employees? (was|were|is|are|would be) written",
        r"\bby (itself|themselves)\b",
        r"\bpayroll office\b",
        r"\bunless changed\b",
        r"\bas everywhere here\b",
        r"\bthe operator (of the bot|cut|gave)",
        r"\bshall\b",
    ),
    "sv": (
        r"\bskr(evs|ivs|iver|ivas) till\b",
        r"anställda? (skrevs|skrivs|skulle skrivas)",
        r"\bav sig själv",
        r"\bI synk\b",
        r"lönekontor|löneansvarig",
        r"\bmedarbetare",
        r"mappning",
        r"synkronisering",
        r"förhandsvisning",
        r"\b(neka|nekar|nekade|nekad|nekades|avböj)\b",
        r"\b(driver|ansvarar för) (den här boten|denna bot|boten)\b",
        r"\bom inget ändras\b",
        r"arbetstidsordning",
        r"\bsynkronisera\b",
    ),
    "nb": (
        r"\bskr(evet|ives|iver) til\b",
        r"ansatte? (ble|blir|ville blitt) skrevet",
        r"\bav seg selv",
        r"\bI synk\b",
        r"\bsynket\b",
        r"lønnskontor|lønnsansvarlig",
        r"ansettelsesforhold",
        r"innloggingsopplysning|påloggingsinformasjon",
        r"bankkonti\b",
        r"tilordning",
        r"\bdriver (denne )?boten\b",
        r"\bhvis ikke noe endres\b",
        r"\b(en|én|ingen|gjeldende|forrige) ansettelse\b",
    ),
    "da": (
        r"\bskr(evet|ives|iver) til (\{|lønsystem)",
        r"medarbejdere? (blev|bliver|ville blive) skrevet",
        r"\baf sig selv",
        r"\bI synk\b",
        r"\bsynk(et|er|es)?\b",
        r"lønkontor|lønansvarlig|lønningskontor",
        r"\bansatte\b",
        r"ansatnummer|lønnummer",
        r"\bansættelse(n|r|rne)?\b",
        r"stillingsprocent",
        r"legitimationsoplysning|adgangsoplysning",
        r"\bdriver botten\b",
        r"\bmapn",
        r"\bomfanget\b|\budvalget\b",
        r"\blog(ge[rt]?)? ind\b",
        r"selskab",
    ),
    "fi": (
        r"\bkirjoitett(iin|u|aisiin) (järjestelmään|palkkajärjestelmään)",
        r"työntekijää? kirjoitet",
        r"\bitsestään\b",
        r"synkas|synkka|synkat|synkronisoi",
        r"palkkatoimisto|palkkahallin",
        r"henkilönumero|palkkanumero",
        r"palvelussuh",
        r"osa-aikaprosent",
        r"mappau|mappaa",
        r"koeajo",
        r"tunnistetie",
        r"\{\w+\}:?[a-zäö]",
    ),
}
"""Patterns, whatever the case of their letters; the glossary of the language says which word stands instead."""


def _forms(message: Message) -> tuple[str, ...]:
    return message if isinstance(message, tuple) else (message,)


def _against(language: str, said: str) -> list[str]:
    return [pattern for pattern in FORBIDDEN[language] if re.search(pattern, said, re.IGNORECASE)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_has_a_word_that_the_glossary_rules_out(language: str) -> None:
    assert {
        key: found
        for key, message in catalogue(language).items()
        for form in _forms(message)
        if (found := _against(language, form))
    } == {}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "2 employees were written to Tripletex."),
        ("en", "It is tried again by itself."),
        ("sv", "2 anställda skrevs till Tripletex."),
        ("sv", "Ett nytt försök görs av sig självt."),
        ("sv", "I synk: 2 anställda"),
        ("nb", "2 ansatte ble skrevet til Tripletex."),
        ("nb", "Personen er synket før."),
        ("nb", "Det prøves igjen av seg selv."),
        ("da", "2 medarbejdere blev skrevet til Tripletex."),
        ("da", "Der prøves igen af sig selv."),
        ("da", "Spørg lønkontoret om de ansatte."),
        ("da", "Ansættelsen har ingen stillingsprocent."),
        ("fi", "2 työntekijää kirjoitettiin järjestelmään Tripletex."),
        ("fi", "Sitä yritetään uudelleen itsestään."),
        ("fi", "Palkkatoimisto antaa henkilönumeron."),
        ("fi", "Mitään ei muutettu {system}:ssä."),
    ],
)
def test_the_words_are_found(language: str, said: str) -> None:
    assert _against(language, said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_a_glossary_of_the_same_concepts(language: str) -> None:
    def concepts(of: str) -> list[str]:
        rows = re.findall(r"^\| ([^|]+?) \|", (FOLDER / of / "GLOSSARY.md").read_text(encoding="utf-8"), re.MULTILINE)
        return [row for row in rows if not row.startswith("-")]

    assert len(concepts("en")) > 20
    assert concepts(language) == concepts("en")
