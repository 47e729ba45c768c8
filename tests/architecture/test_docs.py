"""What the pages and docstrings name of the code is there."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PAGES = [
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / name for name in ("CONTRIBUTING.md", "README.md")),
    *(ROOT / "bot/providers").glob("*/README.md"),
]

# A path of the tree, not one within another path or an address. Placeholders (`<key>`) name no file yet.
PATH = re.compile(r"(?<![\w/.<-])(?:bot|storage|sandbox|tests|benchmarks|docs)/[\w<>./-]*[\w>/]")
WITHIN = re.compile(r"`((?:bot|storage)/[\w/]+\.py):(\w+)`")
MODULE_FILE = re.compile(r"`(\w+\.py)`")
DOTTED = re.compile(r"`((?:bot|storage|sandbox|tests)(?:\.\w+)+)`")

RAISES = re.compile(r"Raises? ((?:[^.`]|`[^`]*`)*)")
CLASS = re.compile(r"`([A-Z]\w*)(?:\([^`]*\))?`")

NOT_WRITTEN_YET = {"provider.py", "target.py", "file_target.py", "field_table.py"}


def named(page: Path) -> set[str]:
    """The paths that a page names and that should be there."""
    text = page.read_text(encoding="utf-8")
    return {found for found in PATH.findall(text) if "<" not in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_on_a_page_is_there(page: Path) -> None:
    assert sorted(path for path in named(page) if not (ROOT / path).exists()) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_module_that_a_page_names_is_there(page: Path) -> None:
    """`field_table.py` alone is beside the page, or in the kit."""
    text = page.read_text(encoding="utf-8")
    places = (page.parent, ROOT / "bot/providers/kit", ROOT / "bot/providers", ROOT / "bot/providers/tripletex")
    missing = {
        name
        for name in MODULE_FILE.findall(text)
        if name not in NOT_WRITTEN_YET and not any((place / name).is_file() for place in places)
    }
    assert sorted(missing) == []


def test_every_stage_of_a_walk_is_there() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    stages = WITHIN.findall(text)
    assert len(stages) > 50
    assert [f"{path}:{name}" for path, name in stages if name not in functions(ROOT / path)] == []


def functions(path: Path) -> set[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, kinds)}


def sources() -> Iterator[Path]:
    for package in ("bot", "storage", "sandbox", "tests", "benchmarks"):
        yield from sorted((ROOT / package).rglob("*.py"))


def test_every_name_in_a_docstring_is_there() -> None:
    wrong = []
    for path in sources():
        if path == Path(__file__):
            continue
        spoken = sorted(set(DOTTED.findall(path.read_text(encoding="utf-8"))))
        wrong += [f"{path.relative_to(ROOT)}: {name}" for name in spoken if not is_there(name)]
    assert wrong == []


def test_every_error_that_a_docstring_names_is_known() -> None:
    ours = [path for path in sources() if path.relative_to(ROOT).parts[0] in {"bot", "storage"}]
    known = set(dir(builtins)).union(*(names(path) for path in ours))
    wrong = []
    for path in ours:
        sentences = RAISES.findall(path.read_text(encoding="utf-8"))
        raised = {name for sentence in sentences for name in CLASS.findall(sentence)}
        wrong += [f"{path.relative_to(ROOT)}: {name}" for name in sorted(raised - known)]
    assert wrong == []


def names(path: Path) -> Iterator[str]:
    """Of the classes that a module defines, imports or reaches into a library for."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.ClassDef(name=name) | ast.alias(name=name) | ast.Attribute(attr=name):
                yield name


def is_there(name: str) -> bool:
    """A module, or something in one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        place = ROOT.joinpath(*parts[:length])
        if place.is_dir() or place.with_suffix(".py").is_file():
            found: object = import_module(".".join(parts[:length]))
            for part in parts[length:]:
                if not hasattr(found, part):
                    return False
                found = getattr(found, part)
            return True
    return False
