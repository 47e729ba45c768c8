"""GraphQL's own parts: selections, refusals and introspection. Calls over HTTP are in the tests of who speaks it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.providers.kit.graphql import errors_in, extension_of, selection_of, value_at, words_of
from bot.providers.kit.graphql_schema import GraphqlTypes, NoSchema
from bot.providers.kit.http import Answer


def _answer(body: Any) -> Answer:
    return Answer(200, body, {})


def test_a_selection_is_made_of_paths() -> None:
    assert selection_of(["a", "b.c", "b.d.e", "f", "b.d.g"]) == "a b { c d { e g } } f"
    row = {"b": {"c": 1, "d": None}, "f": [1]}
    assert [value_at(row, path) for path in ("b.c", "b.d", "b.d.e", "f.g", "x.y")] == [1, None, None, None, None]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"errors": [{"message": "One"}, {"message": " two "}], "message": "no"}, "One; two"),
        ({"errors": [], "message": "beside"}, "beside"),
        ({"errors": ["x", {}]}, None),
        ("  by a proxy ", "by a proxy"),
        ({"message": 7}, None),
        ([], None),
        (None, None),
    ],
)
def test_what_a_refusal_says(body: Any, words: str | None) -> None:
    assert words_of(_answer(body)) == words


def test_errors_are_objects_and_may_be_extended() -> None:
    (one,) = errors_in(_answer({"errors": [7, {"extensions": {"code": "X"}}]}))
    assert (extension_of(one, "code"), extension_of(one, "at"), extension_of({"extensions": 1}, "code")) == (
        "X",
        None,
        None,
    )


LISTED = {"kind": "NON_NULL", "ofType": {"kind": "LIST", "ofType": {"kind": "NON_NULL", "ofType": {"name": "Edge"}}}}
TOLD: dict[str, Any] = {
    "__schema": {
        "queryType": {"fields": [{"name": "people", "type": {"kind": "OBJECT", "name": "People"}}]},
        "mutationType": {"fields": [{"name": "add", "args": [{"name": "inputs", "type": LISTED}]}]},
    },
    "t0": {"fields": None, "inputFields": [{"name": "code", "type": LISTED}]},
    "t1": None,
    "t2": {"fields": [{"name": "edges", "type": {"kind": "OBJECT", "name": "E"}}], "inputFields": None},
}


async def test_types_are_read_whatever_is_around_them() -> None:
    asked: list[str] = []

    async def ask(_name: str, document: str) -> dict[str, Any]:
        asked.append(document)
        return TOLD

    types = GraphqlTypes(ask)
    queries, mutations = await types.roots()
    assert (dict(queries.fields), queries.needed) == ({"people": "People"}, frozenset())
    assert (dict(mutations["add"].fields), mutations["add"].needed) == ({"inputs": "Edge"}, frozenset({"inputs"}))
    found = await types.types(["C", "", "A", None, "B", "A"])
    assert {kind: dict(one.fields) for kind, one in found.items()} == {"A": {"code": "Edge"}, "C": {"edges": "E"}}
    assert await types.types(["", None]) == {}
    assert [asked[1].count(f'__type(name: "{kind}")') for kind in "ABC"] == [1, 1, 1]
    assert len(asked) == 2


@pytest.mark.parametrize("told", [{}, {"__schema": None}, {"__schema": {"queryType": {"fields": [{"name": "a"}]}}}])
async def test_what_is_no_schema_says_so(told: dict[str, Any]) -> None:
    async def ask(_name: str, _document: str) -> dict[str, Any]:
        return told

    with pytest.raises(NoSchema):
        await GraphqlTypes(ask).roots()
