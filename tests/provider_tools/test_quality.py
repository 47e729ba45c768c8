"""Every provider states every rule of the quality scale, and what it calls done can be looked up."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot.providers.registry import source, targets

ROOT = Path(__file__).parents[2]

SCALE = {
    "bronze": {"published_facts", "names_the_account", "sandbox", "standard_suite", "texts"},
    "silver": {"reconnect", "limits_and_retry", "unknown_outcomes", "no_duplicates"},
    "gold": {
        "absence",
        "terminations_and_rehires",
        "salary_history",
        "several_legal_entities",
        "troubleshooting",
        "redacted_diagnostics",
    },
    "platinum": {"scale", "nothing_refused"},
}

PROVIDERS = [source().info.key, *targets()]


def folder(provider: str) -> Path:
    return ROOT / "bot" / "providers" / provider


def stated(provider: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads((folder(provider) / "quality.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_rule_is_stated_and_no_other(provider: str) -> None:
    assert {level: set(rules) for level, rules in stated(provider).items()} == SCALE


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_rule_is_done_with_proof_or_exempt_with_a_reason(provider: str) -> None:
    for level, rules in stated(provider).items():
        for name, rule in rules.items():
            where = f"{provider}: {level}.{name}"
            assert len(rule) == 1, where
            if "exempt" in rule:
                assert len(rule["exempt"].split()) >= 4, where
            else:
                assert rule["done"], where
                missing = [proof for proof in rule["done"] if not _is_there(provider, proof)]
                assert missing == [], where


@pytest.mark.parametrize("provider", PROVIDERS)
def test_nothing_of_bronze_is_exempt(provider: str) -> None:
    assert [name for name, rule in stated(provider)["bronze"].items() if "done" not in rule] == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_readme_has_what_a_first_customer_needs(provider: str) -> None:
    headings = _headings(provider)
    assert {"Facts", "Unverified", "Troubleshooting"} <= headings


def test_a_proof_that_is_not_there_is_noticed() -> None:
    assert not _is_there("tripletex", "tests/providers/test_standard.py::TestNothing")
    assert not _is_there("tripletex", "tests/providers/test_nowhere.py::test_a")
    assert not _is_there("tripletex", "README.md#Nothing")


def _is_there(provider: str, proof: str) -> bool:
    if proof.startswith("README.md#"):
        return proof.removeprefix("README.md#") in _headings(provider)
    path, _, name = proof.partition("::")
    file = ROOT / path
    return file.is_file() and bool(re.search(rf"(def|class) {re.escape(name)}\b", file.read_text(encoding="utf-8")))


def _headings(provider: str) -> set[str]:
    text = (folder(provider) / "README.md").read_text(encoding="utf-8")
    return {line.lstrip("#").strip() for line in text.splitlines() if line.startswith("#")}
