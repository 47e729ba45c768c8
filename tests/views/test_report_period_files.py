"""Which period's file waits for import, and what can be done with it; and the list that a person types in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.text import Text
from bot.domain.leave_delivery import FileMode
from bot.locales import Translator, translator
from bot.sync.leave.list_csv import list_csv
from bot.sync.leave.waiting_file import WaitingFile, file_named
from bot.views.report.period_files import GET_FILE, IMPORTED, NOT_IMPORTED, SHOWN, waiting_files
from tests.support.view_pieces import ALL, markdown_of

EN = translator("en")


def waiting(period: str = "2026-11", mode: FileMode = FileMode.WHOLE, *, delivered: bool = False) -> WaitingFile:
    return WaitingFile(integration_id="i1", period=period, sequence=3, mode=mode, rows=2, delivered=delivered)


@pytest.mark.parametrize(
    ("file", "said", "buttons"),
    [
        (waiting(), "2 rows wait for import", [GET_FILE, IMPORTED, NOT_IMPORTED]),
        (waiting(mode=FileMode.DIFFERENCE), "2 rows wait for import", [GET_FILE, IMPORTED, NOT_IMPORTED]),
        (waiting(mode=FileMode.LIST), "2 corrections to type into payroll", [GET_FILE, IMPORTED, NOT_IMPORTED]),
        (
            replace(waiting(mode=FileMode.LIST), first=True),
            "2 rows to type into payroll",
            [GET_FILE, IMPORTED, NOT_IMPORTED],
        ),
        (waiting(delivered=True), "is where payroll fetches it", [IMPORTED, NOT_IMPORTED]),
    ],
)
def test_a_line_names_the_period_and_the_rows_and_each_button_names_the_file(
    file: WaitingFile, said: str, buttons: list[str]
) -> None:
    shown = [block.to_dict() for block in waiting_files([file], EN)]
    assert said in markdown_of(shown)
    assert "2026-11" in markdown_of(shown)
    (row,) = [block["elements"] for block in shown if block["type"] == "actions"]
    assert [each["action_id"] for each in row] == buttons
    assert {each["value"] for each in row} == {"i1:2026-11:3"}
    asked = {each["action_id"]: each["confirm"]["text"]["text"] for each in row if "confirm" in each}
    assert set(asked) == {IMPORTED, NOT_IMPORTED}
    assert "2026-11" in asked[IMPORTED]
    assert "2" in asked[IMPORTED].replace("2026-11", "")


def test_nothing_is_shown_where_nothing_waits_and_never_more_than_a_message_has_room_for() -> None:
    assert waiting_files([], EN) == []
    many = [waiting(f"2026-{month:02}") for month in range(1, SHOWN + 3)]
    shown = [block.to_dict() for block in waiting_files(many, EN)]
    assert len([block for block in shown if block["type"] == "actions"]) == SHOWN
    assert len({block["block_id"] for block in shown if block["type"] == "actions"}) == SHOWN
    assert "2 more periods wait" in str(shown[-1])


@pytest.mark.parametrize("value", ["", "i1:2026-11", "i1:2026-11:x", "i1:2026-11:3:4", "i1:2026-11:-1", "i1:2026-11:²"])
def test_a_button_that_names_no_file_names_none(value: str) -> None:
    assert file_named(waiting().value) == ("i1", "2026-11", 3)
    assert file_named(value) is None


def test_a_list_says_what_to_take_back_and_what_to_add_without_a_sign_or_a_formula() -> None:
    def render(words: Text) -> str:
        return words.key.removeprefix("leave.csv.")

    rows = [["7", "=Kari", "2026-11-09", "801", "-7.50", ""], ["7", "=Kari", "2026-11-09", "801", "3.75", ""]]
    assert list_csv(rows, render).decode("utf-8-sig").splitlines() == [
        "number;name;day;code;minus;plus",
        "7;'=Kari;2026-11-09;801;7,50;",
        "7;'=Kari;2026-11-09;801;;3,75",
    ]
    named = list_csv([*rows, ["8", "Ola", "2026-11-10", "803", "7.50", "Lill"]], render).decode("utf-8-sig")
    assert named.splitlines()[-1] == "8;Ola;2026-11-10;803;;7,50;Lill"
    assert named.splitlines()[0].endswith("plus;child")


@pytest.mark.parametrize("t", ALL, ids=lambda t: t.language)
def test_case_31_a_file_in_the_place_of_another_says_which_one_to_discard(t: Translator) -> None:
    said = markdown_of([block.to_dict() for block in waiting_files([replace(waiting(), replaces=2)], t)])
    assert t.md("leave.period.replaces", n=3, former=2) in said
    assert t.md("leave.period.replaces", n=3, former=2) not in markdown_of(
        [block.to_dict() for block in waiting_files([waiting()], t)]
    )
