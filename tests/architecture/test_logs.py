"""What comes from an outside system is not logged as it is: an id if it has the form of one, and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.log_config import id_of

ROOT = Path(__file__).parents[2]
ROOMS = ("bot/providers", "bot/sync", "bot/jobs/leave")
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
OF_OTHERS = {"source_id", "target_id", "employee_id", "parent_id", "number", "name", "first_name", "last_name", "body"}
OF_OTHERS |= {"verbatim", "row", "rows", "words", "content", "text"}


def outside(node: ast.AST) -> Iterator[str]:
    """What is read of a row, an answer or a person in an expression, unless `id_of` looks at it first."""
    if isinstance(node, ast.Call):
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name in ("id_of", "len", "type"):
            return
        if name == "get":
            yield ast.unparse(node)
    elif (
        isinstance(node, ast.Subscript)
        or (isinstance(node, ast.Attribute) and node.attr in OF_OTHERS)
        or (isinstance(node, ast.Name) and node.id in OF_OTHERS)
    ):
        yield ast.unparse(node)
    for inner in ast.iter_child_nodes(node):
        yield from outside(inner)


def logged(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in LEVELS
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in ("log", "_log")
        ):
            for value in [*node.args, *(keyword.value for keyword in node.keywords)]:
                yield from (f"line {node.lineno}: {found}" for found in outside(value))


def test_nothing_of_an_outside_system_is_logged_as_it_is() -> None:
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    found = {str(path.relative_to(ROOT)): list(logged(ast.parse(path.read_text(encoding="utf-8")))) for path in files}
    assert len(found) > 100
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "line", ['log.info("x", id=row["id"])', '_log.error("x", who=a.get("id"))', 'log.debug(f"{name}")']
)
def test_a_line_that_would_is_found(line: str) -> None:
    assert list(logged(ast.parse(line)))


@pytest.mark.parametrize("value", ["65f0c0ffee65f0c0ffee65f0", "no id 65f0c0ffee65f0c0ffee65f0", 77, "1234567890"])
def test_an_id_is_logged(value: object) -> None:
    assert id_of(value) == str(value)


@pytest.mark.parametrize(
    "value", ["01017012345", "Ola", "ola@x.no", None, {"id": 1}, ["7"], True, "", "65f0c0ffee", "7\n"]
)
def test_what_is_no_id_is_not_logged(value: object) -> None:
    assert id_of(value) == "?"
