"""What Xledger's schema has for us, read by introspection when a connection is opened.

Names of types are not published: it is walked from the list of employees to what an employee is shown with, and from
the two mutations to what they take.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.providers.kit.graphql_schema import Ask, GraphqlType, GraphqlTypes, NoSchema
from bot.providers.xledger.errors import ERRORS

ADD, CHANGE = "addEmployees", "updateEmployees"
_NOTHING = GraphqlType()


@dataclass(frozen=True, slots=True)
class XledgerSchema:
    """`reads` are paths of an employee that are shown, such as `contact.firstName`; `adds` is what a new one takes,
    with whether it must be there; `changes` what an update takes; `lists` are the queries there are."""

    reads: frozenset[str]
    adds: Mapping[str, bool]
    changes: frozenset[str]
    lists: frozenset[str]


async def read_schema(ask: Ask) -> XledgerSchema:
    """Read it, with a handful of small queries. What the schema lacks is not there in what is given."""
    try:
        return await _walked(GraphqlTypes(ask))
    except NoSchema:
        raise ERRORS.unreadable("the schema", sent=False) from None


async def _walked(types: GraphqlTypes) -> XledgerSchema:
    queries, mutations = await types.roots()
    steps = {"shown": queries.fields.get("employees", "")}
    steps |= {name: mutations.get(name, _NOTHING).fields.get("inputs", "") for name in (ADD, CHANGE)}
    # employees -> edges -> node; inputs -> node
    for names in ({"shown": "edges", ADD: "node", CHANGE: "node"}, {"shown": "node"}):
        found = await types.types(steps[step] for step in names)
        steps |= {step: found.get(steps[step], _NOTHING).fields.get(name, "") for step, name in names.items()}
    ends = await types.types(steps.values())
    shown, adds, changes = (ends.get(steps[step], _NOTHING) for step in ("shown", ADD, CHANGE))
    inner = await types.types(shown.fields.values())
    paths = {f"{name}.{part}" for name, kind in shown.fields.items() for part in inner.get(kind, _NOTHING).fields}
    return XledgerSchema(
        reads=frozenset({*shown.fields, *paths}),
        adds={name: name in adds.needed for name in adds.fields},
        changes=frozenset(changes.fields),
        lists=frozenset(queries.fields),
    )
