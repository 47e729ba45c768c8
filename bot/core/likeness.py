"""The one notion of "the same name" and "the same number": for matching, duplicates, searches and names of units.

What is found alike here is never taken for the same: it is a doubt, and a doubt is a question to a human. So it errs
towards alike. Two ways to write one letter, invisible characters, separators, the order of words, further names and
initials make no difference; letters of other scripts that look like Latin ones count as these.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

_WHOLE = str.maketrans(
    {
        "ø": "o", "œ": "o", "æ": "a", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "þ": "th", "ß": "ss",
        "ı": "i", "ȷ": "j", "ĸ": "k", "ŋ": "n", "ə": "a", "ɨ": "i", "ƒ": "f", "ɓ": "b", "ɗ": "d", "ƙ": "k",
    }
)  # fmt: skip
"""Letters that compatibility decomposition leaves whole, as those write them who do not have them."""

_LOOKING_LATIN = str.maketrans(
    # Cyrillic, then Greek, then what is left of the Latin block's own doubles: as they look in a list of names.
    dict(zip("авекмнорстухіјѕԁԛԝһӏґєёйїўл", "abekmhopctyxijsdqwhlreeiiyл", strict=True))
    | dict(zip("αβεηικνορτυχγσςωμ", "abenikvoptyxyoowu", strict=True))
    | {"ｌ": "l", "ɑ": "a", "ɡ": "g", "ʟ": "l", "ո": "n", "օ": "o", "ս": "u"}
)
"""Letters of other scripts by the Latin ones that they look like: a small table of our own, for lower case."""

_LOOKING_LATIN_CAPITALS = str.maketrans(
    dict(zip("АВЕКМНОРСТУХІЈЅԌԚԜҺӀ", "ABEKMHOPCTYXIJSGQWHI", strict=True))
    | dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True))
)
"""The same for capitals: a Greek Ν is an N, its ν looks like a v."""

_DIGRAPHS = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("dj", "d"), ("dh", "d"), ("th", "t"), ("ph", "f"), ("ij", "y"))
"""What stands for one letter where that letter is missing: aa, ae and oe for å, æ and ø, ue for ü, dh for ð."""

_OF_NAMES = (("ng", "n"), ("ch", "k"), ("c", "k"), ("w", "v"))
"""In names of people alone: ng for ŋ, and what is mixed up the most: Carl and Karl, Christian and Kristian, Wiktor and
Viktor. In codes (CZ, KZ) each letter counts."""

_DOUBLED = re.compile(r"([^\W\d_])\1+")
_APOSTROPHES = frozenset("'`´’‘ʼʹ′＇\"“”„‛ꞌʻˈˊ")
_UNSEEN = frozenset({"Mn", "Me", "Mc", "Cf", "Cs", "Co", "Cn", "Lm", "Sk"})
"""Categories of characters that are no part of the word: marks, invisible ones, half ones."""
_MOST_WORDS = 8
"""Words of one name that are looked at: a name of more is recognised by these."""


@lru_cache(maxsize=16_384)
def folded(text: str) -> str:
    """A text for comparison alone: lower case without marks, one letter for each way to write it, blanks between words.

    Apostrophes vanish ("O'Brien" is "obrien"), every other separator is a blank, and what cannot be seen is not there.
    """
    words = "".join(_letters(text)).split()
    return " ".join(_one_way(word) for word in words)


def run_together(text: str) -> str:
    """A folded text without any separator: "Anne-Marie", "Anne Marie" and "Annemarie" are one."""
    return _one_way(folded(text).replace(" ", ""))


def number_form(number: str) -> str:
    """A number for comparison alone: without leading zeros, separators and what cannot be seen, digits of all scripts
    as ASCII. "" for one without a letter or digit."""
    plain = bare(number)
    return plain.lstrip("0") or plain[-1:]


def bare(text: str) -> str:
    """The letters and digits of a text alone, lower case, digits of all scripts as ASCII: for comparison."""
    return "".join(letter for letter in _letters(text) if letter != " ")


def lookalikes_in(text: str) -> bool:
    """Whether a text has a letter or digit that looks like a Latin letter or an ASCII digit and is none."""
    return any(
        ord(letter) in _LOOKING_LATIN_CAPITALS or ord(letter) in _LOOKING_LATIN or (letter.isdigit() and letter > "9")
        for letter in text
    )


def searchable(text: str) -> str:
    """A text to look for words in (`said_in`): as it is in lower case, folded, and run together."""
    return "\n".join(dict.fromkeys((text.casefold(), folded(text), run_together(text))))


def said_in(words: str, text: str) -> bool:
    """Whether each of some words, in any way to write it, is part of a text that `searchable` made."""
    return all(plain in text or together in text for plain, together in _ways(words))


@lru_cache(maxsize=256)
def _ways(words: str) -> tuple[tuple[str, str], ...]:
    return tuple((word.casefold(), run_together(word) or word.casefold()) for word in words.split())


def same_number(one: str, other: str) -> bool:
    """Whether two numbers are one to whoever typed them: 0042 and 42."""
    form = number_form(one)
    return bool(form) and form == number_form(other)


def same_name(one: str, other: str) -> bool:
    """Whether two names of people may be of one person: run together they are equal; two of their words are the same;
    or all words of one are among those of the other, an initial standing for any word that it begins."""
    ours, theirs = _words_of(one), _words_of(other)
    if not ours or not theirs:
        return False
    if name_marks(one) & name_marks(other):
        return True
    return _within(ours, theirs) or _within(theirs, ours)


def name_marks(name: str) -> frozenset[str]:
    """What two names of at least two words each share if they are the same name, initials aside."""
    words = _words_of(name)[:_MOST_WORDS]
    marks = {_one_way("".join(words))}
    for one, other in combinations(_runs(words), 2):
        if one[1] <= other[0] or other[1] <= one[0]:
            marks.add("+".join(sorted((one[2], other[2]))))
    return frozenset(marks) - {""}


def name_words(name: str) -> frozenset[str]:
    """The words of a name, neighbours run together among them, and the whole run together: the same names that are not
    all initials have one in common."""
    words = _words_of(name)[:_MOST_WORDS]
    return frozenset(run for _, _, run in _runs(words) if len(run) > 1) | frozenset({_one_way("".join(words))} - {""})


def _words_of(name: str) -> list[str]:
    words = folded(name)
    for pair, single in _OF_NAMES:
        words = words.replace(pair, single)
    return [_one_way(word) for word in words.split()]


def _runs(words: list[str]) -> Iterator[tuple[int, int, str]]:
    """Words, and two or three neighbours run together, each with where it begins and ends."""
    for place, word in enumerate(words):
        yield place, place + 1, word
        for end in range(place + 2, min(place + 4, len(words) + 1)):
            yield place, end, _one_way("".join(words[place:end]))


def _within(ours: list[str], theirs: list[str]) -> bool:
    if all(len(word) == 1 for word in ours):
        return False  # initials alone say nothing
    known = {run for _, _, run in _runs(theirs)}
    told = [False] * len(ours)
    for start, end, run in _runs(ours):
        if run in known or (len(run) == 1 and any(word.startswith(run) for word in theirs)):
            told[start:end] = [True] * (end - start)
        elif any(len(word) == 1 and run.startswith(word) for word in theirs) and end - start == 1:
            told[start] = True
    return all(told) and any(run in known and len(run) > 1 for _, _, run in _runs(ours))


def _letters(text: str) -> Iterator[str]:
    """Letters and digits, lower case, of the Latin script as far as they look so; a blank for every separator."""
    # Capitals first: some look like another letter than their small form.
    plain = unicodedata.normalize("NFKD", text).translate(_LOOKING_LATIN_CAPITALS).casefold()
    for letter in unicodedata.normalize("NFKD", plain).translate(_LOOKING_LATIN).translate(_WHOLE):
        if letter in _APOSTROPHES or unicodedata.category(letter) in _UNSEEN:
            continue  # some apostrophes count as letters
        if letter.isalpha():
            yield letter
        elif (digit := unicodedata.decimal(letter, None)) is not None:
            yield str(digit)
        else:
            yield " "


def _one_way(word: str) -> str:
    for pair, single in _DIGRAPHS:
        word = word.replace(pair, single)
    return _DOUBLED.sub(r"\1", word)
