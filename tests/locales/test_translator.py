"""Somebody's name is one line of text: no link, no mark, no turn of direction, no formula."""

from __future__ import annotations

import itertools

import pytest

from bot.locales.loader import FOLDER
from bot.locales.translator import escape, single_line, translator
from bot.sync.report.csv_export import harmless
from bot.views import blocks as b

T = translator("en")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("*bold*", "\u2217bold\u2217"),
        ("_x_ ~y~", "\uff3fx\uff3f \u223cy\u223c"),
        ("`code`", "\u02cbcode\u02cb"),
        ("visma_net_employee:employees:write", "visma_net_employee:employees:write"),
        ("O'Hara-Ås & <@U1>", "O'Hara-Ås &amp; &lt;@U1&gt;"),
    ],
)
def test_nothing_in_a_name_marks_it_up(name: str, shown: str) -> None:
    assert escape(name) == shown


@pytest.mark.parametrize("render", [T, T.md])
def test_a_name_is_one_line_that_runs_in_one_direction(render: object) -> None:
    assert callable(render)
    said = render("history.none", name="Ola\n\r\u2028Run: done\u202egnp\u2066\x00")
    assert "Ola Run: donegnp" in said
    assert single_line("O\u200bl\u00ada\u2060\ufeff\U000e0041") == "Ola"
    assert single_line("Zoë\u00a0Å 👩‍🔬") == "Zoë\u00a0Å 👩‍🔬"


def test_an_address_in_a_name_is_no_link() -> None:
    shown = b.payload([b.section("http://evil.example"), b.context("www.evil.example"), *b.facts([("a", "b")])])
    texts = [shown[0]["text"], *shown[1]["elements"], *shown[2]["fields"]]
    assert all(each["type"] == "mrkdwn" and each["verbatim"] is True for each in texts)


@pytest.mark.parametrize("sign", "=+-@＝＋－＠")
def test_no_cell_begins_a_formula(sign: str) -> None:
    assert harmless(f"{sign}1+1") == f"'{sign}1+1"
    assert harmless(f" {sign}1+1") == f"' {sign}1+1"


def test_no_text_stands_without_its_key() -> None:
    """The loader passes such a line over, and whoever wrote it believes that it is read."""
    found = []
    for file in sorted(FOLDER.glob("*/*.po")):
        lines = ["", *file.read_text(encoding="utf-8").splitlines()]
        pairs = itertools.pairwise(lines)
        found += [(file.name, said) for before, said in pairs
                  if said.startswith("msgstr") and not before.startswith(("msgid", "msgstr"))]  # fmt: skip
    assert found == []
