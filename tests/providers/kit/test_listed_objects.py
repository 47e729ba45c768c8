"""Objects of lists are told apart, and two that look alike are not taken for each other."""

from __future__ import annotations

from bot.providers.kit.listed_objects import ListedObject, ListedObjects

ROWS = [
    ListedObject("1", "unit", "10", "Bar"),
    ListedObject("2", "unit", "11", "Bar"),
    ListedObject("3", "unit", "12", "Lager"),
    ListedObject("4", "unit", "12", "Lager"),
    ListedObject("5", "title", "", "Barista"),
    ListedObject("6", "title", "", ""),
]


def test_each_has_a_label_of_its_own() -> None:
    objects = ListedObjects(ROWS)
    assert [one.label for one in objects.of_kind("unit")] == ["10 Bar", "11 Bar", "12 Lager (3)", "12 Lager (4)"]
    assert [one.label for one in objects.of_kind("title")] == ["(6)", "Barista"]
    for one in ROWS:
        made = objects.with_id(one.kind, one.id)
        assert made is not None
        assert objects.labelled(one.kind, made.label) == made
    assert set(objects.kinds) == {"unit", "title"}
    assert objects.of_kind("none") == []
    assert objects.with_id("unit", "5") is None


def test_one_is_found_by_code_else_by_name_and_several_are_none() -> None:
    objects = ListedObjects(ROWS)
    asked = [
        ("unit", "11", "x"),
        ("unit", " 10 ", ""),
        ("unit", None, "bar"),
        ("unit", "12", "Lager"),
        ("unit", "9", "y"),
    ]
    assert [found.id if (found := objects.find(*one)) else None for one in asked] == ["2", "1", None, None, None]
    assert [found.id if (found := objects.find("title", None, n)) else None for n in ("BARISTA", "x")] == ["5", None]


def test_a_list_that_changes_is_another_version() -> None:
    assert ListedObjects(ROWS).version == ListedObjects(reversed(ROWS)).version
    assert ListedObjects(ROWS).version != ListedObjects(ROWS[1:]).version
