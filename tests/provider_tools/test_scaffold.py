"""A provider that was begun runs the standard suite, fails with a list of what is missing, and is not offered."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bot.provider_tools.scaffold import NotBegun, begin
from tests.provider_tools.test_quality import SCALE
from tests.providers.file_target_suite import FileTargetStandard
from tests.providers.target_suite import TargetStandard
from tests.support.checkout import copied

NEEDED = (
    *("bot", "sandbox", "storage", "pyproject.toml"),
    *("tests/providers", "tests/support", "tests/sync", "tests/__init__.py"),
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    copied(tmp_path, *NEEDED)
    return tmp_path


def python(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=root, capture_output=True, text=True, check=False)


@pytest.mark.long
@pytest.mark.parametrize("inbox", [False, True])
def test_the_suite_runs_and_lists_what_is_missing(checkout: Path, inbox: bool) -> None:
    begun = python(checkout, "-m", "bot", "providers", "new", "hogia_plus", "--title", "Hogia Lön Plus",
                   *(["--inbox"] if inbox else []))  # fmt: skip
    assert begun.returncode == 0, begun.stderr
    ran = python(checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/providers/hogia_plus")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    kind, method, base = ("FileTarget", "deliver", "start") if inbox else ("Target", "resolve_write", "add_routes")
    world = ("held()", "employees") if inbox else ("newcomer()", "create")
    for line in (
        "Hogia Lön Plus is not finished. Missing:",
        f"- bot/providers/hogia_plus: HogiaPlus{kind}.{method}()",
        f"- bot/providers/hogia_plus: HogiaPlus{kind}.identify()",
        "- bot/providers/hogia_plus/field_table.py: the rows of FIELDS",
        "- bot/providers/hogia_plus/provider.py: PROVIDER",
        "- bot/locales/nb/hogia_plus.po: hogia_plus.summary",
        "- bot/providers/hogia_plus/quality.toml: silver.unknown_outcomes, done or exempt",
        "- bot/providers/hogia_plus/README.md: Facts",
        f"- sandbox/hogia_plus: HogiaPlus.{base}()",
        *(f"- tests/providers/hogia_plus/test_standard.py: _World.{name}" for name in world),
    ):
        assert line in ran.stdout
    # Every test of the suite is there, and none passes by accident.
    assert "passed" not in ran.stdout
    suite = FileTargetStandard if inbox else TargetStandard
    tests = [name for name in vars(suite) if name.startswith("test_")]
    assert [name for name in tests if f"::TestHogiaPlus::{name}" not in ran.stdout] == []
    offered = python(checkout, "-c", "from bot.providers.registry import targets; print(*targets())")
    assert "tripletex" in offered.stdout
    assert "hogia_plus" not in offered.stdout


def test_what_is_written_passes_the_linter(checkout: Path) -> None:
    files = [*begin(checkout, "one", "One"), *begin(checkout, "two", "Two", inbox=True)]
    code = [str(path) for path in files if path.suffix == ".py"]
    checked = python(checkout, "-m", "ruff", "check", "--no-cache", *code)
    assert checked.returncode == 0, checked.stdout
    formatted = python(checkout, "-m", "ruff", "format", "--no-cache", "--check", *code)
    assert formatted.returncode == 0, formatted.stdout


def test_every_rule_of_the_scale_is_asked_for(checkout: Path) -> None:
    begin(checkout, "one", "One")
    stated = tomllib.loads((checkout / "bot/providers/one/quality.toml").read_text(encoding="utf-8"))
    assert {level: set(rules) for level, rules in stated.items()} == SCALE


@pytest.mark.parametrize(
    ("key", "title"),
    [
        ("tripletex", "Again"),
        ("protocol", "A module"),
        ("kit", "A package"),
        ("Big", "Big"),
        ("../up", "Up"),
        ("1a", "A"),
        ("one", 'He said "x"'),
    ],
)
def test_nothing_is_written_over_what_is_there_or_out_of_place(checkout: Path, key: str, title: str) -> None:
    before = sorted(checkout.rglob("*"))
    with pytest.raises(NotBegun):
        begin(checkout, key, title)
    assert sorted(checkout.rglob("*")) == before


def test_elsewhere_than_in_a_checkout_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(NotBegun):
        begin(tmp_path, "one", "One")
    assert list(tmp_path.iterdir()) == []
