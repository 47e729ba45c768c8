"""Whom an update makes be looked at whole: those whose own source, target, kit or planner has other code."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from bot.providers import registry
from bot.sync.compare.code_version import (
    LIBRARIES,
    SHARED,
    UNCOUNTED,
    code_digest,
    code_version,
    counted,
    syntax_tree,
)
from tests.support.checkout import copied
from tests.support.fake_target import MemorySource, MemoryTarget

ROOT = Path(__file__).parents[3]
TRANSPORT = {"asyncssh", "httpcore", "httpx", "prometheus_client", "structlog", "typing_extensions"}
"""Libraries that carry data, write the log, count or are there for the type checker, and make nothing of a value."""

TELLS_ONLY = {"bot", "bot.core.metrics", "bot.core.traces"}
"""The number of the version, and counts for whoever watches the bot: nothing of anybody comes of them."""

DIGESTS = """
import contextlib, json, os, sys
from pathlib import Path
from bot.providers.simployer.source import SimployerSource
from bot.providers.tripletex.target import TripletexTarget
from bot.providers.visma_net.target import VismaNetTarget
from bot.sync.compare.code_version import code_version
targets = {"tripletex": TripletexTarget, "visma_net": VismaNetTarget}
for line in sys.stdin:
    with contextlib.ExitStack() as edited:
        for file, text in json.loads(line).items():
            edited.callback(Path(file).write_text, Path(file).read_text(encoding="utf-8"), encoding="utf-8")
            Path(file).write_text(text, encoding="utf-8")
        # Each time in a process that has read nothing yet, without importing it all anew.
        if (child := os.fork()) == 0:
            said = {key: code_version(SimployerSource, target) for key, target in targets.items()}
            print(json.dumps(said), flush=True)
            os._exit(0)
        os.waitpid(child, 0)
