"""What a GraphQL schema says of itself by introspection: fields of types, by names that need not be known before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Ask = Callable[[str, str], Awaitable[dict[str, Any]]]
"""Asks a query, by its name for the log, and gives its data."""

_TYPE = "type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }"
_ROOTS = (
    f"query schema {{ __schema {{ queryType {{ fields {{ name {_TYPE} }} }}"
    f" mutationType {{ fields {{ name args {{ name {_TYPE} }} }} }} }} }}"
)


class NoSchema(ValueError):
    """What was told is no schema."""


@dataclass(frozen=True, slots=True)
class GraphqlType:
    """An object or an input: the names of its fields' types, and the fields that cannot be left out."""

    fields: Mapping[str, str] = field(default_factory=dict)
    needed: frozenset[str] = frozenset()


class GraphqlTypes:
    """Reads types. All methods raise `NoSchema`, and what the asking raises."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def roots(self) -> tuple[GraphqlType, Mapping[str, GraphqlType]]:
        """All queries, and the arguments of each mutation."""
        try:
            told = (await self._ask("schema", _ROOTS))["__schema"]
            mutations = (told.get("mutationType") or {}).get("fields") or ()
            return _type(told["queryType"]["fields"]), {one["name"]: _type(one["args"]) for one in mutations}
        except (KeyError, TypeError, AttributeError):
            raise NoSchema from None

    async def types(self, kinds: Iterable[str | None]) -> dict[str, GraphqlType]:
        """Types by their names, in one query; an unknown one is not among them."""
        wanted = sorted({kind for kind in kinds if kind})
        if not wanted:
            return {}
        asked = " ".join(
            f't{place}: __type(name: "{kind}") {{ fields {{ name {_TYPE} }} inputFields {{ name {_TYPE} }} }}'
            for place, kind in enumerate(wanted)
        )
        told = await self._ask("types", f"query types {{ {asked} }}")
        found = {kind: told.get(f"t{place}") for place, kind in enumerate(wanted)}
        try:
            return {
                kind: _type(one.get("fields") or one.get("inputFields") or ()) for kind, one in found.items() if one
            }
        except (KeyError, TypeError, AttributeError):
            raise NoSchema from None


def _type(fields: Iterable[Mapping[str, Any]]) -> GraphqlType:
    whole = list(fields)
    needed = frozenset(one["name"] for one in whole if one["type"]["kind"] == "NON_NULL")
    return GraphqlType({one["name"]: _named(one["type"]) for one in whole}, needed)


def _named(kind: Mapping[str, Any] | None) -> str:
    """The name behind "never null" and "a list of"."""
    while kind is not None and kind.get("ofType"):
        kind = kind["ofType"]
    return str((kind or {}).get("name") or "")
