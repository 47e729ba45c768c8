"""The `fields` filter: `*`, `a,b(c,d)`, `employments(*,employmentDetails(*))`.

Source: API v2 description, "Fields": under `*` a nested object comes as `{"id", "url"}`, and so do the members of a
list that is not opened with `()`; `changes` comes only when it is named. Recorded: a reference that is named without
`()` comes whole.
"""

from __future__ import annotations

from typing import Any

from sandbox.tripletex import errors
from sandbox.tripletex.errors import Refusal
from sandbox.tripletex.models import MODELS, Kind, Model
from sandbox.tripletex.texts import same

Tree = dict[str, "Tree | None"]


def parse(text: str | None, model: Model) -> Tree:
    """Read a filter for `model`. Raises Refusal 400/11000 on bad grammar and on fields it lacks."""
    if not text or not text.strip():
        return {"*": None}
    tree, rest = _list(text)
    if rest:
        raise _illegal(text, "unbalanced parentheses")
    _known(tree, model)
    return tree


def wants(tree: Tree, name: str) -> bool:
    return name in tree or ("*" in tree and name != "changes")


def _list(text: str) -> tuple[Tree, str]:
    """Read up to the closing parenthesis; hands back what follows it, parenthesis included."""
    tree: Tree = {}
    while True:
        name = ""
        while text and text[0] not in ",()":
            name, text = name + text[0], text[1:]
        name = name.strip()
        inner: Tree | None = None
        if text.startswith("("):
            inner, text = _list(text[1:])
            if not text.startswith(")"):
                raise _illegal(name, "unbalanced parentheses")
            text = text[1:]
        if not name:
            raise _illegal(name, "empty field name")
        tree[name] = inner
        if not text.startswith(","):
            return tree, text
        text = text[1:]


def _known(tree: Tree, model: Model) -> None:
    for name, inner in tree.items():
        if name == "*":
            continue
        field = model.fields.get(name)
        if field is None:
            raise _illegal(name, f"{name} does not match a field in the model: {model.name}DTO")
        if inner is not None and field.model in MODELS:
            _known(inner, MODELS[field.model])
        elif inner is not None and field.kind is not Kind.VALUE:
            raise _illegal(name, f"{name} has no fields of its own")


def _illegal(name: str, why: str) -> Refusal:
    text = same(f"Illegal field in fields filter: {name}. {why}")
    return Refusal(400, errors.ILLEGAL_FILTER, text)


def stub(model: Model, identifier: int) -> dict[str, Any]:
    return {"id": identifier, "url": f"tripletex.no/v2/{model.path}/{identifier}"}