"""


def digests(place: Path, *edits: Mapping[Path, str]) -> list[dict[str, str]]:
    """What the code in a place is told apart by, for integrations of two targets: as it is, and after each edit.


    In a process of its own.
    """
    environment = {**os.environ, "PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONSAFEPATH": "1"}
    asked = "".join(json.dumps({str(file): text for file, text in edit.items()}) + "\n" for edit in ({}, *edits))
    ran = subprocess.run(
        [sys.executable, "-c", DIGESTS],
        input=asked,
        cwd=place.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in ran.stdout.splitlines()]


def copy(into: Path) -> Path:
    copied(into / "code", "bot/__init__.py", "bot/app.py", "bot/core", "bot/domain", "bot/sync", "bot/providers")
    return into / "code"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return digests(copy(tmp_path_factory.mktemp("original")))[0]


def described(text: str) -> str:
    """A comment more, another docstring, and quotes and line breaks of another hand."""
    tree = ast.parse(text)
    tree.body[0] = ast.Expr(ast.Constant("Other words."))
    return f"# {'a comment ' * 9}\n{ast.unparse(tree)}\n"


def altered(text: str) -> str:
    return f"{text}\n_ANOTHER = 1\n"


FILES = {
    "providers/visma_net/desired_person.py": {"visma_net"},
    "providers/tripletex/desired_employment.py": {"tripletex"},
    "providers/agda_ps/document.py": set(),
    "providers/simployer/convert.py": {"visma_net", "tripletex"},
    "providers/kit/http.py": {"visma_net", "tripletex"},
    "sync/plan/planner.py": {"visma_net", "tripletex"},
    "sync/checks/bank.py": {"visma_net", "tripletex"},
    "core/text.py": {"visma_net", "tripletex"},
    "sync/report/csv_export.py": set(),
    "app.py": set(),
}


@pytest.mark.long
def test_a_line_of_code_counts_for_those_who_use_it_and_readers_words_for_nobody(tmp_path: Path) -> None:
    place = copy(tmp_path)
    texts = {file: (place / "bot" / file).read_text(encoding="utf-8") for file in FILES}
    one_by_one = [{place / "bot" / file: altered(text)} for file, text in texts.items()]
    before, *after, reworded = digests(
        place, *one_by_one, {place / "bot" / file: described(text) for file, text in texts.items()}
    )
    assert {file: others(said, before) for file, said in zip(FILES, after, strict=True)} == FILES
    assert reworded == before


def others(after: dict[str, str], before: dict[str, str]) -> set[str]:
    """The targets whose integrations are told apart from before."""
    return {key for key, digest in after.items() if digest != before[key]}


def test_a_module_more_or_less_counts(original: dict[str, str], tmp_path: Path) -> None:
    place = copy(tmp_path)
    (place / "bot" / "providers" / "tripletex" / "deeper").mkdir()
    (place / "bot" / "providers" / "tripletex" / "deeper" / "__init__.py").write_text("")
    assert others(digests(place)[0], original) == {"tripletex"}


def test_it_is_the_same_code_in_an_archive(original: dict[str, str], tmp_path: Path) -> None:
    archive = tmp_path / "code.zip"
    place = copy(tmp_path)
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(place.rglob("*.py")):
            file.write(path, path.relative_to(place))
    shutil.rmtree(place)
    assert digests(archive) == [original]


def test_code_without_its_source_is_told_apart_too(tmp_path: Path) -> None:
    place = copy(tmp_path)
    edited = place / "bot" / "providers" / "tripletex" / "desired_employment.py"
    text = edited.read_text(encoding="utf-8")
    bare(place)
    before, again = digests(place, {})
    assert again == before
    edited.write_text(altered(text))
    bare(place)
    assert others(digests(place)[0], before) == {"tripletex"}


def bare(place: Path) -> None:
    subprocess.run([sys.executable, "-m", "compileall", "-q", "-b", place], check=True)
    for path in place.rglob("*.py"):
        path.unlink()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 1  # one"),
        ("x = 'a'\n", 'x = "a"'),
        ("x = f(1, 2)", "x = f(\n    1,\n    2,\n)"),
        ('"""Docs."""\nx = 1', '"""Other docs."""\nx = 1'),
        ("def f():\n    'Docs.'\n    return 1", "def f():\n\n    return 1"),
        ("class A:\n    'Docs.'", "class A:\n    'Other docs.'"),
        ("x: int = 1\n'What x is.'", "x: int = 1"),
    ],
)
def test_readers_words_are_no_code(one: str, other: str) -> None:
    assert code_digest(one) == code_digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 'a'", "x = 'b'"),
        ("f('a')", "f('b')"),
        ("def f(): return 'a'", "def f(): return 'b'"),
        ("if a:\n    b()", "if a:\n    pass\nb()"),
        ("x: int = 1", "x: str = 1"),
        ("try:\n    a()\nfinally:\n    b()", "try:\n    a()\nfinally:\n    c()"),
    ],
)
def test_all_else_is(one: str, other: str) -> None:
    assert code_digest(one) != code_digest(other)


def test_a_library_that_judges_values_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = code_version(MemorySource, MemoryTarget)
    release = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.0" if name == "phonenumbers" else release(name))
    code_version.cache_clear()
    try:
        assert code_version(MemorySource, MemoryTarget) != before
    finally:
        code_version.cache_clear()


# What an integration goes through, from the first page read to what is remembered of it.
WAY = (
    "bot.sync.plan.planner",
    "bot.sync.apply.apply_change",
    "bot.sync.apply.deliver",
    "bot.sync.compare.fingerprints",
)


@cache
def code_of(name: str) -> str | None:
    """A module of ours; None where there is none of that name."""
    place = ROOT.joinpath(*name.split("."))
    files = (place.with_suffix(".py"), place / "__init__.py")
    return next((file.read_text(encoding="utf-8") for file in files if file.is_file()), None)


@cache
def imported(code: str) -> frozenset[str]:
    """All names that a module imports, wherever in it; what is imported from a module may be one or not."""
    found: set[str] = set()
    for node in ast.walk(syntax_tree(code)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None
            assert node.level == 0
            found.update({node.module, *(f"{node.module}.{alias.name}" for alias in node.names)})
    return frozenset(found)


@cache
def has_code(name: str) -> bool:
    return code_digest(code_of(name) or "") != code_digest("")


def used(*names: str) -> tuple[set[str], set[str]]:
    """What modules use of ours, however far away, with the packages it is in; and what it all uses of others."""
    ours, others, left = set[str](), set[str](), list(names)
    while left:
        name = left.pop()
        if not name or name in ours:
            continue
        code = code_of(name)
        if name.partition(".")[0] != "bot":
            others.add(name.partition(".")[0])
        elif code is not None:
            ours.add(name)
            left += [*imported(code), name.rpartition(".")[0]]
    return {name for name in ours if has_code(name)}, others


def connected(provider: object) -> type:
    """What a provider gives when it is connected, by what its `connect` declares."""
    (given,) = get_args(get_type_hints(type(provider).connect)["return"])  # type: ignore[attr-defined]
    assert isinstance(given, type)
    return given


SOURCE = connected(registry.source())
PEOPLE = {key: provider for key, provider in registry.targets().items() if provider.info.takes_people}
TARGETS = {key: connected(provider) for key, provider in PEOPLE.items()}


@pytest.mark.parametrize("key", TARGETS)
def test_whatever_an_integration_uses_counts(key: str) -> None:
    ours, _ = used(*WAY, f"bot.providers.{registry.SOURCE}.provider", f"bot.providers.{key}.provider")
    assert SOURCE.__module__ in ours
    assert TARGETS[key].__module__ in ours
    assert ours - set(counted(SOURCE, TARGETS[key])) - TELLS_ONLY == set()


@pytest.mark.parametrize("key", TARGETS)
def test_nothing_of_another_target_counts(key: str) -> None:
    others = tuple(f"bot.providers.{other}" for other in TARGETS if other != key)
    assert [name for name in counted(SOURCE, TARGETS[key]) if name.startswith(others)] == []


@pytest.mark.parametrize("key", TARGETS)
def test_every_library_that_makes_something_of_a_value_counts(key: str) -> None:
    _, others = used(*WAY, f"bot.providers.{registry.SOURCE}.provider", f"bot.providers.{key}.provider")
    known = importlib.metadata.packages_distributions()
    # Many distributions of one name, which only tell how long things take.
    values = others - sys.stdlib_module_names - {"__future__", "opentelemetry"}
    distributions = {known[name][0] for name in values}
    assert distributions - TRANSPORT - set(LIBRARIES) == set()


def test_what_is_declared_is_there() -> None:
    assert [name for name in (*SHARED, *UNCOUNTED) if code_of(name) is None] == []
